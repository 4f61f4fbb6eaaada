import { isUtf8 } from 'node:buffer';
import { Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { refuse } from '../../../core/refuse.ts';
import { meaningOf, plain } from './headings.ts';
import { most } from './model.ts';

export type Delimiter = ',' | ';' | '\t';

/** A line of the file, which may run over several; `number` is where it begins, from 1. */
export interface Line {
  number: number;
  fields: string[];
}

export interface File {
  encoding: 'utf-8' | 'windows-1252';
  delimiter: Delimiter;
  headings: string[];
  /** What follows the headings; empty lines are left out. @throws refusals import_quote_open, import_too_many_lines */
  lines: AsyncGenerator<Line>;
}

const piece = 64 * 1024;

/**
 * UTF-8, with or without its mark; what is not, is read as Windows-1252, which hospitals still write.
 * @throws refusals import_empty, import_not_csv, import_no_header, import_heading_twice, import_too_many_columns, import_quote_open
 */
export const readFile = async (bytes: Buffer): Promise<File> => {
  if (bytes.length === 0) throw refuse('import_empty', { field: 'content' });
  const encoding = isUtf8(bytes) ? 'utf-8' : 'windows-1252';
  // Signs that no text has: a picture, a spreadsheet, a text of two bytes a letter.
  if (bytes.some((byte) => byte < 9 || (byte > 13 && byte < 32))) throw refuse('import_not_csv', { field: 'content' });
  const delimiter = delimiterOf(new TextDecoder(encoding).decode(bytes.subarray(0, piece)));
  const lines = split(bytes, encoding, delimiter);
  const first = await lines.next();
  if (first.done) throw refuse('import_empty', { field: 'content' });
  const headings = headingsOf(first.value);
  return { encoding, delimiter, headings, lines };
};

/** The one that the first line has most of, outside quotation marks. */
const delimiterOf = (text: string): Delimiter => {
  const [line = ''] = text
    .replace(/"[^"]*"/g, '')
    .trimStart()
    .split(/[\r\n]/);
  const count = (sign: string) => line.split(sign).length;
  return ([',', ';', '\t'] as const).reduce((best, sign) => (count(sign) > count(best) ? sign : best));
};

const headingsOf = ({ fields, number }: Line): string[] => {
  if (fields.length > most.columns)
    throw refuse('import_too_many_columns', { field: 'content', count: fields.length, most: most.columns });
  const headings = fields.map((heading) => heading.slice(0, 200));
  const isKnown = headings.some((heading) => meaningOf(heading) !== undefined);
  // The first line is somebody, not what the columns are called.
  if (!isKnown && headings.some((it) => /\d{4}|@|^$/.test(it)))
    throw refuse('import_no_header', { field: 'content', line: number });
  const seen = new Map<string, number>();
  for (const [n, heading] of headings.entries()) {
    const name = plain(heading) + heading.replace(/\D/g, '');
    const before = seen.get(name);
    if (name !== '' && before !== undefined)
      throw refuse('import_heading_twice', { field: 'content', heading, first: before, second: n + 1 });
    seen.set(name, n + 1);
  }
  return headings;
};

async function* split(bytes: Buffer, encoding: File['encoding'], delimiter: Delimiter): AsyncGenerator<Line> {
  let end = 0;
  const place = (fields: string[], { lines }: { lines: number }): Line => {
    const number = end + 1;
    end = lines;
    return { number, fields };
  };
  // Quotation marks in the middle of a field are let through and told at their line: they must not eat the lines after it.
  const parser = Readable.from(decoded(bytes, encoding)).pipe(
    parse({
      delimiter,
      record_delimiter: '\n',
      relax_column_count: true,
      relax_quotes: true,
      max_record_size: 1024 * 1024,
      on_record: place as never,
    }),
  );
  let count = 0;
  try {
    for await (const { number, fields } of parser as AsyncIterable<Line>) {
      if (fields.every((field) => field.trim() === '')) continue;
      if (++count > most.lines + 1) throw refuse('import_too_many_lines', { field: 'content', most: most.lines });
      yield { number, fields: fields.map(clean) };
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw refuse('import_quote_open', { field: 'content', line: end + 1 });
  }
}

/** Trimmed, and without the sign by which this house keeps a spreadsheet from running it. */
const clean = (field: string): string =>
  field
    .trim()
    .replace(/^'(?=[=+\-@\t\r])/, '')
    .slice(0, most.fieldLength + 1);

/** With one sign for the end of a line, for two would be counted as two lines within quotation marks. */
function* decoded(bytes: Buffer, encoding: File['encoding']): Generator<string> {
  const decoder = new TextDecoder(encoding);
  let endsInReturn = false;
  for (let at = 0; at < bytes.length; at += piece) {
    const text = decoder.decode(bytes.subarray(at, at + piece), { stream: at + piece < bytes.length });
    yield (endsInReturn && text.startsWith('\n') ? text.slice(1) : text).replace(/\r\n?/g, '\n');
    endsInReturn = text.endsWith('\r');
  }
}
