import { sql, type Db } from '../../../core/database.ts';
import { refuse } from '../../../core/refuse.ts';
import { listTypes } from '../identifiers/queries.ts';
import { readFile } from './file.ts';
import { meaningOf, plain } from './headings.ts';
import {
  most,
  required,
  several,
  type Columns,
  type Decided,
  type NewImport,
  type PatientImport,
  type statuses,
  type Take,
} from './model.ts';
import * as q from './queries.ts';

const batch = 500;

/** Screens of those who import fetch it again. */
export const tellScreens = (db: Db, id: string): void =>
  db.announce({ name: 'patients.import-changed', subjectId: id, only: { permission: 'patient:import' } });

/**
 * Keeps the lines of a file, and begins to look at them when its columns are clear.
 * @throws refusals import_too_large, import_empty, import_not_csv, import_no_header, import_heading_twice, import_too_many_columns,
 * import_too_many_lines, import_quote_open: then nothing of it is kept
 */
export const addImport = async (tx: Db, { name, content }: NewImport): Promise<string> => {
  const bytes = Buffer.from(content, 'base64');
  if (bytes.length > most.bytes)
    throw refuse('import_too_large', { field: 'content', megabytes: most.bytes / 1024 / 1024 });
  const file = await readFile(bytes);
  const columns = await likelyColumns(tx, file.headings);
  const id = await q.insertImport(tx, { name, ...file, meanings: columns.meanings });
  let lines = 0;
  let waiting = [];
  for await (const line of file.lines) {
    waiting.push(line);
    lines++;
    if (waiting.length < batch) continue;
    await q.insertLines(tx, id, waiting);
    waiting = [];
  }
  if (lines === 0) throw refuse('import_empty', { field: 'content' });
  if (waiting.length > 0) await q.insertLines(tx, id, waiting);
  const order = await orderOfDays(tx, id, columns.meanings);
  const isClear = columns.isClear && order.isClear && missing(columns.meanings) === undefined;
  await q.beginImport(tx, id, { lines, dateOrder: order.dateOrder, isClear });
  tellScreens(tx, id);
  return id;
};

/** What the headings say; a second column of what stands in one only is left out, and asked about. */
const likelyColumns = async (tx: Db, headings: readonly string[]) => {
  const types = (await listTypes(tx)).filter(({ active }) => active);
  const typeOf = (heading: string) => {
    const name = plain(heading).replace(/^(patient)?identifier/, '');
    const meant = types.filter((it) => [it.code, it.name ?? it.code].some((word) => plain(word) === name));
    return meant.length === 1 ? `identifier:${meant[0]!.id}` : undefined;
  };
  const taken = new Set<string>();
  let isClear = true;
  const meanings = headings.map((heading) => {
    const meaning = meaningOf(heading) ?? typeOf(heading);
    if (meaning === undefined || (taken.has(meaning) && !several.has(meaning))) {
      isClear = false;
      return '';
    }
    if (meaning !== '') taken.add(meaning);
    return meaning;
  });
  return { meanings, isClear };
};

const missing = (meanings: readonly string[]) => required.find((it) => !meanings.includes(it));

const orderOfDays = async (tx: Db, id: string, meanings: readonly string[]) => {
  const column = meanings.indexOf('birthDate');
  if (column === -1) return { has: false, dateOrder: null, isClear: true };
  const { has, dayFirst, monthFirst } = await q.lookAtDays(tx, id, column);
  const dateOrder = !has || dayFirst === monthFirst ? null : dayFirst ? ('dmy' as const) : ('mdy' as const);
  return { has, dateOrder, isClear: !has || dateOrder !== null };
};

/** An import as its page shows it. */
export const showImport = async (db: Db, id: string): Promise<PatientImport> => {
  const { columns, meanings, ...it } = await q.getImport(db, id);
  const examples = await q.listExamples(db, id);
  const isOver = it.status === 'taken';
  const days = isOver ? { has: false } : await orderOfDays(db, id, meanings);
  return {
    ...it,
    columns: columns.map((heading, n) => ({
      heading,
      meaning: meanings[n] ?? '',
      isUnknown: meanings[n] === '' && meaningOf(heading) !== '',
      example: examples.map((fields) => fields[n] ?? '').find((field) => field !== '') ?? null,
    })),
    needsDateOrder: days.has && it.dateOrder === null,
    counts: ['ready', 'taking', 'taken'].includes(it.status) ? await q.countLines(db, id) : null,
  };
};

/** Who comes second, and who comes at the wrong time. @throws refusals not_found, version_stale, import_not_now */
const tooLate = async (tx: Db, id: string, version: number): Promise<never> => {
  const it = await q.getImport(tx, id);
  if (it.version !== version) throw refuse('version_stale', { version: it.version });
  throw refuse('import_not_now');
};

type State = readonly (typeof statuses)[number][];
const advance = async (tx: Db, id: string, version: number, when: State, change: ReturnType<typeof sql.fragment>) => {
  if ((await q.advance(tx, { id, version, when }, change)) === null) await tooLate(tx, id, version);
  tellScreens(tx, id);
};

/** @throws refusals import_column_missing, import_column_twice, import_columns_differ, import_date_order, identifier_type_unknown */
export const setColumns = async (tx: Db, id: string, version: number, wanted: Columns): Promise<void> => {
  const { columns } = await q.getImport(tx, id);
  const { meanings } = wanted;
  if (meanings.length !== columns.length) throw refuse('import_columns_differ', { field: 'meanings' });
  const twice = meanings.findIndex((it, n) => it !== '' && !several.has(it) && meanings.indexOf(it) < n);
  if (twice !== -1) throw refuse('import_column_twice', { field: `meanings.${twice}`, column: twice + 1 });
  const missed = missing(meanings);
  if (missed !== undefined) throw refuse('import_column_missing', { field: 'meanings', meaning: missed });
  const types = new Set((await listTypes(tx)).filter(({ active }) => active).map((type) => `identifier:${type.id}`));
  const unknown = meanings.findIndex((it) => it.startsWith('identifier:') && !types.has(it));
  if (unknown !== -1) throw refuse('identifier_type_unknown', { field: `meanings.${unknown}` });
  const order = await orderOfDays(tx, id, meanings);
  const dateOrder = wanted.dateOrder ?? order.dateOrder;
  if (order.has && dateOrder === null) throw refuse('import_date_order', { field: 'dateOrder' });
  await advance(tx, id, version, ['columns', 'ready'], q.columnsSet({ meanings, dateOrder }));
  await q.forgetChecks(tx, id);
};

/** @throws refusals version_stale, import_not_now, import_nothing_to_decide */
export const decide = async (tx: Db, id: string, version: number, it: Decided): Promise<void> => {
  await advance(tx, id, version, ['ready'], sql.fragment`attempts = 0`);
  const count = await q.decideLines(tx, id, it);
  if (count === 0 || (it.lines !== undefined && count < it.lines.length)) throw refuse('import_nothing_to_decide');
};

/** A worker does it; of two who ask at once the second is too late. @throws refusals import_broken_lines, import_undecided, import_nothing */
export const takeImport = async (tx: Db, id: string, version: number, { goodLinesOnly }: Take): Promise<void> => {
  await advance(
    tx,
    id,
    version,
    ['ready'],
    sql.fragment`status = 'taking', done = 0, attempts = 0, taken_by = ${tx.actor.id}::uuid`,
  );
  const { broken, undecided, toTake } = await q.countLines(tx, id);
  if (broken > 0 && !goodLinesOnly) throw refuse('import_broken_lines', { field: 'goodLinesOnly', count: broken });
  if (undecided > 0) throw refuse('import_undecided', { count: undecided });
  if (toTake === 0) throw refuse('import_nothing');
  await q.chooseLines(tx, id);
};

/** @throws refusals version_stale, import_not_now */
export const discardImport = async (tx: Db, id: string, version: number): Promise<void> => {
  if (!(await q.deleteImport(tx, id, version))) await tooLate(tx, id, version);
  tellScreens(tx, id);
};
