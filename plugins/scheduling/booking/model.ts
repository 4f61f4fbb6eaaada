import Joi from 'joi';
import { z } from 'zod';
import { instant, text, uuid } from '../../../core/routes.ts';
import { DateText, Instant } from '../../../core/shapes.ts';
import { PatientSummary } from '../../patients/api.ts';

/** R4's whole value set: https://hl7.org/fhir/R4/valueset-appointmentstatus.html */
export const appointmentStatus = [
  'proposed',
  'pending',
  'booked',
  'arrived',
  'fulfilled',
  'cancelled',
  'noshow',
  'entered-in-error',
  'checked-in',
  'waitlist',
] as const;
export type AppointmentStatus = (typeof appointmentStatus)[number];
export const AppointmentStatus = z.enum(appointmentStatus).meta({ id: 'AppointmentStatus' });

/** Those that take people and places; the same list as SQL `scheduling.blocks`. */
const blocking: readonly AppointmentStatus[] = ['pending', 'booked', 'arrived', 'checked-in', 'fulfilled'];
export const blocks = (status: AppointmentStatus): boolean => blocking.includes(status);

/** Which statuses each verb starts from. */
export const mayFrom = {
  reschedule: ['proposed', 'pending', 'booked', 'arrived', 'waitlist'],
  cancel: ['proposed', 'pending', 'booked', 'arrived', 'waitlist'],
  confirm: ['pending'],
  checkIn: ['pending', 'booked', 'arrived'],
  noShow: ['pending', 'booked', 'arrived'],
  reinstate: ['cancelled', 'noshow', 'checked-in'],
  fulfil: ['pending', 'booked', 'arrived', 'checked-in'],
} as const satisfies Record<string, readonly AppointmentStatus[]>;

/** Beyond what people, rooms and equipment have time for. */
export const mayOverride = 'appointment:override';

// -- what may come in -----------------------------------------------------------------------------------------------------

export interface NewAppointment {
  patientId: string;
  /** Left out or null: the house picks one of the service's department. */
  practitionerId?: string | null;
  serviceId: string;
  startsAt: string;
  endsAt: string;
  locationId?: string;
  /** Equipment that is taken as well. */
  deviceIds?: string[];
  reason?: string | null;
  /** Beyond what somebody or something has time for, and why; needs `appointment:override`. */
  overrideReason?: string;
}
const devices = () => Joi.array().items(uuid()).max(10).unique();
export const NewAppointment = Joi.object<NewAppointment>({
  patientId: uuid().required(),
  practitionerId: uuid().allow(null),
  serviceId: uuid().required(),
  startsAt: instant().required(),
  endsAt: instant().required(),
  locationId: uuid(),
  deviceIds: devices(),
  reason: text(1000).allow(null),
  overrideReason: text(500),
});

export interface Move {
  startsAt: string;
  endsAt: string;
  practitionerId?: string;
  locationId?: string;
  /** Instead of the equipment so far; left out, that comes along. */
  deviceIds?: string[];
  /** As in a booking. */
  overrideReason?: string;
}
export const Move = Joi.object<Move>({
  startsAt: instant().required(),
  endsAt: instant().required(),
  practitionerId: uuid(),
  locationId: uuid(),
  deviceIds: devices(),
  overrideReason: text(500),
});

export interface Arrival {
  /** Who sees the patient instead of who was booked: the desk decides when they come. */
  practitionerId?: string;
}
export const Arrival = Joi.object<Arrival>({ practitionerId: uuid() });

/**
 * Through which door somebody books; services allow each its own lead time and horizon. `series`: the desk, for the later dates of a series,
 * which keep no horizon.
 */
export type Channel = 'desk' | 'portal' | 'fhir' | 'series';

export interface Cancellation {
  reason: string;
}
export const Cancellation = Joi.object<Cancellation>({ reason: text(1000).required() });

// -- what goes out ----------------------------------------------------------------------------------------------------------

/** What an appointment takes besides patient, practitioner and room: mostly equipment. */
export const AlsoTaken = z
  .strictObject({ id: z.uuid(), name: z.string(), kind: z.enum(['practitioner', 'location', 'device']) })
  .meta({ id: 'AlsoTaken' });

/** Of an appointment that repeats: its series, which of how many it is, called-off ones counted, and the date that the rule gives it. */
export const InSeries = z
  .strictObject({ id: z.uuid(), version: z.int(), on: DateText, number: z.int(), count: z.int() })
  .meta({ id: 'InSeries' });

export const AppointmentItem = z
  .strictObject({
    id: z.uuid(),
    version: z.int(),
    status: AppointmentStatus,
    startsAt: Instant.nullable(),
    endsAt: Instant.nullable(),
    patientId: z.uuid(),
    practitionerId: z.uuid().nullable(),
    practitionerName: z.string().nullable(),
    locationId: z.uuid().nullable(),
    locationName: z.string().nullable(),
    serviceId: z.uuid().nullable(),
    serviceName: z.string().nullable(),
    alsoTaken: z.array(AlsoTaken),
    reason: z.string().nullable(),
    cancellationReason: z.string().nullable(),
    checkedInAt: Instant.nullable(),
    /** Of a hold: until when it keeps its time. */
    heldUntil: Instant.nullable(),
    /** Why it goes beyond the capacity of somebody or something; null: it does not. */
    overrideReason: z.string().nullable(),
    encounterId: z.uuid().nullable(),
    /** Null as long as whoever is checked in waits. */
    visitStartedAt: Instant.nullable(),
    /** By video: see /join. */
    telehealth: z.boolean(),
    /** Who of the house has answered that they will not take part, by name: somebody has to move it. */
    declinedBy: z.array(z.string()),
    series: InSeries.nullable(),
    /** The group that the patient comes to. */
    groupId: z.uuid().nullable(),
    patient: PatientSummary,
  })
  .meta({ id: 'AppointmentItem' });
export type AppointmentItem = z.infer<typeof AppointmentItem>;
/** One that has a time: waiting lists and requests from outside may have none. */
export const TimedAppointment = AppointmentItem.extend({ startsAt: Instant, endsAt: Instant }).meta({
  id: 'TimedAppointment',
});
export type TimedAppointment = z.infer<typeof TimedAppointment>;
/** As the patient's own record has it. */
export const Appointment = AppointmentItem.omit({ patient: true }).meta({ id: 'Appointment' });
