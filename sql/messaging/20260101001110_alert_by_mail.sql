-- When an alert that also goes out by mail was handed over. Real time: a worker that died is known by its age.
alter table messaging.alert add column mailed_at timestamptz;
create index alert_to_be_mailed on messaging.alert (created_at) where kind = 'patients.glass-broken' and mailed_at is null;
