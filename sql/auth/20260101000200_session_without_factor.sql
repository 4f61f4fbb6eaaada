-- Whoever begins to need a second factor comes in again with one.
alter table auth.session
  drop constraint session_ended_for,
  add constraint session_ended_for check (
    ended_for in (
      'sign-out', 'everywhere', 'administrator', 'idle', 'lifetime', 'reused', 'disabled', 'switched', 'password', 'second-factor'
    )
  );
