import { sql } from '../../core/database.ts';
import { likeText } from '../../core/like.ts';
import { all, at, systemAndCode, unusable, type Column, type SearchParameter } from './parameter.ts';

interface TokenOptions {
  /** The system of every value, or the column that holds it. */
  system?: string | { column: Column };
  /** Columns that `:text` searches, from the beginning of a word: the display. */
  text?: Column;
  /** Values compare without regard to case. */
  ignoreCase?: boolean;
}

/** A code, status, identifier or boolean: `code`, `system|code`, `system|`, `|code`. */
export const token = (column: Column, { system, text, ignoreCase = false }: TokenOptions = {}): SearchParameter => ({
  kind: 'token',
  modifiers: ['not', 'missing', ...(text ? ['text'] : [])],
  matches(alias, asked) {
    if (asked.modifier === 'text') {
      if (!text) throw unusable(asked, 'a code');
      return sql.fragment`lower(${at(alias, text)}) like '%' || lower(${likeText(asked.value)}) || '%'`;
    }
    const [wantedSystem, code] = systemAndCode(asked);
    if (code === '' && !wantedSystem) throw unusable(asked, 'code or system|code');
    const own = at(alias, column);
    const byCode =
      code === ''
        ? sql.fragment`${own} is not null`
        : ignoreCase
          ? sql.fragment`lower(${own}::text) = lower(${code})`
          : sql.fragment`${own}::text = ${code}`;
    if (wantedSystem === undefined) return byCode;
    const bySystem =
      typeof system === 'object'
        ? wantedSystem === ''
          ? sql.fragment`coalesce(${at(alias, system.column)}, '') = ''`
          : sql.fragment`${at(alias, system.column)} = ${wantedSystem}`
        : (system ?? '') === wantedSystem
          ? sql.fragment`true`
          : sql.fragment`false`;
    return all([bySystem, byCode]);
  },
  missing: (alias) => sql.fragment`${at(alias, column)} is null`,
  order: (alias) => sql.fragment`${at(alias, column)}::text`,
});

/** Text with what LIKE takes for a pattern taken literally. */
