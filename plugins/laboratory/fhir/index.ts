export { diagnosticReport } from './diagnostic-report.ts';
export { serviceRequest } from './service-request.ts';
export { specimen } from './specimen.ts';
