import ical from 'node-ical';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sql } from '../../core/database.ts';
import { hashPassword } from '../../plugins/auth/password.ts';
import { clientOf, type Client } from '../hms.ts';
import { startHouse, type House } from '../messaging/house.ts';

const test = suite('portal: one hour everywhere');
const secret = 'seven green herons';

const enrolled = async (house: House, patientId: string): Promise<Client> => {
  await house.db.query(sql.unsafe`
    with made as (
      insert into auth."user" (username, display_name, password_hash, patient_only)
      values (${patientId}, 'Person', ${await hashPassword(secret, house.hms.config)}, true)
      returning id
    ),
    role as (insert into auth.user_role (user_id, role) select id, 'patient' from made)
    insert into portal.access (user_id, patient_id, role) select id, ${patientId}, 'self' from made
  `);
  const { body } = await house.anonymous.post('/api/auth/login', { username: patientId, password: secret });
  return clientOf(house.url, body.accessToken);
};
interface Entry {
  start: Date;
  uid: string;
  summary: string;
  location: string;
  status: string;
  sequence: string;
}
const read = (text: string): Entry =>
  Object.values(ical.sync.parseICS(text)).find((it) => it?.type === 'VEVENT') as unknown as Entry;
const keep = (client: Client, path: string) =>
  client.fetch(path, { headers: { authorization: `Bearer ${client.token}` } });

/** One that changes its clocks, one that never did, one that gave it up: S6. */
for (const timeZone of ['Europe/Berlin', 'Asia/Kolkata', 'Europe/Istanbul'])
  test(`booked before the clocks change for after it: desk, portal, SMS, letter and files say the same hour, ${timeZone}`, async () => {
    const house = await startHouse(['portal'], { OPENWARD_ZONE: timeZone });
    try {
      const startsAt = '2026-03-30T08:00:00Z';
      const hour = Temporal.Instant.from(startsAt)
        .toZonedDateTimeISO(timeZone)
        .toPlainTime()
        .toString({ smallestUnit: 'minute' });
      const patientId = await house.agreed();
      const booked = await house.book(patientId, startsAt);
      await house.at('2026-03-02T08:01:01Z');
      const self = await enrolled(house, patientId);

      assert.is((await house.clerk.get(`/api/appointments/${booked.id}`)).body.startsAt, startsAt, 'desk');
      assert.is((await self.get(`/api/portal/visits/${booked.id}`)).body.startsAt, startsAt, 'portal');
      assert.is(house.gateway.asked.length, 1);
      assert.match(house.gateway.asked[0]!.text, new RegExp(` ${hour}\\.$`), 'SMS');
      const [letter] = house.mail.mails;
      assert.match(letter!.text, new RegExp(` ${hour}\\.`), 'letter');
      const files = [
        letter!.calendar!,
        await (await keep(self, `/api/portal/visits/${booked.id}/calendar`)).text(),
        await (await keep(house.clerk, `/api/appointments/${booked.id}/calendar`)).text(),
      ];
      for (const [n, text] of files.entries())
        assert.is(read(text).start.toISOString(), '2026-03-30T08:00:00.000Z', `file ${n}`);
      assert.is(new Set(files).size, 1, 'one file, whoever hands it out');
      for (const word of ['Secretname', 'Marsh', 'Consultation', 'tuberculosis', patientId])
        assert.not.match(files[0]!, new RegExp(word, 'i'));
    } finally {
      await house.stop();
    }
  });

test('what moves, moves in the patient’s calendar; what is cancelled leaves it; of others there is no file', async () => {
  const house = await startHouse(['portal']);
  try {
    const [patientId, other] = [await house.agreed({ language: 'ar' }), await house.agreed()];
    const booked = await house.book(patientId, '2026-03-05T09:00:00Z');
    await house.at('2026-03-02T08:01:01Z');
    const moved = await house.move(booked, '2026-03-06T10:00:00Z');
    await house.at('2026-03-02T08:03:00Z');
    await house.cancel(moved);
    await house.at('2026-03-02T08:05:00Z');
    const entries = house.mail.mails.map(({ calendar }) => read(calendar!));
    assert.is(new Set(entries.map(({ uid }) => uid)).size, 1, 'the same entry');
    assert.equal(
      entries.map(({ start, status, sequence }) => [start.toISOString().slice(0, 13), status, Number(sequence)]),
      [
        ['2026-03-05T09', 'CONFIRMED', 0],
        ['2026-03-06T10', 'CONFIRMED', 1],
        ['2026-03-06T10', 'CANCELLED', 2],
      ],
    );
    assert.match(entries[0]!.summary, /^موعد في /);
    const self = await enrolled(house, other);
    assert.is((await keep(self, `/api/portal/visits/${booked.id}/calendar`)).status, 404);
    assert.is((await keep(self, `/api/appointments/${booked.id}/calendar`)).status, 403);
    assert.is((await keep(house.anonymous, `/api/portal/visits/${booked.id}/calendar`)).status, 401);
  } finally {
    await house.stop();
  }
});
test.run();
