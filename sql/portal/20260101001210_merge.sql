-- The sign-in that sees the record that stays is the one that counts; the other ends, and is there again when the merge is taken back.
insert into patients.merge_rule (name, relation, clashes, changes, because_of) values
  ('merge_portal_account', 'portal.access', 'gone.ended_at is null and kept.ended_at is null and gone.user_id = kept.user_id',
    'ended_at = core.now(), ended_by = core.current_actor()', 'access_once'),
  ('merge_portal_self', 'portal.access', $$gone.ended_at is null and kept.ended_at is null and gone.role = 'self' and kept.role = 'self'$$,
    'ended_at = core.now(), ended_by = core.current_actor()', 'access_self_once'),
  ('merge_portal_invitation', 'portal.invitation',
    $$gone.role = 'self' and kept.role = 'self' and gone.accepted_at is null and gone.withdrawn_at is null and kept.accepted_at is null and kept.withdrawn_at is null$$,
    'withdrawn_at = core.now()', 'invitation_self_once');
