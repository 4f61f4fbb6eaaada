import { z } from 'zod';
import { maySee } from '../../../core/access.ts';
import { sql, type Db, type Fragment } from '../../../core/database.ts';
import { appointmentStatus, type AppointmentStatus } from '../booking/model.ts';

const Status = z.strictObject({ status: z.enum(appointmentStatus) });

/** `rows` selects appointment_id, patient_id, encounter_id, started_at. */
export const linkVisits = (tx: Db, rows: Fragment): Promise<unknown> =>
  tx.query(sql.unsafe`
    insert into scheduling.visit (appointment_id, patient_id, encounter_id, started_at) ${rows}
    on conflict (appointment_id) do update set encounter_id = excluded.encounter_id, started_at = excluded.started_at
  `);

/** Waits for whoever is changing the appointment, so that a visit starts or its check-in is taken back, never both. */
export const lockAppointment = (tx: Db, id: string): Promise<AppointmentStatus> =>
  tx.oneFirst(
    sql.type(
      Status,
    )`select status from scheduling.appointment where id = ${id} and ${maySee(tx, 'patient_id')} for share`,
  );

export const startVisit = (tx: Db, appointmentId: string): Promise<unknown> =>
  tx.query(sql.unsafe`
    update scheduling.visit set started_at = coalesce(started_at, core.now()) where appointment_id = ${appointmentId} -- held by its parent
  `);

/** False when the visit has started: it stays. */
export const unlinkVisit = async (tx: Db, appointmentId: string): Promise<boolean> => {
  await tx.query(sql.unsafe`
    delete from scheduling.visit where appointment_id = ${appointmentId} and started_at is null -- held by its parent
  `);
  const started = sql.unsafe`select encounter_id from scheduling.visit where appointment_id = ${appointmentId} -- held by its parent`;
  return (await tx.maybeOne(started)) === null;
};
