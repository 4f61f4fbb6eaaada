import { sql, type Fragment } from '../../core/database.ts';
import type { SearchParameter } from './parameter.ts';

/**
 * A parameter over a child table: child('ehr.component', 'observation_id', token('code')) holds when any child does.
 * Its columns are the child's, under the alias `child`.
 */
export const child = (
  table: string,
  key: string,
  parameter: SearchParameter,
  where: Fragment = sql.fragment`true`,
): SearchParameter => {
  const any = (alias: string, condition: Fragment): Fragment => sql.fragment`exists (
    select from ${sql.identifier(table.split('.'))} child
    where child.${sql.identifier([key])} = ${sql.identifier([alias, 'id'])} and ${where} and ${condition}
  )`;
  return {
    kind: parameter.kind,
    modifiers: parameter.modifiers,
    ...(parameter.targets ? { targets: parameter.targets } : {}),
    matches: (alias, asked, see) => any(alias, parameter.matches('child', asked, see)),
    missing: (alias) => sql.fragment`not ${any(alias, sql.fragment`not ${parameter.missing('child')}`)}`,
  };
};
