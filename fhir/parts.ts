import { z } from 'zod';
import { sql, type Fragment } from '../core/database.ts';
import { offered, type Plugin } from '../core/plugin.ts';
import { inR4Order } from './definitions.ts';
import type { Json } from './json.ts';
import type { AnyResource } from './resource.ts';

/**
 * Elements that another plugin knows of a type that is not its own: the bed of an Encounter, the state of a Location.
 * Offered at the place that `partOf` names. They are read only: what was sent for such an element is kept as it was sent,
 * until that plugin changes the row through its owner's api.
 */
export interface Part<Found = unknown> {
  /** One JSON value for the row `it`, whatever its version: it.updated_at is when that version began. */
  readonly column: Fragment;
  readonly row: z.ZodType<Found>;
  /** Pure. Elements without a value: leave out or undefined. */
  toFhir(found: Found): Readonly<Record<string, unknown>>;
}

export const partOf = (type: string): string => `fhir.${type}`;

interface Whole {
  own: { id: string };
  parts: unknown[];
}

/** The resource with what plugins that are on offer for its type. */
export const withParts = (resource: AnyResource, plugins: readonly Plugin[]): AnyResource => {
  const parts = offered<Part>(plugins, partOf(resource.type));
  if (parts.length === 0) return resource;
  const { columns } = resource;
  const extended: AnyResource = {
    ...resource,
    columns: (rows, see) => sql.fragment`
      ${typeof columns === 'function' ? columns(rows, see) : columns},
      ${sql.join(
        parts.map(({ column }, n) => sql.fragment`${column} as ${sql.identifier([`fhir_part_${n}`])}`),
        sql.fragment`, `,
      )}
    `,
    row: z.record(z.string(), z.unknown()).transform((found): Whole & { id: string } => {
      const own = Object.fromEntries(Object.entries(found).filter(([name]) => !name.startsWith('fhirPart')));
      const parsed = resource.row.parse(own) as { id: string };
      return { id: parsed.id, own: parsed, parts: parts.map(({ row }, n) => row.parse(found[`fhirPart${n}`])) };
    }),
    toFhir(row: Whole) {
      const own = resource.toFhir(row.own) as unknown as Json;
      const whole = parts.reduce<Json>((sum, part, n) => ({ ...sum, ...part.toFhir(row.parts[n]) }), own);
      return Object.fromEntries(
        inR4Order(resource.type, Object.keys(whole)).map((name) => [name, whole[name]]),
      ) as never;
    },
  };
  return extended;
};
