import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sql } from '../../core/database.ts';
import { broken } from './invariants.ts';
import { amend, between, countingBackends, etag, poolSize, startHospital, tuesday, type Hospital } from './hospital.ts';

const test = suite<{ hms: Hospital }>('scheduling: FHIR');
test.before(async (at) => {
  at.hms = await startHospital();
});
test.after.each(async ({ hms }) => {
  assert.equal(await broken(hms), []);
});
test.after((at) => at.hms?.stop());

const root = '/fhir/R4';
const fhir = { 'content-type': 'application/fhir+json' };
const history = { ...fhir, 'openward-origin': 'import' };
const appointment = (patientId: string, practitionerId: string, at: string, more: object = {}) => {
  const { startsAt, endsAt } = tuesday(at || '09:00');
  return {
    resourceType: 'Appointment',
    status: 'booked',
    start: startsAt,
    end: endsAt,
    participant: [
      { actor: { reference: `Patient/${patientId}` }, required: 'required', status: 'accepted' },
      { actor: { reference: `Practitioner/${practitionerId}` }, required: 'required', status: 'accepted' },
    ],
    ...more,
  };
};

test('what is created by FHIR comes back as it was sent and stands in the calendar', async ({ hms }) => {
  const patientId = await hms.patient();
  const sent = appointment(patientId, hms.practitioners[0], '09:00', {
    identifier: [{ system: 'urn:test', value: 'A-1' }],
    priority: 5,
    comment: 'Second floor',
    reasonCode: [{ text: 'Cough', coding: [{ system: 'http://snomed.info/sct', code: '49727002' }] }],
    appointmentType: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0276', code: 'ROUTINE' }] },
  });
  const made = await hms.clerk.post(`${root}/Appointment`, sent, fhir);
  assert.is(made.status, 201, JSON.stringify(made.body));
  const { id, meta, ...back } = (await hms.clerk.get(`${root}/Appointment/${made.body.id}`)).body;
  const room = { actor: { reference: `Location/${hms.rooms[0]}` }, status: 'accepted' };
  assert.equal(back, { ...sent, participant: [...sent.participant, room] }, 'and where it is, which nobody had named');
  assert.is(meta.versionId, '1');
  const { body: item } = await hms.clerk.get(`/api/appointments/${id}`);
  assert.is(item.startsAt, '2026-03-03T08:00:00Z');
  assert.is(item.reason, 'Cough');
  assert.is(item.locationName, 'Room 1');

  const moved = await hms.clerk.post(`/api/appointments/${id}/reschedule`, tuesday('10:00'), etag(1));
  assert.is(moved.status, 200);
  const after = (await hms.clerk.get(`${root}/Appointment/${id}`)).body;
  assert.is(after.start, '2026-03-03T09:00:00Z', 'the columns win after a move');
  assert.is(after.comment, 'Second floor');
  assert.is((await hms.clerk.get(`${root}/Appointment/${id}/_history/1`)).body.start, sent.start);
});

test('an appointment stays that of its patient, and equipment that is out of use is not booked', async ({ hms }) => {
  const [one, other] = [await hms.patient('Own'), await hms.patient('Strange')];
  const later = { start: '2026-03-18T08:00:00Z', end: '2026-03-18T08:30:00Z' };
  const made = await hms.clerk.post(`${root}/Appointment`, appointment(one, hms.practitioners[1], '', later), fhir);
  assert.is(made.status, 201, JSON.stringify(made.body));
  const path = `${root}/Appointment/${made.body.id}`;
  const put = await hms.clerk.put(
    path,
    { ...appointment(other, hms.practitioners[1], '', later), id: made.body.id },
    fhir,
  );
  assert.equal([put.status, put.body.issue?.[0].details.coding[0].code], [422, 'appointment-of-another']);
  assert.is((await hms.clerk.get(path)).body.participant[0].actor.reference, `Patient/${one}`);

  const device = await hms.admin.post('/api/devices', { name: 'Old ECG', type: 'ECG', departmentId: hms.department });
  const { status: off } = await hms.admin.put(
    `/api/devices/${device.body.id}`,
    { name: 'Old ECG', type: 'ECG', departmentId: hms.department, active: false },
    { 'if-match': `W/"${device.body.version}"` },
  );
  assert.is(off, 200);
  const wish = appointment(other, hms.practitioners[1], '', later);
  wish.participant.push({ actor: { reference: `Device/${device.body.id}` }, required: 'required', status: 'accepted' });
  const refused = await hms.clerk.post(`${root}/Appointment`, wish, fhir);
  assert.equal([refused.status, refused.body.issue?.[0].details.coding[0].code], [422, 'device-unknown']);
});

test('the same rules as at the other door: 409, 422 and an OperationOutcome', async ({ hms }) => {
  const wish = async (at: string) => appointment(await hms.patient(), hms.practitioners[0], at);
  assert.is((await hms.clerk.post(`${root}/Appointment`, await wish('11:00'), fhir)).status, 201);
  const taken = await hms.clerk.post(`${root}/Appointment`, await wish('11:15'), fhir);
  assert.is(taken.status, 409);
  assert.is(taken.body.resourceType, 'OperationOutcome');
  assert.is(taken.body.issue[0].code, 'conflict');
  const lunch = await hms.clerk.post(`${root}/Appointment`, await wish('12:15'), fhir);
  assert.is(lunch.status, 422);
  const past = { ...(await wish('09:00')), start: '2026-02-03T08:00:00Z', end: '2026-02-03T08:30:00Z' };
  assert.is((await hms.clerk.post(`${root}/Appointment`, past, fhir)).status, 422);
});

test('nobody is booked who is not there', async ({ hms }) => {
  const nobody = '0199b1a5-7c1e-7000-8000-000000000000';
  for (const [index, sent] of [
    appointment(nobody, hms.practitioners[0], '11:30'),
    appointment(await hms.patient(), nobody, '11:30'),
  ].entries()) {
    const { status, body } = await hms.clerk.post(`${root}/Appointment`, sent, fhir);
    assert.is(status, 422);
    assert.equal(body.issue[0].expression, [`Appointment.participant[${index}].actor`]);
  }
});

test('every practitioner and room named is taken, not only the first', async ({ hms }) => {
  const [first, second] = hms.practitioners;
  const both = appointment(await hms.patient(), first, '13:00');
  both.participant.push({ actor: { reference: `Practitioner/${second}` }, required: 'required', status: 'accepted' });
  const made = await hms.clerk.post(`${root}/Appointment`, both, fhir);
  assert.is(made.status, 201);
  assert.is(
    (await hms.clerk.post(`${root}/Appointment`, appointment(await hms.patient(), second, '13:00'), fhir)).status,
    409,
  );
  const cancelled = await hms.clerk.put(
    `${root}/Appointment/${made.body.id}`,
    { ...made.body, status: 'cancelled', cancelationReason: { text: 'Ill' } },
    fhir,
  );
  assert.is(cancelled.status, 200, JSON.stringify(cancelled.body));
  assert.is(
    (await hms.clerk.post(`${root}/Appointment`, appointment(await hms.patient(), second, '13:00'), fhir)).status,
    201,
    'free again',
  );
  const names = await hms.db.anyFirst(
    sql.unsafe`select name from core.outbox where subject_id = ${made.body.id} order by id`,
  );
  assert.equal([...names], ['scheduling.appointment-booked', 'scheduling.appointment-cancelled']);
});

test('a proposal takes nothing until it is booked', async ({ hms }) => {
  const proposed = await hms.clerk.post(
    `${root}/Appointment`,
    appointment(await hms.patient(), hms.practitioners[0], '14:00', { status: 'proposed' }),
    fhir,
  );
  assert.is(proposed.status, 201);
  assert.is(
    (await hms.clerk.post(`${root}/Appointment`, appointment(await hms.patient(), hms.practitioners[0], '14:00'), fhir))
      .status,
    201,
  );
  assert.is(
    (await hms.clerk.put(`${root}/Appointment/${proposed.body.id}`, { ...proposed.body, status: 'booked' }, fhir))
      .status,
    409,
  );
});

test('history may lie in the past and overlap; what is to come may not', async ({ hms }) => {
  const patientId = await hms.patient();
  const past = {
    ...appointment(patientId, hms.practitioners[0], '09:00', { status: 'fulfilled' }),
    start: '2019-05-05T08:00:00+02:00',
    end: '2019-05-05T09:00:00+02:00',
  };
  for (const _ of [1, 2]) {
    const made = await hms.admin.post(`${root}/Appointment`, past, history);
    assert.is(made.status, 201, JSON.stringify(made.body));
    assert.is(made.body.start, '2019-05-05T08:00:00+02:00', 'with the offset as sent');
  }
  const night = { ...appointment(await hms.patient(), hms.practitioners[0], '22:00') };
  assert.is((await hms.admin.post(`${root}/Appointment`, night, history)).status, 201, 'no availability is asked for');
  assert.is(
    (
      await hms.admin.post(
        `${root}/Appointment`,
        { ...night, participant: appointment(patientId, hms.practitioners[0], '22:00').participant },
        history,
      )
    ).status,
    409,
  );
  const slot = {
    resourceType: 'Slot',
    schedule: { reference: 'Schedule/elsewhere' },
    status: 'busy',
    start: '2019-05-05T06:00:00Z',
    end: '2019-05-05T07:00:00Z',
  };
  const kept = await hms.admin.post(`${root}/Slot`, slot, history);
  assert.is(kept.status, 201, JSON.stringify(kept.body));
  assert.is((await hms.clerk.get(`${root}/Slot/${kept.body.id}`)).body.start, slot.start);
  assert.is((await hms.admin.post(`${root}/Slot`, slot, fhir)).status, 405);
});

test('appointments are found by patient, practitioner, actor, date and status', async ({ hms }) => {
  const patientId = await hms.patient();
  const made = await hms.clerk.post(`${root}/Appointment`, appointment(patientId, hms.practitioners[1], '15:00'), fhir);
  const found = async (query: string) =>
    ((await hms.clerk.get(`${root}/Appointment?${query}`)).body.entry ?? []).map(
      (it: { resource: { id: string } }) => it.resource.id,
    );
  assert.equal(await found(`patient=${patientId}`), [made.body.id]);
  assert.equal(await found(`actor=Patient/${patientId}&status=booked&date=ge2026-03-03&date=lt2026-03-04`), [
    made.body.id,
  ]);
  assert.equal(await found(`patient=${patientId}&date=lt2026-03-03`), []);
  assert.ok((await found(`practitioner=${hms.practitioners[1]}`)).includes(made.body.id));
});

test('Slots are found by service-type; what is held is busy-tentative, and leave busy-unavailable without its kind', async ({
  hms,
}) => {
  const [, second] = hms.practitioners;
  const ask = async (query: string) => {
    const { status, body } = await hms.clerk.get(`${root}/Slot?${query}`);
    assert.is(status, 200, JSON.stringify(body));
    return (body.entry ?? []).map(
      ({ resource }: { resource: { id: string; start: string; end: string; status: string } }) => resource,
    );
  };
  const monday = 'start=ge2026-04-13&start=lt2026-04-14&_count=100';
  const both = await ask(`service-type=urn:openward:service-type|CONSULT&${monday}`);
  assert.is(both.length, 28);
  assert.equal(await ask(`service-type=CONSULT&${monday}`), both);
  assert.equal(await ask(`service-type=http://snomed.info/sct|CONSULT&${monday}`), []);
  const of = `schedule.actor=Practitioner/${second}&${monday}`;
  assert.is((await ask(`${of}&service-type=CONSULT`)).length, 14);
  assert.equal(await ask(`${of}&service-type=OTHER`), []);

  const held = await hms.clerk.post('/api/holds', {
    patientId: await hms.patient(),
    practitionerId: second,
    serviceId: hms.service,
    ...between('2026-04-13T09:00:00+02:00', 30),
  });
  assert.is(held.status, 201, JSON.stringify(held.body));
  const leave = await hms.admin.post(`/api/availability/${second}/leave`, {
    fromOn: '2026-04-14',
    toOn: '2026-04-20',
    kind: 'sick',
    outcomes: [],
  });
  assert.is(leave.status, 201, JSON.stringify(leave.body));
  const seen = await ask(`schedule.actor=Practitioner/${second}&start=ge2026-04-13&start=lt2026-04-15&_count=100`);
  assert.equal(
    seen
      .filter(({ status }: { status: string }) => status !== 'free')
      .map(({ status, start, end }: { status: string; start: string; end: string }) => [status, start, end]),
    [
      ['busy-tentative', '2026-04-13T07:00:00Z', '2026-04-13T07:30:00Z'],
      ['busy-unavailable', '2026-04-13T22:00:00Z', '2026-04-14T22:00:00Z'],
      ['busy-unavailable', '2026-04-14T22:00:00Z', '2026-04-15T22:00:00Z'],
    ],
  );
  assert.is(seen.length, 13 + 3);
  for (const slot of seen)
    assert.equal([(await hms.clerk.get(`${root}/Slot/${slot.id}`)).body.status, 'sick' in slot], [slot.status, false]);
  assert.equal((await ask(`${of}&status=busy-unavailable`)).length, 1);
});

test('free time reads as Slots of a Schedule, which book as ranges', async ({ hms }) => {
  const [first] = hms.practitioners;
  const schedules = (await hms.clerk.get(`${root}/Schedule?actor=Practitioner/${first}`)).body;
  assert.is(schedules.entry.length, 1);
  const scheduleId = schedules.entry[0].resource.id;
  const ask = (query: string) => hms.clerk.get(`${root}/Slot?${query}`);
  const friday = `schedule=${scheduleId}&start=ge2026-03-06&start=lt2026-03-07`;
  const free = (await ask(`${friday}&status=free`)).body;
  assert.is(free.entry.length, 14);
  const { resource } = free.entry[0];
  assert.is(resource.start, '2026-03-06T08:00:00Z');
  assert.match(resource.id, new RegExp(`^${scheduleId}-\\d+-30$`));
  assert.equal((await hms.clerk.get(`${root}/Slot/${resource.id}`)).body, {
    ...resource,
    meta: (await hms.clerk.get(`${root}/Slot/${resource.id}`)).body.meta,
  });

  const made = await hms.clerk.post(
    `${root}/Appointment`,
    {
      ...appointment(await hms.patient(), first, '09:00'),
      start: resource.start,
      end: resource.end,
      slot: [{ reference: `Slot/${resource.id}` }],
    },
    fhir,
  );
  assert.is(made.status, 201, JSON.stringify(made.body));
  assert.is((await hms.clerk.get(`${root}/Slot/${resource.id}`)).body.status, 'busy');
  assert.equal(
    (await ask(`${friday}&status=busy`)).body.entry.map((it: { resource: { id: string } }) => it.resource.id),
    [resource.id],
  );
  assert.is((await ask(`${friday}&status=free`)).body.entry.length, 13);

  const page = (await ask(`${friday}&status=free&_count=10`)).body;
  const next = page.link.find((it: { relation: string }) => it.relation === 'next').url;
  assert.is((await hms.clerk.get(next.slice(next.indexOf(root)))).body.entry.length, 3);

  const night = Temporal.Instant.from('2026-03-06T02:00:00Z').epochMilliseconds / 60_000;
  assert.is((await hms.clerk.get(`${root}/Slot/${scheduleId}-${night}-30`)).status, 404, 'no working time');
  assert.is((await ask('status=free')).status, 400);
  assert.is((await ask(`schedule=${scheduleId}`)).status, 400, 'a range is asked for');
  assert.is(
    (
      await ask(
        `schedule.actor=HealthcareService/${hms.service}&start=ge2026-03-06&start=lt2026-03-07&status=free&_count=100`,
      )
    ).body.entry.length,
    27,
  );

  const asBusy = { ...resource, status: 'busy' };
  assert.is((await hms.admin.put(`${root}/Slot/${resource.id}`, asBusy, fhir)).status, 405, 'computed');
  assert.is((await hms.admin.del(`${root}/Slot/${resource.id}`)).status, 405);
  await amend(hms.admin, `/api/availability/${first}`, { windows: [] });
  assert.is(
    (await hms.clerk.get(`${root}/Slot/${resource.id}`)).body.status,
    'busy-unavailable',
    'while an appointment refers to it',
  );
  assert.is((await hms.clerk.get(`${root}/Slot/${free.entry[1].resource.id}`)).status, 404);
});

test('200 bookings of one time at once by FHIR: one 201, the rest 409, no connection lost', async ({ hms }) => {
  const patients = await Promise.all(Array.from({ length: 200 }, () => hms.patient()));
  const [answers, backends] = await countingBackends(hms, () =>
    Promise.all(
      patients.map((id) => hms.clerk.post(`${root}/Appointment`, appointment(id, hms.practitioners[1], '16:00'), fhir)),
    ),
  );
  assert.is(answers.filter(({ status }) => status === 201).length, 1);
  assert.is(answers.filter(({ status }) => status === 409).length, 199);
  assert.ok(backends < 3 * poolSize, `${backends} new backends`);
});

test.run();
