-- People see what they have allowed, and take it back.
alter table oauth.consent
  add column id uuid not null default uuidv7(),
  add column scopes text[] not null default '{}', -- what the person gave of what was asked for
  add constraint consent_id_unique unique (id);
