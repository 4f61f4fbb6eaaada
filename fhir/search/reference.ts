import { sql } from '../../core/database.ts';
import { at, unusable, type Column, type SearchParameter } from './parameter.ts';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

interface ReferenceOptions {
  /** For a column that may lead to several types: the column with the type's name. */
  type?: Column;
}

/** A uuid column that leads to resources of these types: `id`, `Type/id`, our own absolute address, `:Type`. */
export const reference = (
  column: Column,
  targets: readonly string[],
  { type }: ReferenceOptions = {},
): SearchParameter => ({
  kind: 'reference',
  modifiers: ['missing', ...targets],
  targets,
  matches(alias, asked) {
    const [, typed, id = ''] = /^(?:([A-Za-z]+)\/)?([^/]+)$/.exec(asked.value) ?? [];
    if (id === '') throw unusable(asked, 'an id or Type/id');
    const wanted = typed ?? (asked.modifier || undefined);
    // Another system's id is well formed and simply not here.
    if (!uuid.test(id) || (wanted !== undefined && !targets.includes(wanted))) return sql.fragment`false`;
    const same = sql.fragment`${at(alias, column)} = ${id}::uuid`;
    return type && wanted ? sql.fragment`(${same} and ${at(alias, type)} = ${wanted})` : same;
  },
  missing: (alias) => sql.fragment`${at(alias, column)} is null`,
});
