import type { Db } from '../../../core/database.ts';
import { publish } from '../../../core/events.ts';
import { takeOnlinePayment } from '../../billing/api.ts';
import { raiseAlert, tellOfPortal } from '../../messaging/api.ts';
import type { PaymentState } from '../model.ts';
import { lockPayment, setPaymentStatus } from '../queries/payments.ts';
import type { Said } from './port.ts';

const ended: readonly PaymentState['status'][] = ['paid', 'refund-due', 'refunded', 'disputed'];

/**
 * What the provider says, by callback, by return or when asked; in any order, any number of times. Money is settled once:
 * all of it pays the invoice, or all of it goes back. Null for a payment that is not ours.
 */
export const settle = async (tx: Db, said: Said): Promise<PaymentState['status'] | null> => {
  const payment = await lockPayment(tx, said.id);
  if (payment === null) return null;
  const { id, status, patientId, invoiceId, amountMinor, currency } = payment;
  const become = async (next: PaymentState['status'], what: object | null = null) => {
    await setPaymentStatus(tx, id, next, what);
    await publish(tx, 'portal.payment-settled', id, { patientId, invoiceId, status: next });
    return next;
  };
  if (said.status === 'refunded') return status === 'refund-due' ? become('refunded') : status;
  if (ended.includes(status) || said.status === 'open') return status;
  if (said.status !== 'paid') return become(said.status);
  if (said.amountMinor !== amountMinor || said.currency !== currency) {
    await alertTill(tx, payment);
    return become('disputed', { amountMinor: said.amountMinor, currency: said.currency });
  }
  if (await takeOnlinePayment(tx, { invoiceId, amountMinor, currency, reference: id })) return become('paid');
  await tellOfPortal(tx, { patientId, subjectId: id });
  return become('refund-due');
};

/** Somebody at the till looks at it: the provider's amount is not the one that was asked for. */
const alertTill = (tx: Db, { id, patientId }: { id: string; patientId: string }): Promise<void> =>
  raiseAlert(tx, {
    to: { permission: 'payment:write' },
    kind: 'portal.payment-disputed',
    severity: 'warning',
    textKey: 'portal_alert_disputed',
    patientId,
    subjectId: id,
    path: `/patients/${patientId}#portal`,
  });
