import Joi from 'joi';
import { z } from 'zod';
import { day, uuid } from '../../../core/routes.ts';
import { DateText, Instant } from '../../../core/shapes.ts';
import { TimedAppointment } from '../booking/model.ts';
import { Group } from '../groups/model.ts';

export interface DayQuery {
  date: string;
  departmentId?: string;
  practitionerId?: string;
}
export const DayQuery = Joi.object<DayQuery>({ date: day().required(), departmentId: uuid(), practitionerId: uuid() });

export const DayPractitioner = z.strictObject({
  id: z.uuid(),
  displayName: z.string(),
  departmentId: z.uuid().nullable(),
  departmentName: z.string().nullable(),
  /** How many they see at one time. */
  capacity: z.int(),
  windows: z.array(
    z.strictObject({
      start: Instant,
      end: Instant,
      locationId: z.uuid().nullable(),
      locationName: z.string().nullable(),
      /** How many the room takes at one time; 1 where there is none. */
      locationCapacity: z.int(),
    }),
  ),
});
export type DayPractitioner = z.infer<typeof DayPractitioner>;
export const ScheduleDay = z
  .strictObject({
    date: DateText,
    zone: z.string(),
    practitioners: z.array(DayPractitioner),
    appointments: z.array(TimedAppointment),
    groups: z.array(Group),
  })
  .meta({ id: 'ScheduleDay' });
