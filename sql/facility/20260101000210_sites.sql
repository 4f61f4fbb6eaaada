/* The site that a place lies in, however deep; null when it lies in none. */
create function facility.site_of(place uuid) returns uuid language sql stable as $$
  with recursive up (id, parent_id, kind, depth) as (
    select id, parent_id, kind, 1 from facility.location where id = place
    union all
    select l.id, l.parent_id, l.kind, up.depth + 1 from up join facility.location l on l.id = up.parent_id where up.depth < 12
  )
  select id from up where kind = 'site' order by depth limit 1
$$;
grant execute on function facility.site_of(uuid) to app;
