import Joi from 'joi';
import { z } from 'zod';
import { text } from '../routes.ts';
import { Instant } from '../shapes.ts';

const Part = z.strictObject({
  name: z.string(),
  title: z.string(),
  services: z.array(
    z.strictObject({
      name: z.string(),
      /** `elsewhere`: a worker process runs it, and this one cannot tell. */
      state: z.enum(['up', 'down', 'elsewhere']),
    }),
  ),
});

export const Backlog = z.strictObject({ waiting: z.int(), oldest: Instant.nullable() });

/** Ids and codes only: what an event is about is looked up by those who may. */
export const Parked = z
  .strictObject({
    eventId: z.int(),
    event: z.string(),
    subjectId: z.uuid(),
    subscriber: z.string(),
    attempts: z.int(),
    occurredAt: Instant,
    since: Instant,
    lastError: z.string().nullable(),
  })
  .meta({ id: 'ParkedDelivery' });

/** Real time throughout, also where the hospital's clock shows another. */
export const JobRun = z.strictObject({
  name: z.string(),
  ranAt: Instant,
  tookMs: z.int(),
  failedAt: Instant.nullable(),
  lastError: z.string().nullable(),
});
const Job = z
  .strictObject({
    ...JobRun.partial({ ranAt: true, tookMs: true }).shape,
    plugin: z.string(),
    every: z.int(),
    nextAt: Instant.nullable(),
  })
  .meta({ id: 'OperationsJob' });

export const Database = z.strictObject({
  version: z.string(),
  sizeBytes: z.int(),
  connections: z.int(),
  maxConnections: z.int(),
});

/** The chain over the audit. */
export const AuditChain = z.strictObject({
  sealed: z.int(),
  /** The oldest entry that has no seal yet: seconds old while all is well. */
  unsealedSince: Instant.nullable(),
  exportedAt: Instant.nullable(),
  /** Why the last export failed, and since when none succeeded. */
  fault: z.string().nullable(),
  failedAt: Instant.nullable(),
});

export const Operations = z
  .strictObject({
    version: z.string(),
    clockSpeed: z.number(),
    database: Database,
    plugins: z.array(Part.meta({ id: 'OperationsPart' })),
    backlog: Backlog,
    parked: z.array(Parked),
    /** All of them, also where the list is cut. */
    parkedTotal: z.int(),
    jobs: z.array(Job),
    audit: AuditChain.meta({ id: 'OperationsAudit' }),
  })
  .meta({ id: 'Operations' });
export type Operations = z.infer<typeof Operations>;

/** One delivery, or without `eventId` all that this subscriber has parked. */
export interface Which {
  subscriber: string;
  eventId?: number;
}
const which = { subscriber: text().required(), eventId: Joi.number().integer().min(1) };
export const Which = Joi.object<Which, true>(which);

export interface GiveUp {
  subscriber: string;
  eventId: number;
  reason: string;
}
export const GiveUp = Joi.object<GiveUp, true>({
  ...which,
  eventId: which.eventId.required(),
  reason: text(500).min(10).required(),
});

export const Changed = z.strictObject({ changed: z.int() });
