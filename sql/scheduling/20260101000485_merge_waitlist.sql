-- Who waits twice for one service waits once, as long as they have waited there.
insert into patients.merge_rule (name, relation, clashes, changes, because_of) values
  ('merge_waitlist', 'scheduling.waitlist_entry', $$gone.status = 'waiting' and kept.status = 'waiting' and gone.service_id = kept.service_id$$,
    $$status = 'withdrawn'$$, 'waitlist_once');
