import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sweepHolds } from '../../plugins/scheduling/holds/sweep.ts';
import { service } from '../../core/actor.ts';
import { sql } from '../../core/database.ts';
import { broken } from './invariants.ts';
import { amend, etag, now, startHospital, tuesday, type Hospital } from './hospital.ts';

const test = suite<{ hms: Hospital }>('scheduling: FHIR operations');
test.before(async (at) => {
  at.hms = await startHospital();
});
test.before.each(async ({ hms }) => {
  await hms.setClock(now);
});
test.after.each(async ({ hms }) => {
  assert.equal(await broken(hms), []);
});
test.after((at) => at.hms?.stop());

const root = '/fhir/R4';
const fhir = { 'content-type': 'application/fhir+json' };
const parameters = (...parameter: object[]) => ({ resourceType: 'Parameters', parameter });
const query = (asked: Record<string, string>) => new URLSearchParams(asked).toString();
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Resource = any;
const resources = (body: Resource): Resource[] => (body.entry ?? []).map((it: Resource) => it.resource);
const find = async (hms: Hospital, asked: Record<string, string>): Promise<Resource[]> => {
  const { status, body } = await hms.clerk.get(`${root}/Appointment/$find?${query(asked)}`);
  assert.is(status, 200, JSON.stringify(body));
  assert.equal([body.resourceType, body.type], ['Bundle', 'searchset']);
  return resources(body);
};
const day = (of: string) => ({ start: `${of}T00:00:00+01:00`, end: `${of}T23:00:00+01:00` });
/** Of a practitioner and a day that no other test takes. */
const proposed = async (hms: Hospital, of: string, n: 0 | 1 = 0): Promise<Resource[]> =>
  find(hms, {
    'service-type-reference': `HealthcareService/${hms.service}`,
    practitioner: hms.practitioners[n],
    _count: '100',
    ...day(of),
  });
const withPatient = (it: Resource, patientId: string): Resource => ({
  ...it,
  participant: [{ actor: { reference: `Patient/${patientId}` }, status: 'accepted' }, ...it.participant],
});
const ask = (hms: Hospital, operation: string, body: object, more: Record<string, string> = {}) =>
  hms.clerk.post(`${root}/Appointment/${operation}`, body, { ...fhir, ...more });
const holding = (appointment: Resource, ...more: object[]) =>
  parameters({ name: 'appointment', resource: appointment }, ...more);
const refusal = ({ status, body }: { status: number; body: Resource }) => [
  status,
  body.resourceType,
  body.issue?.[0].details.coding[0].code,
];

test('free times are the same as at the other door, by GET and by POST, each ready to be booked', async ({ hms }) => {
  const free = await proposed(hms, '2026-03-04');
  const { body: here } = await hms.clerk.get(
    `/api/slots?serviceId=${hms.service}&practitionerId=${hms.practitioners[0]}&from=2026-03-03T23:00:00Z&to=2026-03-04T22:00:00Z&limit=100`,
  );
  assert.equal(
    free.map((it) => it.start),
    here.items.map((it: { start: string }) => it.start),
  );
  assert.is(free.length, 14);
  const [first] = free;
  assert.equal([first.resourceType, first.status, first.id], ['Appointment', 'proposed', undefined]);
  assert.equal([first.contained[0].resourceType, first.contained[0].status], ['Slot', 'free']);
  assert.equal([first.contained[0].start, first.contained[0].end], [first.start, first.end]);
  assert.match(first.contained[0].schedule.reference, /^Schedule\//);
  assert.equal(
    first.participant.map((it: Resource) => it.actor.reference),
    [`Practitioner/${hms.practitioners[0]}`, `Location/${hms.rooms[0]}`, `HealthcareService/${hms.service}`],
  );
  const posted = await ask(
    hms,
    '$find',
    parameters(
      { name: 'service-type', valueString: 'urn:openward:service-type|CONSULT' },
      { name: 'schedule', valueReference: { reference: first.contained[0].schedule.reference } },
      { name: 'start', valueDateTime: '2026-03-04T00:00:00+01:00' },
      { name: 'end', valueDateTime: '2026-03-04T23:00:00+01:00' },
      { name: '_count', valueInteger: 100 },
    ),
  );
  assert.is(posted.status, 200, JSON.stringify(posted.body));
  assert.equal(resources(posted.body), free);
  assert.is(
    (
      await find(hms, {
        'service-type': 'CONSULT',
        practitioner: hms.practitioners[0],
        length: '60',
        count: '3',
        ...day('2026-03-04'),
      })
    ).length,
    3,
  );
});

test('a role means its practitioner; whom it cannot take with it, it refuses and leaves out nobody in silence', async ({
  hms,
}) => {
  const [first] = await proposed(hms, '2026-03-19', 1);
  const found = await hms.clerk.get(`${root}/PractitionerRole?practitioner=Practitioner/${hms.practitioners[1]}`);
  const [role] = resources(found.body);
  const participant = [{ actor: { reference: `PractitionerRole/${role.id}` }, status: 'accepted' }];
  const wish = withPatient({ ...first, contained: undefined, slot: undefined, participant }, await hms.patient());
  const service = { serviceType: first.serviceType };
  const booked = await ask(hms, '$book', holding({ ...wish, ...service }));
  assert.is(booked.status, 201, JSON.stringify(booked.body));
  const with_ = resources(booked.body)[0].participant.map((it: Resource) => it.actor.reference);
  assert.ok(with_.includes(`Practitioner/${hms.practitioners[1]}`), with_.join());
  const two = hms.practitioners.map((id) => ({ actor: { reference: `Practitioner/${id}` }, status: 'accepted' }));
  const many = withPatient({ ...first, participant: two }, await hms.patient());
  assert.equal(refusal(await ask(hms, '$book', holding(many))), [422, 'OperationOutcome', 'booking-one-of-each']);
  const nobodys = '00000000-0000-4000-8000-000000000000';
  const unknown = await hms.clerk.get(`${root}/Appointment/$find?service-type-reference=HealthcareService/${nobodys}&length=30`); // prettier-ignore
  assert.equal(refusal(unknown), [422, 'OperationOutcome', 'service-unknown']);
});

test('without somebody named, whoever does the service; in a room; when the patient is free too', async ({ hms }) => {
  const anybody = await find(hms, { 'service-type': 'CONSULT', _count: '4', ...day('2026-03-05') });
  const names = (it: Resource[]) => new Set(it.map((each) => each.participant[0].actor.reference));
  assert.equal(names(anybody), new Set(hms.practitioners.map((id) => `Practitioner/${id}`)));
  const there = await find(hms, {
    'service-type': 'CONSULT',
    location: `Location/${hms.rooms[1]}`,
    ...day('2026-03-05'),
  });
  assert.equal(names(there), new Set([`Practitioner/${hms.practitioners[1]}`]));
  const patientId = await hms.patient();
  const booked = await hms.clerk.post('/api/appointments', {
    patientId,
    practitionerId: hms.practitioners[1],
    serviceId: hms.service,
    startsAt: '2026-03-05T08:00:00Z',
    endsAt: '2026-03-05T08:30:00Z',
  });
  assert.is(booked.status, 201);
  const theirs = await find(hms, {
    'service-type': 'CONSULT',
    practitioner: hms.practitioners[0],
    patient: `Patient/${patientId}`,
    ...day('2026-03-05'),
  });
  assert.is(theirs[0].start, '2026-03-05T08:30:00Z');
  assert.is(theirs[0].participant[0].actor.reference, `Patient/${patientId}`);
});

test('what cannot be asked is refused with the parameter', async ({ hms }) => {
  const path = `${root}/Appointment/$find`;
  for (const [asked, status, code] of [
    ['', 400, 'search-value-unusable'],
    ['service-type=NO-SUCH-CODE', 422, 'service-unknown'],
    [`practitioner=${hms.practitioners[0]}&start=tomorrow`, 400, 'search-value-unusable'],
    [`practitioner=${hms.practitioners[0]}&${query({ start: '2026-03-05T00:00:00Z', end: '2026-03-04T00:00:00Z' })}`, 400, 'search-value-unusable'], // prettier-ignore
    [`practitioner=${hms.practitioners[0]}&${query({ start: '2026-03-05T00:00:00Z', end: '2027-03-04T00:00:00Z' })}`, 400, 'search-value-unusable'], // prettier-ignore
    ['practitioner=0199b1a5-7c1e-7000-8000-000000000000', 422, 'practitioner-unknown'],
    [`service-type=CONSULT&_count=0`, 400, 'search-value-unusable'],
  ] as const)
    assert.equal(refusal(await hms.clerk.get(`${path}?${asked}`)), [status, 'OperationOutcome', code], asked);
  const strict = await hms.clerk.get(`${path}?service-type=CONSULT&colour=red`, { prefer: 'handling=strict' });
  assert.equal(refusal(strict), [400, 'OperationOutcome', 'search-parameter-unknown']);
  assert.is((await hms.clerk.get(`${path}?service-type=CONSULT&colour=red`)).status, 200);
  const labtech = await hms.as('labtech');
  assert.is((await labtech.get(`${path}?service-type=CONSULT`)).status, 403);
});

test('a proposal is booked as it stands, with the rules of every door', async ({ hms }) => {
  const [first, second] = await proposed(hms, '2026-03-06');
  const patientId = await hms.patient();
  const made = await ask(hms, '$book', holding(withPatient(first, patientId)));
  assert.is(made.status, 201, JSON.stringify(made.body));
  const [appointment, slot] = resources(made.body);
  assert.equal([appointment.status, appointment.start, appointment.contained], ['booked', first.start, undefined]);
  assert.equal([slot.resourceType, slot.status, slot.start], ['Slot', 'busy', first.start]);
  assert.equal((await hms.clerk.get(`${root}/Slot/${slot.id}`)).body.status, 'busy');
  assert.equal((await hms.clerk.get(`${root}/Appointment/${appointment.id}`)).body, appointment);
  assert.match(made.headers.get('location')!, new RegExp(`/fhir/R4/Appointment/${appointment.id}/_history/1$`));

  const again = await ask(hms, '$book', holding(withPatient(first, await hms.patient())));
  assert.equal(refusal(again), [409, 'OperationOutcome', 'occupancy-no-overlap']);
  assert.match(again.body.issue[0].diagnostics, `"start":"${second.start}"`);
  const lunch = { ...second, start: '2026-03-06T11:15:00Z', end: '2026-03-06T11:45:00Z' };
  assert.equal(refusal(await ask(hms, '$book', holding(withPatient(lunch, await hms.patient())))), [
    422,
    'OperationOutcome',
    'appointment-outside-availability',
  ]);
  const past = { ...second, start: '2026-02-06T09:00:00Z', end: '2026-02-06T09:30:00Z' };
  assert.equal(refusal(await ask(hms, '$book', holding(withPatient(past, await hms.patient())))), [
    422,
    'OperationOutcome',
    'appointment-in-past',
  ]);
});

test('a free Slot is booked for a patient by its id, and the patient may stand beside the proposal', async ({
  hms,
}) => {
  const [first] = await proposed(hms, '2026-03-09');
  const { schedule } = first.contained[0];
  const { body } = await hms.clerk.get(
    `${root}/Slot?schedule=${schedule.reference}&start=ge2026-03-09T00:00:00Z&start=lt2026-03-10T00:00:00Z`,
  );
  const [slot, next] = resources(body);
  const patientId = await hms.patient();
  const made = await ask(
    hms,
    '$book',
    parameters(
      { name: 'slot', valueReference: { reference: `Slot/${slot.id}` } },
      { name: 'patient-reference', valueReference: { reference: `Patient/${patientId}` } },
      { name: 'service-type-reference', valueReference: { reference: `HealthcareService/${hms.service}` } },
    ),
  );
  assert.is(made.status, 201, JSON.stringify(made.body));
  assert.equal([resources(made.body)[0].start, resources(made.body)[1].id], [slot.start, slot.id]);
  const asAppointment = await ask(hms, '$book', {
    resourceType: 'Appointment',
    status: 'proposed',
    slot: [{ reference: `Slot/${next.id}` }],
    serviceType: [{ coding: [{ system: 'urn:openward:service-type', code: 'CONSULT' }] }],
    participant: [{ actor: { reference: `Patient/${patientId}` }, status: 'accepted' }],
  });
  assert.is(asAppointment.status, 201, JSON.stringify(asAppointment.body));
  assert.is(resources(asAppointment.body)[0].start, next.start);
});

test('a hold says until when, is busy-tentative, and is booked by its id', async ({ hms }) => {
  const [first] = await proposed(hms, '2026-03-10');
  const patientId = await hms.patient();
  const kept = await ask(hms, '$hold', holding(withPatient(first, patientId), { name: 'minutes', valueInteger: 5 }));
  assert.is(kept.status, 201, JSON.stringify(kept.body));
  const [held, slot] = resources(kept.body);
  assert.equal([held.status, slot.status], ['pending', 'busy-tentative']);
  assert.equal(held.extension, [{ url: 'urn:openward:held-until', valueInstant: '2026-03-02T08:05:00Z' }]);
  assert.is((await hms.clerk.get(`${root}/Slot/${slot.id}`)).body.status, 'busy-tentative');
  assert.is((await ask(hms, '$book', holding(withPatient(first, await hms.patient())))).status, 409);
  const booked = await ask(
    hms,
    '$book',
    parameters({ name: 'appointment-reference', valueReference: { reference: `Appointment/${held.id}` } }),
  );
  assert.is(booked.status, 200, JSON.stringify(booked.body));
  const [appointment] = resources(booked.body);
  assert.equal([appointment.id, appointment.status, appointment.extension], [held.id, 'booked', undefined]);
  assert.is((await hms.clerk.get(`/api/appointments/${held.id}`)).body.status, 'booked');
});

test('a hold that is over is gone: 410, before the sweep and after it, whoever confirms it', async ({ hms }) => {
  const [first, second] = await proposed(hms, '2026-03-11');
  const keep = async (it: Resource) => {
    const { status, body } = await ask(hms, '$hold', holding(withPatient(it, await hms.patient())));
    assert.is(status, 201);
    return resources(body)[0];
  };
  const [one, other] = [await keep(first), await keep(second)];
  await hms.setClock('2026-03-02T08:10:00Z');
  assert.equal(refusal(await ask(hms, '$book', holding(one))), [410, 'OperationOutcome', 'hold-expired']);
  await sweepHolds(hms.hms.db(service('scheduling')));
  for (const it of [one, other])
    assert.equal(refusal(await hms.clerk.post(`${root}/Appointment/${it.id}/$confirm`, '')), [
      410,
      'OperationOutcome',
      'hold-expired',
    ]);
  assert.is(
    (await ask(hms, '$book', holding(withPatient(first, await hms.patient())))).status,
    201,
    'its time is free',
  );
});

test('confirmed, moved and cancelled by Medplum’s names; a version that is stale is 412', async ({ hms }) => {
  const [first, , third] = await proposed(hms, '2026-03-12');
  const [held] = resources((await ask(hms, '$hold', holding(withPatient(first, await hms.patient())))).body);
  const at = `${root}/Appointment/${held.id}`;
  assert.is((await hms.clerk.post(`${at}/$confirm`, '', etag(7))).status, 412);
  const confirmed = await hms.clerk.post(`${at}/$confirm`, '');
  assert.is(confirmed.status, 200, JSON.stringify(confirmed.body));
  assert.equal(refusal(await hms.clerk.post(`${at}/$confirm`, '')), [422, 'OperationOutcome', 'appointment-status']);
  const moved = await hms.clerk.post(
    `${at}/$reschedule`,
    parameters(
      { name: 'start', valueDateTime: third.start },
      { name: 'practitioner', valueReference: { reference: `Practitioner/${hms.practitioners[1]}` } },
    ),
    fhir,
  );
  assert.is(moved.status, 200, JSON.stringify(moved.body));
  const [appointment] = resources(moved.body);
  assert.equal([appointment.id, appointment.start, appointment.end], [held.id, third.start, third.end]);
  assert.ok(
    appointment.participant.some((it: Resource) => it.actor.reference === `Practitioner/${hms.practitioners[1]}`),
  );
  const cancelled = await ask(
    hms,
    '$cancel',
    parameters(
      { name: 'appointment-reference', valueReference: { reference: `Appointment/${held.id}` } },
      { name: 'reason', valueString: 'Has travelled' },
    ),
  );
  assert.is(cancelled.status, 200, JSON.stringify(cancelled.body));
  assert.equal(
    [
      resources(cancelled.body)[0].status,
      resources(cancelled.body)[0].cancelationReason.text,
      resources(cancelled.body)[1],
    ],
    ['cancelled', 'Has travelled', undefined],
  );
});

test('who is not here, or hidden, is nobody: 422 with the element; who may not write books nothing', async ({
  hms,
}) => {
  const [first] = await proposed(hms, '2026-03-13');
  const nobody = '0199b1a5-7c1e-7000-8000-000000000000';
  const unknown = await ask(hms, '$book', holding(withPatient(first, nobody)));
  assert.equal(refusal(unknown), [422, 'OperationOutcome', 'fhir-reference-unknown']);
  assert.equal(unknown.body.issue[0].expression, ['Appointment.participant[0].actor']);
  assert.equal(refusal(await ask(hms, '$book', holding(first))), [422, 'OperationOutcome', 'fhir-reference-unknown']);
  const patientId = await hms.patient();
  const doctor = await hms.as('doctor');
  await hms.db.query(sql.unsafe`
    insert into core.subject_label (subject_id, label) values (${patientId}, 'restricted')
  `);
  const hidden = await doctor.post(`${root}/Appointment/$book`, holding(withPatient(first, patientId)), fhir);
  assert.equal(
    [refusal(hidden), hidden.body.issue[0].expression],
    [refusal(unknown), unknown.body.issue[0].expression],
  );
  const beside = await doctor.post(
    `${root}/Appointment/$book`,
    holding(first, { name: 'patient-reference', valueReference: { reference: `Patient/${patientId}` } }),
    fhir,
  );
  assert.equal(refusal(beside), refusal(unknown));
  const nurse = await hms.as('nurse');
  assert.is((await nurse.post(`${root}/Appointment/$book`, holding(first), fhir)).status, 403);
  assert.is((await hms.anonymous.post(`${root}/Appointment/$book`, holding(first), fhir)).status, 401);
});

test('a room and a device that the service needs are picked, by $book and by a plain POST; or nothing is taken', async ({
  hms,
}) => {
  const made = async (path: string, body: object): Promise<string> => {
    const answer = await hms.admin.post(path, body);
    assert.is(answer.status, 201, JSON.stringify(answer.body));
    return answer.body.id;
  };
  const departmentId = await made('/api/departments', { name: 'Imaging' });
  const room = await made('/api/locations', { name: 'Imaging room', kind: 'room', departmentId });
  const device = await made('/api/devices', { name: 'Sonograph', type: 'Ultrasound', departmentId });
  const practitioners = [
    await made('/api/practitioners', { familyName: 'Pico', givenName: 'Ana', departmentId }),
    await made('/api/practitioners', { familyName: 'Quist', givenName: 'Bo', departmentId }),
  ];
  for (const id of practitioners)
    await amend(hms.admin, `/api/availability/${id}`, {
      zone: 'Europe/Berlin',
      windows: [1, 2, 3, 4, 5].map((weekday) => ({ weekday, startTime: '09:00', endTime: '17:00' })),
    });
  const serviceId = await made('/api/services', {
    name: 'Ultrasound',
    departmentId,
    durationMinutes: 30,
    chargeCode: 'SONO',
    needsRoom: true,
    needsDeviceType: 'Ultrasound',
  });
  const plain = async (at: string, more: object[] = []) => ({
    resourceType: 'Appointment',
    status: 'booked',
    serviceType: [{ coding: [{ system: 'urn:openward:service-type', code: 'SONO' }] }],
    start: tuesday(at).startsAt,
    end: tuesday(at).endsAt,
    participant: [{ actor: { reference: `Patient/${await hms.patient()}` }, status: 'accepted' }, ...more],
  });
  const actors = (it: Resource) => new Set(it.participant.map((each: Resource) => each.actor.reference));
  const posted = await hms.clerk.post(`${root}/Appointment`, await plain('09:00'), fhir);
  assert.is(posted.status, 201, JSON.stringify(posted.body));
  for (const reference of [`Location/${room}`, `Device/${device}`])
    assert.ok(actors(posted.body).has(reference), reference);
  const { body: item } = await hms.clerk.get(`/api/appointments/${posted.body.id}`);
  assert.equal([item.serviceId, item.locationId, item.alsoTaken[0].id], [serviceId, room, device]);
  assert.ok(practitioners.includes(item.practitionerId), 'and somebody of the department');

  const named = {
    actor: { reference: `Practitioner/${practitioners.find((id) => id !== item.practitionerId)}` },
    status: 'accepted',
  };
  for (const answer of [
    await hms.clerk.post(`${root}/Appointment`, await plain('09:00', [named]), fhir),
    await ask(hms, '$book', { ...(await plain('09:00', [named])), status: 'proposed' }),
  ])
    assert.equal(refusal(answer), [409, 'OperationOutcome', 'occupancy-no-overlap'], 'the only device is taken');
  const booked = await ask(hms, '$book', { ...(await plain('09:30', [named])), status: 'proposed' });
  assert.is(booked.status, 201, JSON.stringify(booked.body));
  for (const reference of [`Location/${room}`, `Device/${device}`])
    assert.ok(actors(resources(booked.body)[0]).has(reference), reference);

  // As it was read it can be sent back: nothing changes, and nobody is told of a move.
  const back = await hms.clerk.get(`${root}/Appointment/${posted.body.id}`);
  const put = await hms.clerk.put(`${root}/Appointment/${posted.body.id}`, back.body, fhir);
  assert.is(put.status, 200, JSON.stringify(put.body));
  assert.equal(put.body.participant, back.body.participant);
  const after = (await hms.clerk.get(`/api/appointments/${posted.body.id}`)).body;
  assert.equal([after.locationId, after.alsoTaken[0]?.id], [room, device]);
});

test('the statement of what this server can do lists them, and each definition can be read', async ({ hms }) => {
  const { body } = await hms.anonymous.get(`${root}/metadata`);
  const { operation, searchParam, searchInclude } = body.rest[0].resource.find(
    (it: { type: string }) => it.type === 'Appointment',
  );
  assert.equal(
    operation.map((it: { name: string }) => it.name),
    ['find', 'hold', 'book', 'confirm', 'reschedule', 'cancel'],
  );
  for (const { name, definition } of operation) {
    const { pathname } = new URL(definition);
    const read = await hms.anonymous.get(pathname);
    assert.equal([read.status, read.body.code, read.body.url], [200, name, definition]);
    assert.ok(read.body.parameter.length > 0);
  }
  for (const name of [
    'patient',
    'practitioner',
    'actor',
    'location',
    'date',
    'status',
    'service-type',
    'part-status',
    'identifier',
  ])
    assert.ok(
      searchParam.some((it: { name: string }) => it.name === name),
      name,
    );
  assert.ok(searchInclude.includes('Appointment:location'));
});
test.run();
