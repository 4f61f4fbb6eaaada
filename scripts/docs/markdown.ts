import { say } from '../../core/messages.ts';

/** A table of Markdown; without rows the sentence that says so. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[], none = '*None.*'): string =>
  rows.length === 0
    ? none
    : [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map((row) => line(row.map((it) => it || '–')))].join('\n');

const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
const cell = (text: string): string => text.replace(/\s+/g, ' ').trim().replaceAll('|', '\\|');

/** A sentence of the catalogue in English, an ellipsis for what it fills in. */
export const english = (key: string): string => say(key, 'en', new Proxy({}, { get: () => '…' }));

export const code = (text: string): string => `\`${text.replace(/\s+/g, ' ').trim()}\``;
export const codes = (names: readonly string[]): string => names.map(code).join(', ');

const begin = (name: string) => `<!-- generated: ${name} (npm run docs) -->`;
const end = '<!-- end -->';

/** Puts each block between its marks. What the page does not have a place for yet is added at its end. */
export const withBlocks = (page: string, blocks: Readonly<Record<string, string>>): string =>
  Object.entries(blocks).reduce((text, [name, block]) => {
    const written = `${begin(name)}\n${block}\n${end}`;
    const from = text.indexOf(begin(name));
    if (from < 0) return `${text.trimEnd()}\n\n${written}\n`;
    const until = text.indexOf(end, from);
    if (until < 0) throw new Error(`The block "${name}" of a page has no end: ${end}`);
    return text.slice(0, from) + written + text.slice(until + end.length);
  }, page);
