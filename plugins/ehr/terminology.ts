import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { sql, type Db } from '../../core/database.ts';
import { rxnorm } from './model.ts';

const folder = join(import.meta.dirname, 'terminology');
const batch = 20_000;

/** Rows of a tab-separated file, without its heading. */
const rowsOf = (text: string): string[][] =>
  text
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'));
const plain = (name: string) => rowsOf(readFileSync(join(folder, name), 'utf8'));

/** Code list, substances and formulary, once. An entry of the formulary that a hospital has changed stays as it is. */
export const loadTerminology = async (owner: Db): Promise<void> => {
  if (!(await owner.exists(sql.unsafe`select from ehr.code_icd10cm limit 1`))) await owner.transaction(loadIcd10);
  if (!(await owner.exists(sql.unsafe`select from ehr.substance limit 1`))) await owner.transaction(loadFormulary);
};

/** Indexes are made after the rows, which takes half the time. */
const loadIcd10 = async (tx: Db): Promise<void> => {
  const rows = rowsOf(gunzipSync(readFileSync(join(folder, 'icd10cm-2022.tsv.gz'))).toString());
  // The order in which words are answered; a row's place is its rank.
  rows.sort(
    ([, billable, display = ''], [, otherBillable, other = '']) =>
      Number(otherBillable) - Number(billable) || display.length - other.length,
  );
  await tx.query(sql.unsafe`drop index ehr.code_icd10cm_words, ehr.code_icd10cm_prefix, ehr.code_icd10cm_rank`);
  for (let from = 0; from < rows.length; from += batch) {
    const part = rows.slice(from, from + batch);
    await tx.query(sql.unsafe`
      insert into ehr.code_icd10cm (code, billable, display, rank)
      select code, billable, display, ${from} + n
      from unnest(${column(part, 0)}, ${sql.array(
        part.map((row) => row[1] === '1'),
        'bool',
      )}, ${column(part, 2)}) with ordinality c (code, billable, display, n)
    `);
  }
  await tx.query(sql.unsafe`create index code_icd10cm_rank on ehr.code_icd10cm (rank)`);
  await tx.query(sql.unsafe`create index code_icd10cm_prefix on ehr.code_icd10cm (code text_pattern_ops)`);
  await tx.query(sql.unsafe`create index code_icd10cm_words on ehr.code_icd10cm using gin (words)`);
  await tx.query(sql.unsafe`
    insert into ehr.code_word (word)
    select word from ts_stat('select words from ehr.code_icd10cm') where length(word) > 3 and word !~ '[0-9]'
    on conflict do nothing
  `);
  await tx.query(sql.unsafe`analyze ehr.code_icd10cm`);
};

const column = (rows: string[][], n: number) =>
  sql.array(
    rows.map((row) => row[n] ?? ''),
    'text',
  );

const loadFormulary = async (tx: Db): Promise<void> => {
  const substances = plain('substances.tsv');
  await tx.query(sql.unsafe`
    insert into ehr.substance (system, code, display, name, allergy_group)
    select system, code, display, name, nullif(allergy_group, '')
    from unnest(${column(substances, 0)}, ${column(substances, 1)}, ${column(substances, 2)}, ${column(substances, 3)}, ${column(substances, 4)})
      s (system, code, display, name, allergy_group)
  `);
  const drugs = plain('formulary.tsv');
  await tx.query(sql.unsafe`
    insert into ehr.medication (status, code_system, code, display, strength, form, unit, ingredient, ingredient_codes, formulary)
    select 'active', ${rxnorm}, code, display, nullif(strength, ''), form, unit, nullif(ingredient, ''), string_to_array(ingredient_codes, ' '), true
    from unnest(${column(drugs, 0)}, ${column(drugs, 1)}, ${column(drugs, 2)}, ${column(drugs, 3)}, ${column(drugs, 4)}, ${column(drugs, 5)}, ${column(drugs, 6)})
      d (code, display, strength, form, unit, ingredient, ingredient_codes)
    on conflict do nothing
  `);
};
