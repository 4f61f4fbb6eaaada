import Joi from 'joi';
import { z } from 'zod';
import { day, text, uuid } from '../../../core/routes.ts';
import { DateText } from '../../../core/shapes.ts';

export interface Window {
  weekday: number;
  startTime: string;
  endTime: string;
  locationId: string | null;
  validFrom: string | null;
  validTo: string | null;
}
const wallTime = () => Joi.string().pattern(/^([01]\d|2[0-3]):[0-5]\d$/, 'HH:MM');
export interface NewAvailability {
  zone?: string;
  windows: (Pick<Window, 'weekday' | 'startTime' | 'endTime'> & Partial<Window>)[];
}
export const NewAvailability = Joi.object<NewAvailability>({
  zone: text(60),
  windows: Joi.array()
    .max(100)
    .required()
    .items(
      Joi.object({
        weekday: Joi.number().integer().min(1).max(7).required(),
        startTime: wallTime().required(),
        endTime: Joi.alternatives(wallTime(), Joi.string().valid('24:00')).required(),
        locationId: uuid().allow(null),
        validFrom: day().allow(null),
        validTo: day().allow(null),
      }),
    ),
});

export const Window = z.strictObject({
  weekday: z.int(),
  startTime: z.string(),
  endTime: z.string(),
  locationId: z.uuid().nullable(),
  validFrom: DateText.nullable(),
  validTo: DateText.nullable(),
});
export const Availability = z.strictObject({ zone: z.string(), windows: z.array(Window) }).meta({ id: 'Availability' });
export type Availability = z.infer<typeof Availability>;
