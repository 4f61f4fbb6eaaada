import Joi from 'joi';
import { z } from 'zod';
import { text } from '../../core/routes.ts';
import { Instant, newestOf } from '../../core/shapes.ts';
import { PatientSummary } from '../patients/api.ts';

export const kinds = [
  'appointment-booked',
  'appointment-rescheduled',
  'appointment-cancelled',
  'appointment-reminder',
  'appointment-offer',
  'series-booked',
  'series-rescheduled',
  'series-cancelled',
  'invoice-issued',
  'portal-message',
  'portal-invitation',
] as const;
export type Kind = (typeof kinds)[number];

export const channels = ['email', 'sms'] as const;
export type Channel = (typeof channels)[number];

export const statuses = ['planned', 'held', 'sending', 'sent', 'delivered', 'failed', 'withdrawn', 'recorded'] as const;

/** What a list may be asked for. */
export const groups = ['waiting', 'sent', 'failed', 'withdrawn', 'all'] as const;
export type Group = (typeof groups)[number];

/** What a patient agrees to or not; the same as SQL `messaging.topic`. */
export const topics = ['appointments', 'reminders', 'invoices', 'portal'] as const;
export type Topic = (typeof topics)[number];

export const languages = ['en', 'es', 'ar'] as const;

/** What a message is made of: times, amounts and codes, never words. */
export interface Facts {
  startsAt?: string;
  previousStartsAt?: string;
  /** Until when an offer stands. */
  expiresAt?: string;
  /** Where an appointment by video takes place. */
  joinUrl?: string;
  /** Of a series: how many of its appointments this is about. */
  count?: number;
  totalMinor?: number;
  currency?: string;
  /** Opens an invitation, together with what only the patient knows. */
  code?: string;
  origin?: string;
}

/** Without its patient: as the record lists it. */
const MessageHead = z
  .strictObject({
    id: z.uuid(),
    version: z.int(),
    kind: z.enum(kinds).nullable(),
    channel: z.enum(channels).nullable(),
    status: z.enum(statuses),
    reason: z.string().nullable(),
    language: z.enum(languages).nullable(),
    attempts: z.int(),
    transport: z.enum(['smtp', 'http', 'shown']).nullable(),
    notBefore: Instant.nullable(),
    sentAt: Instant.nullable(),
    deliveredAt: Instant.nullable(),
    createdAt: Instant,
    subjectId: z.uuid().nullable(),
    startsAt: Instant.nullable(),
  })
  .meta({ id: 'MessageHead' });
export const MessageItem = MessageHead.extend({ patient: PatientSummary.nullable() }).meta({ id: 'MessageItem' });
export type MessageItem = z.infer<typeof MessageItem>;

/** As it went out, or as it would go out now. */
export const Message = MessageItem.extend({
  recipient: z.string().nullable(),
  subject: z.string().nullable(),
  body: z.string().nullable(),
}).meta({ id: 'Message' });
export type Message = z.infer<typeof Message>;

export const MessagePreference = z
  .strictObject({
    patientId: z.uuid(),
    version: z.int(),
    email: z.boolean(),
    sms: z.boolean(),
    declined: z.array(z.enum(topics)),
    language: z.enum(languages).nullable(),
  })
  .meta({ id: 'MessagePreference' });
export type MessagePreference = z.infer<typeof MessagePreference>;

/** Null: nobody has asked the patient yet. */
export const MessagesOfRecord = newestOf(MessageHead).extend({ preference: MessagePreference.nullable() });

/** How the reminder of one appointment, at the time that it has now, stands. */
export const ReminderState = z
  .strictObject({
    patientId: z.uuid(),
    state: z.enum(['planned', 'sent', 'failed', 'none']),
    /** When the next one goes out, or the last one went. */
    at: Instant.nullable(),
    /** Why there is none; null when it was booked too late for one, or somebody has withdrawn it. */
    reason: z.enum(['no-consent', 'no-address']).nullable(),
  })
  .meta({ id: 'ReminderState' });
export type ReminderState = z.infer<typeof ReminderState>;

export interface NewPreference {
  email: boolean;
  sms: boolean;
  declined: Topic[];
  language: (typeof languages)[number] | null;
}
export const NewPreference = Joi.object<NewPreference, true>({
  email: Joi.boolean().required(),
  sms: Joi.boolean().required(),
  declined: Joi.array()
    .items(Joi.string().valid(...topics))
    .unique()
    .required(),
  language: Joi.string()
    .valid(...languages)
    .allow(null)
    .required(),
});

/** Set by administrators; quiet hours are wall times in the hospital's zone, the same time twice means none. */
export const MessageRules = z
  .strictObject({
    reminderMinutes: z.array(z.int()),
    quietFrom: z.string(),
    quietTo: z.string(),
    undoSeconds: z.int(),
  })
  .meta({ id: 'MessageRules' });
export type MessageRules = z.infer<typeof MessageRules>;

const wallTime = () => Joi.string().pattern(/^([01]\d|2[0-3]):[0-5]\d$/, 'HH:MM');
export const NewRules = Joi.object<MessageRules, true>({
  reminderMinutes: Joi.array().items(Joi.number().integer().min(10).max(43_200)).max(4).unique().required(),
  quietFrom: wallTime().required(),
  quietTo: wallTime().required(),
  undoSeconds: Joi.number().integer().min(10).max(3600).required(), // never shorter than the undo that screens offer
});

export const Alert = z
  .strictObject({
    id: z.uuid(),
    kind: z.string(),
    severity: z.enum(['notice', 'warning', 'critical']),
    text: z.string(),
    patient: PatientSummary.nullable(),
    path: z.string().nullable(),
    createdAt: Instant,
  })
  .meta({ id: 'Alert' });
export type Alert = z.infer<typeof Alert>;

/** What the SMS gateway tells later. */
export interface DeliveryReport {
  reference: string;
  status: 'delivered' | 'failed';
  code?: string;
}
export const DeliveryReport = Joi.object<DeliveryReport, true>({
  reference: Joi.string()
    .pattern(/^[0-9a-f-]{36}(\.\d{1,4})?$/)
    .required(),
  status: Joi.string().valid('delivered', 'failed').required(),
  code: text(60),
});

/** How the gateway and mailboxes know a message again: the same for each attempt, another one when a person sends it again. */
export const referenceOf = ({ id, round }: { id: string; round: number }): string =>
  round === 1 ? id : `${id}.${round}`;
