import { z } from 'zod';
import { maySee } from '../../../core/access.ts';
import { sql, type Db } from '../../../core/database.ts';
import { getInvoice, listInvoices, type Invoice } from '../../billing/api.ts';
import { type Bill, type BillHead } from '../model.ts';
import { listBack } from './payments.ts';

type Head = z.infer<typeof BillHead>;

/** Who pays the insurer's part, where insurance is part of this hospital. */
const insurersOf = async (own: Db, ids: readonly string[], insured: boolean): Promise<ReadonlyMap<string, string>> => {
  if (!insured || ids.length === 0) return new Map();
  const Row = z.strictObject({ invoiceId: z.uuid(), name: z.string() });
  const rows = await own.any(sql.type(Row)`
    select distinct on (s.invoice_id) s.invoice_id, y.name
    from insurance.share s
    join insurance.coverage c on c.id = s.coverage_id
    join insurance.plan n on n.id = c.plan_id
    join insurance.payer y on y.id = n.payer_id
    where s.invoice_id = any(${sql.array([...ids], 'uuid')}) and ${maySee(own, 's.patient_id')}
    order by s.invoice_id, y.name
  `);
  return new Map(rows.map(({ invoiceId, name }) => [invoiceId, name]));
};

const headOf = (it: Invoice, insurer: string | undefined): Head => ({
  id: it.id,
  number: it.number,
  status: it.status,
  issuedAt: it.issuedAt,
  totalMinor: it.totalMinor,
  insurerMinor: it.payerMinor,
  ownMinor: it.totalMinor - it.payerMinor,
  paidMinor: it.paidMinor,
  openMinor: it.openMinor,
  currency: it.currency,
  insurer: insurer ?? null,
});
const isShown = ({ status }: { status: string }) => ['issued', 'balanced', 'cancelled'].includes(status);

/** Newest first. */
export const listBills = async (own: Db, patientId: string, insured: boolean, limit: number): Promise<Head[]> => {
  const invoices = (await listInvoices(own, { patientId, limit, after: null })).filter(isShown);
  const insurers = await insurersOf(
    own,
    invoices.map(({ id }) => id),
    insured,
  );
  return invoices.map((it) => headOf(it, insurers.get(it.id)));
};

export const getBill = async (own: Db, id: string, insured: boolean): Promise<z.infer<typeof Bill>> => {
  const it = await getInvoice(own, id);
  return {
    ...headOf(it, (await insurersOf(own, [id], insured)).get(id)),
    lines: it.lines.map(({ display, quantity, amountMinor }) => ({ display, quantity, amountMinor })),
    payments: it.payments
      .filter(({ issuer }) => issuer === 'patient')
      .map(({ id: payment, receiptNumber, method, amountMinor, paidAt }) => ({
        id: payment,
        receiptNumber,
        method,
        amountMinor,
        paidAt,
      })),
    waiting: [...(await listBack(own, id))],
  };
};
