import { z } from 'zod';
import { sql } from '../../core/database.ts';
import type { Part } from '../../fhir/resource.ts';
import { operationalStatus } from './json.ts';
import { admitSources, BedState, dispositions, type BedState as State } from './model.ts';

const Found = z
  .strictObject({
    source: z.enum(admitSources),
    disposition: z.enum(dispositions).nullable(),
    places: z.array(
      z.strictObject({
        id: z.uuid(),
        status: z.enum(['reserved', 'active', 'completed']),
        from: z.string(),
        until: z.string().nullable(),
      }),
    ),
  })
  .nullable();

const coded = (system: string, code: string) => ({
  coding: [{ system: `http://terminology.hl7.org/CodeSystem/${system}`, code }],
});

/** As it was when the version began: what came later is not told. A moment in a bed may be a little after the clock. */
const known = sql.fragment`it.updated_at + interval '1 second'`;

/** Where the patient lay, how they came and left. An Encounter of class IMP that is not a stay here has none of it. */
export const encounterPart: Part<z.infer<typeof Found>> = {
  column: sql.fragment`(
    select json_build_object(
      'source', s.source, 'disposition', case when s.discharged_at <= ${known} then s.disposition end,
      'places', (
        select coalesce(json_agg(json_build_object(
          'id', k.bed_id, 'status', case when upper(k.during) > ${known} then 'active' else k.status end, 'from', core.json_time(lower(k.during)),
          'until', case when upper(k.during) <= ${known} then core.json_time(upper(k.during)) end
        ) order by lower(k.during)), '[]')
        from inpatient.bed_stay k
        where k.stay_id = s.id and k.status <> 'cancelled' and lower(k.during) <= ${known}
      )
    )
    from inpatient.stay s
    where s.encounter_id = it.id
  )`,
  row: Found,
  toFhir(found) {
    if (!found) return {};
    return {
      hospitalization: {
        admitSource: coded('admit-source', found.source),
        dischargeDisposition:
          found.disposition === null ? undefined : coded('discharge-disposition', found.disposition),
      },
      location:
        found.places.length === 0
          ? undefined
          : found.places.map(({ id, status, from, until }) => ({
              location: { reference: `Location/${id}` },
              status,
              period: { start: from, ...(until === null ? {} : { end: until }) },
            })),
    };
  },
};

const displays: Record<State, string> = {
  U: 'Unoccupied',
  O: 'Occupied',
  H: 'Housekeeping',
  C: 'Closed',
  I: 'Isolated',
  K: 'Contaminated',
};

/** Table 0116, of beds only. */
export const locationPart: Part<State | null> = {
  column: operationalStatus(sql.fragment`it.id`),
  row: BedState.nullable(),
  toFhir: (state) =>
    state === null
      ? {}
      : {
          operationalStatus: {
            system: 'http://terminology.hl7.org/CodeSystem/v2-0116',
            code: state,
            display: displays[state],
          },
        },
};
