import Joi from 'joi';
import { z } from 'zod';
import { day, instant, text, uuid } from '../../../core/routes.ts';
import { DateText, Instant } from '../../../core/shapes.ts';
import { TimedAppointment } from '../booking/model.ts';
import { Group } from '../groups/model.ts';
import { Slot } from '../slots/model.ts';

export const leaveKinds = ['vacation', 'sick', 'training', 'other'] as const;

/** Days of the practitioner's zone, the last one inclusive; with times a part of them. */
export interface LeaveSpan {
  fromOn: string;
  toOn: string;
  /** HH:MM; left out: from midnight. */
  fromTime?: string | null;
  /** HH:MM; left out: until the day is over. */
  toTime?: string | null;
}
const wallTime = () =>
  Joi.string()
    .pattern(/^([01]\d|2[0-3]):[0-5]\d$/, 'HH:MM')
    .allow(null);
const span = {
  fromOn: day().required(),
  toOn: day().required(),
  fromTime: wallTime(),
  toTime: wallTime(),
};
export const LeaveSpan = Joi.object<LeaveSpan>(span);

/** What becomes of an appointment that falls into the leave. A group is moved or called off as a whole, with all who come. */
export interface Outcome {
  /** Of a group the group's, which is that of the appointment that takes its time. */
  appointmentId: string;
  /** As it was read: nobody's change is undone. */
  version: number;
  outcome: 'move' | 'cancel' | 'keep';
  /** Of a move. */
  to?: { practitionerId: string; startsAt: string; endsAt: string };
  /** Of a cancellation or of keeping it all the same. */
  reason?: string;
}
export interface NewLeave extends LeaveSpan {
  kind: (typeof leaveKinds)[number];
  note?: string | null;
  outcomes?: Outcome[];
}
const reason = () => Joi.when('outcome', { is: 'move', then: Joi.forbidden(), otherwise: text(500).required() });
export const NewLeave = Joi.object<NewLeave>({
  ...span,
  kind: Joi.string()
    .valid(...leaveKinds)
    .required(),
  note: text(500).allow(null),
  outcomes: Joi.array()
    .max(500)
    .unique('appointmentId')
    .items(
      Joi.object<Outcome>({
        appointmentId: uuid().required(),
        version: Joi.number().integer().min(1).required(),
        outcome: Joi.string().valid('move', 'cancel', 'keep').required(),
        to: Joi.object({
          practitionerId: uuid().required(),
          startsAt: instant().required(),
          endsAt: instant().required(),
        }).when('outcome', { is: 'move', then: Joi.required(), otherwise: Joi.forbidden() }),
        reason: reason(),
      }),
    ),
});

export const Leave = z
  .strictObject({
    id: z.uuid(),
    version: z.int(),
    practitionerId: z.uuid(),
    startsAt: Instant,
    endsAt: Instant,
    fromOn: DateText,
    toOn: DateText,
    /** Null: from midnight, until the day is over. */
    fromTime: z.string().nullable(),
    toTime: z.string().nullable(),
    kind: z.enum(leaveKinds),
    note: z.string().nullable(),
  })
  .meta({ id: 'Leave' });
export type Leave = z.infer<typeof Leave>;

/** An appointment that falls into the leave, and where it could go: the same practitioner's next free time, and a colleague's. */
export const Affected = z
  .strictObject({ appointment: TimedAppointment, proposals: z.array(Slot) })
  .meta({ id: 'Affected' });
export type Affected = z.infer<typeof Affected>;
/** A group that falls into the leave: how many come, and where all of them could go. It says nobody's name. */
export const AffectedGroup = z
  .strictObject({ group: Group, coming: z.int(), proposals: z.array(Slot) })
  .meta({ id: 'AffectedGroup' });
export type AffectedGroup = z.infer<typeof AffectedGroup>;
/** `hidden`: so many patients, of further appointments and of the groups, whom the one who asks may not see; somebody who may has to settle them first. */
export const LeaveImpact = z
  .strictObject({
    items: z.array(Affected),
    groups: z.array(AffectedGroup),
    hidden: z.int(),
    startsAt: Instant,
    endsAt: Instant,
  })
  .meta({ id: 'LeaveImpact' });
export type LeaveImpact = z.infer<typeof LeaveImpact>;
