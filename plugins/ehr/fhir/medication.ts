import { z } from 'zod';
import { defineResource, token, type fhir } from '../../../fhir/resource.ts';
import { rxnorm } from '../model.ts';
import { codedOf, conceptOf, written } from './parts.ts';
import { tableOf } from './table.ts';

const text = z.string().nullable();
const Row = z.strictObject({
  id: z.uuid(),
  status: z.enum(['active', 'inactive', 'entered-in-error']).nullable(),
  codeSystem: text,
  code: text,
  display: z.string(),
  form: text,
});
type Row = z.infer<typeof Row>;

const table = tableOf('ehr.medication', {
  status: 'text',
  codeSystem: 'text',
  code: 'text',
  display: 'text',
  form: 'text',
});

const toFhir = (it: Row): fhir.Medication => ({
  resourceType: 'Medication',
  id: it.id,
  code: conceptOf({ system: it.codeSystem, code: it.code, display: it.display }),
  status: written(it.status),
  form: it.form === null ? undefined : { text: it.form },
});

const fromFhir = (it: fhir.Medication): Omit<Row, 'id'> => {
  const { system, code, display } = codedOf(it.code, rxnorm);
  return {
    status: it.status ?? null,
    codeSystem: system,
    code,
    display,
    form: it.form ? codedOf(it.form).display || null : null,
  };
};

/** The formulary, and what other systems name; only the first is offered to whoever prescribes. */
export const medication = defineResource({
  type: 'Medication',
  table: 'ehr.medication',
  patient: null,
  permission: { read: 'medication:read', write: 'medication-request:write' },
  row: Row,
  columns: table.columns,
  search: {
    code: token('code', { system: { column: 'code_system' }, text: 'display' }),
    status: token('status', { system: 'http://hl7.org/fhir/CodeSystem/medication-status' }),
    form: token('form'),
  },
  toFhir,
  fromFhir,
  createMany: (tx, made: readonly { id: string; input: ReturnType<typeof fromFhir> }[]) => table.insert(tx, made),
  update: (tx, medicationId: string, version: number, input: ReturnType<typeof fromFhir>) =>
    table.update(tx, medicationId, version, input),
  instead: 'inactive',
});
