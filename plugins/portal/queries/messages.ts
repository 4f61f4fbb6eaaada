import { z } from 'zod';
import { maySee } from '../../../core/access.ts';
import { sql, type Db } from '../../../core/database.ts';
import type { Hms } from '../../../core/hms.ts';
import { OwnMessage } from '../model.ts';
import { isOn } from '../on.ts';

/** By what the patient may be written to about the portal; nothing where the hospital sends no messages. */
export const channelsFor = async (tx: Db, hms: Hms, patientId: string): Promise<readonly string[]> =>
  isOn(hms, 'messaging')
    ? tx.anyFirst(sql.type(z.strictObject({ channel: z.string() }))`
        select channel from messaging.channels(${patientId}, 'portal') channel order by channel
      `)
    : [];

/** What has been written to the patient, newest first. */
export const listOwnMessages = (own: Db, limit: number): Promise<readonly z.infer<typeof OwnMessage>[]> =>
  own.any(sql.type(OwnMessage)`
    select m.id, m.kind, m.channel, m.sent_at, m.appointment_starts_at as starts_at
    from messaging.message m
    where m.status in ('sent', 'delivered') and ${maySee(own, 'm.patient_id')}
    order by m.sent_at desc, m.id desc
    limit ${limit}
  `);
