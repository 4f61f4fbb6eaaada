import { z } from 'zod';
import { maySee } from '../../../core/access.ts';
import { sql, type Db } from '../../../core/database.ts';
import type { Parking } from '../model.ts';

const Id = z.strictObject({ id: z.uuid() });

export interface Arrived {
  connectionId: string;
  sender: string | null;
  controlId: string | null;
  digest: string;
  type: string | null;
  body: string;
  state: 'parked' | 'refused';
  reason: string;
  code: 'AA' | 'AE' | 'AR';
  answer: string;
}

const Stored = z.strictObject({ id: z.uuid(), isReused: z.boolean() });

/**
 * Null when the same has arrived before; a rival that is not committed yet is waited for. `isReused`: this sender has used the
 * number for something else that was taken.
 */
export const insertIncoming = (tx: Db, it: Arrived): Promise<z.infer<typeof Stored> | null> =>
  tx.maybeOne(sql.type(Stored)`
    insert into lab_adapter.incoming (connection_id, sender, control_id, digest, message_type, body, state, reason, code, answer)
    values (${it.connectionId}, ${it.sender}, ${it.controlId}, ${it.digest}, ${it.type?.slice(0, 40) ?? null}, ${it.body}, ${it.state}, ${it.reason}, ${it.code}, ${it.answer})
    on conflict on constraint incoming_once do nothing
    returning id, exists (
      select from lab_adapter.incoming o
      where o.sender = ${it.sender} and o.control_id = ${it.controlId} and o.digest <> ${it.digest} and o.state <> 'refused' and ${maySee(tx, 'o.patient_id')}
    ) as is_reused
  `);

type Name = Pick<Arrived, 'sender' | 'controlId' | 'digest'>;

/** What was answered the first time. */
export const answerAgain = (tx: Db, { sender, controlId, digest }: Name): Promise<string> =>
  tx.oneFirst(sql.type(z.strictObject({ answer: z.string() }))`
    update lab_adapter.incoming set repeats = repeats + 1
    where sender = ${sender} and control_id = ${controlId} and digest = ${digest} and ${maySee(tx, 'patient_id')}
    returning answer
  `);

export const markPosted = (
  tx: Db,
  id: string,
  at: { patientId: string; specimenId: string; matchedBy: string | null },
): Promise<unknown> =>
  tx.query(sql.unsafe`
    update lab_adapter.incoming set state = 'posted', reason = null, detail = null, patient_id = ${at.patientId}, specimen_id = ${at.specimenId},
      matched_by = ${at.matchedBy}, decided_by = ${at.matchedBy}, decided_at = case when ${at.matchedBy}::uuid is null then null else core.now() end, version = version + 1
    where id = ${id} and ${maySee(tx, 'patient_id')}
  `);

export const markParked = (tx: Db, id: string, reason: Parking, detail: string | null): Promise<unknown> =>
  tx.query(sql.unsafe`
    update lab_adapter.incoming set reason = ${reason}, detail = ${detail?.slice(0, 300) ?? null} where id = ${id} and ${maySee(tx, 'patient_id')}
  `);

/** Null when it is not parked in this version. */
export const markRejected = (tx: Db, id: string, version: number, reason: string): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    update lab_adapter.incoming set state = 'rejected', decision = ${reason}, decided_by = ${tx.actor.id}, decided_at = core.now(), version = version + 1
    where id = ${id} and version = ${version} and state = 'parked' and ${maySee(tx, 'patient_id')}
    returning id
  `);

const Held = z.strictObject({
  id: z.uuid(),
  version: z.int(),
  state: z.string(),
  body: z.string(),
  kind: z.enum(['mllp', 'fhir']),
  laboratory: z.string(),
});
export type Held = z.infer<typeof Held>;

/** Held until the end of the transaction, so that two people do not decide at once. */
export const holdIncoming = (tx: Db, id: string): Promise<Held> =>
  tx.one(sql.type(Held)`
    select m.id, m.version, m.state, m.body, c.kind, c.name as laboratory
    from lab_adapter.incoming m
    join lab_adapter.connection c on c.id = m.connection_id
    where m.id = ${id} and ${maySee(tx, 'm.patient_id')}
    for update of m
  `);
