import Joi from 'joi';
import { z } from 'zod';
import { day, text, uuid } from '../../../core/routes.ts';
import { DateText, Instant } from '../../../core/shapes.ts';
import { PatientSummary } from '../../patients/api.ts';

/** Of R4's request priorities those that somebody can wait with. */
export const priorities = ['urgent', 'asap', 'routine'] as const;
export type Priority = (typeof priorities)[number];
export const entryStatuses = ['waiting', 'booked', 'withdrawn', 'expired'] as const;
export type EntryStatus = (typeof entryStatuses)[number];

/** What would suit; what is left empty does not matter. */
export interface Preferences {
  /** Empty: anybody of the service's department. */
  practitionerIds: string[];
  locationId: string | null;
  /** Monday is 1. */
  weekdays: number[];
  /** Of the day, 24 hours, where the practitioner is. */
  fromTime: string | null;
  /** The visit is over by then. */
  toTime: string | null;
  earliestOn: string | null;
  latestOn: string | null;
  /** How long before it begins the patient must know. */
  noticeMinutes: number;
}
const clockTime = () => Joi.string().pattern(/^([01]\d|2[0-3]):[0-5]\d$/, 'time of day, such as 09:30');
export const preferences = {
  practitionerIds: Joi.array().items(uuid()).max(20).unique().default([]),
  locationId: uuid().allow(null).default(null),
  weekdays: Joi.array().items(Joi.number().integer().min(1).max(7)).max(7).unique().default([]),
  fromTime: clockTime().allow(null).default(null),
  toTime: clockTime().allow(null).default(null),
  earliestOn: day().allow(null).default(null),
  latestOn: day().allow(null).default(null),
  noticeMinutes: Joi.number().integer().min(0).max(43_200).default(1440),
};

export interface EntryChange extends Preferences {
  priority: Priority;
  reason: string | null;
}
const change = {
  ...preferences,
  priority: Joi.string()
    .valid(...priorities)
    .default('routine'),
  reason: text(1000).allow(null).default(null),
};
export const EntryChange = Joi.object<EntryChange>(change);

export interface NewEntry extends EntryChange {
  patientId: string;
  serviceId: string;
}
export const NewEntry = Joi.object<NewEntry>({ ...change, patientId: uuid().required(), serviceId: uuid().required() });

/** A time that is kept for one who waits, until they answer or the time for it is over. */
export const Offer = z
  .strictObject({
    id: z.uuid(),
    appointmentId: z.uuid(),
    practitionerId: z.uuid(),
    practitionerName: z.string(),
    locationName: z.string().nullable(),
    startsAt: Instant,
    endsAt: Instant,
    offeredAt: Instant,
    expiresAt: Instant,
  })
  .meta({ id: 'WaitlistOffer' });
export type Offer = z.infer<typeof Offer>;

export const EntryHead = z
  .strictObject({
    id: z.uuid(),
    version: z.int(),
    patientId: z.uuid(),
    serviceId: z.uuid(),
    serviceName: z.string(),
    departmentName: z.string().nullable(),
    practitioners: z.array(z.strictObject({ id: z.uuid(), name: z.string() })),
    locationId: z.uuid().nullable(),
    locationName: z.string().nullable(),
    weekdays: z.array(z.int()),
    fromTime: z.string().nullable(),
    toTime: z.string().nullable(),
    earliestOn: DateText.nullable(),
    latestOn: DateText.nullable(),
    noticeMinutes: z.int(),
    priority: z.enum(priorities),
    reason: z.string().nullable(),
    status: z.enum(entryStatuses),
    appointmentId: z.uuid().nullable(),
    createdAt: Instant,
    /** What runs now. */
    offer: Offer.nullable(),
    /** How many were declined or not answered. */
    offersBefore: z.int(),
  })
  .meta({ id: 'WaitlistEntryHead' });
export type EntryHead = z.infer<typeof EntryHead>;
export const Entry = EntryHead.extend({ patient: PatientSummary }).meta({ id: 'WaitlistEntry' });
export type Entry = z.infer<typeof Entry>;
