import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { sql, type Db } from '../../core/database.ts';

const rowsOf = (name: string): Record<string, string>[] =>
  parse(readFileSync(join(import.meta.dirname, name)), { columns: true, skip_empty_lines: true });

/** Rules and reasons that ship with us. What a hospital has changed of them stays; what is new is added. */
export const loadCatalogue = async (owner: Db): Promise<void> => {
  await owner.query(sql.unsafe`
    insert into insurance.rule (code, scope, fact, test, value, severity, sentence)
    select * from ${sql.unnest(
      rowsOf('rules.csv').map((it) => [it.code!, it.scope!, it.fact!, it.test!, it.value!, it.severity!, it.sentence!]),
      ['text', 'text', 'text', 'text', 'text', 'text', 'text'],
    )} new
    on conflict (code) do nothing
  `);
  await owner.query(sql.unsafe`
    insert into insurance.reason (code, sentence, next_action)
    select * from ${sql.unnest(
      rowsOf('reasons.csv').map((it) => [it.code!, it.sentence!, it.next_action!]),
      ['text', 'text', 'text'],
    )} new
    on conflict (code) do nothing
  `);
};
