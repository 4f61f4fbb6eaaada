import { sql, type Query } from '../../core/database.ts';

/** Each query must return no row. */
export const invariants: Readonly<Record<string, Query>> = {
  'what was posted is of the patient whose specimen it was': sql.unsafe`
    select m.id
    from lab_adapter.incoming m
    left join laboratory.specimen s on s.id = m.specimen_id
    where m.state = 'posted' and s.patient_id is distinct from m.patient_id
  `,
  'nothing arrives in two states: a message is kept once': sql.unsafe`
    select sender from lab_adapter.incoming where sender is not null and control_id is not null group by sender, control_id, digest having count(*) > 1
  `,
  'no order is sent twice': sql.unsafe`
    select o.specimen_id
    from lab_adapter.outgoing o
    cross join lateral unnest(o.request_ids) request
    where o.kind = 'order' and o.state <> 'cancelled'
    group by o.connection_id, o.specimen_id, request
    having count(*) > 1
  `,
  'an order is of the patient whose specimen it is': sql.unsafe`
    select o.id from lab_adapter.outgoing o join laboratory.specimen s on s.id = o.specimen_id where o.patient_id <> s.patient_id
  `,
  'a laboratory that has an order is known to have it': sql.unsafe`
    select o.id
    from lab_adapter.outgoing o
    join laboratory.result r on r.specimen_id = o.specimen_id and r.service_request_id = any(o.request_ids) and r.sent_to = o.laboratory
    where o.kind = 'order' and o.state = 'acknowledged' and r.acknowledged_at is null and r.status in ('ordered', 'entered')
  `,
};
