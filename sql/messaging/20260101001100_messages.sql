-- What goes out to patients by e-mail and SMS, who agreed to it, and what staff are alerted to on their screens.

insert into core.setting (name, value) values ('messaging.rules',
  '{"reminderMinutes": [2880, 120], "quietFrom": "20:00", "quietTo": "08:00", "undoSeconds": 60}');

-- Consent ---------------------------------------------------------------------------------------------------------------
-- Nobody is written to who has not agreed: no row, no message.
create table messaging.preference (
  id uuid primary key default uuidv7(),
  patient_id uuid not null references patients.patient,
  email boolean not null default false,
  sms boolean not null default false,
  declined text[] not null default '{}', -- topics that are not wanted although a channel is
  language text, -- null: the language of the patient
  created_at timestamptz not null default core.now(),
  constraint preference_once unique (patient_id),
  constraint preference_topic_known check (declined <@ '{appointments,reminders,invoices,portal}')
);
select core.keep_history('messaging.preference');
select core.patient_rows('messaging.preference');

/* How this patient may be written to about a topic: agreed, with an address, and alive. */
create function messaging.channels(patient uuid, topic text) returns setof text language sql stable as $$
  select c.channel
  from patients.patient p
  join messaging.preference w on w.patient_id = p.id
  cross join lateral (values ('email', w.email, p.email), ('sms', w.sms, p.phone)) c (channel, agreed, address)
  where p.id = patient and p.active and p.deceased_at is null and c.agreed and c.address is not null and not topic = any (w.declined)
$$;

/* The topic that a kind belongs to; the same as `topicOf` in model.ts. */
create function messaging.topic(kind text) returns text language sql immutable as $$
  select case kind when 'appointment-reminder' then 'reminders' when 'invoice-issued' then 'invoices' when 'portal-message' then 'portal' when 'portal-invitation' then 'portal' else 'appointments' end
$$;

-- Messages --------------------------------------------------------------------------------------------------------------
/*
 * planned  waits for its time           sent       the server or gateway has taken it
 * held     quiet hours hold it          delivered  the gateway has reported it
 * sending  a worker has it              failed     on the work list
 * withdrawn never goes out              recorded   came in by FHIR: written down, never sent
 * Address, language and words are settled when it goes out, as they are then; until then there are facts.
 */
create table messaging.message (
  id uuid primary key default uuidv7(),
  patient_id uuid references patients.patient,
  kind text check (kind in ('appointment-booked', 'appointment-rescheduled', 'appointment-cancelled', 'appointment-reminder', 'appointment-offer', 'invoice-issued', 'portal-message', 'portal-invitation')),
  channel text check (channel in ('email', 'sms')),
  status text not null default 'planned'
    check (status in ('planned', 'held', 'sending', 'sent', 'delivered', 'failed', 'withdrawn', 'recorded')),
  reason text check (reason ~ '^[a-z0-9-]{1,60}$'), -- of a failure, a withdrawal or a wait
  urgent boolean not null default false, -- goes out in quiet hours too
  not_before timestamptz,
  useless_after timestamptz, -- a reminder of what has begun helps nobody
  event_id bigint, -- what it came of
  subject_id uuid, -- the appointment or invoice
  appointment_starts_at timestamptz, -- the version of the appointment that it speaks of
  window_minutes integer check (window_minutes > 0),
  facts jsonb not null default '{}',
  language text check (language in ('en', 'es', 'ar')),
  recipient text,
  subject text,
  body text,
  attempts integer not null default 0,
  round integer not null default 1, -- a person who sends it again means another message
  claimed_at timestamptz, -- real time: a worker that died is known by its age
  transport text check (transport in ('smtp', 'http', 'shown')),
  provider_id text check (length(provider_id) <= 200),
  sent_at timestamptz,
  delivered_at timestamptz,
  fhir_status text check (fhir_status in
    ('preparation', 'in-progress', 'not-done', 'on-hold', 'stopped', 'completed', 'entered-in-error', 'unknown')),
  created_at timestamptz not null default core.now(),
  fhir_extra jsonb,
  constraint reminder_once unique (subject_id, appointment_starts_at, window_minutes, channel),
  constraint notice_once unique (event_id, kind, channel),
  constraint message_is_ours_or_recorded check (
    case when status = 'recorded' then fhir_status is not null
      else kind is not null and channel is not null and patient_id is not null and not_before is not null and fhir_status is null end),
  constraint reminder_has_window check ((kind = 'appointment-reminder') = (window_minutes is not null)),
  constraint message_sent_has_words check (
    status not in ('sent', 'delivered') or (body is not null and recipient is not null and transport is not null and sent_at is not null))
);
select core.keep_history('messaging.message');
select core.patient_rows('messaging.message');
create index message_waiting on messaging.message (not_before, id) where status in ('planned', 'held', 'sending');
create index message_claimed on messaging.message (claimed_at) where status = 'sending';
create index message_failed on messaging.message (created_at, id) where status = 'failed';
create index message_of_subject on messaging.message (subject_id);
create index message_of_patient on messaging.message (patient_id, created_at desc, id desc);
create index message_newest on messaging.message (created_at desc, id desc);
create index message_updated on messaging.message (updated_at, id);

/* Reminders that wait for what is cancelled, over or at another time; none where the hospital keeps no appointments. */
create function messaging.stray_reminders() returns setof uuid language plpgsql stable as $$
begin
  if to_regclass('scheduling.appointment') is null then
    return;
  end if;
  return query
    select m.id
    from messaging.message m
    left join scheduling.appointment a on a.id = m.subject_id
    where m.kind = 'appointment-reminder' and m.status in ('planned', 'held')
      and (a.id is null or a.status not in ('pending', 'booked') or a.starts_at <> m.appointment_starts_at);
end $$;

-- Alerts on screens -----------------------------------------------------------------------------------------------------
create table messaging.alert (
  id uuid primary key,
  user_id uuid, -- for one person …
  permission text, -- … or for everybody who may do this
  kind text not null check (kind ~ '^[a-z][a-z0-9-]*\.[a-z][a-z0-9-]*$'),
  severity text not null default 'notice' check (severity in ('notice', 'warning', 'critical')),
  text_key text not null, -- of the message catalogue
  facts jsonb not null default '{}',
  patient_id uuid references patients.patient,
  subject_id uuid,
  path text check (path ~ '^/[^/]'),
  created_at timestamptz not null default core.now(),
  acknowledged_at timestamptz,
  acknowledged_by uuid,
  constraint alert_for_somebody check (num_nonnulls(user_id, permission) = 1)
);
select core.patient_rows('messaging.alert');
create unique index alert_open_once on messaging.alert (kind, subject_id, user_id, permission) nulls not distinct where acknowledged_at is null;
create index alert_of_user on messaging.alert (user_id, created_at) where acknowledged_at is null;
create index alert_of_permission on messaging.alert (permission, created_at) where acknowledged_at is null;
create index alert_patient on messaging.alert (patient_id);
