import fc from 'fast-check';
import ical from 'node-ical';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { calendarText, type Entry } from '../../plugins/scheduling/icalendar/calendar.ts';

const test = suite('scheduling: calendars as text');

const entry = (more: Partial<Entry> = {}): Entry => ({
  uid: 'appointment-1@hospital.example',
  version: 1,
  changedAt: '2026-03-01T08:00:00Z',
  startsAt: '2026-03-03T08:00:00Z',
  endsAt: '2026-03-03T08:30:00Z',
  summary: 'Consultation',
  location: 'Room 1',
  status: 'confirmed',
  ...more,
});
const written = (...entries: Entry[]) => calendarText({ locale: 'en', name: 'Dr Marsh', entries });
const read = (text: string) =>
  Object.values(ical.sync.parseICS(text)).filter((it) => it?.type === 'VEVENT') as unknown as {
    uid: string;
    start: Date;
    end: Date;
    summary: string;
    location: string;
    status: string;
    sequence: string;
    transparency: string;
    dtstamp: Date;
  }[];
const lines = (text: string): string[] => text.split('\r\n');
/** A text as RFC 5545 3.1 and 3.3.11 read it; the parser takes an escaped backslash before an n for the end of a line, and quotation marks away. */
const textOf = (all: string, property: string): string | undefined =>
  lines(all.replaceAll('\r\n ', ''))
    .find((line) => line.startsWith(`${property}:`))
    ?.slice(property.length + 1)
    .replace(/\\([\\;,nN])/g, (_, letter: string) => (/n/i.test(letter) ? '\n' : letter));

const zones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata', 'Europe/Istanbul'];

test('on both sides of every change of the clocks an entry begins at the instant that was booked', () => {
  let seen = 0;
  for (const timeZone of zones) {
    const from = Temporal.Instant.from('2015-01-01T00:00:00Z').toZonedDateTimeISO(timeZone);
    const changes: Temporal.ZonedDateTime[] = [];
    for (let at = from.getTimeZoneTransition('next'); at && at.year < 2028; at = at.getTimeZoneTransition('next'))
      changes.push(at);
    const around = changes.length > 0 ? changes : [from];
    fc.assert(
      fc.property(
        fc.constantFrom(...around),
        fc.integer({ min: -36 * 60, max: 36 * 60 }),
        fc.integer({ min: 5, max: 720 }),
        (change, minutes, length) => {
          const start = change.add({ minutes }).round({ smallestUnit: 'minute' });
          const end = start.add({ minutes: length });
          const [back] = read(
            written(entry({ startsAt: start.toInstant().toString(), endsAt: end.toInstant().toString() })),
          );
          assert.is(back?.start.getTime(), start.epochMilliseconds, `${timeZone} ${start.toString()}`);
          assert.is(back?.end.getTime(), end.epochMilliseconds, `${timeZone} ${end.toString()}`);
          seen++;
        },
      ),
      { numRuns: 200, seed: 20260329 },
    );
  }
  assert.is(seen, 1000);
  const text = written(entry());
  assert.match(text, /\r\nDTSTART:20260303T080000Z\r\n/, 'in UTC: no table of zones that could be out of date');
  assert.not.match(text, /TZID|VTIMEZONE/);
});

const letters = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('موعد في المستشفى ', '👩🏽‍⚕️', '🏥', 'a;b,c\\n', 'first\nsecond', '"quoted"', ':', 'é', '\\'),
);
const text = fc
  .array(letters, { maxLength: 40 })
  .map((parts) => parts.join(''))
  // What the database keeps: no NUL, no half of a pair; and what a name is, trimmed.
  .map((it) =>
    it
      .replace(/\p{Cc}/gu, (c) => (c === '\n' ? c : ' '))
      .toWellFormed()
      .trim(),
  )
  .filter((it) => it !== '');

test('no line is longer than 75 octets, none splits a letter, and every text comes back as it was', () => {
  fc.assert(
    fc.property(text, text, (summary, location) => {
      const all = written(entry({ summary, location }));
      assert.ok(all.endsWith('END:VCALENDAR\r\n'));
      assert.not.match(all.replaceAll('\r\n', ''), /[\r\n]/, 'every line ends with CR LF');
      for (const line of lines(all)) {
        assert.ok(Buffer.byteLength(line) <= 75, `${Buffer.byteLength(line)} octets: ${line}`);
        assert.ok(line.isWellFormed(), 'no letter is cut');
      }
      assert.is(textOf(all, 'SUMMARY'), summary);
      assert.is(textOf(all, 'LOCATION'), location);
      const [back] = read(all);
      if (!/[\\"]/.test(summary + location)) assert.equal([back?.summary, back?.location], [summary, location]);
    }),
    { numRuns: 500, seed: 5545 },
  );
});

test('a letter that no calendar may hold is a space; a text cannot begin a line of its own', () => {
  const all = written(entry({ summary: 'a\u0007b\r\nATTENDEE:mailto:x@example.org' }));
  assert.not.match(all, /\u0007|\r\nATTENDEE/);
  assert.is(read(all)[0]?.summary, 'a b \nATTENDEE:mailto:x@example.org');
});

test('the same thing keeps its id and counts up; what was cancelled says so and takes no time', () => {
  const one = read(written(entry()))[0]!;
  const later = read(written(entry({ version: 3, changedAt: '2026-03-02T09:00:00Z', status: 'cancelled' })))[0]!;
  assert.equal([one.uid, later.uid], [entry().uid, entry().uid]);
  assert.equal([Number(one.sequence), Number(later.sequence)], [0, 2]);
  assert.equal([one.status, later.status], ['CONFIRMED', 'CANCELLED']);
  assert.equal([one.transparency, later.transparency], ['OPAQUE', 'TRANSPARENT']);
  assert.is(later.dtstamp.toISOString(), '2026-03-02T09:00:00.000Z');
  const text = written(entry(), entry({ uid: 'leave-1@hospital.example', status: 'tentative' }));
  for (const line of ['BEGIN:VCALENDAR', 'VERSION:2.0', 'METHOD:PUBLISH', 'X-WR-CALNAME:Dr Marsh', 'STATUS:TENTATIVE'])
    assert.ok(lines(text).includes(line), line);
  assert.match(text, /\r\nPRODID:-\/\/OpenWard\/\/Appointments\/\/EN\r\n/);
  assert.is(read(text).length, 2);
  assert.is(read(written()).length, 0);
});
test.run();
