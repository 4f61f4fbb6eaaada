import Joi from 'joi';
import { z } from 'zod';
import { instant, text, uuid } from '../../../core/routes.ts';
import { Instant } from '../../../core/shapes.ts';
import { AlsoTaken, AppointmentStatus, TimedAppointment } from '../booking/model.ts';

export interface NewGroup {
  practitionerId: string;
  serviceId: string;
  startsAt: string;
  endsAt: string;
  locationId?: string;
  deviceIds?: string[];
  /** How many can come. */
  places: number;
  note?: string | null;
}
export const NewGroup = Joi.object<NewGroup>({
  practitionerId: uuid().required(),
  serviceId: uuid().required(),
  startsAt: instant().required(),
  endsAt: instant().required(),
  locationId: uuid(),
  deviceIds: Joi.array().items(uuid()).max(10).unique(),
  places: Joi.number().integer().min(2).max(100).required(),
  note: text(500).allow(null),
});

export interface NewParticipant {
  patientId: string;
  reason?: string | null;
}
export const NewParticipant = Joi.object<NewParticipant>({
  patientId: uuid().required(),
  reason: text(1000).allow(null),
});

export interface GroupMove {
  startsAt: string;
  endsAt: string;
  practitionerId?: string;
  /** Left out: where the practitioner is then. */
  locationId?: string;
}
export const GroupMove = Joi.object<GroupMove>({
  startsAt: instant().required(),
  endsAt: instant().required(),
  practitionerId: uuid(),
  locationId: uuid(),
});

export interface GroupQuery {
  serviceId?: string;
  from?: string;
  to?: string;
  limit: number;
}
export const GroupQuery = Joi.object<GroupQuery>({
  serviceId: uuid(),
  from: instant(),
  to: instant(),
  limit: Joi.number().integer().min(1).max(100).default(50),
});

/** A group says how many come, and never who. */
export const Group = z
  .strictObject({
    id: z.uuid(),
    version: z.int(),
    status: AppointmentStatus,
    startsAt: Instant,
    endsAt: Instant,
    practitionerId: z.uuid(),
    practitionerName: z.string(),
    locationId: z.uuid().nullable(),
    locationName: z.string().nullable(),
    serviceId: z.uuid(),
    serviceName: z.string(),
    alsoTaken: z.array(AlsoTaken),
    places: z.int(),
    left: z.int(),
    note: z.string().nullable(),
  })
  .meta({ id: 'Group' });
export type Group = z.infer<typeof Group>;

/** With those who come and whom the one who asks may see. */
export const WholeGroup = Group.extend({ participants: z.array(TimedAppointment) }).meta({
  id: 'WholeGroup',
});
export type WholeGroup = z.infer<typeof WholeGroup>;
