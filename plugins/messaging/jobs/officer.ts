import { z } from 'zod';
import { sql, type Db } from '../../../core/database.ts';
import type { Hms } from '../../../core/hms.ts';
import { say } from '../../../core/messages.ts';
import { openPorts, Undelivered } from '../ports/index.ts';
import { languageOf } from '../words.ts';

const Waiting = z.strictObject({ id: z.uuid() });

/**
 * Where OPENWARD_PRIVACY_EMAIL says so, the privacy officer reads of a broken glass by mail as well: that it happened and where
 * it is reviewed, not who or whom. Tried again until the server has taken it; a mail too many does no harm.
 */
export const tellOfficer = async (db: Db, hms: Hms): Promise<void> => {
  const to = hms.config.settings.OPENWARD_PRIVACY_EMAIL as string | undefined;
  if (to === undefined) return;
  const waiting = await db.any(sql.type(Waiting)`
    -- shows no patient
    select id from messaging.alert where kind = 'patients.glass-broken' and mailed_at is null order by created_at limit 100
  `);
  if (waiting.length === 0) return;
  const { email, sms } = openPorts(hms.config);
  const language = languageOf(null);
  const words = { hospital: hms.config.hospital, address: `${hms.config.origin}/break-glass` };
  try {
    for (const { id } of waiting) {
      const subject = say('officer_mail_subject', language, words);
      await email.send({ to, subject, body: say('officer_mail_text', language, words), reference: id, language });
      await db.query(
        sql.unsafe`update messaging.alert set mailed_at = clock_timestamp() where id = ${id} -- shows no patient`,
      );
    }
  } catch (error) {
    if (!(error instanceof Undelivered)) throw error;
    hms.log.warn({ code: error.code }, 'the privacy officer could not be written to');
  } finally {
    email.close();
    sms.close();
  }
};
