import { z } from 'zod';
import { sql, type Db } from '../../../core/database.ts';
import { Refusal } from '../../../core/refuse.ts';
import { markNoShow } from '../booking/actions.ts';
import { getRules } from '../rules/queries.ts';

const batch = 200;
const Missed = z.strictObject({ id: z.uuid(), version: z.int() });

/**
 * Nobody came and nobody said so: the appointment is closed some time after its end, and whoever comes after all is taken back in.
 * What lies further back than a week is history, which others have written down as it is.
 */
export const closeNoShows = async (db: Db): Promise<void> => {
  const { noShowMinutes } = await getRules(db);
  if (noShowMinutes === null) return;
  const missed = await db.any(sql.type(Missed)`
    select id, version from scheduling.appointment
    where patient_id is not null and status = 'booked' and ends_at < core.now() - make_interval(mins => ${noShowMinutes}) and starts_at > core.now() - interval '7 days'
    order by starts_at, id
    limit ${batch}
  `);
  for (const { id, version } of missed) {
    try {
      await markNoShow(db, id, version);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error; // somebody was faster: the patient is there
    }
  }
};
