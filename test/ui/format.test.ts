import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as format from '../../ui/src/lib/format.ts';

const test = suite('interface: formats');
let locale = 'en';
test.before.each(() => {
  locale = 'en';
  format.configure({ locale: () => locale, zone: 'Europe/Berlin', currency: 'EUR', now: '2026-11-23T09:24:00Z' });
});
const spaces = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ');

test('a date cannot be read as another one', () => {
  assert.is(format.date('1945-07-14'), '14-Jul-1945');
  assert.is(format.date('2026-09-01'), '01-Sep-2026');
  locale = 'es';
  assert.is(format.date('1945-07-14'), '14-jul-1945');
  locale = 'ar';
  assert.is(format.date('1945-07-14'), '14 يوليو 1945');
});

test('the clock runs as fast as the hospital’s', async () => {
  format.configure({ now: '2026-11-23T09:24:00Z', speed: 36_000 });
  await new Promise((resolve) => setTimeout(resolve, 120)); // more than an hour there
  assert.ok(format.minutesSince('2026-11-23T09:24:00Z') >= 60);
  format.configure({ now: '2026-11-23T09:24:00Z' });
  assert.is(format.minutesSince('2026-11-23T09:24:00Z'), 0);
});

test('instants are shown in the zone of the clinic', () => {
  assert.is(format.date('2026-11-22T23:30:00Z'), '23-Nov-2026');
  assert.is(format.time('2026-11-23T09:05:00Z'), '10:05');
  assert.is(format.time('2026-07-23T09:05:00Z'), '11:05');
  assert.is(format.timeRange('2026-11-23T09:00:00Z', '2026-11-23T09:30:00Z'), '10:00–10:30');
  assert.is(format.dayOf('2026-11-22T23:30:00Z'), '2026-11-23');
});

test('near days have names', () => {
  assert.is(format.when('2026-11-23T09:05:00Z'), 'today 10:05');
  assert.is(format.when('2026-11-22T09:05:00Z'), 'yesterday 10:05');
  assert.is(format.when('2026-11-24T07:00:00Z'), 'tomorrow 08:00');
  assert.is(format.when('2026-10-02T07:00:00Z'), '02-Oct-2026 09:00');
  assert.is(format.inDays('2026-11-28'), 'in 5 days');
  assert.is(format.longDate('2026-11-23'), 'Monday 23 November');
  assert.is(format.longDate('2025-11-24'), 'Monday 24 November 2025');
  locale = 'es';
  assert.is(format.when('2026-11-23T09:05:00Z'), 'hoy 10:05');
  assert.is(format.longDate('2026-11-23'), 'Lunes 23 de noviembre');
});

test('ages are days, weeks, months, then years', () => {
  const ages = [['2026-11-23', '0d'], ['2026-10-27', '27d'], ['2026-10-26', '4w'], ['2026-08-24', '13w'], ['2026-08-23', '3m'], ['2024-11-24', '23m'], ['2024-11-23', '2y'], ['1945-07-14', '81y']]; // prettier-ignore
  for (const [born, age] of ages) assert.is(format.age(born!), age, born);
  assert.is(format.age('1945-03-02', '2026-03-01T10:00:00Z'), '80y', 'at death it stands still');
});

test('durations', () => {
  assert.is(format.duration(31), '31 min');
  assert.match(format.duration(125), /^2 hrs? 5 min/);
  assert.is(format.minutesSince('2026-11-23T08:53:00Z') >= 31, true);
});

test('money comes from minor units of any currency', () => {
  assert.is(format.money(1250), '€12.50');
  assert.is(format.money(1250, 'JPY'), '¥1,250');
  assert.is(format.currencyDigits('KWD'), 3);
  assert.is(format.moneyShort(9_640_000), '€96.4K');
  assert.is(format.moneyShort(91_750), '€918');
  locale = 'es';
  assert.is(spaces(format.money(125_050)), '1250,50 €');
  locale = 'ar';
  assert.match(format.money(1250), /12\.50/);
});

test('typed numbers take comma, point and Arabic digits, and nothing unclear', () => {
  assert.is(format.parseNumber('37,2'), 37.2);
  assert.is(format.parseNumber(' 37.2 '), 37.2);
  assert.is(format.parseNumber('٣٧٫٢'), 37.2);
  for (const wrong of ['', 'abc', '1.234,5', '1e3', '12 5', '--1']) assert.is(format.parseNumber(wrong), null, wrong);
  assert.is(format.parseMoney('12,5'), 1250);
  assert.is(format.parseMoney('12.505'), null);
  assert.is(format.parseMoney('-3'), null);
  assert.is(format.parseMoney('300', 'JPY'), 300);
  assert.is(format.parseMoney('0.29'), 29);
});

test('names', () => {
  assert.is(format.name({ familyName: 'Müller', givenName: 'Jonas' }), 'MÜLLER, Jonas');
  assert.is(format.name({ familyName: 'حداد', givenName: 'ليلى' }), 'حداد، ليلى');
  assert.is(format.initials({ familyName: 'Morales', givenName: 'Ines' }), 'IM');
  assert.is(format.initialsOf('Dr Amara Okafor'), 'AO');
});

test('numbers and rates', () => {
  assert.is(format.number(1284), '1,284');
  assert.is(format.number(36.7, 1), '36.7');
  assert.is(spaces(format.percent(0.071)), '7.1%');
});

test.run();
