import * as assert from 'uvu/assert';
import type { Row } from './examples.ts';
import { columns, type Column, type House } from './hospital.ts';
import { lineOf, readMatrix } from './matrix.ts';
import { askBare, bare } from './mutants.ts';
import { isRefused, observe } from './observe.ts';

/** Asks for these rows as everybody and holds what comes back against matrix.csv; what differs is printed as it was observed. */
export const checkRows = async (house: House, rows: readonly Row[]): Promise<void> => {
  const expected = readMatrix();
  const wrong: string[] = [];
  for (const row of rows) {
    const cells = {} as Record<Column, string>;
    const reasons: string[] = [];
    for (const column of columns) {
      const { cell, why } = await observe(house, row, column);
      cells[column] = cell;
      if (cell !== expected.get(row.key)?.[column]) reasons.push(`    ${column}: ${cell}, was ${why ?? 'refused'}`);
    }
    if (reasons.length > 0)
      wrong.push(
        `${lineOf(row.key, cells)}\n${expected.has(row.key) ? reasons.join('\n') : '    has no row yet: judge this one and add it'}`,
      );
  }
  assert.is(wrong.length, 0, `\nmatrix.csv says otherwise, or nothing, of:\n${wrong.join('\n')}`);
};

/** Whoever is signed in and holds no permission is refused wherever one is asked for. */
export const checkBare = async (house: House, rows: readonly Row[]): Promise<void> => {
  const open: string[] = [];
  for (const row of rows) {
    const asksOne = row.fhir ?? row.part ?? (row.route.settings.auth as { access?: unknown } | undefined)?.access;
    if (!asksOne) continue;
    for (const caller of bare)
      if (!isRefused(row, await askBare(house, row, caller))) open.push(`${caller}: ${row.key}`);
  }
  assert.equal(open, []);
};
