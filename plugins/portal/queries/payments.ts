import { z } from 'zod';
import { maySee } from '../../../core/access.ts';
import { sql, type Db } from '../../../core/database.ts';
import { PaymentState } from '../model.ts';

const columns = sql.fragment`p.id, p.invoice_id, p.status, p.amount_minor, p.currency`;

/** One that is under way for the same bill and amount is taken up again: two taps are one payment. */
export const beginPayment = (
  tx: Db,
  it: { invoiceId: string; patientId: string; userId: string; amountMinor: number; currency: string },
): Promise<PaymentState> =>
  tx.one(sql.type(PaymentState)`
    insert into portal.payment as p (invoice_id, patient_id, user_id, amount_minor, currency)
    values (${it.invoiceId}, ${it.patientId}, ${it.userId}, ${it.amountMinor}, ${it.currency})
    on conflict (invoice_id, amount_minor) where status = 'open' do update set user_id = excluded.user_id, asked_at = excluded.asked_at
    returning ${columns}
  `);

export const getPayment = (own: Db, id: string): Promise<PaymentState> =>
  own.one(
    sql.type(
      PaymentState,
    )`select ${columns} from portal.payment p where p.id = ${id} and ${maySee(own, 'p.patient_id')}`,
  );

const Locked = PaymentState.extend({ patientId: z.uuid() });
/** Locked: callback, return and job come one after the other. */
export const lockPayment = (tx: Db, id: string): Promise<z.infer<typeof Locked> | null> =>
  tx.maybeOne(sql.type(Locked)`
    select ${columns}, p.patient_id from portal.payment p where p.id = ${id} and ${maySee(tx, 'p.patient_id')} for update
  `);

export const setPaymentStatus = (
  tx: Db,
  id: string,
  status: PaymentState['status'],
  said: object | null = null,
): Promise<unknown> =>
  tx.query(sql.unsafe`
    -- held by its lock
    update portal.payment set status = ${status}, said = ${said === null ? null : JSON.stringify(said)}::jsonb, settled_at = core.now()
    where id = ${id} -- no person asks
  `);

const Waiting = z.strictObject({
  id: z.uuid(),
  status: z.enum(['open', 'refund-due']),
  amountMinor: z.int(),
  isOld: z.boolean(),
});
export type Waiting = z.infer<typeof Waiting>;

/** What the provider should be asked about: soon after it began, then each minute; real time, for it waits for another machine. */
export const takeWaiting = (tx: Db): Promise<readonly Waiting[]> =>
  tx.any(sql.type(Waiting)`
    -- no person asks
    update portal.payment p set asked_at = clock_timestamp()
    where p.id in (
      select w.id from portal.payment w
      where w.status in ('open', 'refund-due') and (w.asked_at is null or w.asked_at < clock_timestamp() - interval '20 seconds')
      order by w.asked_at nulls first, w.id
      limit 20
      for update skip locked
    )
    returning p.id, p.status, p.amount_minor, p.created_at < core.now() - interval '1 day' as is_old
  `);

const Back = z.strictObject({ status: z.enum(['refund-due', 'refunded', 'disputed']), amountMinor: z.int() });
/** Of one bill: money on its way back or that a person looks at. */
export const listBack = (own: Db, invoiceId: string): Promise<readonly z.infer<typeof Back>[]> =>
  own.any(sql.type(Back)`
    select p.status, p.amount_minor
    from portal.payment p
    where p.invoice_id = ${invoiceId} and p.status in ('refund-due', 'refunded', 'disputed') and ${maySee(own, 'p.patient_id')}
    order by p.created_at, p.id
  `);
