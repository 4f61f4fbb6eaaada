import { z } from 'zod';
import { sql, type Db, type Fragment } from '../../core/database.ts';
import type { Event } from '../../core/plugin.ts';
import { tellOfPortal } from '../messaging/api.ts';

/** A finished report of which the patient may see something: told once, and only when somebody can look. */
export const tellOfReport = (tx: Db, event: Event<object>): Promise<void> =>
  tell(tx, event, sql.fragment`r.service_request_id = ${event.subjectId}`);

/** What a doctor has released by hand. */
export const tellOfReleased = (tx: Db, event: Event<object>): Promise<void> =>
  tell(tx, event, sql.fragment`r.id = ${event.subjectId}`);

const tell = async (tx: Db, event: Event<object>, which: Fragment): Promise<void> => {
  if (event.origin === 'import') return;
  const patientId = await tx.maybeOneFirst(sql.type(z.strictObject({ patientId: z.uuid() }))`
    select r.patient_id
    from laboratory.result r
    where ${which} and r.status = 'verified' and r.released_at <= core.now()
      and exists (select from portal.access a where a.patient_id = r.patient_id and a.ended_at is null)
    limit 1
  `);
  if (patientId !== null) await tellOfPortal(tx, { patientId, subjectId: event.subjectId });
};
