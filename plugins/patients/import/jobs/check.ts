import { z } from 'zod';
import { hospitalNow } from '../../../../core/clock.ts';
import { besides, sql, type Db } from '../../../../core/database.ts';
import type { Hms } from '../../../../core/hms.ts';
import { findDuplicates } from '../../duplicates/queries.ts';
import type { Candidate } from '../../model.ts';
import { listTypes } from '../../identifiers/queries.ts';
import { hashOf, readLine, type Reading } from '../line.ts';
import { dateOrders, type ImportedPerson } from '../model.ts';
import { lettersIn } from '../queries.ts';

/** Lines in one transaction: about a second's work, after which screens hear how far it is. */
const batch = 200;
/** Lines compared side by side, each on a connection of its own. */
const lanes = 3;
/** As many who might be the same person are kept, for some may be hidden from who looks. */
const mostCandidates = 10;

/** One worker at a time goes through files; for the others there is nothing to do. */
export const alone = (tx: Db): Promise<boolean> =>
  tx.oneFirst(sql.type(z.strictObject({ free: z.boolean() }))`
    select pg_try_advisory_xact_lock(hashtextextended('patients.import', 0)) as free
  `);

const Checked = z.strictObject({
  meanings: z.array(z.string()),
  dateOrder: z.enum(dateOrders).nullable(),
  createdBy: z.uuid(),
});
const Unchecked = z.strictObject({ number: z.int(), fields: z.array(z.string()) });

/** False when another worker is at it. */
export const checkSome = (db: Db, hms: Pick<Hms, 'config'>, id: string): Promise<boolean> => {
  const ask = asking(db);
  return db.transaction(async (tx) => {
    if (!(await alone(tx))) return false;
    // Who wants to change or discard it meanwhile waits for this piece.
    const it = await tx.maybeOne(sql.type(Checked)`
      select meanings, date_order, created_by from patients.import where id = ${id} and status = 'checking' for no key update
    `);
    if (it === null) return true;
    const lines = await tx.any(sql.type(Unchecked)`
      select number, fields from patients.import_line where import_id = ${id} and not checked order by number limit ${batch}
    `);
    if (lines.length === 0) {
      await finish(tx, id);
      return true;
    }
    const reading = await readingOf(tx, hms, id, it);
    const read = lines.map(({ number, fields }) => {
      const { person, problems } = readLine(fields, reading);
      return { number, person, problems, hash: person === null ? null : hashOf(person) };
    });
    await keepRead(tx, id, read);
    await compare(tx, ask, id, await listToCompare(tx, id, read));
    await tx.query(sql.unsafe`update patients.import set done = done + ${lines.length} where id = ${id}`);
    return true;
  });
};

const readingOf = async (
  tx: Db,
  { config }: Pick<Hms, 'config'>,
  id: string,
  { meanings, dateOrder }: z.infer<typeof Checked>,
): Promise<Reading> => {
  const today = Temporal.Instant.from(await hospitalNow(tx))
    .toZonedDateTimeISO(config.zone)
    .toPlainDate();
  const letters = await lettersIn(tx, id, meanings.indexOf('gender'));
  return {
    meanings,
    dateOrder,
    genderLetters: new Set(letters),
    types: await listTypes(tx),
    today: today.toString(),
  };
};

interface Read {
  number: number;
  person: ImportedPerson | null;
  hash: string | null;
}
const keepRead = (tx: Db, id: string, read: readonly (Read & { problems: unknown })[]): Promise<unknown> =>
  tx.query(sql.unsafe`
    update patients.import_line l set checked = true, person = it.person, problems = it.problems, hash = it.hash
    from jsonb_to_recordset(${JSON.stringify(read)}::jsonb) it (number integer, person jsonb, problems jsonb, hash text)
    where l.import_id = ${id} and l.number = it.number
  `);

/** Not what the file has said before, nor what its owner has taken before: nobody asks who that might be. */
const listToCompare = async (tx: Db, id: string, read: readonly Read[]): Promise<Compared[]> => {
  const known = new Set(
    await tx.anyFirst(sql.type(z.strictObject({ number: z.int() }))`
      select l.number from patients.import_line l join patients.import i on i.id = l.import_id
      where l.import_id = ${id} and l.number = any(${sql.array(
        read.map(({ number }) => number),
        'int4',
      )}) and (
        exists (select from patients.import_taken t where t.hash = l.hash and t.taken_by = i.created_by)
        or exists (select from patients.import_line e where e.import_id = l.import_id and e.hash = l.hash and e.number < l.number))
    `),
  );
  return read.flatMap(({ number, person }) => (person === null || known.has(number) ? [] : [{ number, person }]));
};

export interface Compared {
  number: number;
  person: ImportedPerson;
}

export type Ask = (person: ImportedPerson) => Promise<readonly Candidate[]>;
/** Made before the transaction: whom somebody might be is read beside it. */
export const asking = (db: Db): Ask => {
  const beside = besides();
  return (person) => beside(() => findDuplicates(db, person, { limit: mostCandidates }));
};

/** Looks for each of these lines who might be here already, and keeps all who are found. */
export const compare = async (tx: Db, ask: Ask, id: string, lines: readonly Compared[]): Promise<void> => {
  const found: (string | number)[][] = [];
  const waiting = lines.values();
  const work = async (): Promise<void> => {
    for (const { number, person } of waiting)
      for (const [n, it] of (await ask(person)).entries()) found.push([id, number, n + 1, it.id, it.score, it.grade]);
  };
  await Promise.all(Array.from({ length: lanes }, work));
  if (lines.length > 0)
    await tx.query(sql.unsafe`
      delete from patients.import_candidate where import_id = ${id} and number = any(${sql.array(
        lines.map(({ number }) => number),
        'int4',
      )})
    `);
  if (found.length > 0)
    await tx.query(sql.unsafe`
      insert into patients.import_candidate (import_id, number, place, patient_id, score, grade)
      select * from ${sql.unnest(found, ['uuid', 'int4', 'int4', 'uuid', 'float8', 'text'])}
    `);
};

/** What only the whole file tells. */
const finish = async (tx: Db, id: string): Promise<void> => {
  await tx.query(sql.unsafe`
    update patients.import_line l set repeats = it.first
    from (
      select number, min(number) over (partition by hash) as first from patients.import_line where import_id = ${id} and hash is not null
    ) it
    where l.import_id = ${id} and l.number = it.number and it.first < l.number
  `);
  await tx.query(sql.unsafe`
    update patients.import_line l set resembles = it.first
    from (
      select number, min(number) over (
        partition by patients.fold(person ->> 'familyName'), patients.fold(person ->> 'givenName'), person ->> 'birthDate'
      ) as first
      from patients.import_line where import_id = ${id} and person is not null and repeats is null
    ) it
    where l.import_id = ${id} and l.number = it.number and it.first < l.number
  `);
  await tx.query(sql.unsafe`
    update patients.import_line l
    set problems = l.problems || jsonb_build_object('column', it.column, 'code', 'identifier-twice', 'line', it.first)
    from (
      select distinct on (number) number, "column", first from (
        select l.number, n."column", min(l.number) over (partition by n.system, patients.number_key(n.value)) as first
        from patients.import_line l cross join jsonb_to_recordset(l.person -> 'identifiers') n (system text, value text, "column" integer)
        where l.import_id = ${id} and l.repeats is null
      ) numbers
      where first < number
      order by number, "column"
    ) it
    where l.import_id = ${id} and l.number = it.number
  `);
  await findInUse(tx, id);
  await tx.query(sql.unsafe`
    update patients.import set status = 'ready', done = lines, attempts = 0, checked_at = core.now(), version = version + 1 where id = ${id}
  `);
};

/** Numbers that somebody of the hospital has, as every door refuses them, whoever that is. */
export const findInUse = (tx: Db, id: string): Promise<unknown> =>
  tx.query(sql.unsafe`
    update patients.import_line l
    set problems = l.problems || jsonb_build_object('column', it.column, 'code', 'identifier-in-use')
    from (
      select distinct on (l.number) l.number, n."column"
      from patients.import_line l cross join jsonb_to_recordset(l.person -> 'identifiers') n (system text, value text, "column" integer)
      join patients.identifier i on i.system = n.system and i.number = patients.number_key(n.value) and i.active
      where l.import_id = ${id} and l.problems = '[]'
      order by l.number, n."column"
    ) it
    where l.import_id = ${id} and l.number = it.number
  `);
