import { sql, type Query } from '../../../core/database.ts';

/** Sentence → query that must return no row. */
export const invariants: Record<string, Query> = {
  'a ticket is at one point, and its last step says which and how it ended': sql.unsafe`
    select t.id
    from scheduling.ticket t
    left join lateral (
      select s.point_id, s.ended_at, s.outcome from scheduling.ticket_step s where s.ticket_id = t.id order by s.queued_at desc, s.id desc limit 1
    ) last on true
    where last.point_id is distinct from t.point_id or last.ended_at is distinct from t.ended_at
      or last.outcome is distinct from case when t.ended_at is not null then t.status end
  `,
  'nobody waits twice in one queue': sql.unsafe`
    select patient_id, point_id from scheduling.ticket
    where status in ('created', 'in-progress') and patient_id is not null
    group by patient_id, point_id having count(*) > 1
  `,
};
