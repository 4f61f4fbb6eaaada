import { sql, type Fragment } from '../../../core/database.ts';
import { systemAndCode, type SearchParameter } from '../../../fhir/search/parameter.ts';

/** A token over a JSON array of {system, code}; `list` names its alias itself. */
export const jsonTokens = (list: Fragment): SearchParameter => ({
  kind: 'token',
  modifiers: ['not', 'missing'],
  matches: (_alias, asked) => {
    const [system, code] = systemAndCode(asked);
    const wanted = { ...(system ? { system } : {}), ...(code ? { code } : {}) };
    return sql.fragment`coalesce((${list}) @> ${JSON.stringify([wanted])}::jsonb, false)`;
  },
  missing: () => sql.fragment`coalesce(jsonb_array_length(${list}), 0) = 0`,
});
