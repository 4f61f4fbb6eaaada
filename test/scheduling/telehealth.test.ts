import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { etag, startHouse, type House } from '../messaging/house.ts';
import { between, startHospital } from './hospital.ts';

const video = {
  OPENWARD_TELEHEALTH_URL: 'https://video.hospital.example/r/{room}',
  OPENWARD_TELEHEALTH_KEY: 'a-key-that-only-tests-know-0123456789',
};
const test = suite<{ house: House; service: string }>('scheduling: visits by video');
test.before(async (at) => {
  at.house = await startHouse(['ehr'], video);
  const { status, body } = await at.house.admin.post('/api/services', {
    name: 'Video consultation',
    departmentId: at.house.department,
    durationMinutes: 30,
    telehealth: true,
  });
  assert.is(status, 201, JSON.stringify(body));
  assert.is(body.telehealth, true);
  at.service = body.id;
});
test.before.each(async ({ house }) => {
  house.gateway.asked.length = 0;
  house.mail.mails.length = 0;
  await house.setClock('2026-03-02T08:00:00Z');
});
test.after(({ house }) => house?.stop());

const book = async (house: House, service: string, at: string, patientId?: string) => {
  const { status, body } = await house.clerk.post('/api/appointments', {
    patientId: patientId ?? (await house.agreed()),
    practitionerId: house.practitioners[0],
    serviceId: service,
    ...between(`2026-03-${at}:00+01:00`, 30),
  });
  assert.is(status, 201, JSON.stringify(body));
  await house.settle();
  return body;
};
const join = (house: House, id: string) => house.clerk.get(`/api/appointments/${id}/join`);

test('the way in is open from a quarter of an hour before until an hour after, and says nothing of anybody', async ({
  house,
  service,
}) => {
  const booked = await book(house, service, '05T10:00');
  assert.is(booked.telehealth, true);
  const early = await join(house, booked.id);
  assert.is(early.status, 409);
  assert.is(early.body.type, '/problems/telehealth-not-now');
  assert.is(early.body.from, '2026-03-05T08:45:00Z');
  await house.setClock('2026-03-05T08:44:59Z');
  assert.is((await join(house, booked.id)).status, 409);
  await house.setClock('2026-03-05T08:45:00Z');
  const { status, body } = await join(house, booked.id);
  assert.is(status, 200, JSON.stringify(body));
  assert.match(body.url, /^https:\/\/video\.hospital\.example\/r\/[A-Za-z0-9_-]{43}$/);
  for (const secret of [booked.id, booked.patientId, booked.patient.recordNumber])
    assert.not.ok(body.url.includes(secret));
  await house.setClock('2026-03-05T10:30:00Z');
  assert.is((await join(house, booked.id)).status, 200);
  await house.setClock('2026-03-05T10:30:01Z');
  assert.is((await join(house, booked.id)).status, 409);
});

test('a move keeps the room, a cancellation closes it, another appointment has another', async ({ house, service }) => {
  const first = await book(house, service, '06T09:00');
  const other = await book(house, service, '06T09:30');
  await house.setClock('2026-03-06T08:20:00Z');
  const [a, b] = [(await join(house, first.id)).body.url, (await join(house, other.id)).body.url];
  assert.is.not(a, b);
  const moved = await house.clerk.post(`/api/appointments/${first.id}/reschedule`, between('2026-03-06T10:00:00+01:00', 30), etag(1)); // prettier-ignore
  assert.is(moved.status, 200);
  await house.setClock('2026-03-06T09:00:00Z');
  assert.is((await join(house, first.id)).body.url, a);
  await house.setClock('2026-03-06T08:59:00Z');
  await house.clerk.post(`/api/appointments/${first.id}/cancel`, { reason: 'x' }, etag(2));
  assert.is((await join(house, first.id)).body.type, '/problems/appointment-status');
});

test('only an appointment by video has one; who may not read appointments is not let in', async ({
  house,
  service,
}) => {
  const plain = await book(house, house.service, '09T09:00');
  assert.is(plain.telehealth, false);
  assert.is((await join(house, plain.id)).status, 404);
  const booked = await book(house, service, '09T09:30');
  assert.is((await (await house.as('cashier')).get(`/api/appointments/${booked.id}/join`)).status, 403);
});

test('stands in the confirmation and in reminders, in FHIR where it is asked for; the visit is of class VR', async ({
  house,
  service,
}) => {
  const booked = await book(house, service, '10T09:00');
  await house.at('2026-03-02T08:01:01Z');
  await house.at('2026-03-08T08:00:01Z');
  await house.setClock('2026-03-10T07:50:00Z');
  const { url } = (await join(house, booked.id)).body;
  const sent = (await house.messagesOf(booked.patientId)).filter(({ status }) => status === 'sent');
  const texts = sent.filter(({ channel }) => channel === 'sms').map(({ body }) => body ?? '');
  assert.is(texts.length, 2);
  for (const text of texts) assert.ok(text.endsWith(`Join by video: ${url}`), text);
  assert.ok(sent.every(({ body }) => body?.includes(url)));
  const fhir = (await house.clerk.get(`/fhir/R4/Appointment/${booked.id}`)).body;
  assert.equal(fhir.extension, [
    { url: 'urn:openward:appointment-join', valueUrl: `/api/appointments/${booked.id}/join` },
  ]);
  assert.is((await house.clerk.post(`/api/appointments/${booked.id}/check-in`, {}, etag(1))).status, 200);
  await house.settle();
  const { encounterId } = (await house.clerk.get(`/api/appointments/${booked.id}`)).body;
  const encounter = (await (await house.as('doctor')).get(`/fhir/R4/Encounter/${encounterId}`)).body;
  assert.is(encounter.class.code, 'VR');
});

test('without a video system such a service is refused, by every door, and the setting is named', async () => {
  const hospital = await startHospital();
  const { body: service } = await hospital.admin.post('/api/services', {
    name: 'Video consultation', departmentId: hospital.department, durationMinutes: 30, telehealth: true,
  }); // prettier-ignore
  const wanted = {
    patientId: await hospital.patient(),
    practitionerId: hospital.practitioners[0],
    serviceId: service.id,
    ...between('2026-03-05T10:00:00+01:00', 30),
  };
  for (const path of ['/api/appointments', '/api/holds']) {
    const { status, body } = await hospital.clerk.post(path, wanted);
    assert.is(status, 422, path);
    assert.is(body.type, '/problems/telehealth-not-set');
    assert.ok(body.detail.includes('OPENWARD_TELEHEALTH_URL'), body.detail);
  }
  assert.equal((await hospital.clerk.get('/api/telehealth')).body, {
    configured: false,
    setting: 'OPENWARD_TELEHEALTH_URL',
  });
  await hospital.stop();
});

test.run();
