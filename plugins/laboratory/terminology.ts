import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql, type Db, type Fragment } from '../../core/database.ts';

const folder = join(import.meta.dirname, 'terminology');

/** Rows of a tab-separated file by the names of its heading. */
const rowsOf = (name: string): Record<string, string>[] => {
  const [heading = '', ...lines] = readFileSync(join(folder, name), 'utf8').trimEnd().split('\n');
  const names = heading.split('\t');
  return lines.map((line) => Object.fromEntries(line.split('\t').map((value, n) => [names[n], value])));
};
const asJson = (name: string): Fragment => sql.fragment`${JSON.stringify(rowsOf(name))}::jsonb`;

/** The display in the other languages. */
const namesOf = (row: string, column = 'display'): Fragment => {
  const name = (language: string) => sql.fragment`${sql.identifier([row])} ->> ${`${column}_${language}`}`;
  return sql.fragment`jsonb_build_object('es', ${name('es')}, 'ar', ${name('ar')})`;
};

interface Option {
  code: string;
  display: string;
  interpretation: 'N' | 'A';
}
/** Answers of coded tests; those with an answer of LOINC's carry its code. */
const options: Record<string, readonly Option[]> = {
  presence: [
    { code: 'LA6577-6', display: 'Negative', interpretation: 'N' },
    { code: 'LA6576-8', display: 'Positive', interpretation: 'A' },
  ],
  scale: [
    { code: 'LA6577-6', display: 'Negative', interpretation: 'N' },
    { code: 'trace', display: 'Trace', interpretation: 'N' },
    { code: '1+', display: '1+', interpretation: 'A' },
    { code: '2+', display: '2+', interpretation: 'A' },
    { code: '3+', display: '3+', interpretation: 'A' },
  ],
};

/** Containers, tests, panels and ranges that are not there yet. What a laboratory has changed stays as it is. */
export const loadCatalogue = (owner: Db): Promise<void> =>
  owner.transaction(async (tx) => {
    await tx.query(sql.unsafe`
      insert into laboratory.container (code, display, names, colour, specimen_code, specimen_display, specimen_names, position)
      select c ->> 'code', c ->> 'display', ${namesOf('c')}, c ->> 'colour', c ->> 'specimen_code', c ->> 'specimen_display', ${namesOf('c', 'specimen')}, n
      from jsonb_array_elements(${asJson('containers.tsv')}) with ordinality list (c, n)
      on conflict do nothing
    `);
    await tx.query(sql.unsafe`
      with made as (
        insert into laboratory.test (code, loinc, display, names, section, container_code, kind, unit, decimals, lowest, highest, options, delta_percent, charge_code, release,
          release_days, escalate_minutes, position)
        select t ->> 'code', t ->> 'loinc', t ->> 'display', ${namesOf('t')}, t ->> 'section', t ->> 'container', t ->> 'kind', nullif(t ->> 'unit', ''), (t ->> 'decimals')::smallint,
          nullif(t ->> 'lowest', '')::numeric, nullif(t ->> 'highest', '')::numeric, ${JSON.stringify(options)}::jsonb -> (t ->> 'options'),
          nullif(t ->> 'delta_percent', '')::smallint, 'LAB-' || (t ->> 'code'), t ->> 'release', (t ->> 'release_days')::smallint, (t ->> 'escalate_minutes')::smallint, n
        from jsonb_array_elements(${asJson('tests.tsv')}) with ordinality list (t, n)
        on conflict do nothing
        returning id, code
      )
      insert into laboratory.reference_range (test_id, gender, ages, low, high, critical_low, critical_high, valid)
      select made.id, r ->> 'gender', int4range((r ->> 'from_month')::integer, nullif(r ->> 'to_month', '')::integer), nullif(r ->> 'low', '')::numeric,
        nullif(r ->> 'high', '')::numeric, nullif(r ->> 'critical_low', '')::numeric, nullif(r ->> 'critical_high', '')::numeric, tstzrange(null, null)
      from jsonb_array_elements(${asJson('ranges.tsv')}) list (r)
      join made on made.code = r ->> 'test'
    `);
    await tx.query(sql.unsafe`
      with made as (
        insert into laboratory.panel (code, loinc, display, names, section, charge_code, position)
        select p ->> 'code', p ->> 'loinc', p ->> 'display', ${namesOf('p')}, p ->> 'section', 'LAB-' || (p ->> 'code'), n
        from jsonb_array_elements(${asJson('panels.tsv')}) with ordinality list (p, n)
        on conflict do nothing
        returning id, code
      )
      insert into laboratory.panel_test (panel_id, test_id, position)
      select made.id, t.id, member.n
      from made
      join jsonb_array_elements(${asJson('panels.tsv')}) list (p) on p ->> 'code' = made.code
      cross join lateral string_to_table(p ->> 'tests', ' ') with ordinality member (code, n)
      join laboratory.test t on t.code = member.code
    `);
  });
