import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { sql } from '../../core/database.ts';
import { clockChanges } from '../../plugins/scheduling/availability/clock-changes.ts';
import { startHospital, type Hospital } from './hospital.ts';

/** Clock changes in two hemispheres, one of half an hour, none at all, and a zone that gave them up in 2016. */
const zones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata', 'Europe/Istanbul'];
/** Cases in all: all of them on request, a tenth each time. */
const cases = process.env.FULL_SIZE ? 10_000 : 1_000;
const each = 100;

const test = suite<{ hms: Hospital }>('scheduling: free times in every zone');
test.before(async (at) => {
  at.hms = await startHospital();
});
test.after((at) => at.hms?.stop());

const Free = z.strictObject({ practitionerId: z.uuid(), startsAt: z.string(), endsAt: z.string() });
const minutesOf = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
const timeOf = (minutes: number) =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;

/** Days around two clock changes after this one, and in 2015 around those of the zone whose rules changed. */
const daysOf = (zone: string): Temporal.PlainDate[] =>
  ['2026-01-15T00:00:00Z', '2015-01-15T00:00:00Z'].flatMap((from) => {
    const changes = clockChanges({ zone, windows: [], exceptions: [] }, from);
    const days = changes.map(({ onDate }) => Temporal.PlainDate.from(onDate));
    return days.length > 0 ? days : [Temporal.PlainDate.from(from.slice(0, 10))];
  });

test('no slot in a skipped hour, both of a doubled one, all as long as they say', async ({ hms }) => {
  const Id = z.strictObject({ id: z.uuid() });
  const doctors = await hms.db.anyFirst(sql.type(Id)`
    with p as (insert into facility.practitioner (family_name) select 'Zone ' || n from generate_series(1, ${each}) n returning id)
    insert into scheduling.schedule (id, practitioner_id) select id, id from p returning id
  `);
  const one = fc.record({
    around: fc.integer({ min: -1, max: 1 }),
    begins: fc.integer({ min: 0, max: 22 * 4 }).map((quarter) => quarter * 15),
    lasts: fc.integer({ min: 1, max: 16 }).map((quarter) => quarter * 15),
  });
  let seen = 0;
  for (const zone of zones) {
    const days = daysOf(zone);
    await hms.db.query(
      sql.unsafe`update scheduling.schedule set zone = ${zone} where id = any(${sql.array([...doctors], 'uuid')})`,
    );
    for (const day of days)
      await fc.assert(
        // A hundred windows, each of somebody else's, are asked at once.
        fc.asyncProperty(
          fc.array(one, { minLength: each, maxLength: each }),
          fc.constantFrom(10, 15, 25, 30, 60),
          async (wishes, length) => {
            seen += each;
            const asked = wishes.map(({ around, begins, lasts }, n) => ({
              id: doctors[n]!,
              on: day.add({ days: around }),
              startTime: timeOf(begins),
              endTime: timeOf(Math.min(begins + lasts, 24 * 60)),
            }));
            await hms.db.query(
              sql.unsafe`delete from scheduling.availability where practitioner_id = any(${sql.array([...doctors], 'uuid')})`,
            );
            await hms.db.query(sql.unsafe`
              insert into scheduling.availability (schedule_id, practitioner_id, weekday, start_time, end_time)
              select w.id, w.id, w.weekday, w.begins, w.ends
              from ${sql.unnest(
                asked.map((it) => [it.id, it.on.dayOfWeek, it.startTime, it.endTime]),
                ['uuid', 'int2', 'time', 'time'],
              )} w (id, weekday, begins, ends)
            `);
            const from = day.toZonedDateTime({ timeZone: zone }).toInstant().subtract({ hours: 36 });
            const free = await hms.db.any(sql.type(Free)`
              select f.practitioner_id, f.starts_at, f.ends_at
              from scheduling.free_between(${sql.array([...doctors], 'uuid')}, make_interval(mins => ${length}), ${from.toString()}, ${from.add({ hours: 96 }).toString()}, '{}') f
              order by f.starts_at
            `);
            const of = Map.groupBy(free, ({ practitionerId }) => practitionerId);
            for (const { id, ...window } of asked) check(of.get(id) ?? [], { ...window, zone, length });
          },
        ),
        { numRuns: Math.ceil(cases / zones.length / days.length / each), seed: 20260329 },
      );
  }
  assert.ok(seen >= cases, `${seen} cases`);
});

interface Wish {
  startTime: string;
  endTime: string;
  zone: string;
  on: Temporal.PlainDate;
  length: number;
}
const check = (free: readonly z.infer<typeof Free>[], { startTime, endTime, zone, on, length }: Wish) => {
  const what = `${zone} ${on.toString()} ${startTime}–${endTime} ${length}`;
  // The window as it really is: shorter over a skip, longer when it spans a doubled hour.
  const instant = (time: string) => {
    const wall = on.toPlainDateTime().add({ minutes: minutesOf(time) });
    return wall.toZonedDateTime(zone, { disambiguation: 'later' }).toInstant();
  };
  const [opens, closes] = [instant(startTime), instant(endTime)];
  const minutes = Math.max(0, opens.until(closes).total('minutes'));
  assert.is(free.length, Math.floor(minutes / length), `${what}: ${free.map((it) => it.startsAt).join()}`);
  for (const [n, { startsAt, endsAt }] of free.entries()) {
    assert.is(Temporal.Instant.from(startsAt).until(endsAt).total('minutes'), length, `${what}: length in UTC`);
    // From when it opens on, one after the other: none in a skipped hour, both hours of a doubled one, none beyond the end.
    assert.is(opens.until(startsAt).total('minutes'), n * length, `${what}: ${startsAt}`);
  }
};
test.run();
