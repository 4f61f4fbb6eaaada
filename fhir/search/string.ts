import { sql } from '../../core/database.ts';
import { all, at, either, type Column, type SearchParameter } from './parameter.ts';
import { likeText } from '../../core/like.ts';

/** Words of people: begins with (any of its words begins with), without regard to case and accents; `:exact`, `:contains`. */
export const string = (...columns: [Column, ...Column[]]): SearchParameter => ({
  kind: 'string',
  modifiers: ['exact', 'contains', 'missing'],
  matches: (alias, { value, modifier }) =>
    either(
      columns.map((column) => {
        const own = at(alias, column);
        if (modifier === 'exact') return sql.fragment`${own} = ${value}`;
        const folded = sql.fragment`lower(public.unaccent('public.unaccent', ${own}))`;
        const wanted = sql.fragment`lower(public.unaccent('public.unaccent', ${likeText(value)}))`;
        return modifier === 'contains'
          ? sql.fragment`${folded} like '%' || ${wanted} || '%'`
          : sql.fragment`(${folded} like ${wanted} || '%' or ${folded} like '% ' || ${wanted} || '%')`;
      }),
    ),
  missing: (alias) => all(columns.map((column) => sql.fragment`${at(alias, column)} is null`)),
  order: (alias) => sql.fragment`lower(${at(alias, columns[0])})`,
});
