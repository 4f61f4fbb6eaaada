import Joi from 'joi';
import { z } from 'zod';

/** What the house has decided about time that is kept for somebody. */
export const SchedulingRules = z.strictObject({
  /** How long a chosen time is kept for whoever is still typing. */
  holdMinutes: z.int(),
  /** How long somebody on the waitlist has for an answer. */
  offerMinutes: z.int(),
  /** That time runs between these hours of the house only: nobody answers at night. */
  offersFrom: z.string(),
  offersTo: z.string(),
  /** How long after its end an appointment to which nobody came is closed; null: by hand only. */
  noShowMinutes: z.int().nullable(),
  /** Of one patient at two places at one time: refused, or refused unless whoever may go beyond capacities says why. */
  patientOverlap: z.enum(['deny', 'warn']),
});
export type SchedulingRules = z.infer<typeof SchedulingRules>;
export const VersionedSchedulingRules = SchedulingRules.extend({ version: z.int() }).meta({ id: 'SchedulingRules' });

const clockTime = () => Joi.string().pattern(/^([01]\d|2[0-3]):[0-5]\d$/, 'time of day, such as 08:00');
export const NewSchedulingRules = Joi.object<SchedulingRules, true>({
  holdMinutes: Joi.number().integer().min(1).max(120).required(),
  offerMinutes: Joi.number().integer().min(5).max(4320).required(),
  offersFrom: clockTime().required(),
  offersTo: clockTime().required(),
  noShowMinutes: Joi.number().integer().min(0).max(10_080).allow(null).required(),
  patientOverlap: Joi.string().valid('deny', 'warn').required(),
});
