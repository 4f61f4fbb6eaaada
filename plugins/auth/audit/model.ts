import Joi from 'joi';
import { z } from 'zod';
import type { Action, Subtype } from '../../../core/audit/write.ts';
import type { Db } from '../../../core/database.ts';
import { instant, uuid } from '../../../core/routes.ts';
import { Instant } from '../../../core/shapes.ts';

const actions = ['C', 'R', 'U', 'D', 'E'] as const satisfies readonly Action[];
const subtypes = ['listed', 'opened', 'export', 'print'] as const satisfies readonly Subtype[];

/** Where one signs in, with whatever proof: entries of these doors are sign-ins, granted or refused. */
export const signInDoors = ['post /api/auth/login', 'post /api/auth/passkeys/sign-in'];

/** What may be asked of the audit; all that is given must hold. `from` is inclusive, `to` is not. */
export interface AuditQuestion {
  from?: string;
  to?: string;
  userId?: string;
  patientId?: string;
  action?: Action;
  subtype?: Subtype;
  /** Sign-ins alone, those that were refused too. */
  kind?: 'sign-in';
  outcome?: 'success' | 'refused' | 'failed';
  /** Address or network: 10.1.2.3, 10.1.0.0/16. */
  source?: string;
  /** What it was about: how the object begins (`patients`, `patients/{id}`), or a part of the route. */
  about?: string;
  /** `break-glass`: in an emergency only. */
  purpose?: 'break-glass';
}
export const auditQuestion = {
  from: instant(),
  to: instant(),
  userId: uuid(),
  patientId: uuid(),
  action: Joi.string().valid(...actions),
  subtype: Joi.string().valid(...subtypes),
  kind: Joi.string().valid('sign-in'),
  outcome: Joi.string().valid('success', 'refused', 'failed'),
  source: Joi.string().ip({ cidr: 'optional' }),
  about: Joi.string().trim().min(2).max(200),
  purpose: Joi.string().valid('break-glass'),
};

/** Which page went to a printer. */
export const printedPage = Joi.string()
  .pattern(/^[a-z][a-z-]{1,40}$/)
  .required();

const Person = z.strictObject({ id: z.uuid(), name: z.string(), recordNumber: z.string() });

/** An entry as the person who reviews it sees it: of patients those whom they may see. */
export const AuditEntry = z
  .strictObject({
    id: z.uuid(),
    at: Instant,
    actorId: z.uuid().nullable(),
    actorKind: z.string(),
    /** Null: nobody who is known, or a service of the hospital. */
    actorName: z.string().nullable(),
    action: z.enum(actions),
    subtype: z.enum(subtypes).nullable(),
    route: z.string(),
    object: z.string().nullable(),
    /** At most ten of `patientCount`. */
    patients: z.array(Person.meta({ id: 'AuditPatient' })),
    patientCount: z.int(),
    outcome: z.int(),
    detail: z.string().nullable(),
    source: z.string().nullable(),
    purpose: z.string(),
    origin: z.string(),
    requestId: z.string(),
  })
  .meta({ id: 'AuditEntry' });
export type AuditEntry = z.infer<typeof AuditEntry>;

/** Place of the offer by which whoever keeps patients names those that the asker may see. */
export const patientNames = 'auth.patient-names';
export type PatientNames = (db: Db, ids: readonly string[]) => Promise<readonly z.infer<typeof Person>[]>;
