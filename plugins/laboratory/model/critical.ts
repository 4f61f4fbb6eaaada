import Joi from 'joi';
import { z } from 'zod';
import { day, text, uuid } from '../../../core/routes.ts';
import { DateText, Instant } from '../../../core/shapes.ts';
import { PatientSummary } from '../../patients/api.ts';
import { Flag, Names, at, decimal, words } from './parts.ts';

export const CriticalResult = z
  .strictObject({
    id: z.uuid(),
    version: z.int(),
    patient: PatientSummary,
    encounterId: z.uuid().nullable(),
    display: z.string(),
    names: Names,
    value: z.string(),
    unit: words,
    interpretation: Flag,
    low: decimal,
    high: decimal,
    ownerId: z.uuid().nullable(),
    ownerName: words,
    departmentName: words,
    mine: z.boolean(),
    raisedAt: Instant,
    dueAt: Instant,
    escalatedAt: at,
    acknowledgedAt: at,
    acknowledgedByName: words,
    channel: words,
    readBack: words,
    note: words,
  })
  .meta({ id: 'LaboratoryCriticalResult' });
export type CriticalResult = z.infer<typeof CriticalResult>;

/** Whose critical results go to whom meanwhile. */
export const Deputy = z
  .strictObject({
    id: z.uuid(),
    version: z.int(),
    practitionerId: z.uuid(),
    practitionerName: z.string(),
    deputyId: z.uuid(),
    deputyName: z.string(),
    startsOn: DateText,
    endsOn: DateText,
    inForce: z.boolean(),
  })
  .meta({ id: 'LaboratoryDeputy' });
export type Deputy = z.infer<typeof Deputy>;

export interface Acknowledgement {
  readBack: string;
  note?: string;
}
export const Acknowledgement = Joi.object<Acknowledgement, true>({ readBack: text(60).required(), note: text(500) });

export interface Call {
  practitionerId: string;
  readBack: string;
  note?: string;
}
export const Call = Joi.object<Call, true>({
  practitionerId: uuid().required(),
  readBack: text(60).required(),
  note: text(500),
});

export interface NewDeputy {
  practitionerId: string;
  deputyId: string;
  startsOn: string;
  /** The last day. */
  endsOn: string;
}
export const NewDeputy = Joi.object<NewDeputy, true>({
  practitionerId: uuid().required(),
  deputyId: uuid().required(),
  startsOn: day().required(),
  endsOn: day().required(),
});
