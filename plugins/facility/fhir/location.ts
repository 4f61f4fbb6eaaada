import { z } from 'zod';
import { sql, type Db } from '../../../core/database.ts';
import { defineResource, reference, string, token, type fhir, type Refs } from '../../../fhir/resource.ts';
import {
  addressColumns,
  addressFrom,
  addressObject,
  addressSearch,
  contactFrom,
  contacts,
  permission,
  type Address,
} from './address.ts';

const status = ['active', 'suspended', 'inactive'] as const;
const Row = z.strictObject({
  id: z.uuid(),
  kind: z.enum(['site', 'ward', 'room', 'bed', 'other']),
  status: z.enum(status),
  name: z.string(),
  organizationId: z.uuid().nullable(),
  parentId: z.uuid().nullable(),
  phone: z.string().nullable(),
  ...addressColumns,
});
type Row = z.infer<typeof Row>;
interface Input extends Address {
  kind: Row['kind'];
  status: Row['status'];
  name: string;
  organizationId: string | null;
  parentId: string | null;
  phone: string | null;
}

/** https://terminology.hl7.org/CodeSystem/location-physical-type */
const physical = 'http://terminology.hl7.org/CodeSystem/location-physical-type';
const types = {
  site: { code: 'si', display: 'Site' },
  ward: { code: 'wa', display: 'Ward' },
  room: { code: 'ro', display: 'Room' },
  bed: { code: 'bd', display: 'Bed' },
};
const kinds: Record<string, Row['kind']> = { si: 'site', wa: 'ward', ro: 'room', bd: 'bed' };

const toFhir = (it: Row): fhir.Location => ({
  resourceType: 'Location',
  id: it.id,
  status: it.status,
  name: it.name || undefined,
  mode: it.kind === 'other' ? undefined : 'instance',
  telecom: contacts(it),
  address: addressObject(it),
  physicalType: it.kind === 'other' ? undefined : { coding: [{ system: physical, ...types[it.kind] }] },
  managingOrganization: it.organizationId ? { reference: `Organization/${it.organizationId}` } : undefined,
  partOf: it.parentId ? { reference: `Location/${it.parentId}` } : undefined,
});

const fromFhir = (it: fhir.Location, refs: Refs): Input => ({
  kind: kinds[it.physicalType?.coding?.find(({ system }) => system === physical)?.code ?? ''] ?? 'other',
  status: it.status ?? 'active',
  name: it.name?.slice(0, 200) ?? '',
  organizationId: refs.find(it.managingOrganization, 'Organization'),
  parentId: refs.find(it.partOf, 'Location'),
  phone: contactFrom(it.telecom, 'phone'),
  ...addressFrom(it.address),
});

export const location = defineResource({
  type: 'Location',
  table: 'facility.location',
  patient: null,
  permission,
  row: Row,
  columns: sql.fragment`
    it.id, it.kind, it.status, it.name, it.organization_id, it.parent_id, it.phone, it.address_line, it.city, it.state, it.postal_code, it.country
  `,
  search: {
    name: string('name'),
    status: token('status', { system: 'http://hl7.org/fhir/location-status' }),
    organization: reference('organization_id', ['Organization']),
    partof: reference('parent_id', ['Location']),
    ...addressSearch,
  },
  toFhir,
  fromFhir,
  create: (tx: Db, it: Input, { id }) =>
    tx.query(sql.unsafe`
      insert into facility.location (id, kind, status, name, organization_id, parent_id, phone, address_line, city, state, postal_code, country)
      values (${id}, ${it.kind}, ${it.status}, ${it.name}, ${it.organizationId}, ${it.parentId}, ${it.phone}, ${it.addressLine}, ${it.city}, ${it.state},
        ${it.postalCode}, ${it.country})
    `),
  update: (tx, id, version, it) =>
    tx.query(sql.unsafe`
      update facility.location
      set kind = ${it.kind}, status = ${it.status}, name = ${it.name}, organization_id = ${it.organizationId}, parent_id = ${it.parentId}, phone = ${it.phone},
        address_line = ${it.addressLine}, city = ${it.city}, state = ${it.state}, postal_code = ${it.postalCode}, country = ${it.country}
      where id = ${id} and version = ${version}
    `),
  instead: 'status=inactive',
});
