import { z } from 'zod';
import { maySee } from '../../../core/access.ts';
import { sql, type Db, type Fragment } from '../../../core/database.ts';
import { claimItemJson, claimJson } from '../json.ts';
import { Claim, ClaimItem, type ClaimChange, type Queue, type Workflow } from '../model.ts';
import { Id } from './coverages.ts';

type Cursor = readonly (string | number)[] | null;

// -- reading ------------------------------------------------------------------------------------------------------------

export const getClaim = (db: Db, id: string): Promise<Claim> =>
  db.oneFirst(sql.type(z.strictObject({ claim: Claim }))`
    select ${claimJson('c')} as claim from insurance.claim c where c.id = ${id} and not c.elsewhere and ${maySee(db, 'c.patient_id')}
  `);

const denied = sql.fragment`exists (select from insurance.claim_line l where l.claim_id = c.id and l.state in ('denied', 'appealed'))`;
const inQueue: Record<Queue, Fragment> = {
  failing: sql.fragment`c.workflow = 'draft'`,
  ready: sql.fragment`c.workflow = 'ready'`,
  submitted: sql.fragment`c.workflow in ('submitted', 'accepted')`,
  pended: sql.fragment`c.workflow = 'pended'`,
  rejected: sql.fragment`c.workflow = 'rejected'`,
  denied: sql.fragment`c.workflow = 'adjudicated' and ${denied}`,
  'awaiting-payment': sql.fragment`c.workflow = 'adjudicated' and not ${denied}`,
  closed: sql.fragment`c.workflow in ('closed', 'cancelled')`,
  all: sql.fragment`true`,
};

/** Oldest first: what waits longest is worked on next. What is closed: newest first. */
export const listClaims = (
  db: Db,
  by: { queue: Queue; patientId?: string; payerId?: string; reference?: string; limit: number; after: Cursor },
): Promise<readonly ClaimItem[]> => {
  const newest = by.queue === 'closed' || by.queue === 'all';
  return db
    .any(
      sql.type(z.strictObject({ item: ClaimItem }))`
    select ${claimItemJson('c')} as item
    from insurance.claim c
    where ${sql.and([
      maySee(db, 'c.patient_id'),
      sql.fragment`not c.elsewhere`,
      inQueue[by.queue],
      by.patientId !== undefined && sql.fragment`c.patient_id = ${by.patientId}`,
      by.payerId !== undefined &&
        sql.fragment`c.coverage_id in (select cover.id from insurance.coverage cover join insurance.plan p on p.id = cover.plan_id where p.payer_id = ${by.payerId})`,
      by.reference !== undefined && sql.fragment`(c.number = ${by.reference} or c.payer_reference = ${by.reference})`,
      by.after &&
        sql.fragment`(c.serviced_on, c.id) ${newest ? sql.fragment`<` : sql.fragment`>`} (${by.after[0]!}::date, ${by.after[1]!}::uuid)`,
    ])}
    order by ${newest ? sql.fragment`c.serviced_on desc, c.id desc` : sql.fragment`c.serviced_on, c.id`}
    limit ${by.limit}
  `,
    )
    .then((rows) => rows.map(({ item }) => item));
};

export const Counts = z
  .strictObject({
    failing: z.int(),
    ready: z.int(),
    submitted: z.int(),
    pended: z.int(),
    rejected: z.int(),
    denied: z.int(),
    'awaiting-payment': z.int(),
    unapplied: z.int(),
  })
  .meta({ id: 'ClaimCounts' });
export type Counts = z.infer<typeof Counts>;

/** How much work there is in each view; `unapplied` counts remittance lines that no invoice took. */
export const countClaims = (db: Db): Promise<Counts> => {
  const count = (queue: Queue) => sql.fragment`count(*) filter (where ${inQueue[queue]})`;
  return db.oneFirst(sql.type(z.strictObject({ counts: Counts }))`
    select json_build_object(
      'failing', ${count('failing')}, 'ready', ${count('ready')}, 'submitted', ${count('submitted')}, 'pended', ${count('pended')},
      'rejected', ${count('rejected')}, 'denied', ${count('denied')}, 'awaiting-payment', ${count('awaiting-payment')},
      'unapplied', (select count(*) from insurance.remittance_line r where r.applied_minor < r.amount_minor and ${maySee(db, 'r.patient_id')})
    ) as counts
    from insurance.claim c
    where not c.elsewhere and c.workflow not in ('closed', 'cancelled') and ${maySee(db, 'c.patient_id')}
  `);
};

// -- building -----------------------------------------------------------------------------------------------------------

/**
 * A claim over those lines of an invoice of which a payer pays a part and that no live claim asks for. Null when there is
 * none: then the total would be nothing.
 */
export const insertClaim = async (tx: Db, invoiceId: string): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    insert into insurance.claim (number, patient_id, coverage_id, invoice_id, encounter_id, serviced_on, total_minor, currency)
    select billing.draw_number('claim'), i.patient_id, s.coverage_id, i.id, coalesce(i.encounter_id, s.encounter_id), s.serviced_on, s.minor, i.currency
    from billing.invoice i
    cross join lateral (
      select (array_agg(share.coverage_id))[1] as coverage_id, min(share.serviced_on) as serviced_on, sum(share.amount_minor) as minor,
        case when count(distinct c.encounter_id) = 1 then (array_agg(c.encounter_id))[1] end as encounter_id
      from insurance.share share
      join billing.charge_item c on c.id = share.charge_item_id
      where share.invoice_id = i.id and share.payer_minor > 0
        and not exists (select from insurance.claim_line l where l.charge_item_id = share.charge_item_id and l.live)
    ) s
    where i.id = ${invoiceId} and not i.elsewhere and s.minor > 0 and ${maySee(tx, 'i.patient_id')}
    returning id
  `);

export const insertClaimLines = (tx: Db, claimId: string): Promise<unknown> =>
  tx.query(sql.unsafe`
    -- held by its parent
    insert into insurance.claim_line (claim_id, patient_id, sequence, charge_item_id, code, display, quantity, serviced_at, submitted_minor, expected_patient_minor)
    select claim.id, claim.patient_id, row_number() over (order by c.occurred_at, c.id), c.id, c.code, c.display, c.quantity, c.occurred_at,
      s.amount_minor, s.patient_minor
    from insurance.claim claim
    join insurance.share s on s.invoice_id = claim.invoice_id and s.payer_minor > 0
    join billing.charge_item c on c.id = s.charge_item_id
    where claim.id = ${claimId} and not exists (select from insurance.claim_line l where l.charge_item_id = s.charge_item_id and l.live)
  `);

/** Whether there is a clinical record to take diagnoses from. */
export const hasClinicalRecord = (db: Db): Promise<boolean> =>
  db.exists(sql.unsafe`select where to_regclass('ehr.condition') is not null`);

/** Diagnoses of the claim's visits that it does not have yet; lines without any point to those of their visit. */
export const takeDiagnoses = async (tx: Db, claimId: string): Promise<void> => {
  await tx.query(sql.unsafe`
    -- held by its parent
    insert into insurance.claim_diagnosis (claim_id, patient_id, sequence, code, display, condition_id)
    select ${claimId}, found.patient_id,
      (select coalesce(max(d.sequence), 0) from insurance.claim_diagnosis d where d.claim_id = ${claimId}) + row_number() over (order by found.recorded_at, found.id),
      found.code, found.display, found.id
    from (
      select distinct on (k.code) k.id, k.code, k.display, k.patient_id, k.recorded_at
      from insurance.claim_line l
      join billing.charge_item c on c.id = l.charge_item_id
      join ehr.condition k on k.encounter_id = c.encounter_id and k.patient_id = l.patient_id
      where l.claim_id = ${claimId} and k.code is not null and coalesce(k.verification_status, 'confirmed') not in ('refuted', 'entered-in-error')
      order by k.code, k.recorded_at, k.id
    ) found
    where not exists (select from insurance.claim_diagnosis d where d.claim_id = ${claimId} and d.code = found.code)
  `);
  await tx.query(sql.unsafe`
    -- held by its parent
    update insurance.claim_line l
    set diagnoses = found.sequences
    from (
      select line.id, array_agg(d.sequence order by d.sequence) as sequences
      from insurance.claim_line line
      join billing.charge_item c on c.id = line.charge_item_id
      join ehr.condition k on k.encounter_id = c.encounter_id
      join insurance.claim_diagnosis d on d.claim_id = line.claim_id and d.code = k.code
      where line.claim_id = ${claimId} and line.diagnoses = '{}'
      group by line.id
    ) found
    where l.id = found.id
  `);
};

/** Claims not sent yet of this visit. */
export const listUnsentOfVisit = (tx: Db, encounterId: string): Promise<readonly string[]> =>
  tx.anyFirst(sql.type(Id)`
    select distinct claim.id
    from insurance.claim claim
    join insurance.claim_line l on l.claim_id = claim.id
    join billing.charge_item c on c.id = l.charge_item_id and c.encounter_id = ${encounterId}
    where claim.workflow in ('draft', 'ready', 'rejected') and not claim.elsewhere and ${maySee(tx, 'claim.patient_id')}
    order by claim.id
  `);

export const changeLines = (tx: Db, claimId: string, lines: ClaimChange['lines']): Promise<unknown> =>
  tx.query(sql.unsafe`
    -- held by its parent
    update insurance.claim_line l
    set authorisation = new.authorisation,
      diagnoses = (
        select coalesce(array_agg(d.sequence order by wanted.n), '{}')
        from unnest(string_to_array(nullif(new.diagnoses, ''), ',')::integer[]) with ordinality wanted (sequence, n)
        join insurance.claim_diagnosis d on d.claim_id = l.claim_id and d.sequence = wanted.sequence
      )
    from ${sql.unnest(
      lines.map((line) => [line.sequence, line.diagnoses.join(','), line.authorisation ?? null]),
      ['int4', 'text', 'text'],
    )} new (sequence, diagnoses, authorisation)
    where l.claim_id = ${claimId} and l.sequence = new.sequence
  `);

// -- states -------------------------------------------------------------------------------------------------------------

/** Locks the claim and gives its state. @throws 404 */
export const holdClaim = (tx: Db, id: string): Promise<{ version: number; workflow: Workflow }> =>
  tx.one(sql.type(z.strictObject({ version: z.int(), workflow: Claim.shape.workflow }))`
    select c.version, c.workflow from insurance.claim c where c.id = ${id} and not c.elsewhere and ${maySee(tx, 'c.patient_id')} for update of c
  `);

/** Of what is held: nobody else changes it meanwhile. */
export const setWorkflow = (
  tx: Db,
  id: string,
  workflow: Workflow,
  more: Fragment = sql.fragment``,
): Promise<unknown> => {
  const status = ['draft', 'ready'].includes(workflow) ? 'draft' : workflow === 'cancelled' ? 'cancelled' : 'active';
  return tx.query(sql.unsafe`
    update insurance.claim set workflow = ${workflow}, status = ${status}${more}
    where id = ${id} and not elsewhere and ${maySee(tx, 'patient_id')}
  `);
};

/** `seconds` of real time in which it can be taken back. */
export const submittedNow = (
  seconds: number,
): Fragment => sql.fragment`, submitted_at = core.now(), submissions = submissions + 1,
  recall_until = clock_timestamp() + make_interval(secs => ${seconds}), answered_at = null, disposition = null`;

export const canRecall = (db: Db, id: string): Promise<boolean> =>
  db.exists(sql.unsafe`
    select from insurance.claim c
    where c.id = ${id} and c.workflow = 'submitted' and c.recall_until > clock_timestamp() and ${maySee(db, 'c.patient_id')}
  `);

export const answeredNow = (it: { payerReference?: string | null; disposition?: string | null }): Fragment =>
  sql.fragment`, answered_at = core.now(), payer_reference = coalesce(${it.payerReference ?? null}, payer_reference), disposition = ${it.disposition ?? null}`;

const Outgoing = z.strictObject({
  patientId: z.uuid(),
  payerId: z.uuid(),
  submissions: z.int(),
  sendAfter: z.string().nullable(),
});
export const outgoing = (tx: Db, id: string): Promise<z.infer<typeof Outgoing>> =>
  tx.one(sql.type(Outgoing)`
    select c.patient_id, plan.payer_id, c.submissions, c.recall_until as send_after
    from insurance.claim c join insurance.coverage cover on cover.id = c.coverage_id join insurance.plan plan on plan.id = cover.plan_id
    where c.id = ${id} and ${maySee(tx, 'c.patient_id')}
  `);
