-- Of two answers to one question a no holds; of two pictures that of the record that stays.
insert into patients.merge_rule (name, relation, clashes, changes, changes_in, takes, because_of) values
  ('merge_consent', 'patients.consent',
    $$gone.superseded_at is null and kept.superseded_at is null and gone.kind = kept.kind and (kept.decision <> 'given' or gone.decision = 'given')$$,
    'superseded_at = core.now()', 'gone', false, 'consent_one_holds'),
  ('merge_consent_refused', 'patients.consent',
    $$gone.superseded_at is null and kept.superseded_at is null and gone.kind = kept.kind and kept.decision = 'given' and gone.decision <> 'given'$$,
    'superseded_at = core.now()', 'kept', false, 'consent_one_holds'),
  ('merge_photo', 'patients.photo', 'true', null, 'gone', true, 'photo_one');
