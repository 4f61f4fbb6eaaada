import { sql, type Query } from '../../core/database.ts';

/** Sentence → query that must return no row. */
export const invariants: Record<string, Query> = {
  'nobody is written to who has not agreed': sql.unsafe`
    select m.id
    from messaging.message m
    where m.status in ('planned', 'held')
      and not exists (
        select from messaging.preference w
        where w.patient_id = m.patient_id and case m.channel when 'email' then w.email else w.sms end and not messaging.topic(m.kind) = any (w.declined)
      )
  `,
  'what was sent has an address, words and a time': sql.unsafe`
    select m.id from messaging.message m
    where m.status in ('sent', 'delivered') and (m.recipient is null or m.body is null or m.sent_at is null)
  `,
  'an SMS names no amount': sql.unsafe`
    select m.id from messaging.message m where m.channel = 'sms' and m.kind = 'invoice-issued' and m.body ~ '[0-9][.,][0-9]{2}\\M'
  `,
  'a message waits only for a person who can read it': sql.unsafe`
    select m.id from messaging.message m where m.status in ('planned', 'held') and m.patient_id is null
  `,
  // Its events have been heard when this is asked.
  'no reminder waits for an appointment that is cancelled, over or at another time': sql.unsafe`
    select id from messaging.stray_reminders() id
  `,
};
