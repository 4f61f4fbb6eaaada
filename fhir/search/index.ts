import { refuse } from '../../core/refuse.ts';
import type { At, Result } from '../at.ts';
import type { Json } from '../json.ts';
import type { AnyResource } from '../resource.ts';
import { render, type Rendered } from '../rows.ts';
import { demand, demandMatch } from '../types.ts';
import { included } from './include.ts';
import { openPage, sealPage } from './page.ts';
import { readQuery, type Query } from './query.ts';
import { subsetOf, type Wanted } from './subset.ts';
import { countRows, findIds, findRows, type Cursor } from './rows.ts';

type Asked = readonly (readonly [string, string])[];

/** `reference` parameters take our own absolute address for what it is. */
const withoutBase = (at: At, asked: Asked): Asked =>
  asked.map(([name, value]) => [name, value.replaceAll(`${at.base}/`, '')]);

/** A searchset. `asked` are the parameters of address and form together; `_page` continues one. */
export const search = async (at: At, type: string, asked: Asked): Promise<Result> => {
  const resource = at.types.get(type);
  demand(at.db, resource, 'read');
  const own = await resource.find?.(at, asked);
  if (own) return own;
  const token = asked.find(([name]) => name === '_page')?.[1];
  const page = token === undefined ? null : openPage(at.hms.config.sessionKey, token);
  if (page && page.type !== type) throw refuse('cursor_unusable');
  const wanted = withoutBase(at, page?.asked ?? asked);
  const query = readQuery(resource, wanted, at.strict);
  if (query.onlyTotal) return countOnly(at, resource, query);

  const { rows, next } = await findRows(at.db, resource, query, page?.cursor ?? null);
  const found = await render(at.db, resource, rows);
  const others = await included(at, resource, found, query);
  const total =
    query.total === 'accurate'
      ? await countRows(at.db, resource, query.conditions)
      : !next && !page
        ? found.length
        : undefined;
  const shown = [...found, ...others.map(({ rendered }) => rendered)];
  const entry = [
    ...found.map((rendered) => entryOf(at, type, rendered, 'match', query)),
    ...others.map((other) =>
      entryOf(at, other.type, other.rendered, 'include', { elements: null, summary: query.summary }),
    ),
  ];
  return {
    status: 200,
    body: {
      resourceType: 'Bundle',
      type: 'searchset',
      ...(total === undefined ? {} : { total }),
      link: linksOf(at, type, query, wanted, next),
      ...(entry.length > 0 ? { entry } : {}),
    },
    audit: { action: 'E', subtype: 'listed', object: type, patientIds: patientsOf(shown) },
  };
};

const countOnly = async (at: At, resource: AnyResource, query: Query): Promise<Result> => ({
  status: 200,
  body: {
    resourceType: 'Bundle',
    type: 'searchset',
    total: await countRows(at.db, resource, query.conditions),
    link: linksOf(at, resource.type, query, [], null),
  },
  audit: { action: 'E', subtype: 'listed', object: resource.type, patientIds: [] },
});

const linksOf = (at: At, type: string, query: Query, asked: Asked, next: Cursor | null): Json[] => {
  const self = new URLSearchParams(query.used).toString();
  const links: Json[] = [{ relation: 'self', url: `${at.base}/${type}${self ? `?${self}` : ''}` }];
  if (next)
    links.push({
      relation: 'next',
      url: `${at.base}/${type}?_page=${sealPage(at.hms.config.sessionKey, { type, asked: [...asked], cursor: next })}`,
    });
  return links;
};

const entryOf = (at: At, type: string, rendered: Rendered, mode: 'match' | 'include', wanted: Wanted): Json => ({
  fullUrl: `${at.base}/${type}/${rendered.id}`,
  resource: subsetOf(type, rendered.body, wanted),
  search: { mode },
});

export const patientsOf = (shown: readonly Rendered[]): string[] => [
  ...new Set(shown.flatMap(({ patientId }) => patientId ?? [])),
];

/**
 * The one resource that a condition such as `identifier=system|value` means; null for none.
 * @throws 412 when several match, 400 when it asks nothing that is known
 */
export const findOne = async (at: At, type: string, condition: string): Promise<string | null> => {
  const resource = at.types.get(type);
  demandMatch(at.db, resource);
  const { conditions } = readQuery(resource, withoutBase(at, [...new URLSearchParams(condition)]), true);
  if (conditions.length === 0)
    throw refuse('search_parameter_unknown', { parameter: condition.slice(0, 200), resourceType: type });
  const ids = await findIds(at.db, resource, conditions, 2);
  if (ids.length > 1) throw refuse('fhir_condition_ambiguous', { condition: `${type}?${condition}`.slice(0, 300) });
  return ids[0] ?? null;
};
