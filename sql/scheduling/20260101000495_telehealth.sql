-- Whether this deployment has a video system: each start says so, for what decides on a booking knows the database alone. Which one, and the
-- secret that its rooms are named with, stay in the environment.
insert into core.setting (name, value) values ('scheduling.telehealth', '{"configured": false}');

/* A visit of this service can take place. */
create function scheduling.can_take_place(service uuid) returns boolean language sql stable as $$
  select not exists (select from facility.healthcare_service s where s.id = service and s.telehealth)
    or exists (select from core.setting t where t.name = 'scheduling.telehealth' and t.value -> 'configured' = 'true')
$$;
