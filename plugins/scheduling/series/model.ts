import Joi from 'joi';
import { z } from 'zod';
import { day, instant, text, uuid } from '../../../core/routes.ts';
import { DateText, Instant } from '../../../core/shapes.ts';
import { AppointmentStatus } from '../booking/model.ts';
import { Slot } from '../slots/model.ts';
import { mostOccurrences, type Rule } from './rule.ts';

// -- what may come in -----------------------------------------------------------------------------------------------------

/** A date whose answer the person has accepted; with `startsAt` at another time than the rule's. */
export interface Agreed {
  on: string;
  startsAt?: string;
}

export interface NewSeries {
  patientId: string;
  practitionerId: string;
  serviceId: string;
  locationId?: string;
  deviceIds?: string[];
  reason?: string | null;
  /** IANA: the wall time stays the same in it. */
  zone: string;
  startOn: string;
  /** HH:MM. */
  startTime: string;
  minutes: number;
  rule: Rule;
  /** Left out: all dates of the rule, or nothing. Else these and no others: each of them, or nothing. */
  dates?: Agreed[];
}

const wallTime = () => Joi.string().pattern(/^([01]\d|2[0-3]):[0-5]\d$/, 'HH:MM');
const length = () => Joi.number().integer().min(5).max(720);
const end = { count: Joi.number().integer().min(1).max(mostOccurrences), untilOn: day() };
const NewRule = Joi.object<Rule>({
  frequency: Joi.string().valid('daily', 'weekly', 'monthly').required(),
  every: Joi.number().integer().min(1).max(52).default(1),
  weekdays: Joi.array()
    .items(Joi.number().integer().min(1).max(7))
    .unique()
    .max(7)
    .default([])
    .when('nth', { is: Joi.exist(), then: Joi.array().length(1).required() }),
  nth: Joi.number().integer().min(-1).max(5).invalid(0).when('frequency', { not: 'monthly', then: Joi.forbidden() }),
  ...end,
}).xor('count', 'untilOn');
const dates = () =>
  Joi.array()
    .items(Joi.object<Agreed>({ on: day().required(), startsAt: instant() }))
    .min(1)
    .max(mostOccurrences)
    .unique('on');

export const NewSeries = Joi.object<NewSeries>({
  patientId: uuid().required(),
  practitionerId: uuid().required(),
  serviceId: uuid().required(),
  locationId: uuid(),
  deviceIds: Joi.array().items(uuid()).max(10).unique(),
  reason: text(1000).allow(null),
  zone: text(60).required(),
  startOn: day().required(),
  startTime: wallTime().required(),
  minutes: length().required(),
  rule: NewRule.required(),
  dates: dates(),
});

/** The dates that follow the last one; as in a new series. */
export interface Extension {
  count?: number;
  untilOn?: string;
  dates?: Agreed[];
}
export const Extension = Joi.object<Extension>({ ...end, dates: dates() }).xor('count', 'untilOn');

/** How far a change goes. What has begun, and who has come, is never touched. */
export interface Scope {
  scope: 'this' | 'following' | 'all';
  /** The rule's date of the one that was looked at; of `all` it does not matter. */
  on?: string;
  /** Those that were changed on their own stay as they are, unless they are asked for. */
  exceptions?: 'keep' | 'include';
}
const scope = {
  scope: Joi.string().valid('this', 'following', 'all').required(),
  on: day().when('scope', { is: 'all', otherwise: Joi.required() }),
  exceptions: Joi.string().valid('keep', 'include').default('keep'),
};

export interface Change extends Scope {
  /** By so many days later, or earlier; a weekday of a weekly series moves by less than a week. */
  shiftDays?: number;
  startTime?: string;
  minutes?: number;
  practitionerId?: string;
  locationId?: string;
  /** The note; called-off ones get it too, so that nobody reads the old one there. */
  reason?: string | null;
}
export const Change = Joi.object<Change>({
  ...scope,
  shiftDays: Joi.number().integer().min(-31).max(31),
  startTime: wallTime(),
  minutes: length(),
  practitionerId: uuid(),
  locationId: uuid(),
  reason: text(1000).allow(null),
}).or('shiftDays', 'startTime', 'minutes', 'practitionerId', 'locationId', 'reason');

export interface CallOff extends Scope {
  reason: string;
}
export const CallOff = Joi.object<CallOff>({ ...scope, reason: text(1000).required() });

// -- what goes out ----------------------------------------------------------------------------------------------------------

/** What can stand in the way of one date, while others are free. */
export const obstacles = [
  'appointment_in_past',
  'appointment_too_soon',
  'appointment_too_far',
  'appointment_in_clock_gap',
  'appointment_outside_availability',
  'occupancy_no_overlap',
] as const;
export type Obstacle = (typeof obstacles)[number];
export const takenKinds = ['patient', 'practitioner', 'location', 'device'] as const;
export type TakenKind = (typeof takenKinds)[number];

export const SeriesDate = z
  .strictObject({
    on: DateText,
    startsAt: Instant,
    endsAt: Instant,
    /** Null: it can be booked. */
    problem: z.enum(obstacles).nullable(),
    /** Who or what is not free; null: nothing in particular, such as no room at all. */
    taken: z.enum(takenKinds).nullable(),
    /** Of one that cannot be: the next free times of the same length. */
    next: z.array(Slot),
  })
  .meta({ id: 'SeriesDate' });
export type SeriesDate = z.infer<typeof SeriesDate>;

export const Occurrence = z
  .strictObject({
    on: DateText,
    /** Null: it was left out. */
    appointmentId: z.uuid().nullable(),
    status: AppointmentStatus.nullable(),
    startsAt: Instant.nullable(),
    endsAt: Instant.nullable(),
    practitionerId: z.uuid().nullable(),
    /** Changed on its own: other changes pass it by. */
    isException: z.boolean(),
    /** A change of the series reaches it: it is booked and has not begun. */
    mayChange: z.boolean(),
  })
  .meta({ id: 'Occurrence' });
export type Occurrence = z.infer<typeof Occurrence>;

export const Series = z
  .strictObject({
    id: z.uuid(),
    version: z.int(),
    patientId: z.uuid(),
    practitionerId: z.uuid(),
    practitionerName: z.string(),
    serviceId: z.uuid(),
    serviceName: z.string(),
    locationId: z.uuid().nullable(),
    reason: z.string().nullable(),
    zone: z.string(),
    startOn: DateText,
    /** HH:MM, as it is now. */
    startTime: z.string(),
    minutes: z.int(),
    frequency: z.enum(['daily', 'weekly', 'monthly']),
    every: z.int(),
    weekdays: z.array(z.int()),
    nth: z.int().nullable(),
    lastOn: DateText,
    shiftDays: z.int(),
    deviceIds: z.array(z.uuid()),
    /** How many the last cancellation called off and nothing has happened to since: undo takes them back. */
    cancelledLast: z.int(),
    occurrences: z.array(Occurrence),
  })
  .meta({ id: 'Series' });
export type Series = z.infer<typeof Series>;
