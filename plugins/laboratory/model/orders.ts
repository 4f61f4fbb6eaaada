import Joi from 'joi';
import { z } from 'zod';
import { text, uuid } from '../../../core/routes.ts';
import { Instant } from '../../../core/shapes.ts';
import { Names, priorities, steps, words } from './parts.ts';
import { LabResult } from './results.ts';

/** https://hl7.org/fhir/R4/valueset-request-status.html */
export const requestStatus = [
  'draft',
  'active',
  'on-hold',
  'revoked',
  'completed',
  'entered-in-error',
  'unknown',
] as const;

/** https://hl7.org/fhir/R4/valueset-diagnostic-report-status.html */
export const reportStatus = [
  'registered', 'partial', 'preliminary', 'final', 'amended', 'corrected', 'appended', 'cancelled', 'entered-in-error', 'unknown',
] as const; // prettier-ignore

/** One test or panel that was ordered, and how far it is. */
export const LabRequest = z
  .strictObject({
    id: z.uuid(),
    version: z.int(),
    status: z.enum(requestStatus),
    display: z.string(),
    names: Names,
    code: words,
    isPanel: z.boolean(),
    statusReason: words,
    againReason: words,
    reportStatus: z.enum(reportStatus),
    results: z.array(LabResult),
  })
  .meta({ id: 'LaboratoryRequest' });
export type LabRequest = z.infer<typeof LabRequest>;

export const Order = z
  .strictObject({
    id: z.uuid(),
    patientId: z.uuid(),
    encounterId: z.uuid().nullable(),
    priority: z.enum(priorities).nullable(),
    reason: words,
    requesterName: words,
    responsibleName: words,
    orderedAt: Instant,
    requests: z.array(LabRequest),
    specimens: z.array(
      z.strictObject({ id: z.uuid(), version: z.int(), accession: words, step: z.enum(steps), container: words }),
    ),
  })
  .meta({ id: 'LaboratoryOrder' });
export type Order = z.infer<typeof Order>;

export interface NewOrder {
  patientId: string;
  encounterId?: string;
  items: { testId?: string; panelId?: string }[];
  priority: (typeof priorities)[number];
  reason?: string;
  responsibleId?: string;
  again?: boolean;
  againReason?: string;
}
export const NewOrder = Joi.object<NewOrder, true>({
  patientId: uuid().required(),
  encounterId: uuid(),
  items: Joi.array()
    .items(Joi.object({ testId: uuid(), panelId: uuid() }).xor('testId', 'panelId'))
    .min(1)
    .max(30)
    .unique((a: object, b: object) => JSON.stringify(a) === JSON.stringify(b))
    .required(),
  priority: Joi.string()
    .valid(...priorities)
    .default('routine'),
  reason: text(500),
  responsibleId: uuid(),
  again: Joi.boolean().default(false),
  againReason: text(500).min(3).when('again', { is: true, then: Joi.required() }),
});

export interface Reason {
  reason: string;
}
export const Reason = Joi.object<Reason, true>({ reason: text(500).min(3).required() });
