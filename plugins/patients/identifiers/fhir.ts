import { z } from 'zod';
import { sql } from '../../../core/database.ts';
import type { ChildRows, fhir } from '../../../fhir/resource.ts';
import { uses, type IdentifierColumns } from './model.ts';

const typeSystem = 'http://terminology.hl7.org/CodeSystem/v2-0203';

/** A number as its Patient has it. */
export const Numbered = z.strictObject({
  code: z.string().nullable(),
  name: z.string().nullable(),
  system: z.string(),
  value: z.string(),
  use: z.enum(uses),
  startsOn: z.string().nullable(),
  endsOn: z.string().nullable(),
});
export type Numbered = z.infer<typeof Numbered>;

export const numbersOf = (rows: ChildRows) => sql.fragment`(
  select coalesce(json_agg(json_build_object(
    'code', i.code, 'name', t.name, 'system', i.system, 'value', i.value, 'use', i.use, 'startsOn', i.starts_on, 'endsOn', i.ends_on) order by i.id), '[]')
  from ${rows('patients.identifier')} i left join patients.identifier_type t on t.system = i.system
  where i.patient_id = it.id and i.active
) as identifiers`;

export const identifierOf = (it: Numbered): fhir.Identifier => ({
  use: it.use,
  type:
    it.code === null
      ? undefined
      : { coding: [{ system: typeSystem, code: it.code }], ...(it.name ? { text: it.name } : {}) },
  system: it.system,
  value: it.value,
  period:
    it.startsOn === null && it.endsOn === null
      ? undefined
      : { start: it.startsOn ?? undefined, end: it.endsOn ?? undefined },
});

const day = (written: string | undefined): string | null =>
  /^\d{4}-\d\d-\d\d/.test(written ?? '') ? written!.slice(0, 10) : null;

/** Those with a system and a value that fit; the rest is kept as it was sent. `own` is the system that OpenWard numbers by. */
export const readIdentifiers = (sent: readonly fhir.Identifier[] | undefined, own: string): IdentifierColumns[] =>
  (sent ?? []).flatMap(({ system, value, use, type, period }) => {
    if (!system || !value?.trim() || system === own || system.length > 200 || value.length > 100) return [];
    const startsOn = day(period?.start);
    const endsOn = day(period?.end);
    const code = type?.coding?.find((coding) => coding.system === typeSystem)?.code ?? null;
    return [
      {
        system,
        value,
        code: code !== null && /^\S{1,20}$/.test(code) ? code : null,
        use: use ?? 'official',
        startsOn,
        endsOn: startsOn !== null && endsOn !== null && endsOn < startsOn ? null : endsOn,
      },
    ];
  });
