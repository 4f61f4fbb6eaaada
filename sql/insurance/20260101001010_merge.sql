-- The same insurance written down twice holds once; otherwise who pays first is for a person to say.
insert into patients.merge_rule (name, relation, clashes, changes, because_of)
select name, 'insurance.coverage',
  $$gone.status = 'active' and kept.status = 'active' and not gone.elsewhere and not kept.elsewhere and gone.priority = kept.priority
    and daterange(gone.starts_on, gone.ends_on, '[]') && daterange(kept.starts_on, kept.ends_on, '[]')
    and $$ || which, changes, 'coverage_one_in_force'
from (values
  ('merge_coverages', '(gone.plan_id, gone.subscriber_id) is distinct from (kept.plan_id, kept.subscriber_id)', null),
  ('merge_same_coverage', '(gone.plan_id, gone.subscriber_id) is not distinct from (kept.plan_id, kept.subscriber_id)', $$status = 'cancelled'$$)
) rule (name, which, changes);
