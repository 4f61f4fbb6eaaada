import Joi from 'joi';
import { z } from 'zod';
import { text, uuid } from '../../../core/routes.ts';
import { DateText, Instant } from '../../../core/shapes.ts';
import { PatientSummary } from '../../patients/api.ts';

export const pointKinds = [
  'registration',
  'triage',
  'consulting-room',
  'cashier',
  'laboratory',
  'pharmacy',
  'other',
] as const;
export const ticketStatus = ['created', 'in-progress', 'fulfilled', 'unfulfilled', 'cancelled'] as const;
export type TicketStatus = (typeof ticketStatus)[number];
export const locales = ['en', 'es', 'ar'] as const;

// -- what may come in -----------------------------------------------------------------------------------------------------

export interface NewPoint {
  name: string;
  kind: (typeof pointKinds)[number];
  prefix: string;
  locationId: string | null;
  practitionerId: string | null;
  departmentId: string | null;
  takesCheckIns: boolean;
  nextPointId: string | null;
  active: boolean;
}
const reference = () => uuid().allow(null).default(null);
export const NewPoint = Joi.object<NewPoint>({
  name: text(80).required(),
  kind: Joi.string()
    .valid(...pointKinds)
    .required(),
  prefix: Joi.string()
    .pattern(/^[A-Z]{1,2}$/, 'one or two capital letters')
    .required(),
  locationId: reference(),
  practitionerId: reference(),
  departmentId: reference(),
  takesCheckIns: Joi.boolean().default(false),
  nextPointId: reference(),
  active: Joi.boolean().default(true),
});

export interface NewPriority {
  code: string;
  name: string | null;
  rank: number;
  needsReason: boolean;
}
export const NewPriorities = Joi.object<{ items: NewPriority[] }>({
  items: Joi.array()
    .max(20)
    .unique('code')
    .required()
    .items(
      Joi.object({
        code: Joi.string()
          .pattern(/^[a-z][a-z0-9-]{0,29}$/, 'a short word')
          .required(),
        name: text(60).allow(null).default(null),
        rank: Joi.number().integer().min(1).max(100).required(),
        needsReason: Joi.boolean().default(false),
      }),
    ),
});

export interface Urgency {
  priority?: string | null;
  priorityReason?: string | null;
}
const urgency = {
  priority: Joi.string().max(30).allow(null),
  priorityReason: text(300).allow(null),
};
export const Urgency = Joi.object<Urgency>({ ...urgency, priority: urgency.priority.required() });

export interface NewTicket extends Urgency {
  pointId: string;
  /** Left out: somebody whom nobody has registered yet. */
  patientId?: string | null;
}
export const NewTicket = Joi.object<NewTicket>({
  pointId: uuid().required(),
  patientId: uuid().allow(null),
  ...urgency,
});

/** Where one calls to, when it is not the point's own room. */
export interface Call {
  locationId?: string | null;
}
export const Call = Joi.object<Call>({ locationId: uuid().allow(null) });
export const Room = Joi.object<{ locationId: string | null }>({ locationId: uuid().allow(null).required() });
/** Minutes until the ticket comes back by itself; null: somebody brings it back. */
export const Skip = Joi.object<{ minutes: number | null }>({
  minutes: Joi.number().integer().min(1).max(240).allow(null).default(10),
});
export const Transfer = Joi.object<{ pointId: string }>({ pointId: uuid().required() });
export const WhoIsIt = Joi.object<{ patientId: string }>({ patientId: uuid().required() });

export interface NewDisplay {
  name: string;
  pointIds: string[];
  locale: (typeof locales)[number];
  chime: boolean;
}
export const NewDisplay = Joi.object<NewDisplay>({
  name: text(80).required(),
  pointIds: Joi.array().items(uuid()).min(1).max(50).unique().required(),
  locale: Joi.string()
    .valid(...locales)
    .required(),
  chime: Joi.boolean().default(false),
});

// -- what goes out ----------------------------------------------------------------------------------------------------------

export const ServicePoint = z
  .strictObject({
    id: z.uuid(),
    version: z.int(),
    name: z.string(),
    kind: z.enum(pointKinds),
    prefix: z.string(),
    locationId: z.uuid().nullable(),
    locationName: z.string().nullable(),
    practitionerId: z.uuid().nullable(),
    practitionerName: z.string().nullable(),
    departmentId: z.uuid().nullable(),
    departmentName: z.string().nullable(),
    takesCheckIns: z.boolean(),
    nextPointId: z.uuid().nullable(),
    active: z.boolean(),
  })
  .meta({ id: 'ServicePoint' });
export type ServicePoint = z.infer<typeof ServicePoint>;

export const QueuePriority = z
  .strictObject({
    code: z.string(),
    /** Null: the code's own word. */
    name: z.string().nullable(),
    rank: z.int(),
    needsReason: z.boolean(),
  })
  .meta({ id: 'QueuePriority' });
export type QueuePriority = z.infer<typeof QueuePriority>;

export const Ticket = z
  .strictObject({
    id: z.uuid(),
    version: z.int(),
    token: z.string(),
    day: DateText,
    status: z.enum(ticketStatus),
    category: z.enum(['appointment', 'walk-in']),
    pointId: z.uuid(),
    pointName: z.string(),
    nextPointId: z.uuid().nullable(),
    nextPointName: z.string().nullable(),
    priority: z.string().nullable(),
    priorityName: z.string().nullable(),
    priorityReason: z.string().nullable(),
    locationId: z.uuid().nullable(),
    locationName: z.string().nullable(),
    patientId: z.uuid().nullable(),
    patient: PatientSummary.nullable(),
    appointmentId: z.uuid().nullable(),
    appointmentStartsAt: Instant.nullable(),
    practitionerName: z.string().nullable(),
    encounterId: z.uuid().nullable(),
    /** Since when they are in the house; stays when the ticket goes elsewhere. */
    arrivedAt: Instant,
    queuedAt: Instant,
    calledAt: Instant.nullable(),
    calls: z.int(),
    skipped: z.boolean(),
    backAt: Instant.nullable(),
    endedAt: Instant.nullable(),
    /** Minutes; null as long as too few were called today to say anything. */
    estimate: z.int().nullable(),
  })
  .meta({ id: 'Ticket' });
export type Ticket = z.infer<typeof Ticket>;

/** A point today: minutes are whole, null where nothing was measured. */
export const Stage = z
  .strictObject({
    pointId: z.uuid(),
    name: z.string(),
    kind: z.enum(pointKinds),
    practitionerId: z.uuid().nullable(),
    waiting: z.int(),
    inProgress: z.int(),
    /** Who waits longest now, and since when. */
    longestToken: z.string().nullable(),
    longestSince: Instant.nullable(),
    called: z.int(),
    medianWait: z.int().nullable(),
    longestWait: z.int().nullable(),
    medianService: z.int().nullable(),
    longestService: z.int().nullable(),
    estimate: z.int().nullable(),
  })
  .meta({ id: 'QueueStage' });
export type Stage = z.infer<typeof Stage>;

export const Board = z.strictObject({ stages: z.array(Stage), tickets: z.array(Ticket) }).meta({ id: 'QueueBoard' });

export const QueueDisplay = z
  .strictObject({
    id: z.uuid(),
    name: z.string(),
    pointIds: z.array(z.uuid()),
    locale: z.enum(locales),
    chime: z.boolean(),
    createdAt: Instant,
    revokedAt: Instant.nullable(),
  })
  .meta({ id: 'QueueDisplay' });
export type QueueDisplay = z.infer<typeof QueueDisplay>;
/** `secret` is the end of the link; it is shown this once. */
export const NewlyMade = QueueDisplay.extend({ secret: z.string() }).meta({ id: 'NewQueueDisplay' });

/** All that a screen in the waiting room says: no person, no reason. */
export const Shown = z
  .strictObject({
    name: z.string(),
    locale: z.enum(locales),
    chime: z.boolean(),
    zone: z.string(),
    /** Newest first. */
    calls: z.array(z.strictObject({ token: z.string(), room: z.string(), calledAt: Instant, calls: z.int() })),
  })
  .meta({ id: 'ShownQueue' });
export type Shown = z.infer<typeof Shown>;
