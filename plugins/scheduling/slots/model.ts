import Joi from 'joi';
import { z } from 'zod';
import { instant, text, uuid } from '../../../core/routes.ts';
import { Instant } from '../../../core/shapes.ts';

export interface SlotQuery {
  practitionerId?: string;
  serviceId?: string;
  departmentId?: string;
  specialty?: string;
  /** Where: a room, or a place with all that lies in it. */
  locationId?: string;
  /** Minutes; left out, the service's. */
  length?: number;
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
  specialty: text(200),
  locationId: uuid(),
  length: Joi.number().integer().min(5).max(720),
  from: instant(),
  to: instant(),
  also: Joi.array().items(uuid()).single().max(10),
  limit: Joi.number().integer().min(1).max(1000).default(100),
}).or('practitionerId', 'serviceId', 'departmentId', 'specialty');

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
