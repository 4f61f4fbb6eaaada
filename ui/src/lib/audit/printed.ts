import { api } from '../api.ts';

/** Where the pages of one patient have whose they are. */
interface Shown {
  patient?: { id: string };
  record?: { patient: { id: string } };
}

/**
 * Writes down that a page went to the printer, whether by its button or by the browser's own. Nobody waits for it: what is on
 * the screen can be printed in ways that no page hears of.
 */
export function notePrint(routeId: string | null, data: object) {
  const what = (routeId ?? '')
    .match(/[a-z][a-z-]*/g)
    ?.filter((part) => !['staff', 'id', 'patient'].includes(part))
    .join('-');
  const { patient, record } = data as Shown;
  const patientId = patient?.id ?? record?.patient.id;
  const body = { what: what || 'page', patientIds: patientId ? [patientId] : [] };
  void api.post('/api/prints', body).catch(() => {});
}
