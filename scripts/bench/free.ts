// npm run bench:free [-- --practitioners N --days N --full N]: how long the first free times take to find in a full house, over HTTP, audit included.
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { sql, type Db } from '../../core/database.ts';
import { startHms } from '../../test/hms.ts';

const { values } = parseArgs({
  options: {
    practitioners: { type: 'string', default: '200' },
    days: { type: 'string', default: '90' },
    full: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '40' },
  },
});
const practitioners = Number(values.practitioners);
const days = Number(values.days);
/** Days from today on which nothing is free. */
const full = Number(values.full);
const rounds = Number(values.rounds);
const departments = 10;

/** Rooms of their own, eight hours a day from Monday to Friday in Berlin, sixteen appointments a day; after the full days one of seven is free. */
const furnish = async (db: Db): Promise<void> => {
  await db.query(sql.unsafe`
    insert into facility.organization (kind, name) select 'department', 'Department ' || n from generate_series(1, ${departments}) n
  `);
  await db.query(sql.unsafe`
    insert into facility.healthcare_service (name, organization_id, buffer_after_minutes)
    select 'Consultation', o.id, case when o.name = 'Department 1' then 5 else 0 end from facility.organization o where o.kind = 'department'
  `);
  await db.query(sql.unsafe`
    with department as (select id, row_number() over (order by id) as n from facility.organization where kind = 'department'),
    who as (insert into facility.practitioner (family_name, given_name) select 'Doctor ' || n, 'Ada' from generate_series(1, ${practitioners}) n returning id, family_name),
    numbered as (select id, row_number() over (order by family_name) as n from who),
    room as (
      insert into facility.location (kind, name, organization_id)
      select 'room', 'Room ' || p.n, d.id from numbered p join department d on d.n = 1 + p.n % ${departments}
      returning id, name, organization_id
    ),
    role as (
      insert into facility.practitioner_role (practitioner_id, organization_id, specialty)
      select p.id, d.id, 'Specialty ' || p.n % 5 from numbered p join department d on d.n = 1 + p.n % ${departments}
    ),
    schedule as (insert into scheduling.schedule (practitioner_id, zone) select p.id, 'Europe/Berlin' from numbered p returning id, practitioner_id)
    insert into scheduling.availability (schedule_id, practitioner_id, location_id, weekday, start_time, end_time)
    select s.id, s.practitioner_id, r.id, weekday, hours.begins, hours.ends
    from schedule s
    join numbered p on p.id = s.practitioner_id
    join room r on r.name = 'Room ' || p.n
    cross join generate_series(1, 5) weekday
    cross join (values (time '08:00', time '12:00'), (time '13:00', time '17:00')) hours (begins, ends)
  `);
  for (let day = 0; day < days; day += 10)
    await db.query(sql.unsafe`
      with at as (
        select w.practitioner_id, w.location_id, start
        from scheduling.windows(null, core.now() + make_interval(days => ${day}), core.now() + make_interval(days => ${Math.min(day + 10, days)})) w
        cross join lateral generate_series(lower(w.during), upper(w.during) - interval '30 minutes', interval '30 minutes') start
        where lower(w.during) < core.now() + make_interval(days => ${full}) or hashtextextended(w.practitioner_id::text || start::text, 1) % 7 <> 0
      ),
      made as (
        insert into scheduling.appointment (practitioner_id, location_id, status, starts_at, ends_at)
        select practitioner_id, location_id, 'booked', start, start + interval '30 minutes' from at
        returning id, practitioner_id, location_id, starts_at, ends_at
      )
      insert into scheduling.occupancy (appointment_id, actor_id, during)
      select m.id, actor, tstzrange(m.starts_at, m.ends_at) from made m cross join lateral unnest(array[m.practitioner_id, m.location_id]) actor
      on conflict do nothing
    `);
};

const hms = await startHms(['auth', 'facility', 'patients', 'scheduling'], {
  now: '2026-03-02T05:00:00Z',
  env: { OPENWARD_ROLE: 'web', LOG_LEVEL: 'silent', OPENWARD_LIMITS: 'all=999999999' },
});
try {
  await furnish(hms.db);
  await hms.db.query(sql.unsafe`vacuum analyze`);
  const Counted = z.strictObject({ count: z.int() });
  const appointments = await hms.db.oneFirst(
    sql.type(Counted)`select count(*)::integer as count from scheduling.appointment`,
  );
  console.log(
    `${practitioners} practitioners × ${days} days, the first ${full} full: ${appointments} appointments; load average ${loadavg()[0]!.toFixed(1)}`,
  );
  const Id = z.strictObject({ id: z.uuid() });
  const some = (query: ReturnType<typeof sql.fragment>) => hms.db.anyFirst(sql.type(Id)`${query}`);
  const people = await some(sql.fragment`select id from facility.practitioner order by md5(id::text) limit ${rounds}`);
  const services = await some(sql.fragment`select id from facility.healthcare_service order by id`);
  const rooms = await some(sql.fragment`select id from facility.location order by md5(id::text) limit ${rounds}`);
  const clerk = await hms.as('receptionist');
  const until = Temporal.Instant.from('2026-03-02T05:00:00Z').add({ hours: days * 24 });
  const questions: Record<string, (n: number) => string> = {
    practitioner: (n) => `practitionerId=${people[n % people.length]}`,
    'service (department)': (n) => `serviceId=${services[n % services.length]}`,
    specialty: (n) => `specialty=Specialty ${n % 5}&length=30`,
    'place, an hour': (n) =>
      `serviceId=${services[n % services.length]}&locationId=${rooms[n % rooms.length]}&length=60`,
    'specialty, an hour': (n) => `specialty=Specialty ${n % 5}&length=60`,
  };
  console.log(`${''.padEnd(24)}   median      p95      max   (milliseconds)`);
  for (const [what, question] of Object.entries(questions)) {
    const times: number[] = [];
    let found = 0;
    for (let n = -3; n < rounds; n++) {
      const begun = performance.now();
      const { status, body } = await clerk.get(`/api/slots?limit=5&to=${until.toString()}&${question(n + 5)}`);
      if (n >= 0) times.push(performance.now() - begun); // the first ones warm up
      if (status !== 200) throw new Error(`${what}: ${status} ${JSON.stringify(body)}`);
      found += body.items.length / (rounds + 3);
    }
    times.sort((a, b) => a - b);
    const at = (share: number) =>
      times[Math.min(times.length - 1, Math.floor(times.length * share))]!.toFixed(1).padStart(8);
    console.log(`${what.padEnd(24)} ${at(0.5)} ${at(0.95)} ${at(1)}   ${found.toFixed(1)} found`);
  }
  console.log(`load average ${loadavg()[0]!.toFixed(1)}`);
} finally {
  await hms.stop();
}
