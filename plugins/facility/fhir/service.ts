import { z } from 'zod';
import { sql, type Db } from '../../../core/database.ts';
import { defineResource, reference, string, token, type fhir, type Refs } from '../../../fhir/resource.ts';
import { permission } from './address.ts';

const Row = z.strictObject({
  id: z.uuid(),
  active: z.boolean(),
  name: z.string(),
  organizationId: z.uuid().nullable(),
});
type Row = z.infer<typeof Row>;
type Input = Omit<Row, 'id'>;

/** Duration and charge code have no element in R4; what comes in without them lasts the table's default and costs nothing yet. */
export const healthcareService = defineResource({
  type: 'HealthcareService',
  table: 'facility.healthcare_service',
  patient: null,
  permission,
  row: Row,
  columns: sql.fragment`it.id, it.active, it.name, it.organization_id`,
  search: {
    active: token(sql.fragment`it.active::text`),
    name: string('name'),
    organization: reference('organization_id', ['Organization']),
  },
  toFhir: (it: Row): fhir.HealthcareService => ({
    resourceType: 'HealthcareService',
    id: it.id,
    active: it.active,
    providedBy: it.organizationId ? { reference: `Organization/${it.organizationId}` } : undefined,
    name: it.name || undefined,
  }),
  fromFhir: (it: fhir.HealthcareService, refs: Refs): Input => ({
    active: it.active ?? true,
    name: it.name?.slice(0, 200) ?? '',
    organizationId: refs.find(it.providedBy, 'Organization'),
  }),
  create: (tx: Db, it: Input, { id }) =>
    tx.query(sql.unsafe`
      insert into facility.healthcare_service (id, active, name, organization_id) values (${id}, ${it.active}, ${it.name}, ${it.organizationId})
    `),
  update: (tx, id, version, it) =>
    tx.query(sql.unsafe`
      update facility.healthcare_service set active = ${it.active}, name = ${it.name}, organization_id = ${it.organizationId} where id = ${id} and version = ${version}
    `),
  instead: 'active=false',
});
