import { allergy } from './allergy.ts';
import { composition } from './composition.ts';
import { condition } from './condition.ts';
import { encounter } from './encounter.ts';
import { medicationRequest } from './medication-request.ts';
import { medication } from './medication.ts';
import { observation } from './observation.ts';

/** What others refer to comes first. */
export const resources = [encounter, medication, condition, observation, allergy, medicationRequest, composition];
