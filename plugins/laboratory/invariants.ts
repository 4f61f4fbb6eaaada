import { sql, type Query } from '../../core/database.ts';

/** Each query must return no row. */
export const invariants: Readonly<Record<string, Query>> = {
  'every verified critical result has a task': sql.unsafe`
    select r.id
    from laboratory.result r
    where r.status = 'verified' and r.interpretation in ('LL', 'HH', 'AA')
      and not exists (select from laboratory.critical_result k where k.result_id = r.id and k.correction = r.corrections)
  `,
  'the chart says what the laboratory has verified': sql.unsafe`
    select r.id
    from laboratory.result r
    left join ehr.observation o on o.id = r.observation_id
    where r.status = 'verified' and (o.value, o.value_text, o.unit, o.interpretation) is distinct from (r.value, r.value_text, r.unit, r.interpretation)
      or r.status = 'verified' and o.status <> case when r.corrections > 0 then 'corrected' else 'final' end
      or r.status = 'withdrawn' and o.status <> 'entered-in-error'
  `,
  'a flag is what value and range say': sql.unsafe`
    select r.id from laboratory.result r
    where r.value is not null and r.interpretation is distinct from laboratory.flag(r.value, r.low, r.high, r.critical_low, r.critical_high)
  `,
  'request, specimen and result are of one patient': sql.unsafe`
    select r.id
    from laboratory.result r
    join laboratory.service_request q on q.id = r.service_request_id
    join laboratory.specimen s on s.id = r.specimen_id
    left join ehr.observation o on o.id = r.observation_id
    where r.patient_id <> q.patient_id or r.patient_id <> s.patient_id or r.patient_id <> o.patient_id or q.requisition_id <> s.requisition_id
  `,
  'a value was measured in a specimen that was received and not refused': sql.unsafe`
    select r.id
    from laboratory.result r
    join laboratory.specimen s on s.id = r.specimen_id
    where r.status in ('entered', 'verified') and r.sent_to is null and s.received_at is null or r.status = 'entered' and s.rejected_at is not null
  `,
  'every correction has kept what was said before': sql.unsafe`
    select r.id
    from laboratory.result r
    where r.corrections <> (select count(*) from laboratory.correction c where c.result_id = r.id)
  `,
  'a report is as far as its results': sql.unsafe`
    select d.id
    from laboratory.diagnostic_report d
    join laboratory.result r on r.service_request_id = d.service_request_id
    where d.ours
    group by d.id, d.status
    having (d.status in ('final', 'corrected')) <> (bool_and(r.status in ('verified', 'withdrawn', 'cancelled')) and bool_or(r.status = 'verified'))
  `,
  'every open test is at a bench': sql.unsafe`
    select r.id from laboratory.result r join laboratory.specimen s on s.id = r.specimen_id where r.status in ('ordered', 'entered') and s.step = 'rejected'
  `,
};
