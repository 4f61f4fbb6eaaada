import { z } from 'zod';
import { maySee } from '../../../core/access.ts';
import { sql, type Db } from '../../../core/database.ts';
import { patientSummaryJson } from '../../patients/api.ts';
import { Candidate } from '../model.ts';

const Ordered = z.strictObject({
  id: z.uuid(),
  requestId: z.uuid(),
  specimenId: z.uuid(),
  accession: z.string(),
  step: z.string(),
  patientId: z.uuid(),
  recordNumber: z.string(),
  birthDate: z.string().nullable(),
  gender: z.string(),
  code: z.string(),
  loinc: z.string(),
  kind: z.enum(['numeric', 'coded', 'text']),
  unit: z.string().nullable(),
  options: z.array(z.looseObject({ code: z.string(), display: z.string() })).nullable(),
});
export type Ordered = z.infer<typeof Ordered>;

const rows = sql.fragment`
  select r.id, r.service_request_id as request_id, s.id as specimen_id, s.accession, s.step, r.patient_id, p.record_number, p.birth_date, p.gender, t.code, t.loinc, t.kind,
    t.unit, t.options
  from laboratory.result r
  join laboratory.specimen s on s.id = r.specimen_id
  join laboratory.test t on t.id = r.test_id
  join patients.patient p on p.id = r.patient_id`;

/** What was ordered under these numbers. */
export const orderedUnder = (
  db: Db,
  { requestIds, accessions }: { requestIds: readonly string[]; accessions: readonly string[] },
): Promise<readonly Ordered[]> =>
  db.any(sql.type(Ordered)`
    ${rows}
    where r.specimen_id in (select n.id from laboratory.specimen n where n.accession = any(${sql.array([...accessions], 'text')})) and ${maySee(db, 'r.patient_id')}
    union
    ${rows}
    where r.service_request_id = any(${sql.array([...requestIds], 'uuid')}) and ${maySee(db, 'r.patient_id')}
    order by id
    limit 500
  `);

export const orderedIn = (db: Db, specimenId: string): Promise<readonly Ordered[]> =>
  db.any(sql.type(Ordered)`
    ${rows}
    where r.specimen_id = ${specimenId} and ${maySee(db, 'r.patient_id')}
    order by r.id
    limit 500
  `);

/** Specimens that have left the patient: those named first, then newest first; at most 30. */
export const listCandidates = (
  db: Db,
  by: { patientId?: string; accessions?: readonly string[] },
): Promise<readonly Candidate[]> =>
  db.anyFirst(sql.type(z.strictObject({ it: Candidate }))`
    select json_build_object('specimenId', s.id, 'accession', s.accession, 'collectedAt', core.json_time(s.collected_at), 'step', s.step,
      'patient', (select ${patientSummaryJson('p')} from patients.patient p where p.id = s.patient_id),
      'tests', (
        select coalesce(json_agg(json_build_object('display', t.display, 'code', t.loinc, 'unit', t.unit, 'status', r.status) order by t.position), '[]')
        from laboratory.result r
        join laboratory.test t on t.id = r.test_id
        where r.specimen_id = s.id
      )) as it
    from laboratory.specimen s
    where s.requisition_id is not null and s.collected_at is not null and ${maySee(db, 's.patient_id')}
      and ${by.patientId === undefined ? sql.fragment`s.accession = any(${sql.array([...(by.accessions ?? [])], 'text')})` : sql.fragment`s.patient_id = ${by.patientId}`}
    order by s.collected_at desc, s.id
    limit 30
  `);
