import { z } from 'zod';
import { maySee } from '../core/access.ts';
import { sql, type Fragment } from '../core/database.ts';
import { refuse } from '../core/refuse.ts';
import type { At, Result } from './at.ts';
import { isUuid } from './ids.ts';
import type { Json } from './json.ts';
import type { AnyResource } from './resource.ts';
import { pastRows, patientColumn, readRows, render, tableOf, visible, type Rendered } from './rows.ts';
import { openPage, sealPage } from './search/page.ts';
import { patientsOf } from './search/index.ts';
import { demand } from './types.ts';

type Asked = readonly (readonly [string, string])[];

/** One version of one resource; kind `past` stands in core.history, `deleted` is the end of it. */
const Head = z.strictObject({
  id: z.uuid(),
  version: z.int(),
  at: z.string(),
  kind: z.enum(['now', 'past', 'deleted']),
});
type Head = z.infer<typeof Head>;

const most = 100;

/** Versions of one resource, or of all of a type, newest first. Parameters _count, _since and _at's page. */
export const history = async (at: At, type: string, id: string | null, asked: Asked): Promise<Result> => {
  const resource = at.types.get(type);
  demand(at.db, resource, 'read');
  if (id !== null && !isUuid(id)) throw refuse('not_found');
  const token = asked.find(([name]) => name === '_page')?.[1];
  const page = token === undefined ? null : openPage(at.hms.config.sessionKey, token);
  const place = `${type}${id ? `/${id}` : ''}/_history`;
  if (page && page.type !== place) throw refuse('cursor_unusable');
  const wanted = page?.asked ?? asked;
  const count = countOf(wanted);
  const heads = await listHeads(at, resource, id, {
    count: count + 1,
    since: sinceOf(wanted),
    cursor: page?.cursor ?? null,
  });
  if (heads.length === 0 && id !== null && !page && sinceOf(wanted) === null) throw refuse('not_found');
  const shown = heads.slice(0, count);
  const last = shown.at(-1);
  const rendered = await bodiesOf(at, resource, shown);
  const entry = shown.map((head) => entryOf(at, type, head, rendered.get(`${head.id} ${head.version}`)));
  const link: Json[] = [{ relation: 'self', url: `${at.base}/${place}` }];
  if (heads.length > count && last) {
    const sealed = sealPage(at.hms.config.sessionKey, {
      type: place,
      asked: [...wanted],
      cursor: [last.at, last.id, String(last.version)],
    });
    link.push({ relation: 'next', url: `${at.base}/${place}?_page=${sealed}` });
  }
  return {
    status: 200,
    body: {
      resourceType: 'Bundle',
      type: 'history',
      ...(page || heads.length > count ? {} : { total: heads.length }),
      link,
      ...(entry.length > 0 ? { entry } : {}),
    },
    audit: {
      subtype: id ? 'opened' : 'listed',
      object: id ? `${type}/${id}` : type,
      patientIds: patientsOf([...rendered.values()]),
    },
  };
};

const countOf = (asked: Asked): number => {
  const text = asked.find(([name]) => name === '_count')?.[1] ?? '50';
  if (!/^\d{1,9}$/.test(text)) throw refuse('search_value_unusable', { parameter: '_count', expected: 'a number' });
  return Math.max(1, Math.min(Number(text), most));
};

const sinceOf = (asked: Asked): string | null => {
  const text = asked.find(([name]) => name === '_since')?.[1];
  if (text === undefined) return null;
  try {
    return Temporal.Instant.from(text.replace(' ', '+')).toString();
  } catch {
    throw refuse('search_value_unusable', { parameter: '_since', expected: 'an instant' });
  }
};

/** The patient of a past version is the one of today where there still is a row: who may not see it now may not see what it was. */
const listHeads = async (
  at: At,
  resource: AnyResource,
  id: string | null,
  { count, since, cursor }: { count: number; since: string | null; cursor: readonly (string | null)[] | null },
): Promise<readonly Head[]> => {
  const table = tableOf(resource);
  const [beforeAt = null, beforeId = null, beforeVersion = null] = cursor ?? [];
  const one = (column: Fragment) => (id === null ? sql.fragment`true` : sql.fragment`${column} = ${id}`);
  const now = sql.fragment`
    select it.id, it.version, it.updated_at as at, 'now' as kind from ${table} it where ${one(sql.fragment`it.id`)} and ${visible(at.db, resource)}`;
  // The role `patient` has no history to read but the present.
  const past = sql.fragment`
    union all
    select h.id, h.version, h.at, 'past' from past h where ${seen(at, resource)}
    union all
    select h.id, h.version + 1, h.replaced_at, 'deleted' from past h
    where ${seen(at, resource)} and not h.living and h.version = (select max(l.version) from core.history l where l.relation = ${resource.table} and l.id = h.id)`;
  const from = sql.fragment`past as (
      select h.id, h.version, it.updated_at as at, h.replaced_at, current.id is not null as living,
        case when current.id is null then ${patientColumn(resource)} else current.patient end as patient
      from core.history h
      cross join lateral jsonb_populate_record(null::${table}, h.document) it
      left join lateral (select c.id, ${resource.patient === null ? sql.fragment`null::uuid` : sql.fragment`c.${sql.identifier([resource.patient])}`} as patient from ${table} c where c.id = h.id) current on true
      where h.relation = ${resource.table} and ${one(sql.fragment`h.id`)} and ${resource.where ?? sql.fragment`true`}
    )`;
  const patient = at.db.actor.kind === 'patient';
  return at.db.any(sql.type(Head)`
    with ${patient ? sql.fragment`nothing as (select)` : from}
    select v.id, v.version, v.at, v.kind from (${now} ${patient ? sql.fragment`` : past}) v
    where (${since}::timestamptz is null or v.at >= ${since}::timestamptz)
      and (${beforeAt}::timestamptz is null or v.at < ${beforeAt}::timestamptz
        or (v.at = ${beforeAt}::timestamptz and (v.id, -v.version) > (${beforeId}::uuid, -${beforeVersion}::int)))
    order by v.at desc, v.id, v.version desc
    limit ${count}
  `);
};

const seen = (at: At, resource: AnyResource): Fragment =>
  resource.patient === null ? sql.fragment`true` : maySee(at.db, 'h.patient');

const bodiesOf = async (at: At, resource: AnyResource, heads: readonly Head[]): Promise<Map<string, Rendered>> => {
  const now = await readRows(
    at.db,
    resource,
    heads.filter(({ kind }) => kind === 'now').map(({ id }) => id),
  );
  const past = await pastRows(
    at.db,
    resource,
    heads.filter(({ kind }) => kind === 'past'),
  );
  const rendered = await render(at.db, resource, [...now, ...past]);
  return new Map(rendered.map((each) => [`${each.id} ${each.version}`, each]));
};

const entryOf = (at: At, type: string, head: Head, rendered: Rendered | undefined): Json => ({
  fullUrl: `${at.base}/${type}/${head.id}`,
  ...(rendered ? { resource: rendered.body } : {}),
  request:
    head.kind === 'deleted'
      ? { method: 'DELETE', url: `${type}/${head.id}` }
      : head.version === 1
        ? { method: 'POST', url: type }
        : { method: 'PUT', url: `${type}/${head.id}` },
  response: {
    status: head.kind === 'deleted' ? '204' : head.version === 1 ? '201' : '200',
    etag: `W/"${head.version}"`,
    lastModified: head.at,
  },
});
