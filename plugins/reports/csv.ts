import { csv } from '../../core/csv.ts';
import { minorDigits } from './money.ts';
import type { ColumnType, Report } from './definition.ts';
import type { Row } from './run.ts';

/** Units stand in the first line, numbers are plain. */
export const csvOf = (
  report: Report,
  rows: readonly Row[],
  titleOf: (key: string) => string,
  currency: string,
): string => {
  const units: Partial<Record<ColumnType, string>> = { money: currency, minutes: 'min', percent: '%' };
  const head = report.columns.map(({ title, type }) => titleOf(title) + (units[type] ? ` (${units[type]})` : ''));
  const lines = rows.map((row) =>
    report.columns.map(({ name, type }) =>
      type === 'word' ? titleOf(String(row[name])) : cell(row[name], type, minorDigits(currency)),
    ),
  );
  return csv([head, ...lines]);
};

const cell = (value: unknown, type: ColumnType, digits: number): string | number | null => {
  if (value === null || value === undefined) return null;
  if (type === 'money') return ((value as number) / 10 ** digits).toFixed(digits);
  if (type === 'percent') return ((value as number) * 100).toFixed(1);
  if (type === 'patient') {
    const { recordNumber, name } = value as { recordNumber: string; name: string };
    return `${recordNumber} ${name}`;
  }
  return typeof value === 'number' ? value : String(value);
};
