import { z } from 'zod';
import { maySee } from '../../core/access.ts';
import { likeText } from '../../core/like.ts';
import { sql, type Db, type Fragment } from '../../core/database.ts';
import { patientSummaryJson } from '../patients/api.ts';
import { chargeItemJson, invoiceHeadJson, invoiceJson, paymentJson } from './json.ts';
import {
  ChargeItem,
  Invoice,
  Payment,
  Price,
  TillItem,
  type Account,
  type Charge,
  type NewPayment,
  type NewPrice,
  type PostingSource,
} from './model.ts';

const Id = z.strictObject({ id: z.uuid() });
type Cursor = readonly (string | number)[] | null;

// -- charges ------------------------------------------------------------------------------------------------------------

/**
 * Null when this source was charged already. The price is the one of the list at the time; without any the charge waits
 * for one, under the last of the codes.
 */
export const insertCharge = (tx: Db, it: Charge): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    insert into billing.charge_item
      (status, patient_id, encounter_id, code, display, quantity, unit_price, amount_minor, currency, occurred_at, source, source_id)
    select case when price.code is null then 'planned' else 'billable' end, ${it.patientId}, ${it.encounterId},
      coalesce(price.code, ${it.codes.at(-1)!}), coalesce(price.display, ${it.codes.at(-1)!}), ${it.quantity},
      price.unit_price, billing.to_minor(price.unit_price * ${it.quantity}, price.currency), price.currency, ${it.occurredAt}, ${it.source}, ${it.sourceId}
    from (select) here
    left join lateral (
      select p.code, p.display, p.unit_price, p.currency
      from unnest(${sql.array([...it.codes], 'text')}) with ordinality wanted (code, rank)
      join billing.price p on p.code = wanted.code and p.valid @> ${it.occurredAt}::timestamptz
      order by wanted.rank
      limit 1
    ) price on true
    on conflict on constraint charge_item_once do nothing
    returning id
  `);

const Withdrawn = z.strictObject({ id: z.uuid(), patientId: z.uuid(), encounterId: z.uuid().nullable() });
/** Null when nothing of this source is open. An event gave the source. */
export const abortCharge = (
  tx: Db,
  by: { source: string; sourceId: string },
): Promise<z.infer<typeof Withdrawn> | null> =>
  tx.maybeOne(sql.type(Withdrawn)`
    update billing.charge_item set status = 'aborted'
    where source_id = ${by.sourceId} and source = ${by.source} and status in ('planned', 'billable') and ${maySee(tx, 'patient_id')}
    returning id, patient_id, encounter_id
  `);

/** Newest first. */
export const listChargeItems = (
  db: Db,
  by: { patientId?: string; encounterId?: string; limit: number; after: Cursor },
): Promise<readonly ChargeItem[]> =>
  db
    .any(
      sql.type(z.strictObject({ item: ChargeItem }))`
    select ${chargeItemJson('c')} as item
    from billing.charge_item c
    where ${sql.and([
      maySee(db, 'c.patient_id'),
      sql.fragment`c.source <> 'elsewhere'`,
      by.patientId !== undefined && sql.fragment`c.patient_id = ${by.patientId}`,
      by.encounterId !== undefined && sql.fragment`c.encounter_id = ${by.encounterId}`,
      by.after && sql.fragment`(c.occurred_at, c.id) < (${by.after[0]!}::timestamptz, ${by.after[1]!}::uuid)`,
    ])}
    order by c.occurred_at desc, c.id desc
    limit ${by.limit}
  `,
    )
    .then((rows) => rows.map(({ item }) => item));

const Billable = z.strictObject({
  id: z.uuid(),
  code: z.string(),
  display: z.string(),
  amountMinor: z.int().nullable(),
  currency: z.string().nullable(),
});
export type Billable = z.infer<typeof Billable>;

/** What is not on an invoice yet, locked: a second invoice at the same moment waits and then finds nothing. */
export const lockBillable = (tx: Db, by: { patientId: string; encounterId?: string }): Promise<readonly Billable[]> =>
  tx.any(sql.type(Billable)`
    select c.id, c.code, c.display, c.amount_minor, c.currency
    from billing.charge_item c
    where ${sql.and([
      maySee(tx, 'c.patient_id'),
      sql.fragment`c.patient_id = ${by.patientId}`,
      by.encounterId !== undefined && sql.fragment`c.encounter_id = ${by.encounterId}`,
      sql.fragment`c.status in ('planned', 'billable') and c.source <> 'elsewhere'`,
    ])}
    order by c.id
    for update of c
  `);

export const markBilled = (tx: Db, invoiceId: string, chargeItemIds: readonly string[]): Promise<unknown> =>
  tx.query(sql.unsafe`
    -- held by its parent
    update billing.charge_item set status = 'billed', invoice_id = ${invoiceId} where id = any(${sql.array(chargeItemIds, 'uuid')})
  `);

// -- invoices -----------------------------------------------------------------------------------------------------------

/** The number is drawn here, last of all: its row stays locked until the commit. */
export const insertInvoice = (
  tx: Db,
  it: { patientId: string; encounterId: string | null; totalMinor: number; currency: string },
): Promise<string> =>
  tx.oneFirst(sql.type(Id)`
    insert into billing.invoice (number, status, patient_id, encounter_id, total_minor, currency)
    values (billing.draw_number('invoice'), ${it.totalMinor === 0 ? 'balanced' : 'issued'}, ${it.patientId}, ${it.encounterId}, ${it.totalMinor}, ${it.currency})
    returning id
  `);

export const getInvoice = (db: Db, id: string): Promise<Invoice> =>
  db.oneFirst(sql.type(z.strictObject({ invoice: Invoice }))`
    select ${invoiceJson('i')} as invoice from billing.invoice i where i.id = ${id} and not i.elsewhere and ${maySee(db, 'i.patient_id')}
  `);

/** Newest first. */
export const listInvoices = (
  db: Db,
  by: { patientId: string; limit: number; after: Cursor },
): Promise<readonly Invoice[]> =>
  db
    .any(
      sql.type(z.strictObject({ item: Invoice }))`
    select ${invoiceJson('i')} as item
    from billing.invoice i
    where ${sql.and([
      maySee(db, 'i.patient_id'),
      sql.fragment`i.patient_id = ${by.patientId} and not i.elsewhere`,
      by.after && sql.fragment`(i.issued_at, i.id) < (${by.after[0]!}::timestamptz, ${by.after[1]!}::uuid)`,
    ])}
    order by i.issued_at desc, i.id desc
    limit ${by.limit}
  `,
    )
    .then((rows) => rows.map(({ item }) => item));

/**
 * Who owes something, longest first: what is not billed yet and what is billed and open. With `words`, of those whose names,
 * record number or invoice numbers have every one of them.
 */
export const listTill = (
  db: Db,
  by: { limit: number; after: Cursor; currency: string; words?: readonly string[] },
): Promise<readonly TillItem[]> => {
  const wanted = (row: string) =>
    by.words
      ? sql.fragment`${sql.identifier([row, 'patient_id'])} in (
        select p.id from patients.patient p where ${sql.and(
          by.words.map(
            (word) => sql.fragment`(
            p.found_by like '%' || patients.fold(${likeText(word)}) || '%'
            or exists (select from billing.invoice n where n.patient_id = p.id and lower(n.number) like lower(${likeText(word)}) || '%')
          )`,
          ),
        )}
      )`
      : sql.fragment`true`;
  return db.any(sql.type(TillItem)`
    with billable as (
      select c.patient_id, min(c.occurred_at) as since, coalesce(sum(c.amount_minor), 0)::bigint as minor,
        count(*) filter (where c.amount_minor is null)::integer as needs_price,
        case when count(distinct c.encounter_id) = 1 then (array_agg(c.encounter_id))[1] end as encounter_id
      from billing.charge_item c
      where c.status in ('planned', 'billable') and c.source <> 'elsewhere' and ${maySee(db, 'c.patient_id')} and ${wanted('c')}
      group by c.patient_id
    ), open as (
      select i.patient_id, min(i.issued_at) as since, json_agg(${invoiceHeadJson('i')} order by i.issued_at, i.id) as invoices,
        case when count(distinct i.encounter_id) = 1 then (array_agg(i.encounter_id))[1] end as encounter_id
      from billing.invoice i
      where i.status = 'issued' and i.open_minor > 0 and not i.elsewhere and ${maySee(db, 'i.patient_id')} and ${wanted('i')}
      group by i.patient_id
    ), owing as (
      select patient_id, least(billable.since, open.since) as visit_at, coalesce(billable.minor, 0) as billable_minor,
        coalesce(billable.needs_price, 0) as needs_price, coalesce(open.invoices, '[]') as invoices, coalesce(billable.encounter_id, open.encounter_id) as encounter_id
      from billable full join open using (patient_id)
    )
    select ${patientSummaryJson('p')} as patient, o.encounter_id, o.visit_at, o.billable_minor, o.needs_price, o.invoices, ${by.currency} as currency
    from owing o
    join patients.patient p on p.id = o.patient_id
    where ${by.after ? sql.fragment`(o.visit_at, o.patient_id) > (${by.after[0]!}::timestamptz, ${by.after[1]!}::uuid)` : sql.fragment`true`}
    order by o.visit_at, o.patient_id
    limit ${by.limit}
  `);
};

// -- payments -----------------------------------------------------------------------------------------------------------

const Paid = z.strictObject({ patientId: z.uuid(), currency: z.string(), status: z.string() });

/** Null when it is more than what is open: asked and changed in one statement, so two counters cannot both be right. */
export const addToPaid = (tx: Db, invoiceId: string, amountMinor: number): Promise<z.infer<typeof Paid> | null> =>
  tx.maybeOne(sql.type(Paid)`
    update billing.invoice
    set paid_minor = paid_minor + ${amountMinor},
      status = case when paid_minor + payer_paid_minor + written_off_minor + ${amountMinor} = total_minor then 'balanced' else 'issued' end
    where id = ${invoiceId} and status = 'issued' and not elsewhere and paid_minor + ${amountMinor} <= total_minor - payer_minor and ${maySee(tx, 'patient_id')}
    returning patient_id, currency, status
  `);

export const insertPayment = (
  tx: Db,
  it: NewPayment & { patientId: string; currency: string; issuer?: 'payer'; reference?: string },
): Promise<Payment> =>
  tx.oneFirst(sql.type(z.strictObject({ payment: Payment }))`
    insert into billing.payment as p (receipt_number, invoice_id, patient_id, method, amount_minor, currency, tendered_minor, issuer, reference)
    values (billing.draw_number('receipt'), ${it.invoiceId}, ${it.patientId}, ${it.method}, ${it.amountMinor}, ${it.currency}, ${it.tenderedMinor ?? null},
      ${it.issuer ?? 'patient'}, ${it.reference ?? null})
    returning ${paymentJson('p')} as payment
  `);

export const insertPosting = (
  tx: Db,
  it: {
    debit: Account;
    credit: Account;
    amountMinor: number;
    currency: string;
    source: PostingSource;
    sourceId: string;
  },
): Promise<unknown> =>
  tx.query(sql.unsafe`
    insert into billing.posting (debit, credit, amount_minor, currency, source, source_id)
    values (${it.debit}, ${it.credit}, ${it.amountMinor}, ${it.currency}, ${it.source}, ${it.sourceId})
  `);

// -- the payer's part -----------------------------------------------------------------------------------------------------

/** Of what the patient still owes, at most this much becomes the payer's. */
export const takeOn = (tx: Db, invoiceId: string, amountMinor: number): Promise<PayerPart> =>
  changePayerPart(tx, invoiceId, sql.fragment`payer_minor = payer_minor + least(open_minor, ${amountMinor}::bigint)`);

/** Of what the payer still owes, at most this much goes back to the patient. */
export const handBack = (tx: Db, invoiceId: string, amountMinor: number): Promise<PayerPart> =>
  changePayerPart(
    tx,
    invoiceId,
    sql.fragment`payer_minor = payer_minor - least(payer_open_minor, ${amountMinor}::bigint)`,
  );

export const addToPayerPaid = (tx: Db, invoiceId: string, amountMinor: number): Promise<PayerPart> =>
  changePayerPart(
    tx,
    invoiceId,
    sql.fragment`payer_paid_minor = payer_paid_minor + least(payer_open_minor, ${amountMinor}::bigint),
      status = ${settledBy(amountMinor)}`,
  );

export const addToWrittenOff = (tx: Db, invoiceId: string, amountMinor: number): Promise<PayerPart> =>
  changePayerPart(
    tx,
    invoiceId,
    sql.fragment`written_off_minor = written_off_minor + least(payer_open_minor, ${amountMinor}::bigint),
      status = ${settledBy(amountMinor)}`,
  );

const settledBy = (amountMinor: number) => sql.fragment`case
  when open_minor = 0 and payer_open_minor <= ${amountMinor}::bigint then 'balanced' else status end`;

const PayerPart = z.strictObject({
  patientId: z.uuid(),
  currency: z.string(),
  status: z.string(),
  /** By how much the payer's part, what it paid, or what was written off has changed. */
  changedMinor: z.int(),
});
export type PayerPart = z.infer<typeof PayerPart>;

const changePayerPart = (tx: Db, invoiceId: string, change: Fragment): Promise<PayerPart> =>
  tx.one(sql.type(PayerPart)`
    update billing.invoice
    set ${change}
    where id = ${invoiceId} and status in ('issued', 'balanced') and not elsewhere and ${maySee(tx, 'patient_id')}
    returning patient_id, currency, new.status,
      abs(new.payer_minor - old.payer_minor) + (new.payer_paid_minor - old.payer_paid_minor) + (new.written_off_minor - old.written_off_minor) as changed_minor
  `);

// -- prices -------------------------------------------------------------------------------------------------------------

const priceColumns = sql.fragment`id, code, display, trim_scale(unit_price) as unit_price, currency, lower(valid) as valid_from`;

/** In force now, by name; `text` is part of code or name. */
export const listPrices = (db: Db, by: { text?: string; limit: number; after: Cursor }): Promise<readonly Price[]> =>
  db.any(sql.type(Price)`
    select ${priceColumns}
    from billing.price
    where ${sql.and([
      sql.fragment`valid @> core.now()`,
      by.text !== undefined && sql.fragment`position(lower(${by.text}) in lower(code || ' ' || display)) > 0`,
      by.after && sql.fragment`(display, code) > (${String(by.after[0])}, ${String(by.after[1])})`,
    ])}
    order by display, code
    limit ${by.limit}
  `);

export const closePrice = (tx: Db, code: string): Promise<unknown> =>
  tx.query(
    sql.unsafe`update billing.price set valid = tstzrange(lower(valid), greatest(lower(valid), core.now())) where code = ${code} and upper_inf(valid)`,
  );

export const insertPrice = (tx: Db, code: string, it: NewPrice): Promise<Price> =>
  tx.one(sql.type(Price)`
    insert into billing.price (code, display, unit_price, currency) values (${code}, ${it.display}, ${it.unitPrice}, ${it.currency})
    returning ${priceColumns}
  `);

/** Charges that waited for this price become billable. */
export const priceWaiting = (tx: Db, price: Price): Promise<readonly { id: string }[]> =>
  tx.any(sql.type(Id)`
    -- shows no patient
    update billing.charge_item
    set status = 'billable', display = ${price.display}, unit_price = ${price.unitPrice}::numeric, currency = ${price.currency},
      amount_minor = billing.to_minor(${price.unitPrice}::numeric * quantity, ${price.currency})
    where code = ${price.code} and status = 'planned' and amount_minor is null and source <> 'elsewhere'
    returning id
  `);
