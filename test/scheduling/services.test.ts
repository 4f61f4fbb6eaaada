import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { amend, between, etag, startHospital, tuesday, weekdays, type Hospital } from './hospital.ts';
import { broken } from './invariants.ts';

const test = suite<{ hms: Hospital; made: (name: string, more: object) => Promise<string> }>(
  'scheduling: services, their rules and what they take',
);
test.before(async (at) => {
  at.hms = await startHospital();
  at.made = async (name, more) => {
    const { admin, department } = at.hms;
    const { status, body } = await admin.post('/api/services', {
      name,
      departmentId: department,
      durationMinutes: 30,
      ...more,
    });
    assert.is(status, 201, JSON.stringify(body));
    return body.id as string;
  };
});
test.after((at) => at.hms?.stop());

const wish = async (hms: Hospital, serviceId: string, time: object, more: object = {}) => ({
  patientId: await hms.patient(),
  practitionerId: hms.practitioners[0],
  serviceId,
  ...time,
  ...more,
});
const starts = async (hms: Hospital, query: string): Promise<string[]> => {
  const { status, body } = await hms.clerk.get(`/api/slots?${query}`);
  assert.is(status, 200, JSON.stringify(body));
  return body.items.map((it: { start: string }) => it.start);
};

test('a service says what it takes and allows; its version counts', async ({ hms, made }) => {
  const id = await made('Endoscopy', {
    bufferBeforeMinutes: 10,
    needsRoom: true,
    needsDeviceType: 'Endoscope',
    channels: { portal: { leadMinutes: 1440, horizonDays: 30 } },
  });
  const { body } = await hms.clerk.get(`/api/services/${id}`);
  assert.equal(
    [body.bufferBeforeMinutes, body.bufferAfterMinutes, body.needsRoom, body.needsDeviceType, body.channels],
    [
      10,
      0,
      true,
      'Endoscope',
      {
        desk: { leadMinutes: null, horizonDays: null },
        portal: { leadMinutes: 1440, horizonDays: 30 },
        fhir: { leadMinutes: null, horizonDays: null },
      },
    ],
  );
});

test('buffers keep the practitioner, not the patient; free times leave them between', async ({ hms, made }) => {
  const service = await made('Dressing', { bufferBeforeMinutes: 10, bufferAfterMinutes: 20 });
  const query = `practitionerId=${hms.practitioners[0]}&serviceId=${service}&from=2026-03-03T07:00:00Z&limit=3`;
  assert.equal(await starts(hms, query), ['2026-03-03T08:00:00Z', '2026-03-03T09:00:00Z', '2026-03-03T10:00:00Z']);
  const booked = await hms.clerk.post('/api/appointments', await wish(hms, service, tuesday('10:00')));
  assert.equal([booked.status, booked.body.startsAt], [201, '2026-03-03T09:00:00Z'], 'shown without buffers');
  const usual = async (at: string, more: object = {}) =>
    (await hms.clerk.post('/api/appointments', await wish(hms, hms.service, tuesday(at, 15), more))).status;
  assert.is(await usual('09:45'), 409);
  assert.is(await usual('10:30'), 409);
  const { patientId } = booked.body;
  assert.is(await usual('10:30', { patientId, practitionerId: hms.practitioners[1] }), 201, 'the patient is free');
  assert.is(await usual('09:35'), 201);
  assert.is(await usual('10:50'), 201);
  assert.equal(await broken(hms), []);
});

test('room and device are all there or nothing is booked; free times know', async ({ hms, made }) => {
  const { admin, department } = hms;
  for (const n of [1, 2])
    await admin.post('/api/devices', { name: `Scope ${n}`, type: 'Scope', departmentId: department });
  const doctors = await Promise.all(
    ['Kim', 'Lund', 'Moor'].map(async (familyName) => {
      const { body } = await admin.post('/api/practitioners', {
        familyName,
        givenName: 'Dr',
        departmentId: department,
      });
      await amend(admin, `/api/availability/${body.id}`, {
        zone: 'Europe/Berlin',
        windows: weekdays('09:00', '12:00'),
      });
      return body.id as string;
    }),
  );
  const service = await made('Scoping', { needsRoom: true, needsDeviceType: 'scope' });
  const time = between('2026-03-04T09:00:00+01:00', 30);
  const wishes = await Promise.all(doctors.map((practitionerId) => wish(hms, service, time, { practitionerId })));
  const answers = await Promise.all(wishes.map((it) => hms.clerk.post('/api/appointments', it)));
  const booked = answers.filter(({ status }) => status === 201).map(({ body }) => body);
  assert.is(booked.length, 2, answers.map(({ status }) => status).join());
  assert.is(new Set(booked.map((it) => it.locationId)).size, 2, 'a room each');
  assert.is(new Set(booked.map((it) => it.alsoTaken[0].id)).size, 2, 'a device each');
  const free = doctors.find((id) => !booked.some((it) => it.practitionerId === id))!;
  const query = `practitionerId=${free}&serviceId=${service}&from=2026-03-04T08:00:00Z&limit=1`;
  assert.equal(await starts(hms, query), ['2026-03-04T08:30:00Z'], 'the doctor is free, the devices are not');
  const moved = await hms.clerk.post(
    `/api/appointments/${booked[0].id}/reschedule`,
    between('2026-03-04T10:00:00+01:00', 30),
    etag(booked[0].version),
  );
  assert.is(moved.status, 200, JSON.stringify(moved.body));
  assert.equal(await broken(hms), []);
});

test('booked at the department: the house picks whoever is free; the desk may decide at check-in', async ({ hms }) => {
  const time = between('2026-03-05T14:00:00+01:00', 30);
  const wishes = await Promise.all(
    Array.from({ length: 6 }, () => wish(hms, hms.service, time, { practitionerId: null })),
  );
  const answers = await Promise.all(wishes.map((it) => hms.clerk.post('/api/appointments', it)));
  const booked = answers.filter(({ status }) => status === 201).map(({ body }) => body);
  assert.equal(new Set(booked.map((it) => it.practitionerId)), new Set(hms.practitioners), 'both, and nobody twice');
  assert.is(booked.length, 2);
  const refused = answers.find(({ status }) => status === 409)!;
  assert.is(refused.body.next[0].start, '2026-03-05T13:30:00Z');
  const atNight = between('2026-03-05T03:00:00+01:00', 30);
  const shut = await hms.clerk.post(
    '/api/appointments',
    await wish(hms, hms.service, atNight, { practitionerId: null }),
  );
  assert.equal([shut.status, shut.body.type], [422, '/problems/appointment-outside-availability'], 'nobody works then');
  const [one] = booked;
  const other = hms.practitioners.find((id) => id !== one.practitionerId)!;
  const checkIn = (practitionerId: string) =>
    hms.clerk.post(`/api/appointments/${one.id}/check-in`, { practitionerId }, etag(one.version));
  assert.is((await checkIn(other)).status, 409, 'has another patient then');
  const { body: stand } = await hms.admin.post('/api/practitioners', {
    familyName: 'Standin',
    givenName: 'Dr',
    departmentId: hms.department,
  });
  const arrived = await checkIn(stand.id);
  assert.equal([arrived.status, arrived.body.status, arrived.body.practitionerId], [200, 'checked-in', stand.id]);
  assert.equal(await broken(hms), []);
});

test('each door has its lead time and horizon; the refusal names the rule and free times keep to it', async ({
  hms,
  made,
}) => {
  const service = await made('Planned', {
    channels: { desk: { leadMinutes: 120, horizonDays: 10 }, fhir: { leadMinutes: 2880, horizonDays: 10 } },
  });
  const post = async (startsAt: string) =>
    (await hms.clerk.post('/api/appointments', await wish(hms, service, between(startsAt, 30)))).body;
  const soon = await post('2026-03-02T10:30:00+01:00');
  assert.equal([soon.status, soon.type, soon.minutes], [422, '/problems/appointment-too-soon', 120]);
  const far = await post('2026-03-13T10:00:00+01:00');
  assert.equal([far.status, far.type, far.days], [422, '/problems/appointment-too-far', 10]);
  const past = await post('2026-03-02T08:30:00+01:00');
  assert.is(past.type, '/problems/appointment-in-past');
  const query = `practitionerId=${hms.practitioners[1]}&serviceId=${service}`;
  assert.is((await starts(hms, `${query}&limit=1`))[0], '2026-03-02T10:00:00Z');
  assert.ok((await starts(hms, `${query}&to=2026-06-01T00:00:00Z&limit=1000`)).at(-1)! <= '2026-03-12T08:00:00Z');
  const doctor = await hms.as('doctor');
  const sent = {
    resourceType: 'Appointment',
    status: 'booked',
    start: '2026-03-03T14:00:00+01:00',
    end: '2026-03-03T14:30:00+01:00',
    participant: [
      `Patient/${await hms.patient()}`,
      `Practitioner/${hms.practitioners[1]}`,
      `HealthcareService/${service}`,
    ].map((reference) => ({ actor: { reference }, status: 'accepted' })),
  };
  const byFhir = await doctor.post('/fhir/R4/Appointment', sent, { 'content-type': 'application/fhir+json' });
  assert.is(byFhir.status, 422, 'two days ahead by FHIR');
  const later = { ...sent, start: '2026-03-05T09:00:00+01:00', end: '2026-03-05T09:30:00+01:00' };
  assert.is(
    (await doctor.post('/fhir/R4/Appointment', later, { 'content-type': 'application/fhir+json' })).status,
    201,
  );
});

test('first free by specialty and by place', async ({ hms }) => {
  const { body: skin } = await hms.admin.post('/api/practitioners', {
    familyName: 'Skin',
    givenName: 'Dr',
    departmentId: hms.department,
    specialty: 'Dermatology',
  });
  const { body: site } = await hms.admin.post('/api/locations', { name: 'House North', kind: 'site' });
  const { body: room } = await hms.admin.post('/api/locations', {
    name: 'Room N',
    kind: 'room',
    departmentId: hms.department,
    parentId: site.id,
  });
  await amend(hms.admin, `/api/availability/${skin.id}`, {
    zone: 'Europe/Berlin',
    windows: weekdays('15:00', '16:00', room.id),
  });
  const first = async (query: string) =>
    (await hms.clerk.get(`/api/slots?limit=5&length=20&from=2026-03-03T08:00:00Z&to=2026-06-01T00:00:00Z&${query}`))
      .body.items;
  for (const query of ['specialty=dermatology', `departmentId=${hms.department}&locationId=${site.id}`]) {
    const items = await first(query);
    assert.is(items.length, 5);
    assert.equal(
      [items[0].practitionerId, items[0].start, items[0].end, items[0].locationId],
      [skin.id, '2026-03-03T14:00:00Z', '2026-03-03T14:20:00Z', room.id],
    );
  }
  assert.equal(await first('specialty=astrology'), []);
  // Without a length it is that of a service of the department.
  const usual = await hms.clerk.get('/api/slots?limit=1&specialty=Dermatology&from=2026-03-03T08:00:00Z');
  assert.equal([usual.body.items[0]?.practitionerId, usual.body.items[0]?.start], [skin.id, '2026-03-03T14:00:00Z']);
});
test.run();
