import { z } from 'zod';
import { sql, type Db } from '../../../core/database.ts';
import { anyOf, token, type fhir, type Refs } from '../../../fhir/resource.ts';

/** The hospital's own code of a service: what billing charges for it. */
export const serviceTypeSystem = 'urn:openward:service-type';
/** Medplum's, for R4 has no element: which HealthcareService a serviceType means. R5's CodeableReference says the same. */
export const serviceReferenceUrl = 'https://medplum.com/fhir/service-type-reference';

interface Service {
  id: string;
  name: string;
  code: string | null;
}

export const serviceTypeOf = ({ id, name, code }: Service): fhir.CodeableConcept => ({
  extension: [{ url: serviceReferenceUrl, valueReference: { reference: `HealthcareService/${id}` } }],
  ...(code === null ? {} : { coding: [{ system: serviceTypeSystem, code, display: name }] }),
  text: name,
});

/** A code with its system, if one is said. */
export interface Code {
  system: string | null;
  code: string;
}

/** What a serviceType may mean here: a service by reference, else codes that are looked up. */
export const serviceMeant = (
  types: readonly fhir.CodeableConcept[],
  refs: Refs,
): { id: string | null; codes: Code[] } => ({
  id:
    types
      .flatMap(({ extension = [] }) => extension.filter(({ url }) => url === serviceReferenceUrl))
      .map(({ valueReference }) => refs.find(valueReference, 'HealthcareService'))
      .find((id) => id !== null) ?? null,
  codes: types
    .flatMap(({ coding = [] }) => coding)
    .flatMap(({ system = null, code }) => (code === undefined ? [] : [{ system, code }])),
});

/** The service with one of these codes; null: none has, or several do. Other systems' codes mean nothing here. */
export const findServiceByCode = async (db: Db, codes: readonly Code[]): Promise<string | null> => {
  const ours = codes.filter(({ system }) => system === null || system === serviceTypeSystem).map(({ code }) => code);
  if (ours.length === 0) return null;
  const found = await db.anyFirst(sql.type(z.strictObject({ id: z.uuid() }))`
    select id from facility.healthcare_service where active and charge_code = any(${sql.array(ours, 'text')}) order by id limit 2
  `);
  return found.length === 1 ? found[0]! : null;
};

const ofService = (column: 'charge_code' | 'name') =>
  sql.fragment`(select service.${sql.identifier([column])} from facility.healthcare_service service where service.id = it.service_id)`;

/** What was sent and stands in no column: codings of other systems. */
const asSent = token(sql.fragment`coding ->> 'code'`, { system: { column: sql.fragment`coding ->> 'system'` } });

/** `service-type`: the hospital's code of the service or the code that came in; `:text` its name. */
export const serviceType = anyOf(
  token(ofService('charge_code'), { system: serviceTypeSystem, text: ofService('name') }),
  {
    ...asSent,
    matches: (alias, asked, see) =>
      asked.modifier === 'text'
        ? sql.fragment`false`
        : sql.fragment`exists (
          select from jsonb_array_elements((it.fhir_extra -> 'serviceType' ->> 'sent')::jsonb -> 'serviceType') concept,
            jsonb_array_elements(concept -> 'coding') coding
          where ${asSent.matches(alias, asked, see)}
        )`,
    missing: () => sql.fragment`it.fhir_extra -> 'serviceType' is null`,
  },
);
