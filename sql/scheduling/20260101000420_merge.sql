-- Nobody is expected in two places at once.
insert into patients.merge_rule (name, relation, clashes, because_of) values
  ('merge_same_time', 'scheduling.occupancy',
    'gone.blocking and kept.blocking and gone.actor_id = gone.patient_id and kept.actor_id = kept.patient_id and gone.lane = kept.lane and gone.during && kept.during',
    'occupancy_no_overlap');
