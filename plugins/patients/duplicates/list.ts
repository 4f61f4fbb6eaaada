import { z } from 'zod';
import { maySee } from '../../../core/access.ts';
import { sql, type Db } from '../../../core/database.ts';
import { DateText, Instant } from '../../../core/shapes.ts';
import { likenesses, Patient, type Candidate } from '../model.ts';
import { patientColumns } from '../queries.ts';
import { EveryIdentifier, everyIdentifier } from './by-identifier.ts';
import { findDuplicates } from './queries.ts';

export const grades = ['certain', 'probable', 'possible'] as const;

/** One of a pair, as the list shows them. */
const One = z.strictObject({
  id: z.uuid(),
  recordNumber: z.string(),
  familyName: z.string(),
  givenName: z.string(),
  gender: z.string(),
  birthDate: DateText.nullable(),
  phone: z.string().nullable(),
  city: z.string().nullable(),
});

/** Two records that may be of one person. */
export const DuplicatePair = z
  .strictObject({
    patient: One,
    other: One,
    score: z.number(),
    grade: z.enum(grades),
    because: z.array(z.enum(likenesses)),
    foundAt: Instant,
  })
  .meta({ id: 'DuplicatePair' });
export type DuplicatePair = z.infer<typeof DuplicatePair>;

const one = (alias: string) => {
  const column = (name: string) => sql.identifier([alias, name]);
  return sql.fragment`json_build_object('id', ${column('id')}, 'recordNumber', ${column('record_number')}, 'familyName', ${column('family_name')},
    'givenName', ${column('given_name')}, 'gender', ${column('gender')}, 'birthDate', ${column('birth_date')}, 'phone', ${column('phone')}, 'city', ${column('city')})`;
};

export interface DuplicateFilter {
  grade?: (typeof grades)[number] | undefined;
  limit: number;
  /** Score and ids of the last pair that was shown. */
  after: readonly (string | number)[] | null;
}

/** The likeliest first; only pairs of which the asker may see both. */
export const listPairs = (db: Db, by: DuplicateFilter): Promise<readonly DuplicatePair[]> =>
  db.any(sql.type(DuplicatePair)`
    select ${one('a')} as patient, ${one('b')} as other, d.score, d.grade, d.because, d.found_at
    from patients.duplicate d
    join patients.patient a on a.id = d.patient_id
    join patients.patient b on b.id = d.other_id
    where ${sql.and([
      sql.fragment`a.active and b.active`,
      maySee(db, 'a.id'),
      maySee(db, 'b.id'),
      by.grade !== undefined && sql.fragment`d.grade = ${by.grade}`,
      by.after !== null &&
        sql.fragment`(-d.score, d.patient_id, d.other_id) > (-(${by.after[0]!}::float8), ${by.after[1]!}::uuid, ${by.after[2]!}::uuid)`,
    ])}
    order by d.score desc, d.patient_id, d.other_id
    limit ${by.limit}
  `);

/** Looks for the doubles of these and keeps what is found; pairs that are none any more, or were told apart, go. */
export const keepPairs = async (tx: Db, ids: readonly string[]): Promise<void> => {
  const people = await tx.any(sql.type(Patient.extend({ identifiers: EveryIdentifier }))`
    select ${patientColumns}, ${everyIdentifier} from patients.patient it
    where it.id = any(${sql.array([...ids], 'uuid')}) and ${maySee(tx, 'it.id')}
    order by it.id
    limit ${ids.length}
  `);
  for (const it of people) {
    const found = it.active ? await findDuplicates(tx, it, { limit: 10, not: it.id }) : [];
    await keepFound(tx, it.id, found.filter(isWorthALook));
  }
};

/** Of a million many share a name and nothing else: nobody works through those. */
const isWorthALook = ({ because }: Candidate): boolean => because.some((each) => each !== 'name' && each !== 'sound');

const keepFound = (tx: Db, id: string, found: readonly Candidate[]): Promise<unknown> =>
  tx.query(sql.unsafe`
    -- no person asks
    with found as (
      select least(${id}::uuid, f.id) as patient_id, greatest(${id}::uuid, f.id) as other_id, f.score, f.grade, string_to_array(f.because, ' ') as because
      from ${sql.unnest(
        found.map((it) => [it.id, it.score, it.grade, it.because.join(' ')]),
        ['uuid', 'float8', 'text', 'text'],
      )} f (id, score, grade, because)
      where not exists (
        select from patients.not_same n where (n.patient_id, n.other_id) in ((${id}::uuid, f.id), (f.id, ${id}::uuid))
      )
    ), gone as (
      delete from patients.duplicate d
      where ${id}::uuid in (d.patient_id, d.other_id)
        and not exists (select from found f where f.patient_id = d.patient_id and f.other_id = d.other_id)
    )
    insert into patients.duplicate as d (patient_id, other_id, score, grade, because)
    select patient_id, other_id, score, grade, because from found
    on conflict (patient_id, other_id) do update set score = excluded.score, grade = excluded.grade, because = excluded.because
    where (d.score, d.grade, d.because) is distinct from (excluded.score, excluded.grade, excluded.because)
  `);

/** The next of those who were here before anybody looked; none when all were looked at. */
export const nextToScan = (tx: Db, limit: number): Promise<readonly string[]> =>
  tx.anyFirst(sql.type(z.strictObject({ id: z.uuid() }))`
    -- no person asks
    select it.id from patients.patient it
    where it.id > (select s.after_id from patients.duplicate_scan s) and it.active
    order by it.id
    limit ${limit}
  `);

export const scannedTo = (tx: Db, id: string): Promise<unknown> =>
  tx.query(sql.unsafe`update patients.duplicate_scan set after_id = ${id}`);

/** 0 when they were told apart before. */
export const tellApart = async (tx: Db, patientId: string, otherId: string, reason: string): Promise<number> => {
  const { rowCount } = await tx.query(sql.unsafe`
    insert into patients.not_same (patient_id, other_id, reason)
    select ${patientId}::uuid, ${otherId}::uuid, ${reason}
    where not exists (select from patients.not_same n where (n.patient_id, n.other_id) in ((${patientId}::uuid, ${otherId}::uuid), (${otherId}::uuid, ${patientId}::uuid)))
  `);
  await tx.query(sql.unsafe`
    -- no person asks
    delete from patients.duplicate where patient_id = least(${patientId}::uuid, ${otherId}::uuid) and other_id = greatest(${patientId}::uuid, ${otherId}::uuid)
  `);
  return rowCount;
};
