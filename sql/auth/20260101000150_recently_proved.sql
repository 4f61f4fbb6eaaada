-- When the person of a session last proved who they are: what is delicate asks once more after five minutes.
alter table auth.session add column proved_at timestamptz not null default clock_timestamp();
