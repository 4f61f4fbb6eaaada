import { z } from 'zod';
import { sql, type Db } from '../../../core/database.ts';
import { defineResource, reference, string, token, type fhir, type Refs } from '../../../fhir/resource.ts';
import {
  addressColumns,
  addressFrom,
  addressOf,
  addressSearch,
  contactFrom,
  contacts,
  permission,
  type Address,
} from './address.ts';

const Row = z.strictObject({
  id: z.uuid(),
  kind: z.enum(['hospital', 'department', 'other']),
  parentId: z.uuid().nullable(),
  name: z.string().nullable(),
  active: z.boolean(),
  phone: z.string().nullable(),
  email: z.string().nullable(),
  ...addressColumns,
});
type Row = z.infer<typeof Row>;

interface Input extends Address {
  /** A part of a hospital; a department of ours when it stands below our hospital. */
  isDepartment: boolean;
  parentId: string | null;
  name: string | null;
  active: boolean;
  phone: string | null;
  email: string | null;
}

/** https://terminology.hl7.org/CodeSystem/organization-type */
const typeSystem = 'http://terminology.hl7.org/CodeSystem/organization-type';
const types = {
  hospital: { code: 'prov', display: 'Healthcare Provider' },
  department: { code: 'dept', display: 'Hospital Department' },
};

const toFhir = (it: Row): fhir.Organization => ({
  resourceType: 'Organization',
  id: it.id,
  active: it.active,
  type: it.kind === 'other' ? undefined : [{ coding: [{ system: typeSystem, ...types[it.kind] }] }],
  name: it.name ?? undefined,
  telecom: contacts(it),
  address: addressOf(it),
  partOf: it.parentId ? { reference: `Organization/${it.parentId}` } : undefined,
});

const fromFhir = (it: fhir.Organization, refs: Refs): Input => ({
  isDepartment:
    it.type?.some(({ coding }) => coding?.some(({ system, code }) => system === typeSystem && code === 'dept')) ??
    false,
  parentId: refs.find(it.partOf, 'Organization'),
  name: it.name?.slice(0, 300) ?? null,
  active: it.active ?? true,
  phone: contactFrom(it.telecom, 'phone'),
  email: contactFrom(it.telecom, 'email'),
  ...addressFrom(it.address?.[0]),
});

const create = (tx: Db, it: Input, { id }: { id: string }): Promise<unknown> =>
  tx.query(sql.unsafe`
    insert into facility.organization (id, kind, parent_id, name, active, phone, email, address_line, city, state, postal_code, country)
    values (${id},
      case when ${it.isDepartment} and exists (select from facility.organization where id = ${it.parentId}::uuid and kind = 'hospital') then 'department' else 'other' end,
      ${it.parentId}, ${it.name}, ${it.active}, ${it.phone}, ${it.email}, ${it.addressLine}, ${it.city}, ${it.state}, ${it.postalCode}, ${it.country})
  `);

const update = (tx: Db, id: string, version: number, it: Input): Promise<unknown> =>
  tx.query(sql.unsafe`
    update facility.organization
    set parent_id = ${it.parentId}, name = ${it.name}, active = ${it.active}, phone = ${it.phone}, email = ${it.email}, address_line = ${it.addressLine},
      city = ${it.city}, state = ${it.state}, postal_code = ${it.postalCode}, country = ${it.country}
    where id = ${id} and version = ${version}
  `);

export const organization = defineResource({
  type: 'Organization',
  table: 'facility.organization',
  patient: null,
  permission,
  row: Row,
  columns: sql.fragment`
    it.id, it.kind, it.parent_id, it.name, it.active, it.phone, it.email, it.address_line, it.city, it.state, it.postal_code, it.country
  `,
  search: {
    active: token(sql.fragment`it.active::text`),
    name: string('name'),
    partof: reference('parent_id', ['Organization']),
    ...addressSearch,
  },
  toFhir,
  fromFhir,
  create,
  update,
  instead: 'active=false',
});
