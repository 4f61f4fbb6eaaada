-- What the clinical record cannot have twice when two patients turn out to be one.
insert into patients.merge_rule (name, relation, clashes, changes, changes_in, because_of) values
  ('merge_open_visits', 'ehr.encounter',
    $$gone.status in ('arrived', 'triaged', 'in-progress', 'onleave') and kept.status in ('arrived', 'triaged', 'in-progress', 'onleave')$$, null, default, null),
  -- Both are shown: which of them says more is for who treats them.
  ('merge_same_allergy', 'ehr.allergy_intolerance', 'gone.active and kept.active and gone.substance = kept.substance', 'doubled = true', default,
    'allergy_once_per_substance'),
  -- "No known allergy" is no longer true when the other record knows one.
  ('merge_allergy_known', 'ehr.allergy_intolerance', 'gone.active and gone.none_known and kept.active and not kept.none_known', $$clinical_status = 'inactive'$$, 'gone', null),
  ('merge_allergy_learnt', 'ehr.allergy_intolerance', 'kept.active and kept.none_known and gone.active and not gone.none_known', $$clinical_status = 'inactive'$$, 'kept', null);
