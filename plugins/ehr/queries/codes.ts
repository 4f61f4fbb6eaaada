import { z } from 'zod';
import { sql, type Db } from '../../../core/database.ts';
import { likeText } from '../../../core/like.ts';
import { Icd10Code, Substance } from '../model.ts';

type Icd10Code = z.infer<typeof Icd10Code>;

/** Codes by code, with or without its dot: the exact one first, then those that begin so, what can be billed before headings. */
const byCode = (db: Db, code: string, limit: number): Promise<readonly Icd10Code[]> =>
  db.any(sql.type(Icd10Code)`
    select c.code, c.display, c.billable
    from ehr.code_icd10cm c
    where c.code like ${likeText(code) + '%'}
    order by (c.code = ${code}) desc, c.billable desc, c.code
    limit ${limit}
  `);

/** Each word begins a word of the display, in any order; what can be billed first, then the shortest. A rank kept with the row: "fracture" alone is 20,000 rows to sort. */
const byWords = (db: Db, words: readonly string[], limit: number): Promise<readonly Icd10Code[]> =>
  db.any(sql.type(Icd10Code)`
    select c.code, c.display, c.billable
    from ehr.code_icd10cm c
    where c.words @@ to_tsquery('simple', ${words.map((word) => `${word}:*`).join(' & ')})
    order by c.rank
    limit ${limit}
  `);

const Word = z.strictObject({ word: z.string() });

/** Each word as it is, or the one of the list that it most resembles when no word begins so. */
const corrected = async (db: Db, words: readonly string[]): Promise<readonly string[]> =>
  db.anyFirst(sql.type(Word)`
    select coalesce(
      (select typed from ehr.code_word w where w.word like typed || '%' limit 1),
      (select w.word from ehr.code_word w where w.word % typed order by similarity(w.word, typed) desc, w.word limit 1),
      typed
    ) as word
    from unnest(${sql.array([...words], 'text')}) with ordinality t (typed, n)
    order by n
  `);

/** Best first: the exact code, codes that begin so, then words of the description in any order. */
export const searchIcd10 = async (db: Db, typed: string, limit: number): Promise<readonly Icd10Code[]> => {
  const code = /^([a-z]\d[0-9a-z])\.?([0-9a-z]{0,4})$/i.exec(typed) ?? /^([a-z]\d?)$/i.exec(typed);
  if (code) {
    const [, stem = '', rest = ''] = code;
    const found = await byCode(db, (rest ? `${stem}.${rest}` : stem).toUpperCase(), limit);
    if (found.length > 0) return found;
  }
  const words = typed
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean)
    .slice(0, 8);
  if (words.length === 0) return [];
  const found = await byWords(db, words, limit);
  if (found.length > 0 || words.join(' ').length < 4) return found;
  const meant = await corrected(db, words);
  return meant.join() === words.join() ? found : byWords(db, meant, limit);
};

export const findIcd10 = (db: Db, code: string): Promise<Icd10Code | null> =>
  db.maybeOne(
    sql.type(Icd10Code)`select code, display, billable from ehr.code_icd10cm where code = ${code.toUpperCase()}`,
  );

/** What one may be allergic to, by any part of the name. */
export const searchSubstances = (db: Db, text: string, limit: number): Promise<readonly z.infer<typeof Substance>[]> =>
  db.any(sql.type(Substance)`
    select s.system, s.code, s.display from ehr.substance s
    where lower(s.display) like ${'%' + likeText(text.toLowerCase()) + '%'} or s.name like ${'%' + likeText(text.toLowerCase()) + '%'}
    order by (s.name like ${likeText(text.toLowerCase()) + '%'}) desc, s.display, s.code
    limit ${limit}
  `);

/** The coded substance that was meant: by code, or by its whole name. */
export const findSubstance = (
  db: Db,
  by: { code: string } | { name: string },
): Promise<z.infer<typeof Substance> | null> =>
  db.maybeOne(sql.type(Substance)`
    select s.system, s.code, s.display from ehr.substance s
    where ${'code' in by ? sql.fragment`s.code = ${by.code}` : sql.fragment`lower(${by.name}) in (s.name, lower(s.display))`}
    order by s.system, s.code
    limit 1
  `);
