import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { columns, type Column } from './columns.ts';

/** The expected table: kept by hand, one row a route, one column a role. */
export const readMatrix = (): Map<string, Record<Column, string>> => {
  const [head, ...lines] = readFileSync(join(import.meta.dirname, 'matrix.csv'), 'utf8')
    .trim()
    .split('\n');
  if (head !== `route,${columns.join(',')}`)
    throw new Error(`The head of matrix.csv is not route,${columns.join(',')}`);
  return new Map(
    lines.map((line) => {
      const cells = line.split(',');
      return [
        cells[0]!,
        Object.fromEntries(columns.map((column, n) => [column, cells[n + 1]])) as Record<Column, string>,
      ];
    }),
  );
};

export const lineOf = (key: string, cells: Record<Column, string>): string =>
  [key, ...columns.map((column) => cells[column])].join(',');
