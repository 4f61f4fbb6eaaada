-- What both had ordered and nobody has measured yet is ordered twice on purpose from then on: either may be cancelled by hand.
insert into patients.merge_rule (name, relation, clashes, changes, because_of) values
  ('merge_same_test', 'laboratory.result',
    $$gone.test_id = kept.test_id and gone.status in ('ordered', 'entered') and kept.status in ('ordered', 'entered') and not gone.repeated and not kept.repeated$$,
    'repeated = true', 'open_test_once');
