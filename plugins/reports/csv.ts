import { minorDigits } from './money.ts';
import type { ColumnType, Report } from './definition.ts';
import type { Row } from './run.ts';

/** RFC 4180, with the byte order mark by which spreadsheets know UTF-8. Units stand in the first line, numbers are plain. */
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
  return `\uFEFF${[head, ...lines].map((line) => line.map(quoted).join(',')).join('\r\n')}\r\n`;
};

const cell = (value: unknown, type: ColumnType, digits: number): string => {
  if (value === null || value === undefined) return '';
  if (type === 'money') return ((value as number) / 10 ** digits).toFixed(digits);
  if (type === 'percent') return ((value as number) * 100).toFixed(1);
  if (type === 'patient') {
    const { recordNumber, name } = value as { recordNumber: string; name: string };
    return harmless(`${recordNumber} ${name}`);
  }
  return typeof value === 'string' ? harmless(value) : String(value);
};

/** A spreadsheet runs what begins like a formula; a patient may be called anything. https://owasp.org/www-community/attacks/CSV_Injection */
const harmless = (text: string): string => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text);

const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
