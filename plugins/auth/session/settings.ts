import Joi from 'joi';
import type { Hms } from '../../../core/hms.ts';
import { secretsOf } from '../../../core/secrets.ts';

/** What a hospital may set: shorter than the rule, never longer. */
export const sessionSettings = {
  OPENWARD_SESSION_KEYS_BEFORE: secretsOf('OPENWARD_SESSION_KEYS_BEFORE'),
  OPENWARD_IDLE_MINUTES: Joi.number().positive().max(15).default(15),
  OPENWARD_IDLE_MINUTES_PATIENTS: Joi.number().positive().max(30).default(30),
  OPENWARD_SESSION_HOURS: Joi.number().positive().max(12).default(12),
};

/** Seconds without use, and at most. */
export const limitsOf = ({ config: { settings } }: Hms, isPatient: boolean): { idle: number; lifetime: number } => ({
  idle: 60 * Number(isPatient ? settings.OPENWARD_IDLE_MINUTES_PATIENTS : settings.OPENWARD_IDLE_MINUTES),
  lifetime: 3600 * Number(settings.OPENWARD_SESSION_HOURS),
});
