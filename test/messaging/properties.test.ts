import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { service } from '../../core/actor.ts';
import { sql } from '../../core/database.ts';
import { planReminders } from '../../plugins/messaging/events/plan.ts';
import { quietUntil } from '../../plugins/messaging/quiet.ts';
import { startHouse, type Booked, type House } from './house.ts';

const test = suite<{ house: House }>('messaging: what must never happen');
test.before(async (at) => {
  at.house = await startHouse();
});
test.after(({ house }) => house?.stop());

const start = Temporal.Instant.from('2026-03-02T08:00:00Z');
/** Half hours from the hospital's morning on, in the three weeks from Monday 9 March on. */
const times = fc
  .tuple(fc.constantFrom(7, 8, 9, 10, 11, 14, 15, 16, 17, 18), fc.integer({ min: 0, max: 5 }))
  .map(([day, half]) => start.add({ hours: day * 24, minutes: half * 30 }).toString());
const step = fc.oneof(
  { weight: 4, arbitrary: times.map((to) => ({ do: 'move' as const, to })) },
  { weight: 2, arbitrary: fc.constant({ do: 'cancel' as const }) },
  { weight: 2, arbitrary: fc.constant({ do: 'reinstate' as const }) },
  { weight: 3, arbitrary: fc.constantFrom(5, 90, 3000).map((minutes) => ({ do: 'wait' as const, minutes })) },
);

test('whatever becomes of an appointment, exactly the reminders of its current time wait, and none went twice', async ({
  house,
}) => {
  await fc.assert(
    fc.asyncProperty(times, fc.array(step, { minLength: 1, maxLength: 8 }), async (first, steps) => {
      let now = start;
      await house.setClock(now.toString());
      house.gateway.asked.length = 0;
      house.gateway.taken.clear();
      const patient = await house.agreed({ email: false });
      let booked: Booked & { startsAt: string; active: boolean } = {
        ...(await house.book(patient, first)),
        startsAt: first,
        active: true,
      };
      for (const it of steps) {
        try {
          if (it.do === 'move') booked = { ...booked, ...(await house.move(booked, it.to)), startsAt: it.to };
          else if (it.do === 'cancel') booked = { ...booked, ...(await house.cancel(booked)), active: false };
          else if (it.do === 'reinstate') booked = { ...booked, ...(await house.reinstate(booked)), active: true };
          else {
            now = now.add({ minutes: it.minutes });
            await house.at(now.toString());
          }
        } catch (error) {
          // The hospital refuses what cannot be: a move of what is cancelled, a time that has passed.
          if (!/^(409|422) /.test((error as Error).message)) throw error;
        }
      }
      const all = (await house.messagesOf(patient)).filter(({ kind }) => kind === 'appointment-reminder');
      const waiting = all.filter(({ status }) => ['planned', 'held'].includes(status));
      const begins = Temporal.Instant.from(booked.startsAt);
      const expected = [2880, 120].filter((minutes) => {
        const due = begins.subtract({ minutes });
        const gone = all.some(
          (m) =>
            m.windowMinutes === minutes &&
            m.startsAt === booked.startsAt &&
            ['sent', 'withdrawn'].includes(m.status) &&
            m.attempts > 0,
        );
        return booked.active && !gone && Temporal.Instant.compare(due, now) > 0;
      });
      assert.equal(
        waiting
          .filter(({ notBefore }) => Temporal.Instant.compare(notBefore, now) > 0)
          .map((it) => it.windowMinutes)
          .sort(),
        [...expected].sort(),
      );
      assert.ok(waiting.every(({ startsAt }) => startsAt === booked.startsAt));
      const told = house.gateway.asked.map(({ reference }) => reference);
      assert.is(new Set(told).size, told.length);
      const reminders = house.gateway.asked.filter(({ text }) => text.startsWith('Reminder')).map(({ text }) => text);
      assert.ok(
        reminders.every((text) => reminders.filter((other) => other === text).length <= 2),
        'one for each window',
      );
      assert.equal(await house.broken(), []);
      if (booked.active) await house.cancel(booked).catch(() => undefined); // its time is free for the next run
    }),
    { numRuns: 12, endOnFailure: true },
  );
});

test('nothing goes out in the quiet hours, on the days that the clock changes neither', async () => {
  const rules = (quietFrom: string, quietTo: string) => ({ quietFrom, quietTo, reminderMinutes: [], undoSeconds: 60 });
  const zones = fc.constantFrom('Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata');
  const wall = fc
    .tuple(fc.integer({ min: 0, max: 23 }), fc.constantFrom(0, 30))
    .map(([h, min]) => `${String(h).padStart(2, '0')}:${String(min).padStart(2, '0')}`);
  // Around the changes of 2026 in these zones, and on ordinary days.
  const days = fc.constantFrom(
    '2026-03-07',
    '2026-03-28',
    '2026-04-04',
    '2026-06-15',
    '2026-10-03',
    '2026-10-24',
    '2026-10-31',
  );
  const at = fc
    .tuple(days, fc.integer({ min: 0, max: 3 * 24 * 60 - 1 }))
    .map(([day, minutes]) => Temporal.Instant.from(`${day}T00:00:00Z`).add({ minutes }).toString());
  fc.assert(
    fc.property(at, zones, wall, wall, (instant, zone, from, to) => {
      const until = quietUntil(instant, zone, rules(from, to));
      const time = Temporal.Instant.from(instant)
        .toZonedDateTimeISO(zone)
        .toPlainTime()
        .toString({ smallestUnit: 'minute' });
      const isQuiet = from <= to ? time >= from && time < to : time >= from || time < to;
      if (until === null) {
        // Only in an hour that the clock repeats may a quiet wall time be over already.
        const repeated = Temporal.Instant.from(instant).subtract({ hours: 1 }).toZonedDateTimeISO(zone);
        assert.ok(!isQuiet || repeated.offset !== Temporal.Instant.from(instant).toZonedDateTimeISO(zone).offset);
        return;
      }
      assert.ok(isQuiet);
      assert.is(Temporal.Instant.compare(until, instant), 1);
      assert.is(quietUntil(until, zone, rules(from, to)), null, 'then they are over');
      assert.ok(
        Temporal.Instant.from(instant).until(until).total('hours') <= 49,
        'the only other hour may be skipped once',
      );
    }),
    { numRuns: 3000 },
  );
  // The night of 28 to 29 March in Berlin is an hour shorter, that of 24 to 25 October an hour longer.
  assert.is(quietUntil('2026-03-28T20:00:00Z', 'Europe/Berlin', rules('20:00', '08:00')), '2026-03-29T06:00:00Z');
  assert.is(quietUntil('2026-03-28T02:00:00Z', 'Europe/Berlin', rules('03:00', '02:00')), '2026-03-30T00:00:00Z');
  assert.is(quietUntil('2026-10-24T20:00:00Z', 'Europe/Berlin', rules('20:00', '08:00')), '2026-10-25T07:00:00Z');
});

test('a reminder is due as long before the appointment as the hospital says, whatever the clocks do between', async ({
  house,
}) => {
  await house.setClock('2026-02-01T08:00:00Z');
  const patientId = await house.agreed({ email: false });
  const db = house.hms.db(service('messaging'));
  const rules = { quietFrom: '21:00', quietTo: '08:00', undoSeconds: 60 };
  const zones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata', 'Europe/Istanbul'];
  /** Wall times around the clock changes of 2026 in those zones. */
  const wish = fc.record({
    zone: fc.constantFrom(...zones),
    day: fc.constantFrom(
      '2026-03-08',
      '2026-03-29',
      '2026-04-05',
      '2026-06-15',
      '2026-10-04',
      '2026-10-25',
      '2026-11-01',
    ),
    after: fc.integer({ min: 0, max: 3 * 24 * 4 }).map((quarters) => quarters * 15),
    disambiguation: fc.constantFrom('earlier' as const, 'later' as const),
    reminderMinutes: fc.uniqueArray(fc.integer({ min: 1, max: 7 * 24 * 60 }), { minLength: 1, maxLength: 3 }),
  });
  const Planned = z.strictObject({
    subjectId: z.uuid(),
    notBefore: z.string(),
    uselessAfter: z.string(),
    windowMinutes: z.int(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(wish, { minLength: 50, maxLength: 50 }), async (wishes) => {
      const asked = wishes.map(({ zone, day, after, disambiguation, reminderMinutes }) => {
        const wall = Temporal.PlainDate.from(day).toPlainDateTime().add({ minutes: after });
        return {
          id: randomUUID(),
          begins: wall.toZonedDateTime(zone, { disambiguation }).toInstant(),
          reminderMinutes,
        };
      });
      const planned = await db.transaction(async (tx) => {
        for (const { id, begins, reminderMinutes } of asked)
          await planReminders(tx, { id, patientId, startsAt: begins.toString() }, { ...rules, reminderMinutes });
        return tx.any(sql.type(Planned)`
          select subject_id, not_before, useless_after, window_minutes from messaging.message
          where subject_id = any(${sql.array(
            asked.map(({ id }) => id),
            'uuid',
          )})
        `);
      });
      const of = Map.groupBy(planned, ({ subjectId }) => subjectId);
      for (const { id, begins, reminderMinutes } of asked) {
        const rows = of.get(id) ?? [];
        assert.equal(rows.map((it) => it.windowMinutes).sort(), reminderMinutes.toSorted());
        for (const { notBefore, uselessAfter, windowMinutes } of rows) {
          assert.is(Temporal.Instant.from(notBefore).until(begins).total('minutes'), windowMinutes);
          assert.is(Temporal.Instant.compare(uselessAfter, begins), 0);
        }
      }
    }),
    { numRuns: process.env.FULL_SIZE ? 40 : 4 },
  );
});

test.run();
