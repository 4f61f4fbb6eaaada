-- How many at one time, as it was last set: the version that whoever changes it has read, and who set it before. What counts is the lanes.
create table scheduling.capacity (
  id uuid primary key, -- the practitioner, room or device
  capacity smallint not null check (capacity between 1 and 50)
);
select core.keep_history('scheduling.capacity');
insert into scheduling.capacity (id, capacity)
select l.actor_id, 1 + count(*) from scheduling.lane l where not l.beyond group by l.actor_id;
