import { z } from 'zod';
import { sql, type Db } from '../../../core/database.ts';
import { publish } from '../../../core/events.ts';
import { definePlugin } from '../../../core/plugin.ts';
import {
  child,
  date,
  decimal,
  defineResource,
  number,
  reference,
  string,
  token,
  type fhir,
} from '../../../fhir/resource.ts';

/** A plugin with a patient and a measurement, in place of the hospital's own. */
const Person = z.strictObject({
  id: z.uuid(),
  number: z.string(),
  active: z.boolean(),
  family: z.string(),
  given: z.string().nullable(),
  bornOn: z.string().nullable(),
});
type Person = z.infer<typeof Person>;
type NewPerson = Pick<Person, 'active' | 'family' | 'given' | 'bornOn'>;

const person = defineResource({
  type: 'Patient',
  table: 'thing.person',
  patient: 'id',
  permission: { read: 'thing:read', write: 'thing:write' },
  row: Person,
  columns: sql.fragment`it.id, it.number, it.active, it.family, it.given, it.born_on`,
  search: {
    name: string('family', 'given'),
    family: string('family'),
    birthdate: date('born_on'),
    active: token(sql.fragment`it.active::text`),
    identifier: token('number', { system: 'urn:thing:number' }),
  },
  toFhir: (it: Person): fhir.Patient => ({
    resourceType: 'Patient',
    identifier: [{ system: 'urn:thing:number', value: it.number }],
    active: it.active,
    name: [{ family: it.family, ...(it.given ? { given: [it.given] } : {}) }],
    ...(it.bornOn ? { birthDate: it.bornOn } : {}),
  }),
  fromFhir: (patient: fhir.Patient): NewPerson => ({
    active: patient.active ?? true,
    family: patient.name?.[0]?.family ?? 'unknown',
    given: patient.name?.[0]?.given?.[0] ?? null,
    bornOn: patient.birthDate?.length === 10 ? patient.birthDate : null,
  }),
  createMany: async (tx: Db, made: readonly { id: string; input: NewPerson }[]) => {
    const rows = made.map(({ id, input: it }) => [id, it.active, it.family, it.given, it.bornOn]);
    await tx.query(sql.unsafe`
      insert into thing.person (id, active, family, given, born_on)
      select * from ${sql.unnest(rows, ['uuid', 'bool', 'text', 'text', 'date'])} new
    `);
    for (const { id } of made) await publish(tx, 'thing.person-made', id);
  },
  update: (tx: Db, id: string, version: number, it: NewPerson) =>
    tx.query(sql.unsafe`
      update thing.person set active = ${it.active}, family = ${it.family}, given = ${it.given}, born_on = ${it.bornOn}
      where id = ${id} and version = ${version}
    `),
  remove: (tx: Db, id: string, version: number) =>
    tx.query(sql.unsafe`delete from thing.person where id = ${id} and version = ${version}`),
});

const Measurement = z.strictObject({
  id: z.uuid(),
  patientId: z.uuid(),
  status: z.string(),
  code: z.string(),
  value: z.string().nullable(),
  unit: z.string().nullable(),
  measuredAt: z.string().nullable(),
  partOfId: z.uuid().nullable(),
  components: z.array(z.strictObject({ code: z.string(), value: z.string() })),
});
type Measurement = z.infer<typeof Measurement>;
type NewMeasurement = Omit<Measurement, 'id'>;

const coded = (code: string): fhir.CodeableConcept => ({ coding: [{ system: 'http://loinc.org', code }] });
const codeOf = (concept: fhir.CodeableConcept): string => concept.coding?.[0]?.code ?? 'none';

const measurement = defineResource({
  type: 'Observation',
  table: 'thing.measurement',
  patient: 'patient_id',
  permission: { read: 'thing:read', write: 'thing:write' },
  row: Measurement,
  columns: (rows) => sql.fragment`
    it.id, it.patient_id, it.status, it.code, it.value, it.unit, it.measured_at, it.part_of_id,
    (select coalesce(json_agg(json_build_object('code', c.code, 'value', c.value::text) order by c.position), '[]')
     from ${rows('thing.component')} c where c.measurement_id = it.id) as components`,
  search: {
    patient: reference('patient_id', ['Patient']),
    status: token('status'),
    code: token('code', { system: 'http://loinc.org' }),
    date: date('measured_at'),
    'value-quantity': number('value', { unit: 'unit' }),
    'has-member': reference('part_of_id', ['Observation']),
    'component-code': child('thing.component', 'measurement_id', token('code', { system: 'http://loinc.org' })),
  },
  toFhir: (it: Measurement): fhir.Observation => ({
    resourceType: 'Observation',
    status: it.status as fhir.Observation['status'],
    code: coded(it.code),
    subject: { reference: `Patient/${it.patientId}` },
    ...(it.measuredAt ? { effectiveDateTime: it.measuredAt } : {}),
    ...(it.value ? { valueQuantity: { value: decimal(it.value), ...(it.unit ? { unit: it.unit } : {}) } } : {}),
    ...(it.partOfId ? { hasMember: [{ reference: `Observation/${it.partOfId}` }] } : {}),
    ...(it.components.length > 0
      ? {
          component: it.components.map(({ code, value }) => ({
            code: coded(code),
            valueQuantity: { value: decimal(value) },
          })),
        }
      : {}),
  }),
  fromFhir: (it: fhir.Observation, refs): NewMeasurement => ({
    patientId: refs.id(it.subject, 'Patient', 'subject'),
    status: it.status,
    code: codeOf(it.code),
    value: it.valueQuantity?.value?.toString() ?? null,
    unit: it.valueQuantity?.unit ?? null,
    measuredAt: it.effectiveDateTime ?? null,
    partOfId: refs.find(it.hasMember?.[0], 'Observation'),
    components: (it.component ?? []).map(({ code, valueQuantity }) => ({
      code: codeOf(code),
      value: String(valueQuantity?.value ?? 0),
    })),
  }),
  create: async (tx: Db, it: NewMeasurement, { id }) => {
    await tx.query(sql.unsafe`
      insert into thing.measurement (id, patient_id, status, code, value, unit, measured_at, part_of_id)
      values (${id}, ${it.patientId}, ${it.status}, ${it.code}, ${it.value}, ${it.unit}, ${it.measuredAt}, ${it.partOfId})
    `);
    await insertComponents(tx, id, it);
  },
  update: async (tx: Db, id: string, version: number, it: NewMeasurement) => {
    await tx.query(sql.unsafe`
      update thing.measurement set patient_id = ${it.patientId}, status = ${it.status}, code = ${it.code}, value = ${it.value}, unit = ${it.unit},
        measured_at = ${it.measuredAt}, part_of_id = ${it.partOfId}
      where id = ${id} and version = ${version}
    `);
    await tx.query(sql.unsafe`delete from thing.component where measurement_id = ${id}`);
    await insertComponents(tx, id, it);
  },
  instead: 'entered-in-error',
});

const insertComponents = (tx: Db, id: string, it: NewMeasurement) =>
  tx.query(sql.unsafe`
    insert into thing.component (measurement_id, position, patient_id, code, value)
    select * from ${sql.unnest(
      it.components.map(({ code, value }, index) => [id, index, it.patientId, code, value]),
      ['uuid', 'int4', 'uuid', 'text', 'numeric'],
    )} new
  `);

export default definePlugin({
  name: 'thing',
  title: 'core_title',
  dependencies: ['auth'],
  permissions: { 'thing:read': 'core_title', 'thing:write': 'core_title' },
  roles: { admin: ['thing:read', 'thing:write'], nurse: ['thing:read'] },
  refusals: { person_family_not_taboo: [422, 'refusal_value_not_allowed'] },
  fhir: [person, measurement],
});
