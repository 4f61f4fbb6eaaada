import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { amend, etag, startHospital, tuesday, weekdays, type Hospital } from './hospital.ts';
import { broken } from './invariants.ts';

interface At {
  hms: Hospital;
  devices: { ultrasound: string; ecg: string };
}
const test = suite<At>('scheduling: rooms and equipment');
test.before(async (at) => {
  at.hms = await startHospital();
  const { admin, department } = at.hms;
  const made = async (name: string) =>
    (await admin.post('/api/devices', { name, type: name, departmentId: department })).body.id as string;
  at.devices = { ultrasound: await made('Ultrasound'), ecg: await made('ECG') };
});
test.after((at) => at.hms?.stop());

const wish = async (hms: Hospital, at: string, more: object = {}, doctor = 0) => ({
  patientId: await hms.patient(),
  practitionerId: hms.practitioners[doctor],
  serviceId: hms.service,
  ...tuesday(at),
  ...more,
});

test('an appointment takes equipment; another doctor cannot have it then, and hears when', async ({ hms, devices }) => {
  const deviceIds = [devices.ultrasound];
  const booked = await hms.clerk.post('/api/appointments', await wish(hms, '09:00', { deviceIds }));
  assert.is(booked.status, 201, JSON.stringify(booked.body));
  assert.equal(booked.body.alsoTaken, [{ id: devices.ultrasound, name: 'Ultrasound', kind: 'device' }]);
  const rival = await hms.clerk.post('/api/appointments', await wish(hms, '09:15', { deviceIds }, 1));
  assert.equal([rival.status, rival.body.type], [409, '/problems/occupancy-no-overlap']);
  assert.is(rival.body.next[0].start, '2026-03-03T08:30:00Z');
  const other = await hms.clerk.post('/api/appointments', await wish(hms, '09:15', { deviceIds: [devices.ecg] }, 1));
  assert.is(other.status, 201);
  const unknown = await hms.clerk.post('/api/appointments', await wish(hms, '11:00', { deviceIds: [hms.service] }));
  assert.equal([unknown.status, unknown.body.type], [422, '/problems/device-unknown']);
  const nowhere = await hms.clerk.post('/api/appointments', await wish(hms, '11:00', { locationId: hms.service }));
  assert.equal([nowhere.status, nowhere.body.type], [422, '/problems/place-unknown']);
});

test('free times leave out when a room or a device is taken', async ({ hms, devices }) => {
  const [, doctor] = hms.practitioners;
  const query = `practitionerId=${doctor}&serviceId=${hms.service}&from=2026-03-03T08:00:00Z&limit=2`;
  const starts = async (also: string) =>
    (await hms.clerk.get(`/api/slots?${query}${also}`)).body.items.map(({ start }: { start: string }) => start);
  assert.equal(await starts(''), ['2026-03-03T08:45:00Z', '2026-03-03T09:15:00Z']);
  await hms.clerk.post('/api/appointments', await wish(hms, '09:45', { deviceIds: [devices.ultrasound] }));
  assert.equal(await starts(`&also=${devices.ultrasound}`), ['2026-03-03T09:15:00Z', '2026-03-03T09:45:00Z']);
  assert.equal(await starts(`&also=${devices.ultrasound}&also=${hms.rooms[0]}`), [
    '2026-03-03T09:15:00Z',
    '2026-03-03T09:45:00Z',
  ]);
});

test('a move takes the equipment along, refuses where it is taken, and may leave it behind', async ({
  hms,
  devices,
}) => {
  const deviceIds = [devices.ecg];
  const one = (await hms.clerk.post('/api/appointments', await wish(hms, '13:00', { deviceIds }))).body;
  await hms.clerk.post('/api/appointments', await wish(hms, '14:00', { deviceIds }, 1));
  const move = (body: object, version: number) =>
    hms.clerk.post(`/api/appointments/${one.id}/reschedule`, body, etag(version));
  assert.is((await move(tuesday('14:00'), one.version)).status, 409);
  const moved = await move(tuesday('15:00'), one.version);
  assert.equal([moved.status, moved.body.alsoTaken.length], [200, 1]);
  const without = await move({ ...tuesday('14:00'), deviceIds: [] }, moved.body.version);
  assert.equal([without.status, without.body.alsoTaken], [200, []]);
  const day = (await hms.clerk.get('/api/schedule/day?date=2026-03-03')).body.appointments;
  assert.ok(day.some((it: { alsoTaken: object[] }) => it.alsoTaken.length === 1));
});

test('by FHIR a Device and a Location are participants, refused like everybody', async ({ hms, devices }) => {
  const doctor = await hms.as('doctor');
  const sent = async (at: string) => {
    const { startsAt, endsAt } = tuesday(at);
    const actors = [`Patient/${await hms.patient()}`, `Location/${hms.rooms[1]}`, `Device/${devices.ultrasound}`];
    return {
      resourceType: 'Appointment',
      status: 'booked',
      start: startsAt,
      end: endsAt,
      participant: actors.map((reference) => ({ actor: { reference }, status: 'accepted' })),
    };
  };
  const headers = { 'content-type': 'application/fhir+json' };
  const made = await doctor.post('/fhir/R4/Appointment', await sent('16:00'), headers);
  assert.is(made.status, 201, JSON.stringify(made.body));
  assert.ok(JSON.stringify(made.body.participant).includes(`Device/${devices.ultrasound}`));
  const again = await doctor.post('/fhir/R4/Appointment', await sent('16:15'), headers);
  assert.is(again.status, 409);
  const api = await hms.clerk.get(`/api/appointments/${made.body.id}`);
  assert.equal([api.body.locationName, api.body.alsoTaken[0].name], ['Room 2', 'Ultrasound']);
});

test('30 bookings of one device at once, each with a doctor of its own: one 201, the others 409', async ({
  hms,
  devices,
}) => {
  const doctors = await Promise.all(
    Array.from({ length: 30 }, async (_, n) => {
      const body = { familyName: `Storm${n}`, givenName: 'Dr', departmentId: hms.department };
      const { id } = (await hms.admin.post('/api/practitioners', body)).body;
      await amend(hms.admin, `/api/availability/${id}`, { zone: 'Europe/Berlin', windows: weekdays('09:00', '12:00') });
      return id as string;
    }),
  );
  const wishes = await Promise.all(
    doctors.map(async (practitionerId) => ({
      patientId: await hms.patient(),
      practitionerId,
      serviceId: hms.service,
      startsAt: '2026-03-04T09:00:00+01:00',
      endsAt: '2026-03-04T09:30:00+01:00',
      deviceIds: [devices.ultrasound],
    })),
  );
  const answers = await Promise.all(wishes.map((it) => hms.clerk.post('/api/appointments', it)));
  const count = (status: number) => answers.filter((it) => it.status === status).length;
  assert.equal([count(201), count(409)], [1, 29], answers.map(({ status }) => status).join());
  for (const { status, body } of answers) if (status === 409) assert.is(body.next[0].start, '2026-03-04T08:30:00Z');
  assert.equal(await broken(hms), []);
});
test.run();
