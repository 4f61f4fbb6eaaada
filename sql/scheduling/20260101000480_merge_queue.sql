-- Nobody waits twice in one queue.
insert into patients.merge_rule (name, relation, clashes, because_of) values
  ('merge_clash', 'scheduling.ticket',
    $$gone.point_id = kept.point_id and gone.status in ('created', 'in-progress') and kept.status in ('created', 'in-progress')$$, 'ticket_once_per_queue');
