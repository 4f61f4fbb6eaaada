import Joi from 'joi';
import { z } from 'zod';
import { day, text, uuid } from '../../core/routes.ts';
import { DateText, Instant } from '../../core/shapes.ts';
import { Allergy, AllergyState, MedicationRequest } from '../ehr/api.ts';
import { PatientSummary } from '../patients/api.ts';

/** https://hl7.org/fhir/R4/valueset-medicationdispense-status.html */
export const dispenseStatus = [
  'preparation', 'in-progress', 'cancelled', 'on-hold', 'completed', 'entered-in-error', 'stopped', 'declined', 'unknown',
] as const; // prettier-ignore

export const Dispense = z
  .strictObject({
    id: z.uuid(),
    status: z.enum(dispenseStatus),
    quantity: z.number().nullable(),
    unit: z.string().nullable(),
    medicationDisplay: z.string(),
    medicationRequestId: z.uuid().nullable(),
    patientId: z.uuid(),
    lots: z.array(z.strictObject({ lotNumber: z.string(), expiresOn: DateText, quantity: z.int() })),
    dispensedAt: Instant.nullable(),
  })
  .meta({ id: 'Dispense' });
export type Dispense = z.infer<typeof Dispense>;

export const UsableLot = z
  .strictObject({ id: z.uuid(), lotNumber: z.string(), expiresOn: DateText, available: z.int() })
  .meta({ id: 'UsableLot' });
export const QueueItem = z
  .strictObject({
    medicationRequest: MedicationRequest,
    patient: PatientSummary.extend({
      allergies: z.array(Allergy.pick({ display: true, criticality: true })),
      allergyState: AllergyState,
    }),
    waitingSince: Instant,
    remaining: z.int(),
    available: z.int(),
    lots: z.array(UsableLot),
  })
  .meta({ id: 'DispenseQueueItem' });
export type QueueItem = z.infer<typeof QueueItem>;

export const StockLot = z
  .strictObject({
    id: z.uuid(),
    lotNumber: z.string(),
    expiresOn: DateText,
    onHand: z.int(),
    usable: z.int(),
    status: z.enum(['released', 'quarantined', 'recalled']),
    locationName: z.string().nullable(),
  })
  .meta({ id: 'StockLot' });
export const StockItem = z
  .strictObject({
    medicationId: z.uuid(),
    display: z.string(),
    unit: z.string(),
    onHand: z.int(),
    usable: z.int(),
    available: z.int(),
    lots: z.array(StockLot),
  })
  .meta({ id: 'StockItem' });
export type StockItem = z.infer<typeof StockItem>;

export const Movement = z
  .strictObject({
    id: z.uuid(),
    lotId: z.uuid(),
    type: z.string(),
    quantity: z.int(),
    onHand: z.int(),
    reason: z.string().nullable(),
    at: Instant,
  })
  .meta({ id: 'Movement' });
export type Movement = z.infer<typeof Movement>;

const mostUnits = 1_000_000;
const units = () => Joi.number().integer().min(1).max(mostUnits);

export interface NewDispense {
  medicationRequestId: string;
  quantity: number;
}
export const NewDispense = Joi.object<NewDispense, true>({
  medicationRequestId: uuid().required(),
  quantity: units().required(),
});

export interface NewReceipt {
  medicationId: string;
  lotNumber: string;
  expiresOn: string;
  quantity: number;
  unitCost?: string;
  locationId?: string;
}
export const NewReceipt = Joi.object<NewReceipt, true>({
  medicationId: uuid().required(),
  lotNumber: text(60).required(),
  expiresOn: day().required(),
  quantity: units().required(),
  unitCost: Joi.string().pattern(/^\d{1,10}(\.\d{1,4})?$/, 'decimal'),
  locationId: uuid(),
});

/** Corrections of one lot. `quantity` is what changes, signed; holding and releasing change nothing on the shelf. */
export const correctionTypes = [
  'adjustment',
  'disposal',
  'supplier-return',
  'quarantine',
  'release',
  'recall',
] as const;
export interface NewCorrection {
  type: (typeof correctionTypes)[number];
  quantity: number;
  reason: string;
}
const taken = Joi.number().integer().min(-mostUnits).max(-1).required();
export const NewCorrection = Joi.object<NewCorrection>({
  type: Joi.string()
    .valid(...correctionTypes)
    .required(),
  quantity: Joi.number().when('type', {
    switch: [
      { is: 'adjustment', then: Joi.number().integer().min(-mostUnits).max(mostUnits).invalid(0).required() },
      { is: Joi.valid('disposal', 'supplier-return'), then: taken },
    ],
    otherwise: Joi.number().valid(0).default(0),
  }),
  reason: text(500).min(3).required(),
});
