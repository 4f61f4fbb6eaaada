import { sql, type Fragment } from '../../core/database.ts';

/** A message without its words; the alias is the query's name for messaging.message. */
export const messageJson = (alias: string): Fragment => {
  const c = (name: string) => sql.identifier([alias, name]);
  return sql.fragment`json_build_object(
    'id', ${c('id')}, 'version', ${c('version')}, 'kind', ${c('kind')}, 'channel', ${c('channel')}, 'status', ${c('status')}, 'reason', ${c('reason')},
    'language', ${c('language')}, 'attempts', ${c('attempts')}, 'transport', ${c('transport')}, 'notBefore', core.json_time(${c('not_before')}),
    'sentAt', core.json_time(${c('sent_at')}), 'deliveredAt', core.json_time(${c('delivered_at')}), 'createdAt', core.json_time(${c('created_at')}),
    'subjectId', ${c('subject_id')}, 'startsAt', core.json_time(${c('appointment_starts_at')})
  )`;
};

export const preferenceJson = (alias: string): Fragment => {
  const c = (name: string) => sql.identifier([alias, name]);
  return sql.fragment`json_build_object(
    'patientId', ${c('patient_id')}, 'version', ${c('version')}, 'email', ${c('email')}, 'sms', ${c('sms')}, 'declined', ${c('declined')}, 'language', ${c('language')}
  )`;
};
