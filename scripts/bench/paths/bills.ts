import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { sql, type Db } from '../../../core/database.ts';
import type { Learner } from '../learn.ts';
import type { Path } from '../measure.ts';
import { forget } from './forget.ts';

const Visit = z.strictObject({ patientId: z.uuid(), encounterId: z.uuid() });
type Visit = z.infer<typeof Visit>;
const many = 60;

/** What a visit that is over becomes: an invoice that is shared with the payer, and the claim over the payer's part. */
export const billPaths = async (learner: Learner): Promise<Path[]> => {
  const { bench, wants, as, post, send, path } = learner;
  const cashier = await as('cashier');
  const key = () => ({ ...cashier, 'idempotency-key': randomUUID() });
  const invoicing = (visit: Visit) => post('/api/invoices', key(), visit, 201);
  const paths: Path[] = [];
  if (wants('invoice')) {
    const visits = await bench.owner.transaction((tx) => finishedVisits(tx, 'Billed'));
    const undo = () => bench.owner.transaction((tx) => unbill(tx, visits));
    paths.push(await path('invoice from visit', 3, visits.map(invoicing), undo));
  }
  if (wants('claim')) {
    const visits = await bench.owner.transaction((tx) => finishedVisits(tx, 'Claimed'));
    const calls = [];
    for (const visit of visits) {
      const { id: invoiceId } = (await send(invoicing(visit))) as { id: string };
      calls.push(post('/api/claims', key(), { invoiceId }, 201));
    }
    const undo = () => bench.owner.transaction((tx) => unclaim(tx, visits));
    paths.push(await path('claim from invoice', 3, calls, undo));
  }
  return paths;
};

/** Insured patients with one visit each, a diagnosis, and three charges: the visit, a test, twenty tablets. */
const finishedVisits = async (tx: Db, familyName: string): Promise<readonly Visit[]> => {
  await tx.query(sql.unsafe`
    insert into patients.patient (family_name, given_name, gender, birth_date, phone, city)
    select ${familyName}, 'Bench ' || n, 'other', '1970-01-01', '+49 30 5550 0001', 'Lindenau' from generate_series(1, ${many}) n
  `);
  await tx.query(sql.unsafe`
    insert into insurance.coverage (patient_id, plan_id, subscriber_id, starts_on)
    select p.id, plan.id, 'NK00000001', (core.now() - interval '1 year')::date
    from patients.patient p
    cross join (select id from insurance.plan where name = 'Basis' limit 1) plan
    where p.family_name = ${familyName}
  `);
  const visits = await tx.any(sql.type(Visit)`
    insert into ehr.encounter (patient_id, status, class, arrived_at, started_at, ended_at)
    select id, 'finished', 'AMB', core.now() - interval '2 hours', core.now() - interval '1 hour', core.now() - interval '30 minutes'
    from patients.patient where family_name = ${familyName}
    returning patient_id as "patientId", id as "encounterId"
  `);
  const ids = sql.array(
    visits.map(({ encounterId }) => encounterId),
    'uuid',
  );
  await tx.query(sql.unsafe`
    insert into ehr.condition (patient_id, encounter_id, code_system, code, display, category, recorded_at)
    select patient_id, id, 'http://hl7.org/fhir/sid/icd-10-cm', 'I10', 'Essential (primary) hypertension', 'encounter-diagnosis', started_at
    from ehr.encounter where id = any(${ids})
  `);
  await tx.query(sql.unsafe`
    insert into billing.charge_item (status, patient_id, encounter_id, code, display, quantity, unit_price, amount_minor, currency, occurred_at, source, source_id)
    select 'billable', e.patient_id, e.id, c.code, c.display, c.quantity, c.price, billing.to_minor(c.price * c.quantity, plan.currency), plan.currency, e.ended_at, 'bench', uuidv7()
    from ehr.encounter e
    cross join (select currency from insurance.plan where name = 'Basis' limit 1) plan
    cross join (values ('VISIT-AMB', 'Outpatient visit', 1, 45.00), ('CBC', 'Blood count', 1, 12.50), ('310965', 'Ibuprofen 200 mg', 20, 0.15)) c (code, display, quantity, price)
    where e.id = any(${ids})
  `);
  return visits;
};

const patientsOf = (visits: readonly Visit[]) =>
  sql.array(
    visits.map(({ patientId }) => patientId),
    'uuid',
  );

const unclaim = async (tx: Db, visits: readonly Visit[]): Promise<void> => {
  const patients = patientsOf(visits);
  await forget(tx);
  await tx.query(sql.unsafe`delete from insurance.claim_finding where patient_id = any(${patients})`);
  await tx.query(sql.unsafe`delete from insurance.claim_diagnosis where patient_id = any(${patients})`);
  await tx.query(sql.unsafe`delete from insurance.claim_line where patient_id = any(${patients})`);
  await tx.query(sql.unsafe`delete from insurance.claim where patient_id = any(${patients})`);
};

const unbill = async (tx: Db, visits: readonly Visit[]): Promise<void> => {
  const patients = patientsOf(visits);
  await forget(tx);
  await tx.query(sql.unsafe`delete from insurance.share where patient_id = any(${patients})`);
  await tx.query(
    sql.unsafe`delete from billing.posting where source_id in (select id from billing.invoice where patient_id = any(${patients}))`,
  );
  await tx.query(
    sql.unsafe`update billing.charge_item set status = 'billable', invoice_id = null where patient_id = any(${patients})`,
  );
  await tx.query(sql.unsafe`delete from billing.invoice where patient_id = any(${patients})`);
};
