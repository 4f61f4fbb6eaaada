import Joi from 'joi';
import { z } from 'zod';
import { Instant } from '../../../core/shapes.ts';

export const priorities = ['routine', 'urgent', 'stat'] as const;
export const steps = ['ordered', 'collected', 'received', 'rejected'] as const;
export const kinds = ['numeric', 'coded', 'text'] as const;
export const genders = ['any', 'female', 'male'] as const;

export const decimal = z.string().nullable();
export const at = Instant.nullable();
export const words = z.string().nullable();

/** https://hl7.org/fhir/R4/valueset-observation-interpretation.html, those that this laboratory gives. */
export const Flag = z.enum(['N', 'L', 'H', 'LL', 'HH', 'A', 'AA']).meta({ id: 'LaboratoryFlag' });

/** The display in other languages than English, as the catalogue has it: the reader's interface chooses. */
export const Names = z
  .strictObject({ es: z.string().optional(), ar: z.string().optional() })
  .meta({ id: 'LaboratoryNames' });

export const Option = z.strictObject({ code: z.string(), display: z.string(), interpretation: Flag.nullable() });

/** Numbers come as text, so that what was typed is what is kept: a point, no exponent. */
export const value = () => Joi.string().pattern(/^-?\d{1,9}(\.\d{1,6})?$/, 'decimal');
