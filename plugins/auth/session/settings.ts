import Joi from 'joi';
import type { Hms } from '../../../core/hms.ts';

const sample = 'change-me-change-me-change-me-change-me';

/** What a hospital may set: shorter than the rule, never longer. */
export const sessionSettings = {
  OPENWARD_SESSION_KEYS_BEFORE: Joi.string().custom((text: string, helpers) => {
    const keys = text.split(',').map((key) => key.trim());
    return keys.every((key) => key.length >= 32 && key !== sample)
      ? keys
      : helpers.message({
          custom: '"OPENWARD_SESSION_KEYS_BEFORE" holds a key shorter than 32 characters, or the sample',
        });
  }),
  OPENWARD_IDLE_MINUTES: Joi.number().positive().max(15).default(15),
  OPENWARD_IDLE_MINUTES_PATIENTS: Joi.number().positive().max(30).default(30),
  OPENWARD_SESSION_HOURS: Joi.number().positive().max(12).default(12),
};

/** Seconds without use, and at most. */
export const limitsOf = ({ config: { settings } }: Hms, isPatient: boolean): { idle: number; lifetime: number } => ({
  idle: 60 * Number(isPatient ? settings.OPENWARD_IDLE_MINUTES_PATIENTS : settings.OPENWARD_IDLE_MINUTES),
  lifetime: 3600 * Number(settings.OPENWARD_SESSION_HOURS),
});
