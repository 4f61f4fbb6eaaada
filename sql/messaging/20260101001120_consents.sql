/*
 * What a patient answered to reminders by a channel counts besides the preference: a no always, a yes where there is no
 * preference. Who gave no answer is reminded by the preference alone.
 */
create function messaging.agreed(patient uuid, topic text, channel text, preferred boolean, declined text[]) returns boolean language sql stable as $$
  select case
    when topic = any (declined) then false
    when topic <> 'reminders' then coalesce(preferred, false)
    else coalesce(preferred, a.answer = 'given', false) and coalesce(a.answer, 'given') = 'given'
  end
  from (select patients.reminders_answer(patient, channel) as answer) a
$$;

create or replace function messaging.channels(patient uuid, topic text) returns setof text language sql stable as $$
  select c.channel
  from patients.patient p
  left join messaging.preference w on w.patient_id = p.id
  cross join lateral (values ('email', w.email, p.email), ('sms', w.sms, p.phone)) c (channel, preferred, address)
  where p.id = patient and p.active and p.deceased_at is null and c.address is not null
    and messaging.agreed(p.id, topic, c.channel, c.preferred, coalesce(w.declined, '{}'))
$$;
grant execute on function messaging.agreed(uuid, text, text, boolean, text[]) to app, patient;
