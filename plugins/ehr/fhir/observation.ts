import { z } from 'zod';
import { sql } from '../../../core/database.ts';
import { refuse } from '../../../core/refuse.ts';
import {
  date,
  decimal,
  defineResource,
  number,
  reference,
  string,
  token,
  type fhir,
  type Refs,
} from '../../../fhir/resource.ts';
import { Component, loinc } from '../model.ts';
import { codedOf, conceptOf, instantOf, refTo, written } from './parts.ts';
import { jsonTokens } from './search.ts';
import { tableOf } from './table.ts';

const category = 'http://terminology.hl7.org/CodeSystem/observation-category';
const interpretation = 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation';
const ucum = 'http://unitsofmeasure.org';
const statuses = [
  'registered',
  'preliminary',
  'final',
  'amended',
  'corrected',
  'cancelled',
  'entered-in-error',
  'unknown',
] as const;

const id = z.uuid();
const text = z.string().nullable();
const Row = z.strictObject({
  id,
  patientId: id.nullable(),
  encounterId: id.nullable(),
  status: z.enum(statuses),
  category: text,
  codeSystem: text,
  code: text,
  display: z.string(),
  value: text,
  unit: text,
  valueText: text,
  valueSystem: text,
  valueCode: text,
  interpretation: text,
  components: z.array(Component).nullable(),
  effectiveAt: text,
  issuedAt: text,
  performerId: id.nullable(),
});
type Row = z.infer<typeof Row>;

const table = tableOf('ehr.observation', {
  patientId: 'uuid',
  encounterId: 'uuid',
  status: 'text',
  category: 'text',
  codeSystem: 'text',
  code: 'text',
  display: 'text',
  value: 'numeric',
  unit: 'text',
  valueText: 'text',
  valueSystem: 'text',
  valueCode: 'text',
  interpretation: 'text',
  components: 'jsonb',
  effectiveAt: 'timestamptz',
  issuedAt: 'timestamptz',
  performerId: 'uuid',
});

const quantity = (value: string | null, unit: string | null): fhir.Quantity | undefined =>
  value === null ? undefined : { value: decimal(value), ...(unit === null ? {} : { unit, system: ucum, code: unit }) };
const isNumber = (value: string | null): value is string => value !== null && /^-?\d+(\.\d+)?$/.test(value);

const toFhir = (it: Row): fhir.Observation => ({
  resourceType: 'Observation',
  id: it.id,
  status: it.status,
  category: it.category === null ? undefined : [{ coding: [{ system: category, code: it.category }] }],
  code: conceptOf({ system: it.codeSystem, code: it.code, display: it.display }) ?? {},
  subject: refTo('Patient', it.patientId),
  encounter: refTo('Encounter', it.encounterId),
  effectiveDateTime: written(it.effectiveAt),
  issued: written(it.issuedAt),
  performer: it.performerId === null ? undefined : [{ reference: `Practitioner/${it.performerId}` }],
  valueQuantity: quantity(it.value, it.unit),
  ...(it.value !== null || it.valueText === null
    ? {}
    : it.valueCode === null
      ? { valueString: it.valueText }
      : { valueCodeableConcept: conceptOf({ system: it.valueSystem, code: it.valueCode, display: it.valueText }) }),
  interpretation:
    it.interpretation === null ? undefined : [{ coding: [{ system: interpretation, code: it.interpretation }] }],
  component: it.components?.map((part) => ({
    code: conceptOf({ system: part.system ?? null, code: part.code, display: part.display }) ?? {},
    ...(isNumber(part.value)
      ? { valueQuantity: quantity(part.value, part.unit) }
      : part.value === null
        ? {}
        : { valueString: part.value }),
    ...(part.interpretation === null
      ? {}
      : { interpretation: [{ coding: [{ system: interpretation, code: part.interpretation }] }] }),
  })),
});

interface Valued {
  valueQuantity?: fhir.Quantity | undefined;
  valueString?: string | undefined;
  valueCodeableConcept?: fhir.CodeableConcept | undefined;
  valueInteger?: number | undefined;
  valueBoolean?: boolean | undefined;
  valueDateTime?: string | undefined;
}
/** What a chart can show: a number with its unit, or words. */
const valueOf = (it: Valued): Pick<Row, 'value' | 'unit' | 'valueText' | 'valueSystem' | 'valueCode'> => {
  const none = { value: null, unit: null, valueText: null, valueSystem: null, valueCode: null };
  if (it.valueQuantity) {
    const { value, code, unit } = it.valueQuantity;
    return { ...none, value: value === undefined ? null : String(value), unit: code ?? unit ?? null };
  }
  if (it.valueInteger !== undefined) return { ...none, value: String(it.valueInteger) };
  if (it.valueCodeableConcept) {
    const { system, code, display } = codedOf(it.valueCodeableConcept);
    return { ...none, valueText: display, valueSystem: system, valueCode: code };
  }
  const words = it.valueString ?? it.valueDateTime ?? it.valueBoolean?.toString();
  return { ...none, valueText: words ?? null };
};
const interpretationOf = (concepts: readonly fhir.CodeableConcept[] | undefined): string | null =>
  concepts?.[0]?.coding?.[0]?.code ?? null;

const fromFhir = (it: fhir.Observation, refs: Refs): Omit<Row, 'id'> => {
  const { system, code, display } = codedOf(it.code, loinc);
  const [performer] = (it.performer ?? [])
    .map((each) => refs.find(each, 'Practitioner'))
    .filter((found) => found !== null);
  return {
    patientId:
      refs.find(it.subject, 'Patient') ??
      (it.subject?.reference?.startsWith('Patient/') ? refs.id(it.subject, 'Patient', 'subject') : null),
    encounterId: refs.find(it.encounter, 'Encounter'),
    status: it.status,
    category: it.category?.flatMap(({ coding }) => coding ?? [])[0]?.code ?? null,
    codeSystem: system,
    code,
    display,
    ...valueOf(it),
    interpretation: interpretationOf(it.interpretation),
    components:
      it.component?.map((part) => {
        const coded = codedOf(part.code, loinc);
        const { value, unit, valueText } = valueOf(part);
        return { ...coded, value: value ?? valueText, unit, interpretation: interpretationOf(part.interpretation) };
      }) ?? null,
    effectiveAt: instantOf(it.effectiveDateTime ?? it.effectivePeriod?.start ?? it.effectiveInstant),
    issuedAt: written(instantOf(it.issued)) ?? null,
    performerId: performer ?? null,
  };
};

export const observation = defineResource({
  type: 'Observation',
  table: 'ehr.observation',
  patient: 'patient_id',
  permission: { read: 'observation:read', write: 'observation:write' },
  row: Row,
  columns: table.columns,
  search: {
    patient: reference('patient_id', ['Patient']),
    subject: reference('patient_id', ['Patient']),
    encounter: reference('encounter_id', ['Encounter']),
    performer: reference('performer_id', ['Practitioner']),
    status: token('status', { system: 'http://hl7.org/fhir/observation-status' }),
    category: token('category', { system: category }),
    code: token('code', { system: { column: 'code_system' }, text: 'display' }),
    date: date('effective_at'),
    'value-quantity': number('value', { unit: 'unit' }),
    'value-string': string('value_text'),
    'value-concept': token('value_code', { system: { column: 'value_system' }, text: 'value_text' }),
    'component-code': jsonTokens(sql.fragment`it.components`),
    'combo-code': jsonTokens(
      sql.fragment`jsonb_build_array(jsonb_build_object('system', it.code_system, 'code', it.code)) || coalesce(it.components, '[]')`,
    ),
  },
  toFhir,
  fromFhir,
  createMany: (tx, made: readonly { id: string; input: ReturnType<typeof fromFhir> }[]) => table.insert(tx, made),
  /** @throws refusal observation_kept: a verified result of our laboratory is corrected there, with its reason */
  update: async (tx, observationId: string, version: number, input: ReturnType<typeof fromFhir>) => {
    if (await tx.exists(sql.unsafe`select from ehr.observation where id = ${observationId} and kept_by is not null`))
      throw refuse('observation_kept');
    return table.update(tx, observationId, version, input);
  },
  instead: 'entered-in-error',
});
