import { z } from 'zod';
import { maySee } from '../core/access.ts';
import { sql, type Db, type Fragment } from '../core/database.ts';
import { doubtful, withExtra, type Extra } from './extra.ts';
import type { Json } from './json.ts';
import type { AnyResource, ChildRows } from './resource.ts';

/** A row of a resource's table with what the machinery needs of it. */
export interface Row {
  id: string;
  version: number;
  updatedAt: string;
  patientId: string | null;
  extra: Extra | null;
  /** What the plugin's own columns gave, checked by its schema. */
  own: { id: string };
  /** Values that the list was sorted by. */
  sort: (string | null)[];
}

/** A resource as it goes out. */
export interface Rendered {
  id: string;
  version: number;
  updatedAt: string;
  patientId: string | null;
  body: Json;
}

const Machine = z.object({
  fhirVersion: z.int(),
  fhirUpdatedAt: z.string(),
  fhirPatientId: z.string().nullable(),
  fhirKept: z.unknown(),
});

export const tableOf = (resource: AnyResource): Fragment => sql.fragment`${sql.identifier(resource.table.split('.'))}`;
const living: ChildRows = (table) => sql.fragment`${sql.identifier(table.split('.'))}`;

export const patientColumn = (resource: AnyResource): Fragment =>
  resource.patient === null ? sql.fragment`null::uuid` : sql.fragment`${sql.identifier(['it', resource.patient])}`;

/** Select list: the plugin's columns and the machinery's. */
export const columnsOf = (db: Db, resource: AnyResource, rows: ChildRows = living): Fragment => sql.fragment`
  ${typeof resource.columns === 'function' ? resource.columns(rows, (column) => maySee(db, column)) : resource.columns},
  it.version as fhir_version, it.updated_at as fhir_updated_at, ${patientColumn(resource)} as fhir_patient_id,
  ${resource.whole ? sql.fragment`null::jsonb` : sql.fragment`it.fhir_extra`} as fhir_kept
`;

/** What every query over a resource's table asks: rows of this type, of patients whom this actor may see. */
export const visible = (db: Db, resource: AnyResource): Fragment =>
  sql.fragment`${resource.where ?? sql.fragment`true`} and ${resource.patient === null ? sql.fragment`true` : maySee(db, `it.${resource.patient}`)}`;

export const rowOf = (resource: AnyResource, found: Record<string, unknown>): Row => {
  const { fhirVersion, fhirUpdatedAt, fhirPatientId, fhirKept } = Machine.parse(found);
  const own: Record<string, unknown> = {};
  const sort: (string | null)[] = [];
  for (const [name, value] of Object.entries(found)) {
    if (name.startsWith('fhirSort')) sort.push(value === null ? null : String(value));
    else if (!(name in Machine.shape)) own[name] = value;
  }
  return {
    id: String(found.id),
    version: fhirVersion,
    updatedAt: fhirUpdatedAt,
    patientId: fhirPatientId,
    extra: fhirKept as Extra | null,
    own: resource.row.parse(own) as { id: string },
    sort,
  };
};

/** Rows by id, of those that may be seen; in no order. */
export const readRows = async (db: Db, resource: AnyResource, ids: readonly string[]): Promise<Row[]> => {
  if (ids.length === 0) return [];
  const found = await db.any(sql.unsafe`
    select ${columnsOf(db, resource)} from ${tableOf(resource)} it
    where it.id = any(${sql.array([...ids], 'uuid')}) and ${visible(db, resource)}
  `);
  return found.map((each) => rowOf(resource, each as Record<string, unknown>));
};

/** Rows as they were: documents of core.history, read through the same columns as today's. `version` null: every one of these ids. */
export const pastRows = async (
  db: Db,
  resource: AnyResource,
  wanted: readonly { id: string; version: number }[],
): Promise<Row[]> => {
  if (wanted.length === 0) return [];
  const found = await db.any(sql.unsafe`
    select ${columnsOf(db, resource, pastRowsOf)}
    from core.history h
    join ${sql.unnest(
      wanted.map(({ id, version }) => [id, version]),
      ['uuid', 'int4'],
    )} wanted (id, version)
      on h.id = wanted.id and h.version = wanted.version
    cross join lateral jsonb_populate_record(null::${tableOf(resource)}, h.document) it
    where h.relation = ${resource.table} and ${resource.where ?? sql.fragment`true`}
  `);
  return found.map((each) => rowOf(resource, each as Record<string, unknown>));
};

/** Children as history kept them, under the name of their table. */
const pastRowsOf: ChildRows = (table) =>
  sql.fragment`jsonb_populate_recordset(null::${sql.identifier(table.split('.'))}, h.document -> ${table.split('.')[1] ?? table})`;

const keyOf = (id: string, version: number): string => `${id} ${version}`;

/** Rows as FHIR: what the columns give, and what was sent beside it. One statement more where something changed since. */
export const render = async (db: Db, resource: AnyResource, rows: readonly Row[]): Promise<Rendered[]> => {
  const given = rows.map((row) => resource.toFhir(row.own) as unknown as Json);
  const doubts = rows.map((row, index) => doubtful(row.extra, given[index] as Json, row.version));
  const wanted = rows.flatMap((row, index) => (doubts[index] ?? []).map(({ at }) => ({ id: row.id, version: at })));
  const past = new Map(
    (await pastRows(db, resource, wanted)).map((row) => [
      keyOf(row.id, row.version),
      resource.toFhir(row.own) as unknown as Json,
    ]),
  );
  return rows.map((row, index) => {
    const today = given[index] as Json;
    const changed = new Set(
      (doubts[index] ?? []).flatMap(({ name, at }) => {
        const before = past.get(keyOf(row.id, at));
        return before && JSON.stringify(before[name]) === JSON.stringify(today[name]) ? [] : [name];
      }),
    );
    return finish(row, resource.whole ? today : withExtra(today, row.extra, changed, row.version));
  });
};

/** id and version are always ours. */
export const finish = ({ id, version, updatedAt, patientId }: Omit<Rendered, 'body'>, content: Json): Rendered => {
  const { resourceType, id: _, meta, ...rest } = content;
  const { versionId: _v, lastUpdated: _l, ...theirs } = (meta ?? {}) as Json;
  return {
    id,
    version,
    updatedAt,
    patientId,
    body: { resourceType, id, meta: { versionId: String(version), lastUpdated: updatedAt, ...theirs }, ...rest },
  };
};
