import { sql, type Db, type Fragment } from '../core/database.ts';
import type { Json } from './json.ts';
import { all, systemAndCode, unusable, type Asked, type SearchParameter } from './search/parameter.ts';

interface Named {
  type: string;
  id: string;
  patientId: string | null;
  body: Json;
}

const identifiersOf = (body: Json): { system: string; value: string }[] => {
  const list = (Array.isArray(body.identifier) ? body.identifier : [body.identifier]) as (
    { system?: string; value?: string } | null | undefined
  )[];
  const found = list.flatMap((each) =>
    typeof each?.value === 'string' ? [{ system: each.system ?? '', value: each.value }] : [],
  );
  return [...new Map(found.map((each) => [JSON.stringify(each), each])).values()];
};

/** Keeps what these resources are called elsewhere; `before` are those that may have rows already. */
export const keepIdentifiers = async (
  tx: Db,
  resources: readonly Named[],
  before: readonly string[],
): Promise<void> => {
  if (before.length > 0) await forgetIdentifiers(tx, before);
  const rows = resources.flatMap(({ type, id, patientId, body }) =>
    identifiersOf(body).map(({ system, value }) => [type, id, system, value, patientId]),
  );
  if (rows.length === 0) return;
  await tx.query(sql.unsafe`
    insert into fhir.identifier (resource_type, resource_id, system, value, patient_id)
    select * from ${sql.unnest(rows, ['text', 'uuid', 'text', 'text', 'uuid'])} new
  `);
};

export const forgetIdentifiers = (tx: Db, ids: readonly string[]): Promise<unknown> =>
  tx.query(sql.unsafe`delete from fhir.identifier where resource_id = any(${sql.array([...ids], 'uuid')})`);

/** `identifier=` of every type, over what came in by FHIR; `own` is a plugin's parameter over its own columns. */
export const identifier = (type: string, own?: SearchParameter): SearchParameter => {
  const held = (alias: string, condition: Fragment) => sql.fragment`exists (
    select from fhir.identifier named
    where named.resource_type = ${type} and named.resource_id = ${sql.identifier([alias, 'id'])} and ${condition}
  )`;
  const holds = (asked: Asked): Fragment => {
    const [system, value] = systemAndCode(asked);
    if (value === '' && !system) throw unusable(asked, 'value or system|value');
    return all([
      ...(system === undefined ? [] : [sql.fragment`named.system = ${system}`]),
      ...(value === '' ? [] : [sql.fragment`named.value = ${value}`]),
    ]);
  };
  return {
    kind: 'token',
    modifiers: ['not', 'missing'],
    // Asked by id, so that the value's index is used whichever way the plan goes.
    matches: (alias, asked, see) => {
      const named = sql.fragment`${sql.identifier([alias, 'id'])} in (
        select named.resource_id from fhir.identifier named where named.resource_type = ${type} and ${holds(asked)}
      )`;
      return own ? sql.fragment`(${named} or ${own.matches(alias, asked, see)})` : named;
    },
    missing: (alias) => {
      const none = sql.fragment`not ${held(alias, sql.fragment`true`)}`;
      return own ? sql.fragment`(${none} and ${own.missing(alias)})` : none;
    },
  };
};
