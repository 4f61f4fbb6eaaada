import Joi from 'joi';
import { z } from 'zod';
import { text, uuid } from '../../core/routes.ts';

export const genders = ['male', 'female', 'other', 'unknown'] as const;
export const locationKinds = ['site', 'ward', 'room', 'bed'] as const;

export interface DepartmentInput {
  name: string;
  active?: boolean;
}
export const DepartmentInput = Joi.object<DepartmentInput>({
  name: text().required(),
  active: Joi.boolean().default(true),
});

export interface PractitionerInput {
  familyName: string;
  givenName: string;
  prefix?: string | null;
  gender?: (typeof genders)[number] | null;
  departmentId?: string | null;
  specialty?: string | null;
  userId?: string | null;
  active?: boolean;
}
export const PractitionerInput = Joi.object<PractitionerInput>({
  familyName: text(120).required(),
  givenName: text(120).required(),
  prefix: text(40).allow(null),
  gender: Joi.string()
    .valid(...genders)
    .allow(null),
  departmentId: uuid().allow(null),
  specialty: text().allow(null),
  userId: uuid().allow(null),
  active: Joi.boolean().default(true),
});

export interface LocationInput {
  name: string;
  kind: (typeof locationKinds)[number];
  departmentId?: string | null;
  parentId?: string | null;
  active?: boolean;
}
export const LocationInput = Joi.object<LocationInput>({
  name: text().required(),
  kind: Joi.string()
    .valid(...locationKinds)
    .required(),
  departmentId: uuid().allow(null),
  parentId: uuid().allow(null),
  active: Joi.boolean().default(true),
});

export interface DeviceInput {
  name: string;
  type?: string | null;
  departmentId?: string | null;
  locationId?: string | null;
  serialNumber?: string | null;
  active?: boolean;
}
export const DeviceInput = Joi.object<DeviceInput>({
  name: text().required(),
  type: text().allow(null),
  departmentId: uuid().allow(null),
  locationId: uuid().allow(null),
  serialNumber: text().allow(null),
  active: Joi.boolean().default(true),
});

export interface ServiceInput {
  name: string;
  departmentId?: string | null;
  durationMinutes: number;
  /** Before and after it people, room and equipment are taken; the patient is not. */
  bufferBeforeMinutes?: number;
  bufferAfterMinutes?: number;
  /** One of its department is taken with it. */
  needsRoom?: boolean;
  /** A device of this type is taken with it. */
  needsDeviceType?: string | null;
  /** The patient is elsewhere, and is seen by video. */
  telehealth?: boolean;
  /** How soon and how far ahead it can be booked at each door; null: no limit of its own. */
  channels?: { [channel in ServiceChannel]?: Partial<ServiceLimits> };
  chargeCode?: string | null;
  active?: boolean;
}
export const serviceChannels = ['desk', 'portal', 'fhir'] as const;
export type ServiceChannel = (typeof serviceChannels)[number];
export interface ServiceLimits {
  leadMinutes: number | null;
  horizonDays: number | null;
}
const buffer = () => Joi.number().integer().min(0).max(240).default(0);
const limits = () =>
  Joi.object({
    leadMinutes: Joi.number().integer().min(0).max(525_600).allow(null),
    horizonDays: Joi.number().integer().min(1).max(730).allow(null),
  });
export const ServiceInput = Joi.object<ServiceInput>({
  name: text().required(),
  departmentId: uuid().allow(null),
  durationMinutes: Joi.number().integer().min(5).max(720).required(),
  bufferBeforeMinutes: buffer(),
  bufferAfterMinutes: buffer(),
  needsRoom: Joi.boolean().default(false),
  needsDeviceType: text().allow(null),
  telehealth: Joi.boolean().default(false),
  channels: Joi.object({ desk: limits(), portal: limits(), fhir: limits() }),
  chargeCode: Joi.string()
    .pattern(/^[A-Z0-9][A-Z0-9.-]{0,39}$/, 'capital letters, digits, dot, dash')
    .allow(null),
  active: Joi.boolean().default(true),
});

export const Department = z
  .strictObject({ id: z.uuid(), name: z.string(), active: z.boolean(), version: z.int() })
  .meta({ id: 'Department' });
export type Department = z.infer<typeof Department>;

export const Practitioner = z
  .strictObject({
    id: z.uuid(),
    displayName: z.string(),
    familyName: z.string(),
    givenName: z.string(),
    prefix: z.string().nullable(),
    gender: z.enum(genders).nullable(),
    departmentId: z.uuid().nullable(),
    departmentName: z.string().nullable(),
    specialty: z.string().nullable(),
    active: z.boolean(),
    userId: z.uuid().nullable(),
    version: z.int(),
  })
  .meta({ id: 'Practitioner' });
export type Practitioner = z.infer<typeof Practitioner>;

export const Location = z
  .strictObject({
    id: z.uuid(),
    name: z.string(),
    kind: z.enum(locationKinds),
    departmentId: z.uuid().nullable(),
    /** The place that it is part of: a bed's room, a room's ward. */
    parentId: z.uuid().nullable(),
    /** A room of a ward: for those who lie there, not for consultations. */
    inWard: z.boolean(),
    active: z.boolean(),
    version: z.int(),
  })
  .meta({ id: 'Location' });
export type Location = z.infer<typeof Location>;

export const Device = z
  .strictObject({
    id: z.uuid(),
    name: z.string(),
    type: z.string().nullable(),
    departmentId: z.uuid().nullable(),
    locationId: z.uuid().nullable(),
    locationName: z.string().nullable(),
    serialNumber: z.string().nullable(),
    active: z.boolean(),
    version: z.int(),
  })
  .meta({ id: 'Device' });
export type Device = z.infer<typeof Device>;

const ServiceLimits = z.strictObject({ leadMinutes: z.int().nullable(), horizonDays: z.int().nullable() });
export const Service = z
  .strictObject({
    id: z.uuid(),
    name: z.string(),
    departmentId: z.uuid().nullable(),
    durationMinutes: z.int(),
    bufferBeforeMinutes: z.int(),
    bufferAfterMinutes: z.int(),
    needsRoom: z.boolean(),
    needsDeviceType: z.string().nullable(),
    telehealth: z.boolean(),
    channels: z.strictObject({ desk: ServiceLimits, portal: ServiceLimits, fhir: ServiceLimits }),
    chargeCode: z.string().nullable(),
    active: z.boolean(),
    version: z.int(),
  })
  .meta({ id: 'Service' });
export type Service = z.infer<typeof Service>;
