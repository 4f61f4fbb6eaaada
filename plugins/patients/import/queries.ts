import { z } from 'zod';
import { may, maySee } from '../../../core/access.ts';
import { sql, type Db, type Fragment } from '../../../core/database.ts';
import type { File, Line } from './file.ts';
import {
  dateOrders,
  ImportHead,
  ImportLine,
  keptDays,
  type statuses,
  type Columns,
  type Counts,
  type DateOrder,
  type Decided,
  type Outcome,
} from './model.ts';

/**
 * Whose file somebody may work with: their own; that of a colleague at one of their sites; in a hospital where everybody sees everybody,
 * that of anybody. The permission is asked for by the route.
 */
const mayWork = (db: Db): Fragment => {
  if (db.actor.kind === 'service' || db.policy === 'open') return sql.fragment`true`;
  return sql.fragment`(i.created_by = ${db.actor.id}::uuid or exists (
    select from core.user_site mine join core.user_site theirs on theirs.site_id = mine.site_id
    where mine.user_id = ${db.actor.id}::uuid and theirs.user_id = i.created_by
  ))`;
};

const goesAt = sql.fragment`coalesce(i.taken_at + make_interval(days => ${keptDays.taken}), i.created_at + make_interval(days => ${keptDays.waiting}))`;
const headColumns = sql.fragment`
  i.id, i.name, i.status, i.lines, i.done, i.note, i.created_at, u.display_name as created_by, i.taken_at, ${goesAt} as goes_at, i.version
`;
const from = sql.fragment`patients.import i left join auth."user" u on u.id = i.created_by`;

const Row = ImportHead.extend({
  encoding: z.enum(['utf-8', 'windows-1252']),
  delimiter: z.string(),
  columns: z.array(z.string()),
  meanings: z.array(z.string()),
  dateOrder: z.enum(dateOrders).nullable(),
});
export type Row = z.infer<typeof Row>;

/** The newest first. */
export const listImports = (
  db: Db,
  { limit, after }: { limit: number; after: readonly (string | number)[] | null },
): Promise<readonly ImportHead[]> =>
  db.any(sql.type(ImportHead)`
    select ${headColumns} from ${from}
    where ${mayWork(db)} and ${after ? sql.fragment`(i.created_at, i.id) < (${after[0]!}::timestamptz, ${after[1]!}::uuid)` : sql.fragment`true`}
    order by i.created_at desc, i.id desc
    limit ${limit}
  `);

export const getImport = (db: Db, id: string): Promise<Row> =>
  db.one(sql.type(Row)`
    select ${headColumns}, i.encoding, i.delimiter, i.columns, i.meanings, i.date_order
    from ${from}
    where i.id = ${id} and ${mayWork(db)}
  `);

const Id = z.strictObject({ id: z.uuid() });

export const insertImport = (
  tx: Db,
  it: { name: string; meanings: readonly string[] } & Pick<File, 'encoding' | 'delimiter' | 'headings'>,
): Promise<string> =>
  tx.oneFirst(sql.type(Id)`
    insert into patients.import (name, encoding, delimiter, columns, meanings)
    values (${it.name}, ${it.encoding}, ${it.delimiter}, ${sql.array(it.headings, 'text')}, ${sql.array([...it.meanings], 'text')})
    returning id
  `);

export const insertLines = (tx: Db, id: string, lines: readonly Line[]): Promise<unknown> =>
  tx.query(sql.unsafe`
    insert into patients.import_line (import_id, number, fields)
    select ${id}, (it ->> 0)::integer, array(select jsonb_array_elements_text(it -> 1))
    from jsonb_array_elements(${JSON.stringify(lines.map(({ number, fields }) => [number, fields]))}::jsonb) it
  `);

/** Its lines are there; what comes next. */
export const beginImport = (
  tx: Db,
  id: string,
  it: { lines: number; dateOrder: DateOrder | null; isClear: boolean },
): Promise<unknown> =>
  tx.query(sql.unsafe`
    update patients.import set lines = ${it.lines}, date_order = ${it.dateOrder}, status = ${it.isClear ? 'checking' : 'columns'}
    where id = ${id}
  `);

/** The first lines, to show what is in a column, before any of them is anybody. */
export const listExamples = (db: Db, id: string): Promise<readonly (readonly string[])[]> =>
  db.anyFirst(sql.type(z.strictObject({ fields: z.array(z.string()) }))`
    select l.fields from patients.import_line l where l.import_id = ${id} -- shows no patient
    order by l.number limit 20
  `);

const Slashes = z.strictObject({ has: z.boolean(), dayFirst: z.boolean(), monthFirst: z.boolean() });
/** Days of a column (from 0) that are written with slashes or dashes, and what the numbers above 12 in them say. */
export const lookAtDays = (db: Db, id: string, column: number): Promise<z.infer<typeof Slashes>> =>
  db.one(sql.type(Slashes)`
    select count(*) > 0 as has, coalesce(bool_or(it[1]::int > 12), false) as day_first, coalesce(bool_or(it[2]::int > 12), false) as month_first
    from patients.import_line l cross join regexp_match(l.fields[${column + 1}::integer], '^([0-9]{1,2})[/-]([0-9]{1,2})[/-][0-9]{4}$') it
    where l.import_id = ${id} and it is not null -- shows no patient
  `);

/** Letters that stand alone in a column (from 0). */
export const lettersIn = (db: Db, id: string, column: number): Promise<readonly string[]> =>
  db.anyFirst(sql.type(z.strictObject({ letter: z.string() }))`
    select distinct lower(l.fields[${column + 1}::integer]) as letter from patients.import_line l
    where l.import_id = ${id} and length(l.fields[${column + 1}::integer]) = 1 and ${maySee(db, 'l.patient_id')}
    order by 1 limit 100
  `);

/**
 * The lines of an import, as rows `w`, with what becomes of each for who asks: nobody whom they may not see counts. That they took
 * the very same line themselves they know.
 */
const weighed = (db: Db, id: string): Fragment => sql.fragment`(
  select l.number, l.fields, l.problems, l.person, l.decision, l.reason, l.patient_id, before.patient_id as before_id,
    coalesce(l.repeats, l.resembles) as same_as, best.patient_id as best_id, best.score, best.grade,
    case
      when l.patient_id is not null then 'imported'
      when l.repeats is not null or before.hash is not null then 'taken'
      when l.problems <> '[]' then 'broken'
      when best.grade in ('certain', 'probable') then best.grade
      when l.resembles is not null then 'in-file'
      else 'new'
    end as outcome
  from patients.import_line l
  join patients.import i on i.id = l.import_id
  left join lateral (
    select t.hash, case when ${maySee(db, 't.patient_id')} then t.patient_id end as patient_id from patients.import_taken t
    where t.hash = l.hash and (t.taken_by = ${db.actor.id}::uuid or t.taken_by = i.created_by or ${maySee(db, 't.patient_id')})
    order by t.taken_at, t.id limit 1
  ) before on true
  left join lateral (
    select c.patient_id, c.score, c.grade from patients.import_candidate c
    where c.import_id = l.import_id and c.number = l.number and ${maySee(db, 'c.patient_id')}
    order by c.place limit 1
  ) best on true
  where l.import_id = ${id} and ${maySee(db, 'l.patient_id')}
) w`;
const willTake = sql.fragment`(w.outcome = 'new' or w.outcome in ('probable', 'certain', 'in-file') and w.decision is not distinct from 'take')`;
const isOpen = sql.fragment`(w.outcome in ('probable', 'in-file') and w.decision is null)`;

const CountsRow = z.object({
  lines: z.int(), new: z.int(), probable: z.int(), certain: z.int(), inFile: z.int(), taken: z.int(), broken: z.int(), imported: z.int(),
  toTake: z.int(), undecided: z.int(),
}); // prettier-ignore
export const countLines = (db: Db, id: string): Promise<Counts> =>
  db.one(sql.type(CountsRow)`
    select count(*)::int as lines, ${sql.join(
      (['new', 'probable', 'certain', 'in-file', 'taken', 'broken', 'imported'] as const).map(
        (it) =>
          sql.fragment`count(*) filter (where w.outcome = ${it})::int as ${sql.identifier([it.replace('-', '_')])}`,
      ),
      sql.fragment`, `,
    )},
      count(*) filter (where ${willTake})::int as to_take, count(*) filter (where ${isOpen})::int as undecided
    from ${weighed(db, id)}
  `);

/** In the order of the file; with an outcome those of it only. */
export const listLines = (
  db: Db,
  id: string,
  by: { outcome: Outcome | undefined; limit: number; after: number },
): Promise<readonly ImportLine[]> => {
  const candidate = may(db.actor, 'patient:read')
    ? sql.fragment`case when p.id is not null then json_build_object('id', p.id, 'recordNumber', p.record_number, 'familyName', p.family_name,
        'givenName', p.given_name, 'birthDate', p.birth_date, 'score', w.score, 'grade', w.grade) end`
    : sql.fragment`null::json`;
  return db.any(sql.type(ImportLine)`
    select w.number, w.fields, w.outcome, w.problems, w.same_as, w.person ->> 'familyName' as family_name, w.person ->> 'givenName' as given_name,
      w.person ->> 'birthDate' as birth_date, w.person ->> 'gender' as gender, ${candidate} as candidate, w.decision, w.reason,
      ${willTake} as will_take, coalesce(w.patient_id, w.before_id) as patient_id
    from ${weighed(db, id)}
    left join patients.patient p on p.id = w.best_id and w.outcome in ('probable', 'certain', 'new') and ${maySee(db, 'p.id')}
    where w.number > ${by.after} and ${by.outcome === undefined ? sql.fragment`true` : sql.fragment`w.outcome = ${by.outcome}`}
    order by w.number
    limit ${by.limit}
  `);
};

/** What an import was, and counted up. Null: it is another version, or in a state in which this cannot be. */
export const advance = (
  tx: Db,
  { id, version, when }: { id: string; version: number; when: readonly (typeof statuses)[number][] },
  change: Fragment,
): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    update patients.import as i set version = i.version + 1, note = null, ${change}
    where i.id = ${id} and i.version = ${version} and i.status = any(${sql.array([...when], 'text')}) and ${mayWork(tx)}
    returning i.id
  `);

export const columnsSet = ({ meanings, dateOrder }: Columns): Fragment =>
  sql.fragment`status = 'checking', done = 0, attempts = 0, meanings = ${sql.array([...meanings], 'text')}, date_order = ${dateOrder}`;

/** As they were read, before anybody looked at them. */
export const forgetChecks = async (tx: Db, id: string): Promise<void> => {
  await tx.query(sql.unsafe`delete from patients.import_candidate c where c.import_id = ${id} -- no person asks
  `);
  await tx.query(sql.unsafe`
    -- no person asks
    update patients.import_line
    set checked = false, problems = '[]', person = null, hash = null, repeats = null, resembles = null, decision = null, reason = null, chosen = false
    where import_id = ${id}
  `);
};

/** How many lines it was decided about: those that are asked for and wait for it. */
export const decideLines = async (tx: Db, id: string, it: Decided): Promise<number> => {
  const which =
    it.lines === undefined
      ? sql.fragment`w.outcome = ${it.outcome!}`
      : sql.fragment`w.number = any(${sql.array(it.lines, 'int4')}) and w.outcome in ('probable', 'certain', 'in-file')`;
  const { rowCount } = await tx.query(sql.unsafe`
    update patients.import_line as l set decision = ${it.decision}, reason = ${it.reason}
    from ${weighed(tx, id)}
    where l.import_id = ${id} and l.number = w.number and ${which} and ${maySee(tx, 'l.patient_id')}
  `);
  return rowCount;
};

/** What is taken now, as who takes it sees the file. */
export const chooseLines = (tx: Db, id: string): Promise<unknown> =>
  tx.query(sql.unsafe`
    update patients.import_line as l set chosen = ${willTake}
    from ${weighed(tx, id)}
    where l.import_id = ${id} and l.number = w.number and l.chosen <> ${willTake} and ${maySee(tx, 'l.patient_id')}
  `);

/** Lines that were chosen and would no longer be. */
export const countUnsettled = (tx: Db, id: string): Promise<number> =>
  tx.oneFirst(sql.type(z.strictObject({ count: z.int() }))`
    select count(*)::int as count from patients.import_line l join ${weighed(tx, id)} on w.number = l.number
    where l.import_id = ${id} and l.chosen and not ${willTake} and ${maySee(tx, 'l.patient_id')}
  `);

/** False when it is being taken, or is another version. */
export const deleteImport = async (tx: Db, id: string, version: number): Promise<boolean> =>
  (await tx.maybeOneFirst(sql.type(Id)`
    delete from patients.import i where i.id = ${id} and i.version = ${version} and i.status <> 'taking' and ${mayWork(tx)} returning i.id
  `)) !== null;

/** What was not taken of it, with why, in the order of the file; of one that waits, what is broken. */
export const listRefused = (
  db: Db,
  id: string,
  by: { after: number; limit: number },
): Promise<readonly Pick<ImportLine, 'number' | 'fields' | 'outcome' | 'problems' | 'sameAs'>[]> =>
  db.any(sql.type(ImportLine.pick({ number: true, fields: true, outcome: true, problems: true, sameAs: true }))`
    select w.number, w.fields, w.outcome, w.problems, w.same_as
    from patients.import i, ${weighed(db, id)}
    where i.id = ${id} and w.number > ${by.after} and (w.outcome = 'broken' or i.status = 'taken' and w.outcome <> 'imported')
    order by w.number limit ${by.limit}
  `);
