import { sql, type Query } from '../../core/database.ts';

/** Sentence of a rule → query that must return no row. */
export const invariants: Record<string, Query> = {
  'a bed has one patient at a time': sql.unsafe`
    select a.id, b.id as other
    from inpatient.bed_stay a
    join inpatient.bed_stay b on b.bed_id = a.bed_id and b.id > a.id and b.during && a.during and b.status <> 'cancelled'
    where a.status <> 'cancelled'
  `,
  'a patient lies in one bed at a time': sql.unsafe`
    select a.id, b.id as other
    from inpatient.bed_stay a
    join inpatient.bed_stay b on b.patient_id = a.patient_id and b.id > a.id and b.during && a.during and b.status in ('active', 'completed')
    where a.status in ('active', 'completed')
  `,
  'who is in the house has one bed, nobody else has any': sql.unsafe`
    select s.id
    from inpatient.stay s
    left join inpatient.bed_stay k on k.stay_id = s.id and k.status = 'active'
    group by s.id
    having count(k.id) <> case when s.status in ('admitted', 'discharge-ordered', 'cleared') then 1 else 0 end
  `,
  'a bed is kept only for somebody who waits or is to be moved': sql.unsafe`
    select k.id from inpatient.bed_stay k join inpatient.stay s on s.id = k.stay_id where k.status = 'reserved' and s.status in ('discharged', 'cancelled')
  `,
  'the visit of a stay is under way as long as the stay is, and ends with it': sql.unsafe`
    select s.id
    from inpatient.stay s
    join ehr.encounter e on e.id = s.encounter_id
    where (e.status in ('in-progress', 'onleave')) <> (s.status in ('admitted', 'discharge-ordered', 'cleared')) or e.patient_id <> s.patient_id
  `,
  'a stay has its beds one after the other, without a gap': sql.unsafe`
    select s.id
    from inpatient.stay s
    join inpatient.bed_stay k on k.stay_id = s.id and k.status in ('active', 'completed')
    group by s.id
    having range_agg(k.during) <> tstzmultirange(tstzrange(s.admitted_at, s.discharged_at))
  `,
  'a bed with a patient is in no other state': sql.unsafe`
    select b.id from inpatient.bed b join inpatient.bed_stay k on k.bed_id = b.id and k.status in ('active', 'reserved') where b.state <> 'U'
  `,
  'a bed-day is counted once': sql.unsafe`
    select stay_id, day from inpatient.bed_day where reversed_at is null group by 1, 2 having count(*) > 1
  `,
};
