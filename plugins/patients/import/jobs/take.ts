import { z } from 'zod';
import { auditEach, auditWork } from '../../../../core/audit/write.ts';
import { may, maySee } from '../../../../core/access.ts';
import { besides, sql, type Db } from '../../../../core/database.ts';
import { publishNew } from '../../../../core/events.ts';
import type { Hms } from '../../../../core/hms.ts';
import { actorNow } from '../../../auth/api.ts';
import { tellScreens } from '../actions.ts';
import { ImportedPerson } from '../model.ts';
import { countUnsettled } from '../queries.ts';
import { alone, asking, compare, findInUse, type Ask } from './check.ts';

/** Lines in one statement. */
const batch = 500;
const wordsAtOnce = 2_000;

const route = 'POST /api/patients/imports/{id}/take';

/**
 * Registers what was chosen, all in one transaction: a worker that dies leaves nothing of it, and the next begins anew. How far it is
 * is written beside it. Somebody who was registered after the lines were looked at may be the same person: then nothing is taken, and the
 * file goes back to who took it. False when another worker is at it.
 */
export const takeAll = async (db: Db, hms: Hms, id: string): Promise<boolean> => {
  const takenBy = await db.maybeOneFirst(sql.type(z.strictObject({ takenBy: z.uuid() }))`
    select taken_by from patients.import where id = ${id} and status = 'taking'
  `);
  if (takenBy === null) return true;
  // As whoever asked for it, with the rights that they have now: theirs are the entries, and they see whom they see.
  const actor = await actorNow(db, takenBy);
  if (!actor || !may(actor, 'patient:import'))
    return db.transaction(async (tx) => {
      if (!(await alone(tx))) return false;
      if (await isTaking(tx, id)) await giveBack(tx, id, 'not-allowed');
      return true;
    });
  await knowWords(db, id);
  const ask = asking(db);
  const beside = besides();
  return hms.db(actor, 'import').transaction(async (tx) => {
    if (!(await alone(tx))) return false;
    if (!(await isTaking(tx, id))) return true;
    await compareWithNewcomers(tx, ask, id);
    await findInUse(tx, id);
    if ((await countUnsettled(tx, id)) > 0) {
      await giveBack(tx, id, 'changed');
      return true;
    }
    const noteDone = (count: number) =>
      beside(() => db.query(sql.unsafe`update patients.import set done = ${count} where id = ${id}`));
    let done = 0;
    for (let last: number | null = 0; (last = await takeSome(tx, id, last)) !== null;) {
      done = await countDone(tx, id, last);
      await noteDone(done);
      tellScreens(db, id);
    }
    await tx.query(sql.unsafe`
      update patients.import set status = 'taken', done = ${done}, taken_at = core.now(), version = version + 1 where id = ${id}
    `);
    await auditWork(tx, {
      action: 'E',
      route,
      object: `PatientImport/${id}`,
      requestId: id,
      detail: `${done} patients registered`,
    });
    return true;
  });
};

const isTaking = (tx: Db, id: string): Promise<boolean> =>
  tx.exists(sql.unsafe`select from patients.import where id = ${id} and status = 'taking'`);

const Last = z.strictObject({ last: z.int().nullable() });

const knowWords = async (db: Db, id: string): Promise<void> => {
  for (let last: number | null = 0; last !== null;)
    last = await db.oneFirst(sql.type(Last)`select patients.know_words(${id}, ${last}, ${wordsAtOnce}) as last`);
};

const Line = z.strictObject({ number: z.int(), person: ImportedPerson });

/** Those of the chosen lines who share birth date or phone with somebody registered since. */
const compareWithNewcomers = async (tx: Db, ask: Ask, id: string): Promise<void> => {
  const lines = await tx.any(sql.type(Line)`
    with newcomer as (
      select p.birth_date, ltrim(p.phone_digits, '0') as digits
      from patients.patient p, patients.import i
      where i.id = ${id} and p.created_at >= i.checked_at and p.active
    )
    select l.number, l.person from patients.import_line l
    where l.import_id = ${id} and l.chosen and (
      (l.person ->> 'birthDate')::date in (select birth_date from newcomer)
      or nullif(ltrim(regexp_replace(l.person ->> 'phone', '[^0-9]', '', 'g'), '0'), '') in (select digits from newcomer))
    order by l.number
  `);
  const before = await graded(tx, id);
  await compare(tx, ask, id, lines);
  // Whoever was decided about is still decided; who came since is not.
  const now = await graded(tx, id);
  const changed = [...now].filter(([pair]) => !before.has(pair)).map(([, number]) => number);
  if (changed.length > 0)
    await tx.query(sql.unsafe`
      update patients.import_line set decision = null, reason = null
      where import_id = ${id} and number = any(${sql.array([...new Set(changed)], 'int4')})
    `);
};

/** Line by `line patient`, of those that ask for a decision. */
const graded = async (tx: Db, id: string): Promise<Map<string, number>> => {
  const rows = await tx.any(sql.type(z.strictObject({ number: z.int(), patientId: z.uuid() }))`
    select c.number, c.patient_id from patients.import_candidate c
    where c.import_id = ${id} and c.grade in ('certain', 'probable')
  `);
  return new Map(rows.map(({ number, patientId }) => [`${number} ${patientId}`, number]));
};

/** Compared with newcomers it was only where one of them is the reason. */
const giveBack = async (tx: Db, id: string, note: 'changed' | 'not-allowed'): Promise<void> => {
  await tx.query(sql.unsafe`update patients.import_line set chosen = false where import_id = ${id} and chosen`);
  await tx.query(sql.unsafe`
    update patients.import
    set status = 'ready', note = ${note}, done = lines, taken_by = null, version = version + 1,
      checked_at = case when ${note} = 'changed' then core.now() else checked_at end
    where id = ${id}
  `);
};

const countDone = (tx: Db, id: string, last: number): Promise<number> =>
  tx.oneFirst(sql.type(z.strictObject({ count: z.int() }))`
    select count(*)::int as count from patients.import_line where import_id = ${id} and chosen and number <= ${last}
  `);

const Made = z.strictObject({ number: z.int(), id: z.uuid() });

/** The next lines, after this one; the last of them, or null when there are none. */
const takeSome = async (tx: Db, id: string, after: number): Promise<number | null> => {
  const made = await tx.any(sql.type(Made)`
    with lines as materialized (
      select number, person as p, uuidv7() as id from patients.import_line
      where import_id = ${id} and chosen and number > ${after} order by number limit ${batch}
    ), made as (
      insert into patients.patient (id, family_name, given_name, birth_date, gender, phone, email, address_line, postal_code, city, country, language)
      select id, p ->> 'familyName', p ->> 'givenName', (p ->> 'birthDate')::date, p ->> 'gender', p ->> 'phone', p ->> 'email',
        p ->> 'addressLine', p ->> 'postalCode', p ->> 'city', p ->> 'country', p ->> 'language'
      from lines order by number
      returning id
    ), marked as (
      update patients.import_line l set patient_id = lines.id from lines where l.import_id = ${id} and l.number = lines.number
    )
    select lines.number, lines.id from lines join made on made.id = lines.id order by lines.number
  `);
  const last = made.at(-1)?.number;
  if (last === undefined) return null;
  const these = sql.fragment`l.import_id = ${id} and l.number > ${after} and l.number <= ${last} and l.patient_id is not null`;
  await tx.query(sql.unsafe`
    insert into patients.identifier (patient_id, code, system, value)
    select l.patient_id, it.code, it.system, it.value
    from patients.import_line l cross join jsonb_to_recordset(l.person -> 'identifiers') it (code text, system text, value text)
    where ${these}
    order by l.number
  `);
  await tx.query(sql.unsafe`
    insert into patients.contact (patient_id, relationship, family_name, given_name, phone)
    select l.patient_id, it ->> 'relationship', it ->> 'familyName', it ->> 'givenName', it ->> 'phone'
    from patients.import_line l cross join nullif(l.person -> 'contact', 'null') it
    where ${these} and it is not null
    order by l.number
  `);
  await tx.query(sql.unsafe`
    insert into patients.not_same (patient_id, other_id, reason)
    select distinct l.patient_id, c.patient_id, l.reason
    from patients.import_line l join patients.import_candidate c on c.import_id = l.import_id and c.number = l.number
    where ${these} and l.decision = 'take' and c.grade in ('certain', 'probable') and ${maySee(tx, 'c.patient_id')}
  `);
  await tx.query(sql.unsafe`
    insert into patients.import_taken (hash, patient_id, import_id) select l.hash, l.patient_id, l.import_id from patients.import_line l where ${these}
  `);
  const ids = made.map((it) => it.id);
  await publishNew(tx, 'patients.patient-registered', ids, { importId: id });
  await auditEach(
    tx,
    ids.map((patientId) => ({
      action: 'C' as const,
      route,
      object: `Patient/${patientId}`,
      patientIds: [patientId],
      requestId: id,
    })),
  );
  return last;
};
