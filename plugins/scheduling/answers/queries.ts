import { sql, type Db } from '../../../core/database.ts';
import type { ActorType, NewAnswer, ParticipantStatus } from './model.ts';

/** As in `part_status`: nobody else's answer is touched. Whoever answers has just read the appointment. */
export const setAnswer = (tx: Db, id: string, key: string, status: ParticipantStatus): Promise<unknown> =>
  tx.query(sql.unsafe`
    update scheduling.appointment set part_status = part_status || jsonb_build_object(${key}::text, ${status}::text)
    where id = ${id} -- held by its parent
  `);

export const insertAnswer = (
  tx: Db,
  id: string,
  it: NewAnswer & { patientId: string | null; actorType: ActorType; actorId: string | null },
): Promise<unknown> =>
  tx.query(sql.unsafe`
    insert into scheduling.appointment_response (id, appointment_id, patient_id, actor_type, actor_id, participant_status, starts_at, ends_at, comment)
    values (${id}, ${it.appointmentId}, ${it.patientId}, ${it.actorType}, ${it.actorId}, ${it.participantStatus}, ${it.startsAt}, ${it.endsAt}, ${it.comment})
  `);
