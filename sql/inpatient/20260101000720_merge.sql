-- Nobody lies in two beds.
insert into patients.merge_rule (name, relation, clashes, because_of) values
  ('merge_open_stays', 'inpatient.stay', $$gone.status not in ('discharged', 'cancelled') and kept.status not in ('discharged', 'cancelled')$$, 'stay_one_open_per_patient'),
  ('merge_two_beds', 'inpatient.bed_stay',
    $$gone.status in ('active', 'completed') and kept.status in ('active', 'completed') and gone.during && kept.during$$, 'patient_in_one_bed');
