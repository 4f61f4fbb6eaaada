import { z } from 'zod';
import { maySee } from '../../../core/access.ts';
import { sql, type Db, type Fragment } from '../../../core/database.ts';
import { likeText } from '../../../core/like.ts';
import { PatientSummary } from '../model.ts';
import { summaryColumns } from '../queries.ts';
import type { Typed } from './typed.ts';

/** Where a folded name begins like this: a range, which an index reads in its order whatever the word is. */
const begins = (column: Fragment, word: string): Fragment =>
  sql.fragment`${column} >= patients.fold(${word}) and ${column} < patients.fold(${word}) || chr(1114111)`;
const family = sql.fragment`it.family_folded`;
const given = sql.fragment`it.given_folded`;

/** Of these at most so many are put in order; whoever finds more than that types on. */
const mostRanked = 200;

/** What narrows besides the names. */
const besides = ({ numbers, birthDate }: Typed): Fragment[] => [
  ...numbers.map((digits) => sql.fragment`it.found_by like '%' || ${likeText(digits)} || '%'`),
  ...(birthDate === null ? [] : [sql.fragment`it.birth_date = ${birthDate}`]),
];

/**
 * Whose names begin with one or two words, in either order: those whose family name does come first. Read in the order of an
 * index until the page is full, however common the name.
 */
export const listBeginning = (db: Db, typed: Typed, limit: number): Promise<readonly PatientSummary[]> => {
  const [one, two] = typed.names as [string, string?];
  const first = (column: Fragment, other: Fragment, words: [string, string?], rank: number) => sql.fragment`
    (select ${summaryColumns}, it.family_folded, it.given_folded, ${rank}::integer as rank
    from patients.patient it
    where ${sql.and([begins(column, words[0]), words[1] !== undefined && begins(other, words[1]), ...besides(typed), maySee(db, 'it.id')])}
    order by ${column}, ${other}, it.id
    limit ${limit})`;
  const ways = [
    first(family, given, [one, two], 1),
    two === undefined ? first(given, family, [one], 2) : first(family, given, [two, one], 2),
  ];
  return db.any(sql.type(PatientSummary)`
    select ${summaryColumns}
    from (
      select distinct on (it.id) it.* from (${sql.join(ways, sql.fragment` union all `)}) it order by it.id, it.rank
    ) it
    order by it.rank, it.family_folded, it.given_folded, it.id
    limit ${limit}
  `);
};

/** One typed word and the name words that it may mean; `far`: 0 it is that, 1 that begins so, then ever less alike. */
const Meant = z.strictObject({ n: z.int(), word: z.string(), far: z.number() });
type Meant = z.infer<typeof Meant>;
const mostMeant = 100;

const typedWords = (names: readonly string[]): Fragment => sql.fragment`
  (select n::integer - 1 as n, patients.fold(word) as word
   from unnest(${sql.array([...names], 'text')}) with ordinality typed (word, n)) typed`;

/** The name words that have each typed word in them, from three letters on also inside; in order of nearness for each. */
export const listContaining = (db: Db, names: readonly string[]): Promise<readonly Meant[]> =>
  db.any(sql.type(Meant)`
    select typed.n, found.word, found.far
    from ${typedWords(names)} cross join lateral (
      (select it.word, case when it.word = typed.word collate "C" then 0 else 1 end::float8 as far
       from patients.name_word it
       where it.word >= typed.word collate "C" and it.word < typed.word || chr(1114111)
       order by it.word limit ${mostMeant})
      union all
      (select it.word, 2::float8
       from patients.name_word it
       where length(typed.word) >= 3 and it.word like '_%' || typed.word || '%'
       order by length(it.word), it.word limit ${mostMeant})
    ) found
    order by typed.n, found.far, found.word
    limit ${names.length * 2 * mostMeant}
  `);

/** The name words that sound like each typed word, or differ by a slip of the finger. */
export const listAlike = (db: Db, names: readonly string[]): Promise<readonly Meant[]> =>
  db.any(sql.type(Meant)`
    select typed.n, found.word, min(found.far)::float8 as far
    from ${typedWords(names)} cross join lateral (
      (select it.word, levenshtein(it.word, typed.word)::float8 / 10 as far
       from patients.name_word it
       where length(typed.word) between 3 and 60 and it.slips && patients.slips(typed.word)
       order by levenshtein(it.word, typed.word), it.word limit 20)
      union all
      (select it.word, 1 + levenshtein(it.word, typed.word)::float8 / 10
       from patients.name_word it
       where length(typed.word) between 3 and 60 and it.sounds && coalesce(daitch_mokotoff(typed.word), '{}')
       order by levenshtein(it.word, typed.word), it.word limit 20)
    ) found
    group by typed.n, found.word
    order by typed.n, far, found.word
    limit ${names.length * 60}
  `);

/** Who has for every typed word one of the words it may mean, nearest first. Nobody when one of them means nothing. */
export const listByWords = async (
  db: Db,
  typed: Typed,
  meant: readonly Meant[],
  limit: number,
): Promise<readonly PatientSummary[]> => {
  const sets = typed.names.map((_, n) => meant.filter((it) => it.n === n));
  if (sets.some((set) => set.length === 0)) return [];
  const far = sql.join(
    sets.map((set) => {
      // Looked up by name: comparing each word with each took longer than all the rest.
      const byWord = JSON.stringify(Object.fromEntries(set.toReversed().map((it) => [it.word, it.far])));
      return sql.fragment`(select min((${byWord}::jsonb ->> own.word)::float8) from unnest(it.words) own (word))`;
    }),
    sql.fragment` + `,
  );
  return db.any(sql.type(PatientSummary)`
    select ${summaryColumns}
    from (${sets.length === 1 ? nearestFirst(db, typed, sets[0]!) : withAll(db, typed, sets)}) it
    order by ${far}, it.family_folded, it.given_folded, it.id
    limit ${limit}
  `);
};

/** Word after word, from the nearest on: what a common word would bring is not read when nearer ones brought enough. */
const nearestFirst = (db: Db, typed: Typed, set: readonly Meant[]): Fragment => sql.fragment`
  select distinct on (it.id) it.*
  from (
    select it.*
    from unnest(${sql.array([...new Set(set.map(({ word }) => word))], 'text')}) with ordinality meant (word, n)
    cross join lateral (
      select it.* from patients.patient it
      where ${sql.and([sql.fragment`it.words @> array[meant.word]`, ...besides(typed), maySee(db, 'it.id')])}
      limit ${mostRanked}
    ) it
    limit ${mostRanked}
  ) it
  order by it.id`;

const withAll = (db: Db, typed: Typed, sets: readonly (readonly Meant[])[]): Fragment => sql.fragment`
  select it.* from patients.patient it
  where ${sql.and([
    ...sets.map((set) => sql.fragment`it.words && ${sql.array([...new Set(set.map(({ word }) => word))], 'text')}`),
    ...besides(typed),
    maySee(db, 'it.id'),
  ])}
  limit ${mostRanked}`;

/** Of one birth date, those whose names have every word in them: few enough to look at each, so they are had first. */
export const listByBirthDate = (db: Db, typed: Typed, limit: number): Promise<readonly PatientSummary[]> =>
  db.any(sql.type(PatientSummary)`
    with born as materialized (
      select * from patients.patient it where it.birth_date = ${typed.birthDate}
    )
    select ${summaryColumns}
    from born it
    where ${sql.and([
      ...typed.names.map((word) => sql.fragment`it.found_by like '%' || patients.fold(${likeText(word)}) || '%'`),
      ...besides(typed),
      maySee(db, 'it.id'),
    ])}
    order by it.family_folded, it.given_folded, it.id
    limit ${limit}
  `);

/** By number or phone alone; whose record number begins so comes first. */
export const listByNumbers = (db: Db, typed: Typed, limit: number): Promise<readonly PatientSummary[]> => {
  const [digits] = typed.numbers;
  const some = sql.fragment`(
    select it.* from patients.patient it where ${sql.and([...besides(typed), maySee(db, 'it.id')])} limit ${mostRanked}
  )`;
  const own = sql.fragment`(
    select it.* from patients.patient it
    where ${sql.and([
      digits !== undefined &&
        sql.fragment`it.record_digits >= ${digits} and it.record_digits < ${digits} || chr(1114111)`,
      ...besides(typed),
      maySee(db, 'it.id'),
    ])}
    order by it.record_digits limit ${limit}
  )`;
  return db.any(sql.type(PatientSummary)`
    select ${summaryColumns}
    from (select distinct on (it.id) it.* from (${digits === undefined ? some : sql.fragment`${own} union all ${some}`}) it order by it.id) it
    order by ${digits === undefined ? sql.fragment`0::integer` : sql.fragment`it.record_digits like ${likeText(digits)} || '%'`} desc, it.family_folded, it.given_folded, it.id
    limit ${limit}
  `);
};

/** By the beginning of a number that others gave them: passport, national number; the shortest first. */
export const listByIdentifier = (db: Db, text: string, limit: number): Promise<readonly PatientSummary[]> =>
  db.any(sql.type(PatientSummary)`
    select ${summaryColumns}
    from (
      select i.patient_id, min(length(i.number)) as length
      from patients.identifier i
      where i.active and i.number like patients.number_key(${likeText(text)}) || '%' and ${maySee(db, 'i.patient_id')}
      group by i.patient_id
      order by length, i.patient_id
      limit ${limit}
    ) found
    join patients.patient it on it.id = found.patient_id
    where ${maySee(db, 'it.id')}
    order by found.length, it.family_folded, it.given_folded, it.id
    limit ${limit}
  `);

const Led = PatientSummary.extend({ mergedId: z.uuid() });

/** Of these, those that were merged: whom they lead to. */
export const listSurvivors = (db: Db, ids: readonly string[]): Promise<readonly z.infer<typeof Led>[]> =>
  db.any(sql.type(Led)`
    select ${summaryColumns}, m.subject_id as merged_id
    from core.merged_subject m join patients.patient it on it.id = patients.survivor(m.subject_id)
    where m.subject_id = any(${sql.array([...ids], 'uuid')}) and ${maySee(db, 'it.id')}
    order by m.subject_id
    limit ${ids.length}
  `);
