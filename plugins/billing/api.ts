export { takeOnlinePayment } from './actions.ts';
export { getInvoice, listInvoices } from './queries.ts';
export { Invoice, Payment } from './model.ts';
export {
  keepCredit,
  moveToPatient,
  moveToPayer,
  splitInvoicePlace,
  takePayerPayment,
  writeOffPayerPart,
  type Billed,
  type SplitInvoice,
} from './payer.ts';
