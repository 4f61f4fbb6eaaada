import type { BindSession } from '../auth/api.ts';
import { firstPatientOf, maySeePatient } from './queries/access.ts';

/** A session shows one patient: oneself first, else whoever was entrusted. Ended or expired access ends the session too. */
export const bindSession: BindSession = { choose: firstPatientOf, holds: maySeePatient };
