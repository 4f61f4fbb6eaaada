import { z } from 'zod';
import { maySee } from '../../../core/access.ts';
import { sql, type Db } from '../../../core/database.ts';
import { chartFrom, chartResultJson, inChart, labResultJson } from '../json.ts';
import { ChartResult, Trend } from '../model/chart.ts';
import { LabResult, type Entry, type NewCorrection } from '../model/results.ts';

const Id = z.strictObject({ id: z.uuid() });
type Cursor = readonly (string | number)[] | null;

const Limit = z.strictObject({
  id: z.uuid(),
  display: z.string(),
  lowest: z.string(),
  highest: z.string(),
  unit: z.string(),
});

/** Values that cannot have been measured. */
export const implausible = (
  db: Db,
  entries: readonly { id: string; value?: string | null }[],
): Promise<readonly z.infer<typeof Limit>[]> =>
  db.any(sql.type(Limit)`
    select r.id, t.display, t.lowest, t.highest, t.unit
    from jsonb_to_recordset(${JSON.stringify(entries)}::jsonb) e (id uuid, value numeric)
    join laboratory.result r on r.id = e.id
    join laboratory.test t on t.id = r.test_id and t.kind = 'numeric'
    where (e.value < t.lowest or e.value > t.highest) and ${maySee(db, 'r.patient_id')}
    order by t.position
  `);

/** Whether any of these is performed by another laboratory. */
export const anySentOut = (db: Db, ids: readonly string[]): Promise<boolean> =>
  db.exists(sql.unsafe`
    select from laboratory.result r where r.id = any(${sql.array([...ids], 'uuid')}) and r.sent_to is not null and ${maySee(db, 'r.patient_id')}
  `);

/** Those that were still open in the version that was read; the database flags each. */
export const enter = (tx: Db, specimenId: string, entries: readonly Entry[]): Promise<readonly string[]> =>
  tx.anyFirst(sql.type(Id)`
    update laboratory.result r set value = e.value, value_code = e.value_code, value_text = e.value_text, comment = e.comment,
      status = case when num_nonnulls(e.value::text, e.value_code, e.value_text) = 0 then 'ordered' else 'entered' end, entered_at = core.now(), entered_by = ${tx.actor.id}
    from jsonb_to_recordset(${JSON.stringify(
      entries.map((it) => ({ ...it, value_code: it.valueCode, value_text: it.valueText })),
    )}::jsonb) e (id uuid, version integer, value numeric, value_code text, value_text text, comment text)
    where r.id = e.id and r.version = e.version and r.specimen_id = ${specimenId} and r.status in ('ordered', 'entered') and ${maySee(tx, 'r.patient_id')}
    returning r.id
  `);

const Verified = z.strictObject({
  id: z.uuid(),
  observationId: z.uuid(),
  requestId: z.uuid(),
  patientId: z.uuid(),
  encounterId: z.uuid().nullable(),
  status: z.enum(['verified', 'withdrawn']),
  corrections: z.int(),
  code: z.string(),
  display: z.string(),
  chargeCode: z.string().nullable(),
  value: z.string().nullable(),
  unit: z.string().nullable(),
  valueCode: z.string().nullable(),
  valueText: z.string().nullable(),
  interpretation: z.string().nullable(),
  effectiveAt: z.string(),
  withheldUntil: z.string().nullable(),
});
export type Verified = z.infer<typeof Verified>;
const verified = sql.fragment`r.id, r.observation_id, r.service_request_id as request_id, r.patient_id, q.encounter_id, r.status, r.corrections, t.loinc as code, t.display,
  t.charge_code, r.value, r.unit, r.value_code, r.value_text, r.interpretation, s.collected_at as effective_at,
  case when r.released_at is null then 'infinity'::timestamptz when r.released_at > core.now() then r.released_at end as withheld_until`;

/** Of those entered, in the version that was read. When the patient may see each follows from its test. */
export const verify = (
  tx: Db,
  specimenId: string,
  results: readonly { id: string; version: number }[],
): Promise<readonly Verified[]> =>
  tx.any(sql.type(Verified)`
    update laboratory.result r set status = 'verified', verified_at = core.now(), verified_by = ${tx.actor.id}, observation_id = uuidv7(),
      released_at = case t.release when 'verified' then core.now() when 'days' then core.now() + make_interval(days => t.release_days) end
    from jsonb_to_recordset(${JSON.stringify(results)}::jsonb) e (id uuid, version integer), laboratory.test t, laboratory.service_request q, laboratory.specimen s
    where r.id = e.id and r.version = e.version and r.specimen_id = ${specimenId} and r.status = 'entered' and ${maySee(tx, 'r.patient_id')}
      and t.id = r.test_id and q.id = r.service_request_id and s.id = r.specimen_id
    returning ${verified}
  `);

/** Null when somebody was faster, or it was not verified. */
export const correct = (tx: Db, id: string, version: number, it: NewCorrection): Promise<Verified | null> =>
  tx.maybeOne(sql.type(Verified)`
    update laboratory.result r set value = ${it.value ?? null}::numeric, value_code = ${it.valueCode ?? null}, value_text = ${it.valueText ?? null},
      status = ${it.withdraw ? 'withdrawn' : 'verified'}, corrections = r.corrections + 1, correction_reason = ${it.reason}, corrected_at = core.now(), verified_by = ${tx.actor.id}
    from laboratory.test t, laboratory.service_request q, laboratory.specimen s
    where r.id = ${id} and r.version = ${version} and r.status = 'verified' and ${maySee(tx, 'r.patient_id')}
      and t.id = r.test_id and q.id = r.service_request_id and s.id = r.specimen_id
    returning ${verified}
  `);

export const release = (tx: Db, id: string, version: number): Promise<{ observationId: string } | null> =>
  tx.maybeOne(sql.type(z.strictObject({ observationId: z.uuid() }))`
    update laboratory.result set released_at = core.now(), released_by = ${tx.actor.id}, withheld_at = null, withheld_by = null, withheld_reason = null
    where id = ${id} and version = ${version} and status = 'verified' and ${maySee(tx, 'patient_id')}
    returning observation_id
  `);

export const withhold = (
  tx: Db,
  id: string,
  version: number,
  reason: string,
): Promise<{ observationId: string } | null> =>
  tx.maybeOne(sql.type(z.strictObject({ observationId: z.uuid() }))`
    update laboratory.result set released_at = null, released_by = null, withheld_at = core.now(), withheld_by = ${tx.actor.id}, withheld_reason = ${reason}
    where id = ${id} and version = ${version} and status = 'verified' and ${maySee(tx, 'patient_id')}
    returning observation_id
  `);

export const getResult = (db: Db, id: string): Promise<LabResult> =>
  db.oneFirst(sql.type(z.strictObject({ it: LabResult }))`
    select ${labResultJson} as it
    from laboratory.result r
    join laboratory.test t on t.id = r.test_id
    join laboratory.specimen s on s.id = r.specimen_id
    where r.id = ${id} and ${maySee(db, 'r.patient_id')}
  `);

/** Of a specimen, for the explanation why something was not taken. */
export const listVersions = (
  db: Db,
  specimenId: string,
): Promise<readonly { id: string; version: number; status: string; step: string }[]> =>
  db.any(sql.type(z.strictObject({ id: z.uuid(), version: z.int(), status: z.string(), step: z.string() }))`
    select r.id, r.version, r.status, s.step
    from laboratory.result r
    join laboratory.specimen s on s.id = r.specimen_id
    where r.specimen_id = ${specimenId} and ${maySee(db, 'r.patient_id')}
    order by r.id
  `);

const Finished = z.strictObject({
  requestId: z.uuid(),
  reportId: z.uuid(),
  patientId: z.uuid(),
  encounterId: z.uuid().nullable(),
  status: z.string(),
  code: z.string(),
  chargeCode: z.string().nullable(),
});

/** Of these requests those whose report is complete. */
export const finishedReports = (tx: Db, requestIds: readonly string[]): Promise<readonly z.infer<typeof Finished>[]> =>
  tx.any(sql.type(Finished)`
    select q.id as request_id, d.id as report_id, q.patient_id, q.encounter_id, d.status, q.code, coalesce(t.charge_code, p.charge_code) as charge_code
    from laboratory.service_request q
    join laboratory.diagnostic_report d on d.service_request_id = q.id and d.ours
    left join laboratory.test t on t.id = q.test_id
    left join laboratory.panel p on p.id = q.panel_id
    where q.id = any(${sql.array([...requestIds], 'uuid')}) and d.status in ('final', 'corrected') and ${maySee(tx, 'q.patient_id')}
    order by q.id
  `);

/** Newest first: ours and what came from elsewhere. */
export const listChart = (
  db: Db,
  by: { patientId: string; code?: string; limit: number; after: Cursor },
): Promise<readonly { it: ChartResult; at: string }[]> =>
  db.any(sql.type(z.strictObject({ it: ChartResult, at: z.string() }))`
    select ${chartResultJson} as it, o.observed_at as at
    from ${chartFrom}
    where ${sql.and([
      maySee(db, 'o.patient_id'),
      sql.fragment`o.patient_id = ${by.patientId} and ${inChart}`,
      by.code !== undefined && sql.fragment`o.code = ${by.code}`,
      by.after && sql.fragment`(o.observed_at, o.id) < (${by.after[0]!}::timestamptz, ${by.after[1]!}::uuid)`,
    ])}
    order by o.observed_at desc, o.id desc
    limit ${by.limit}
  `);

/** The last 60 numbers of one test, oldest first, in the unit of the newest: another unit would draw a lie. */
export const trendOf = (db: Db, patientId: string, code: string): Promise<Trend> =>
  db.oneFirst(sql.type(z.strictObject({ it: Trend }))`
    with newest as (
      select coalesce(t.display, o.display) as display, o.unit
      from ${chartFrom}
      where o.patient_id = ${patientId} and o.code = ${code} and o.value is not null and ${inChart} and ${maySee(db, 'o.patient_id')}
      order by o.observed_at desc, o.id desc
      limit 1
    ),
    point as (
      select o.value, o.effective_at, o.id, o.interpretation, r.low, r.high, o.status = 'corrected' as corrected
      from ${chartFrom}
      join newest on newest.unit is not distinct from o.unit
      where o.patient_id = ${patientId} and o.code = ${code} and o.value is not null and o.effective_at is not null and o.status <> 'entered-in-error' and ${maySee(db, 'o.patient_id')}
      order by o.observed_at desc, o.id desc
      limit 60
    )
    select json_build_object('code', ${code}::text, 'display', newest.display, 'unit', newest.unit, 'points', (
      select coalesce(json_agg(json_build_object('value', p.value::text, 'at', core.json_time(p.effective_at), 'interpretation', p.interpretation, 'low', p.low::text,
        'high', p.high::text, 'corrected', p.corrected) order by p.effective_at, p.id), '[]')
      from point p)) as it
    from newest
  `);
