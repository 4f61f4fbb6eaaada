import { sql } from '../../../core/database.ts';
import { reference } from '../../../fhir/resource.ts';
import type { SearchParameter } from '../../../fhir/search/parameter.ts';

/** A person, a room or a device that an appointment takes, as the first of its kind or besides. */
export const taken = (column: 'practitioner_id' | 'location_id' | null, type: string): SearchParameter => {
  const first = column === null ? null : reference(column, [type]);
  const also = reference(sql.fragment`taken.actor`, [type]);
  return {
    ...also,
    matches: (alias, asked, see) => {
      const [, id = ''] = /([^/]+)$/.exec(asked.value) ?? [];
      // Not by a subselect: both halves have an index.
      const besides = isUuid(id)
        ? sql.fragment`(it.also_taken <> '{}' and it.also_taken @> array[${id}::uuid])`
        : sql.fragment`false`;
      const typed = also.matches(alias, asked, see);
      return sql.fragment`(${first ? first.matches(alias, asked, see) : sql.fragment`false`} or (${besides} and exists (select from unnest(it.also_taken) taken (actor) where ${typed})))`;
    },
    missing: (alias) => sql.fragment`(${first ? first.missing(alias) : sql.fragment`true`} and it.also_taken = '{}')`,
  };
};
const isUuid = (text: string): boolean => /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text);
