import { z } from 'zod';
import { maySee } from '../../../core/access.ts';
import { sql, type Db } from '../../../core/database.ts';
import { remittanceJson } from '../json.ts';
import { Remittance, type NewRemittance } from '../model.ts';
import { Id } from './coverages.ts';

type Cursor = readonly (string | number)[] | null;

/** Null when this payer's reference was posted before. */
export const insertRemittance = (tx: Db, it: NewRemittance): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    insert into insurance.remittance (payer_id, reference, paid_on, amount_minor, currency)
    values (${it.payerId}, ${it.reference}, ${it.paidOn}, ${it.lines.reduce((sum, line) => sum + line.amountMinor, 0)}, ${it.currency})
    on conflict on constraint remittance_posted_once do nothing
    returning id
  `);

const Promised = z.strictObject({
  lineId: z.uuid(), claimId: z.uuid(), invoiceId: z.uuid(), patientId: z.uuid(), leftMinor: z.int(),
}); // prettier-ignore

/** The line that a payer means: its own number of the claim, or ours, and the line's number. Locked with its claim. */
export const findPromised = (
  tx: Db,
  by: { payerId: string; claimReference: string; sequence: number; currency: string },
): Promise<z.infer<typeof Promised> | null> =>
  tx.maybeOne(sql.type(Promised)`
    select l.id as line_id, c.id as claim_id, c.invoice_id, c.patient_id, coalesce(l.benefit_minor, 0) - l.paid_minor as left_minor
    from insurance.claim c
    join insurance.coverage cover on cover.id = c.coverage_id
    join insurance.plan plan on plan.id = cover.plan_id and plan.payer_id = ${by.payerId}
    join insurance.claim_line l on l.claim_id = c.id and l.sequence = ${by.sequence}
    where not c.elsewhere and (c.payer_reference = ${by.claimReference} or c.number = ${by.claimReference}) and c.currency = ${by.currency}
      and ${maySee(tx, 'c.patient_id')}
    order by c.created_at
    limit 1
    for update of c
  `);

const Open = z.strictObject({ sequence: z.int(), leftMinor: z.int() });

/** The lines of the claim that a payer means, as above, with what each was promised and has not got; none when there is no such claim. */
export const listPromised = (
  tx: Db,
  by: { payerId: string; claimReference: string; currency: string },
): Promise<readonly z.infer<typeof Open>[]> =>
  tx.any(sql.type(Open)`
    select l.sequence, coalesce(l.benefit_minor, 0) - l.paid_minor as left_minor
    from insurance.claim_line l
    where l.claim_id = (
      select c.id
      from insurance.claim c
      join insurance.coverage cover on cover.id = c.coverage_id
      join insurance.plan plan on plan.id = cover.plan_id and plan.payer_id = ${by.payerId}
      where not c.elsewhere and (c.payer_reference = ${by.claimReference} or c.number = ${by.claimReference}) and c.currency = ${by.currency}
        and ${maySee(tx, 'c.patient_id')}
      order by c.created_at
      limit 1
      for update of c
    )
    order by l.sequence
  `);

export const insertRemittanceLine = (
  tx: Db,
  it: {
    remittanceId: string;
    sequence: number;
    patientId: string | null;
    claimReference: string;
    claimLineId: string | null;
    amountMinor: number;
  },
): Promise<string> =>
  tx.oneFirst(sql.type(Id)`
    insert into insurance.remittance_line (remittance_id, sequence, patient_id, claim_reference, claim_line_id, amount_minor)
    values (${it.remittanceId}, ${it.sequence}, ${it.patientId}, ${it.claimReference}, ${it.claimLineId}, ${it.amountMinor})
    returning id
  `);

export const applyToLine = async (
  tx: Db,
  it: { remittanceLineId: string; claimLineId: string; matchedMinor: number; appliedMinor: number },
): Promise<void> => {
  await tx.query(sql.unsafe`
    -- held by its parent
    update insurance.remittance_line set matched_minor = ${it.matchedMinor}, applied_minor = ${it.appliedMinor} where id = ${it.remittanceLineId}
  `);
  await tx.query(sql.unsafe`
    -- held by its parent
    update insurance.claim_line set paid_minor = paid_minor + ${it.matchedMinor} where id = ${it.claimLineId}
  `);
};

export const getRemittance = (db: Db, id: string): Promise<Remittance> =>
  db.oneFirst(
    sql.type(z.strictObject({ remittance: Remittance }))`
    select ${remittanceJson(db, 'r')} as remittance from insurance.remittance r where r.id = ${id} and not r.elsewhere
  `,
  );

/** Newest first. */
export const listRemittances = (
  db: Db,
  by: { unapplied: boolean; limit: number; after: Cursor },
): Promise<readonly Remittance[]> =>
  db
    .any(
      sql.type(z.strictObject({ item: Remittance }))`
    select ${remittanceJson(db, 'r')} as item
    from insurance.remittance r
    where ${sql.and([
      sql.fragment`not r.elsewhere`,
      by.unapplied &&
        sql.fragment`exists (select from insurance.remittance_line l where l.remittance_id = r.id and l.applied_minor < l.amount_minor and ${maySee(db, 'l.patient_id')})`,
      by.after && sql.fragment`(r.paid_on, r.id) < (${by.after[0]!}::date, ${by.after[1]!}::uuid)`,
    ])}
    order by r.paid_on desc, r.id desc
    limit ${by.limit}
  `,
    )
    .then((rows) => rows.map(({ item }) => item));
