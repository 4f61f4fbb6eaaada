import Joi from 'joi';
import { z } from 'zod';
import { instant, uuid } from '../../../core/routes.ts';
import { Instant } from '../../../core/shapes.ts';

export interface SlotQuery {
  practitionerId?: string;
  serviceId?: string;
  departmentId?: string;
  from?: string;
  to?: string;
  /** Who and what else must be free: a patient, a room, equipment. */
  also?: string[];
  limit: number;
}
export const SlotQuery = Joi.object<SlotQuery>({
  practitionerId: uuid(),
  serviceId: uuid(),
  departmentId: uuid(),
  from: instant(),
  to: instant(),
  also: Joi.array().items(uuid()).single().max(10),
  limit: Joi.number().integer().min(1).max(1000).default(100),
}).or('practitionerId', 'serviceId', 'departmentId');

export const Slot = z
  .strictObject({
    practitionerId: z.uuid(),
    practitionerName: z.string(),
    locationId: z.uuid().nullable(),
    locationName: z.string().nullable(),
    serviceId: z.uuid().nullable(),
    start: Instant,
    end: Instant,
  })
  .meta({ id: 'Slot' });
export type Slot = z.infer<typeof Slot>;
