import Joi from 'joi';
import { z } from 'zod';
import { day, text, uuid } from '../../../core/routes.ts';
import { DateText, Instant } from '../../../core/shapes.ts';

export interface Window {
  weekday: number;
  startTime: string;
  endTime: string;
  locationId: string | null;
  /** For this service alone. */
  serviceId: string | null;
  validFrom: string | null;
  validTo: string | null;
  /** Also on days when the house is closed. */
  onHolidays: boolean;
}
/** One day that is otherwise: hours more, which stand instead of the weekly ones that they touch, or hours less. */
export interface Exception {
  onDate: string;
  startTime: string;
  endTime: string;
  open: boolean;
  locationId: string | null;
  serviceId: string | null;
  note: string | null;
}
const wallTime = () => Joi.string().pattern(/^([01]\d|2[0-3]):[0-5]\d$/, 'HH:MM');
const hours = {
  startTime: wallTime().required(),
  endTime: Joi.alternatives(wallTime(), Joi.string().valid('24:00')).required(),
  locationId: uuid().allow(null),
  serviceId: uuid().allow(null),
};
export interface NewAvailability {
  zone?: string;
  windows: (Pick<Window, 'weekday' | 'startTime' | 'endTime'> & Partial<Window>)[];
  /** Left out: those that there are stay. */
  exceptions?: (Pick<Exception, 'onDate' | 'startTime' | 'endTime' | 'open'> & Partial<Exception>)[];
}
export const NewAvailability = Joi.object<NewAvailability>({
  zone: text(60),
  windows: Joi.array()
    .max(100)
    .required()
    .items(
      Joi.object({
        weekday: Joi.number().integer().min(1).max(7).required(),
        ...hours,
        validFrom: day().allow(null),
        validTo: day().allow(null),
        onHolidays: Joi.boolean(),
      }),
    ),
  exceptions: Joi.array()
    .max(500)
    .items(
      Joi.object({
        onDate: day().required(),
        ...hours,
        open: Joi.boolean().required(),
        note: text(200).allow(null),
      }),
    ),
});

export const Window = z.strictObject({
  weekday: z.int(),
  startTime: z.string(),
  endTime: z.string(),
  locationId: z.uuid().nullable(),
  serviceId: z.uuid().nullable(),
  validFrom: DateText.nullable(),
  validTo: DateText.nullable(),
  onHolidays: z.boolean(),
});
export const Exception = z.strictObject({
  onDate: DateText,
  startTime: z.string(),
  endTime: z.string(),
  open: z.boolean(),
  locationId: z.uuid().nullable(),
  serviceId: z.uuid().nullable(),
  note: z.string().nullable(),
});
/** Exceptions from yesterday on: what is over is history. The version is 0 as long as nobody has set any hours. */
export const Availability = z
  .strictObject({ zone: z.string(), version: z.int(), windows: z.array(Window), exceptions: z.array(Exception) })
  .meta({ id: 'Availability' });
export type Availability = z.infer<typeof Availability>;

/** What a change of the clocks does to hours: those that begin or end in it, and those that last longer or shorter for it. */
export const ClockChange = z
  .strictObject({
    at: Instant,
    onDate: DateText,
    /** Minutes: how far the clocks go forward; back when negative. */
    shift: z.number(),
    /** The wall times that are skipped, or come twice. */
    from: z.string(),
    to: z.string(),
    hours: z.array(
      z.strictObject({
        startTime: z.string(),
        endTime: z.string(),
        /** As they come to be. */
        startsAt: Instant,
        endsAt: Instant,
        /** Minutes, and what they would be on another day. */
        minutes: z.number(),
        usually: z.number(),
      }),
    ),
  })
  .meta({ id: 'ClockChange' });
export type ClockChange = z.infer<typeof ClockChange>;
