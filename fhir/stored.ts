import { z } from 'zod';
import { sql, type Db } from '../core/database.ts';
import { patientPaths } from './definitions.ts';
import { parseJson } from './json.ts';
import { valuesAt } from './paths.ts';
import type { AnyResource, Refs } from './resource.ts';
import { reference } from './search/reference.ts';
import type { Json } from './json.ts';

interface Kept {
  patientId: string | null;
  content: string;
}

/** The patient of a resource that no plugin knows: where R4's compartment says. An unknown one is refused, never guessed. */
const patientOf = (resource: Json, refs: Refs): string | null => {
  const type = String(resource.resourceType);
  for (const path of patientPaths.get(type) ?? []) {
    for (const target of valuesAt(resource, path) as { reference?: string }[]) {
      if (/^Patient\/[0-9a-f-]{36}$/i.test(target?.reference ?? ''))
        return refs.id(target as { reference: string }, 'Patient', `${type}.${path}`);
    }
  }
  return null;
};

const permission = { read: 'other-resource:read', write: 'other-resource:write' };

/** A type without a plugin: whole and as it was written, in fhir.resource. */
export const storedResource = (type: string): AnyResource => ({
  type: type as AnyResource['type'],
  table: 'fhir.resource',
  // Where patients themselves have no plugin, each is its own patient.
  patient: type === 'Patient' ? 'id' : 'patient_id',
  permission,
  whole: true,
  where: sql.fragment`it.type = ${type}`,
  row: z.strictObject({ id: z.uuid(), content: z.string() }),
  columns: sql.fragment`it.id, it.content`,
  search: patientPaths.has(type) ? { patient: reference('patient_id', ['Patient']) } : {},
  toFhir: (row: { content: string }) => parseJson(row.content) as never,
  fromFhir: (resource: object, refs: Refs): Kept => ({
    patientId: type === 'Patient' ? null : patientOf(resource as Json, refs),
    content: JSON.stringify(resource),
  }),
  create: (tx: Db, input: Kept, { id }: { id: string }) =>
    tx.query(sql.unsafe`
      insert into fhir.resource (id, type, patient_id, content) values (${id}, ${type}, ${input.patientId}, ${input.content})
    `),
  createMany: (tx: Db, made: readonly { id: string; input: Kept }[]) =>
    tx.query(sql.unsafe`
      insert into fhir.resource (id, type, patient_id, content)
      select id, ${type}, patient_id, content
      from ${sql.unnest(
        made.map(({ id, input }) => [id, input.patientId, input.content]),
        ['uuid', 'uuid', 'text'],
      )} new (id, patient_id, content)
    `),
  update: (tx: Db, id: string, version: number, input: Kept) =>
    tx.query(sql.unsafe`
      update fhir.resource set patient_id = ${input.patientId}, content = ${input.content}
      where id = ${id} and version = ${version} and (patient_id, content) is distinct from (${input.patientId}::uuid, ${input.content})
    `),
  remove: (tx: Db, id: string, version: number) =>
    tx.query(sql.unsafe`delete from fhir.resource where id = ${id} and version = ${version}`),
});
