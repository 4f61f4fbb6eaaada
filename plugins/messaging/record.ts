import { maySee } from '../../core/access.ts';
import { sql } from '../../core/database.ts';
import type { RecordSection } from '../../core/plugin.ts';
import { messageJson, preferenceJson } from './json.ts';
import { MessagesOfRecord } from './model.ts';

/** What the patient agreed to, and the newest messages; the rest is asked for at /api/messages?patientId=…&cursor=… */
export const messages: RecordSection = {
  permission: 'message:read',
  response: MessagesOfRecord,
  query: (db, { patientId, limit }) => sql.fragment`
    with page as materialized (
      select m.id, m.created_at, ${messageJson('m')} as item
      from messaging.message m
      where m.patient_id = ${patientId} and ${maySee(db, 'm.patient_id')}
      order by m.created_at desc, m.id desc
      limit ${limit}
    ),
    whole as (select count(*) as total from messaging.message m where m.patient_id = ${patientId} and ${maySee(db, 'm.patient_id')})
    select json_build_object(
      'preference', (select ${preferenceJson('w')} from messaging.preference w where w.patient_id = ${patientId} and ${maySee(db, 'w.patient_id')}),
      'items', (select coalesce(json_agg(page.item order by page.created_at desc, page.id desc), '[]') from page),
      'total', whole.total,
      'next', case when whole.total > (select count(*) from page) then (
        select translate(encode(convert_to(json_build_array(core.json_time(page.created_at), page.id)::text, 'utf8'), 'base64'), '+/=' || chr(10), '-_')
        from page order by page.created_at, page.id limit 1
      ) end
    )
    from whole
  `,
};
