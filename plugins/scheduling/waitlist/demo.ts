import { sql, type Db } from '../../../core/database.ts';

const wishes = [
  ['urgent', 'Chest tightness on stairs', '08:00', '12:00', 5],
  ['asap', 'Palpitations at night', null, null, 10],
  ['routine', 'Follow-up after stent', '13:00', '18:00', 30],
  ['routine', 'Blood pressure check', '08:00', '10:30', 21],
  ['routine', 'Diabetes control', null, null, 28],
  ['asap', 'Back pain', '14:00', '18:00', 7],
] as const;

/** Some who wait for an earlier time. What is free already is nothing for them: who called off or moves makes room. */
export const demoWaitlist = async (owner: Db): Promise<void> => {
  await owner.query(sql.unsafe`
    insert into scheduling.waitlist_entry (patient_id, service_id, priority, reason, from_time, to_time, latest_on, looks, created_at)
    select p.id, s.id, wish.priority, wish.reason, wish.from_time::time, wish.to_time::time, core.now()::date + wish.days, false, core.now() - make_interval(hours => 7 * wish.place::integer)
    from (
      select w.*, row_number() over () as place
      from ${sql.unnest(
        wishes.map((wish) => [...wish]),
        ['text', 'text', 'text', 'text', 'int4'],
      )} w (priority, reason, from_time, to_time, days)
    ) wish
    join lateral (
      select s.id from demo_service s
      where s.place = 0 and s.department = case when wish.place <= 3 then 'Cardiology' else 'Family medicine' end order by s.id limit 1
    ) s on true
    join (
      select p.id, row_number() over (order by p.n) as place from demo_patient p
      where not p.child and p.deceased_at is null
    ) p on p.place = wish.place
  `);
};
