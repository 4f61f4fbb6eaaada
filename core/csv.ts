/** A line of values each; RFC 4180, with the byte order mark by which spreadsheets know UTF-8. */
export const csv = (lines: readonly (readonly (string | number | null)[])[]): string =>
  `\uFEFF${lines.map((line) => line.map(cell).join(',')).join('\r\n')}\r\n`;

const cell = (value: string | number | null): string =>
  value === null ? '' : typeof value === 'number' ? String(value) : quoted(harmless(value));

/** A spreadsheet runs what begins like a formula, and a patient may be called anything; a number is none. https://owasp.org/www-community/attacks/CSV_Injection */
const harmless = (text: string): string =>
  /^[=+\-@\t\r]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? `'${text}` : text;

const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
