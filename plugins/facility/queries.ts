import { z } from 'zod';
import { sql, type Db, type Fragment } from '../../core/database.ts';
import {
  Department,
  Device,
  Location,
  Practitioner,
  Service,
  serviceChannels,
  type DepartmentInput,
  type DeviceInput,
  type LocationInput,
  type PractitionerInput,
  type ServiceInput,
} from './model.ts';

/** Filters of every list here; `after` is name and id of the last row of the page before. */
export interface Listing {
  departmentId?: string;
  active?: boolean;
  /** Of locations: one kind of place only. */
  kind?: string;
  limit: number;
  after: readonly [string, string] | null;
}

const Id = z.strictObject({ id: z.uuid() });
const following = (after: Listing['after'], name: Fragment): Fragment | false =>
  after !== null && sql.fragment`(${name}, it.id) > (${after[0]}, ${after[1]}::uuid)`;
const is = (column: Fragment, value: string | boolean | undefined): Fragment | false =>
  value !== undefined && sql.fragment`${column} = ${value}`;

// -- departments ----------------------------------------------------------------------------------------------------------

const department = sql.fragment`select it.id, it.name, it.active, it.version from facility.organization it where it.kind = 'department'`;

export const listDepartments = (db: Db, { active, limit, after }: Listing): Promise<readonly Department[]> =>
  db.any(sql.type(Department)`
    ${department} and ${sql.and([sql.fragment`true`, is(sql.fragment`it.active`, active), following(after, sql.fragment`it.name`)])}
    order by it.name, it.id limit ${limit}
  `);

export const getDepartment = (db: Db, id: string): Promise<Department> =>
  db.one(sql.type(Department)`${department} and it.id = ${id}`);

export const insertDepartment = (tx: Db, it: DepartmentInput): Promise<string> =>
  tx.oneFirst(sql.type(Id)`
    insert into facility.organization (kind, parent_id, name, active)
    values ('department', (select id from facility.organization where kind = 'hospital'), ${it.name}, ${it.active ?? true})
    returning id
  `);

/** Null when the version is no longer that one; as of every update below. */
export const updateDepartment = (tx: Db, id: string, version: number, it: DepartmentInput): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    update facility.organization set name = ${it.name}, active = ${it.active ?? true}
    where id = ${id} and version = ${version} and kind = 'department'
    returning id
  `);

// -- practitioners --------------------------------------------------------------------------------------------------------

const practitioner = sql.fragment`
  select it.id, it.display_name, it.family_name, it.given_name, it.prefix, it.gender, it.department_id, it.department_name, it.specialty, it.active,
    it.user_id, it.version
  from facility.practitioner_card it
`;
const practitionerName = sql.fragment`(it.family_name || ' ' || it.given_name)`;

export const listPractitioners = (
  db: Db,
  { departmentId, active, limit, after }: Listing,
): Promise<readonly Practitioner[]> =>
  db.any(sql.type(Practitioner)`
    ${practitioner}
    where ${sql.and([sql.fragment`true`, is(sql.fragment`it.department_id`, departmentId), is(sql.fragment`it.active`, active), following(after, practitionerName)])}
    order by ${practitionerName}, it.id limit ${limit}
  `);

export const getPractitioner = (db: Db, id: string): Promise<Practitioner> =>
  db.one(sql.type(Practitioner)`${practitioner} where it.id = ${id}`);

export const findPractitionerOfUser = (db: Db, userId: string | null): Promise<Practitioner | null> =>
  db.maybeOne(sql.type(Practitioner)`${practitioner} where it.user_id = ${userId}`);

export const insertPractitioner = (tx: Db, it: PractitionerInput): Promise<string> =>
  tx.oneFirst(sql.type(Id)`
    insert into facility.practitioner (family_name, given_name, prefix, gender, user_id, active)
    values (${it.familyName}, ${it.givenName}, ${it.prefix ?? null}, ${it.gender ?? null}, ${it.userId ?? null}, ${it.active ?? true})
    returning id
  `);

export const updatePractitioner = (
  tx: Db,
  id: string,
  version: number,
  it: PractitionerInput,
): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    update facility.practitioner
    set family_name = ${it.familyName}, given_name = ${it.givenName}, prefix = ${it.prefix ?? null}, gender = ${it.gender ?? null},
      user_id = ${it.userId ?? null}, active = ${it.active ?? true}
    where id = ${id} and version = ${version}
    returning id
  `);

/** The first active role follows; further roles, which only FHIR makes, stay. */
export const setRole = async (tx: Db, practitionerId: string, it: PractitionerInput): Promise<void> => {
  const { rowCount } = await tx.query(sql.unsafe`
    update facility.practitioner_role set organization_id = ${it.departmentId ?? null}, specialty = ${it.specialty ?? null}
    where id = (select id from facility.practitioner_role where practitioner_id = ${practitionerId} and active order by id limit 1)
  `);
  if (rowCount > 0 || (!it.departmentId && !it.specialty)) return;
  await tx.query(sql.unsafe`
    insert into facility.practitioner_role (practitioner_id, organization_id, specialty)
    values (${practitionerId}, ${it.departmentId ?? null}, ${it.specialty ?? null})
  `);
};

// -- locations ------------------------------------------------------------------------------------------------------------

const location = sql.fragment`
  select it.id, it.name, it.kind, it.organization_id as department_id, it.parent_id,
    exists (select from facility.location w where w.id = it.parent_id and w.kind = 'ward') as in_ward, it.status = 'active' as active, it.version
  from facility.location it
  where it.kind in ('site', 'ward', 'room', 'bed')
`;

export const listLocations = (
  db: Db,
  { departmentId, active, kind, limit, after }: Listing,
): Promise<readonly Location[]> =>
  db.any(sql.type(Location)`
    ${location} and ${sql.and([
      sql.fragment`true`,
      is(sql.fragment`it.organization_id`, departmentId),
      is(sql.fragment`(it.status = 'active')`, active),
      is(sql.fragment`it.kind`, kind),
      following(after, sql.fragment`it.name`),
    ])}
    order by it.name, it.id limit ${limit}
  `);

export const getLocation = (db: Db, id: string): Promise<Location> =>
  db.one(sql.type(Location)`${location} and it.id = ${id}`);

export const insertLocation = (tx: Db, it: LocationInput): Promise<string> =>
  tx.oneFirst(sql.type(Id)`
    insert into facility.location (name, kind, organization_id, parent_id, status)
    values (${it.name}, ${it.kind}, ${it.departmentId ?? null}, ${it.parentId ?? null}, ${it.active === false ? 'inactive' : 'active'})
    returning id
  `);

/** Without a version, whichever is there. */
export const updateLocation = (tx: Db, id: string, version: number | null, it: LocationInput): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    update facility.location
    set name = ${it.name}, kind = ${it.kind}, organization_id = ${it.departmentId ?? null}, status = ${it.active === false ? 'inactive' : 'active'},
      parent_id = ${it.parentId === undefined ? sql.fragment`parent_id` : sql.fragment`${it.parentId}::uuid`}
    where id = ${id} and version = coalesce(${version}::integer, version)
    returning id
  `);

/** What another plugin tells of a place has changed: a new version, without what was once sent for these elements. */
export const touchLocation = (tx: Db, id: string, elements: readonly string[]): Promise<unknown> =>
  tx.query(
    sql.unsafe`update facility.location set fhir_extra = fhir_extra - ${sql.array([...elements], 'text')} where id = ${id}`,
  );

// -- devices --------------------------------------------------------------------------------------------------------------

const device = sql.fragment`
  select it.id, it.name, it.type, it.organization_id as department_id, it.location_id, l.name as location_name, it.serial_number, it.status = 'active' as active, it.version
  from facility.device it
  left join facility.location l on l.id = it.location_id
  where it.status <> 'entered-in-error' and it.patient_id is null -- shows no patient
`;

export const listDevices = (db: Db, { departmentId, active, limit, after }: Listing): Promise<readonly Device[]> =>
  db.any(sql.type(Device)`
    ${device} and ${sql.and([
      sql.fragment`true`,
      is(sql.fragment`it.organization_id`, departmentId),
      is(sql.fragment`(it.status = 'active')`, active),
      following(after, sql.fragment`it.name`),
    ])}
    order by it.name, it.id limit ${limit}
  `);

export const getDevice = (db: Db, id: string): Promise<Device> => db.one(sql.type(Device)`${device} and it.id = ${id}`);

export const insertDevice = (tx: Db, it: DeviceInput): Promise<string> =>
  tx.oneFirst(sql.type(Id)`
    insert into facility.device (name, type, organization_id, location_id, serial_number, status)
    values (${it.name}, ${it.type ?? null}, ${it.departmentId ?? null}, ${it.locationId ?? null}, ${it.serialNumber ?? null},
      ${it.active === false ? 'inactive' : 'active'})
    returning id
  `);

export const updateDevice = (tx: Db, id: string, version: number, it: DeviceInput): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    update facility.device
    set name = ${it.name}, type = ${it.type ?? null}, organization_id = ${it.departmentId ?? null}, location_id = ${it.locationId ?? null},
      serial_number = ${it.serialNumber ?? null}, status = ${it.active === false ? 'inactive' : 'active'}
    where id = ${id} and version = ${version} and patient_id is null -- shows no patient
    returning id
  `);

// -- services -------------------------------------------------------------------------------------------------------------

const service = sql.fragment`
  select it.id, it.name, it.organization_id as department_id, it.duration_minutes, it.buffer_before_minutes, it.buffer_after_minutes, it.needs_room,
    it.needs_device_type, it.telehealth, it.charge_code, it.active, it.version, json_build_object(
      'desk', json_build_object('leadMinutes', it.desk_lead_minutes, 'horizonDays', it.desk_horizon_days),
      'portal', json_build_object('leadMinutes', it.portal_lead_minutes, 'horizonDays', it.portal_horizon_days),
      'fhir', json_build_object('leadMinutes', it.fhir_lead_minutes, 'horizonDays', it.fhir_horizon_days)
    ) as channels
  from facility.healthcare_service it
`;

export const listServices = (db: Db, { departmentId, active, limit, after }: Listing): Promise<readonly Service[]> =>
  db.any(sql.type(Service)`
    ${service}
    where ${sql.and([
      sql.fragment`true`,
      is(sql.fragment`it.organization_id`, departmentId),
      is(sql.fragment`it.active`, active),
      following(after, sql.fragment`it.name`),
    ])}
    order by it.name, it.id limit ${limit}
  `);

export const getService = (db: Db, id: string): Promise<Service> =>
  db.one(sql.type(Service)`${service} where it.id = ${id}`);

/** In the order of `serviceColumns`. */
const serviceValues = ({ channels = {}, ...it }: ServiceInput): Fragment =>
  sql.fragment`${it.name}, ${it.departmentId ?? null}::uuid, ${it.durationMinutes}::smallint, ${it.bufferBeforeMinutes ?? 0}::smallint, ${it.bufferAfterMinutes ?? 0}::smallint,
    ${it.needsRoom ?? false}::boolean, ${it.needsDeviceType ?? null}, ${sql.join(
      serviceChannels.flatMap((door) => [
        sql.fragment`${channels[door]?.leadMinutes ?? null}::integer`,
        sql.fragment`${channels[door]?.horizonDays ?? null}::integer`,
      ]),
      sql.fragment`, `,
    )}, ${it.chargeCode ?? null}, ${it.active ?? true}::boolean, ${it.telehealth ?? false}::boolean`;
const serviceColumns = sql.fragment`name, organization_id, duration_minutes, buffer_before_minutes, buffer_after_minutes, needs_room, needs_device_type,
  desk_lead_minutes, desk_horizon_days, portal_lead_minutes, portal_horizon_days, fhir_lead_minutes, fhir_horizon_days, charge_code, active, telehealth`;

export const insertService = (tx: Db, it: ServiceInput): Promise<string> =>
  tx.oneFirst(sql.type(Id)`
    insert into facility.healthcare_service (${serviceColumns}) values (${serviceValues(it)}) returning id
  `);

export const updateService = (tx: Db, id: string, version: number, it: ServiceInput): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    update facility.healthcare_service set (${serviceColumns}) = row (${serviceValues(it)}) where id = ${id} and version = ${version} returning id
  `);
