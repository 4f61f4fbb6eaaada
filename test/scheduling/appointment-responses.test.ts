import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sql } from '../../core/database.ts';
import { broken } from './invariants.ts';
import { etag, now, startHospital, tuesday, type Hospital } from './hospital.ts';

const test = suite<{ hms: Hospital }>('scheduling: answers of participants');
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

interface Booked {
  id: string;
  patientId: string;
  startsAt: string;
  endsAt: string;
}
const book = async (hms: Hospital, at: string, path = '/api/appointments'): Promise<Booked> => {
  const patientId = await hms.patient();
  const { status, body } = await hms.clerk.post(path, {
    patientId,
    practitionerId: hms.practitioners[0],
    serviceId: hms.service,
    ...tuesday(at),
  });
  assert.is(status, 201, JSON.stringify(body));
  return { id: body.id, patientId, startsAt: body.startsAt, endsAt: body.endsAt };
};
const answer = (hms: Hospital, it: Booked, actor: string, participantStatus: string, more: object = {}) =>
  hms.clerk.post(
    `${root}/AppointmentResponse`,
    {
      resourceType: 'AppointmentResponse',
      appointment: { reference: `Appointment/${it.id}` },
      actor: { reference: actor },
      participantStatus,
      ...more,
    },
    fhir,
  );
const refusal = ({ status, body }: Awaited<ReturnType<typeof answer>>) => [
  status,
  body.issue?.[0].details.coding[0].code,
  body.issue?.[0].expression?.[0],
];
const statusesOf = async (hms: Hospital, { id }: Booked): Promise<Record<string, string>> => {
  const { body } = await hms.clerk.get(`${root}/Appointment/${id}`);
  return Object.fromEntries(
    body.participant.map((it: { actor: { reference: string }; status: string }) => [
      it.actor.reference.replace(/\/.*/, ''),
      it.status,
    ]),
  );
};

test('an answer changes what the appointment says of that participant alone, as a version', async ({ hms }) => {
  const it = await book(hms, '09:00');
  const given = await answer(hms, it, `Practitioner/${hms.practitioners[0]}`, 'tentative', {
    comment: 'Perhaps in theatre',
    start: tuesday('09:00').startsAt,
  });
  assert.is(given.status, 201, JSON.stringify(given.body));
  assert.equal([given.body.comment, given.body.start], ['Perhaps in theatre', tuesday('09:00').startsAt]);
  assert.equal(await statusesOf(hms, it), {
    Patient: 'accepted',
    Practitioner: 'tentative',
    Location: 'accepted',
    HealthcareService: 'accepted',
  });
  const { body } = await hms.clerk.get(`${root}/Appointment/${it.id}`);
  assert.is(body.meta.versionId, '2');
  assert.is(
    (await hms.clerk.get(`${root}/Appointment/${it.id}/_history/1`)).body.participant[1].status,
    'accepted',
    'as it was before',
  );
  await answer(hms, it, `Practitioner/${hms.practitioners[0]}`, 'accepted');
  assert.is((await statusesOf(hms, it)).Practitioner, 'accepted');
  await answer(hms, it, `Patient/${it.patientId}`, 'tentative');
  const moved = await hms.clerk.post(`/api/appointments/${it.id}/reschedule`, tuesday('09:30'), etag(4));
  assert.is(moved.status, 200, JSON.stringify(moved.body));
  assert.is((await statusesOf(hms, it)).Patient, 'accepted', 'what was answered was about another time');
});

test('that somebody of the house will not come is said at the desk until it is moved, and gone when the visit comes back', async ({
  hms,
}) => {
  const it = await book(hms, '16:30');
  const item = async () => (await hms.clerk.get(`/api/appointments/${it.id}`)).body;
  assert.equal((await item()).declinedBy, []);
  await answer(hms, it, `Practitioner/${hms.practitioners[0]}`, 'declined');
  assert.equal((await item()).declinedBy, ['Dr Marsh']);
  const { appointments } = (await hms.clerk.get('/api/schedule/day?date=2026-03-03')).body;
  assert.equal(appointments.find(({ id }: Booked) => id === it.id).declinedBy, ['Dr Marsh']);
  await answer(hms, it, `Patient/${it.patientId}`, 'declined');
  assert.is((await item()).status, 'cancelled');
  const back = await hms.clerk.post(`/api/appointments/${it.id}/reinstate`, {}, etag((await item()).version));
  assert.equal([back.status, back.body.declinedBy], [200, []], JSON.stringify(back.body));
  assert.equal(new Set(Object.values(await statusesOf(hms, it))), new Set(['accepted']));
});

test('each answer stays and is found; a later one stands beside it, and none is changed', async ({ hms }) => {
  const it = await book(hms, '10:00');
  const [first, second] = [
    await answer(hms, it, `Patient/${it.patientId}`, 'tentative', {
      identifier: [{ system: 'urn:test', value: 'R-1' }],
      participantType: [{ text: 'who comes' }],
    }),
    await answer(hms, it, `Practitioner/${hms.practitioners[0]}`, 'accepted'),
  ];
  const read = await hms.clerk.get(`${root}/AppointmentResponse/${first.body.id}`);
  assert.equal(read.body, first.body);
  assert.equal(read.body.participantType, [{ text: 'who comes' }]);
  const found = async (asked: string): Promise<string[]> => {
    const { status, body } = await hms.clerk.get(`${root}/AppointmentResponse?${asked}`);
    assert.is(status, 200, JSON.stringify(body));
    return (body.entry ?? []).map((each: { resource: { id: string } }) => each.resource.id);
  };
  const [a, b] = [first.body.id, second.body.id];
  assert.equal(await found(`appointment=Appointment/${it.id}`), [a, b]);
  assert.equal(await found(`patient=${it.patientId}`), [a, b]);
  assert.equal(await found(`appointment=${it.id}&actor=Patient/${it.patientId}`), [a]);
  assert.equal(await found(`appointment=${it.id}&actor=Practitioner/${hms.practitioners[0]}`), [b]);
  assert.equal(await found(`appointment=${it.id}&practitioner=${hms.practitioners[0]}`), [b]);
  assert.equal(await found(`appointment=${it.id}&part-status=accepted`), [b]);
  assert.equal(await found('identifier=urn:test|R-1'), [a]);
  const { body } = await hms.clerk.get(`${root}/Appointment?_id=${it.id}&_revinclude=AppointmentResponse:appointment`);
  assert.is(body.entry.length, 3);
  assert.is((await hms.clerk.put(`${root}/AppointmentResponse/${a}`, read.body, fhir)).status, 405);
  assert.is((await hms.clerk.del(`${root}/AppointmentResponse/${a}`)).status, 405);
});

test('a patient who declines is cancelled, with what they said; their time is free; the calendar is told', async ({
  hms,
}) => {
  const it = await book(hms, '11:00');
  const declined = await answer(hms, it, `Patient/${it.patientId}`, 'declined', { comment: 'I am travelling' });
  assert.is(declined.status, 201, JSON.stringify(declined.body));
  const { body } = await hms.clerk.get(`/api/appointments/${it.id}`);
  assert.equal([body.status, body.cancellationReason, body.version], ['cancelled', 'I am travelling', 2]);
  assert.is((await statusesOf(hms, it)).Patient, 'declined');
  await book(hms, '11:00');
  const names = await hms.db.anyFirst(sql.unsafe`select name from core.outbox where subject_id = ${it.id} order by id`);
  assert.equal(
    [...names],
    ['scheduling.appointment-booked', 'scheduling.appointment-answered', 'scheduling.appointment-cancelled'],
  );
  const silent = await book(hms, '11:30');
  await answer(hms, silent, `Patient/${silent.patientId}`, 'declined');
  assert.is(
    (await hms.clerk.get(`/api/appointments/${silent.id}`)).body.cancellationReason,
    'The patient has declined.',
  );
});

test('a time that was only kept is given back, and nobody is told of an appointment that never was', async ({
  hms,
}) => {
  const it = await book(hms, '13:00', '/api/holds');
  assert.is((await answer(hms, it, `Patient/${it.patientId}`, 'declined')).status, 201);
  const names = await hms.db.anyFirst(sql.unsafe`select name from core.outbox where subject_id = ${it.id} order by id`);
  assert.equal(
    [...names],
    ['scheduling.appointment-held', 'scheduling.appointment-answered', 'scheduling.hold-released'],
  );
  const over = await book(hms, '13:00', '/api/holds');
  await hms.setClock('2026-03-02T08:10:00Z');
  assert.equal(refusal(await answer(hms, over, `Patient/${over.patientId}`, 'accepted')).slice(0, 2), [
    410,
    'hold-expired',
  ]);
});

test('that somebody of the house declines stands there; the patient keeps the time until somebody moves it', async ({
  hms,
}) => {
  const it = await book(hms, '14:00');
  assert.is((await answer(hms, it, `Practitioner/${hms.practitioners[0]}`, 'declined')).status, 201);
  const { body } = await hms.clerk.get(`/api/appointments/${it.id}`);
  assert.equal([body.status, body.practitionerId], ['booked', hms.practitioners[0]]);
  const read = await hms.clerk.get(`${root}/Appointment/${it.id}`);
  assert.is((await statusesOf(hms, it)).Practitioner, 'declined');
  const put = await hms.clerk.put(`${root}/Appointment/${it.id}`, read.body, fhir);
  assert.is(put.status, 200, JSON.stringify(put.body));
  const after = (await hms.clerk.get(`/api/appointments/${it.id}`)).body;
  assert.equal(
    [after.practitionerId, after.locationId],
    [hms.practitioners[0], hms.rooms[0]],
    'sent back as it was read',
  );
});

test('an answer that cannot be meant is refused, and says why and where', async ({ hms }) => {
  const it = await book(hms, '15:00');
  const patient = `Patient/${it.patientId}`;
  const nobody = '0199b1a5-7c1e-7000-8000-000000000000';
  const elsewhere = { ...it, id: nobody };
  assert.equal(refusal(await answer(hms, elsewhere, patient, 'accepted')), [
    422,
    'fhir-reference-unknown',
    'AppointmentResponse.appointment',
  ]);
  assert.equal(refusal(await answer(hms, it, `Patient/${nobody}`, 'accepted')), [
    422,
    'fhir-reference-unknown',
    'AppointmentResponse.actor',
  ]);
  assert.equal(refusal(await answer(hms, it, `Practitioner/${hms.practitioners[1]}`, 'accepted')), [
    422,
    'answer-not-participant',
    'AppointmentResponse.actor',
  ]);
  const typed = await hms.clerk.post(
    `${root}/AppointmentResponse`,
    {
      resourceType: 'AppointmentResponse',
      appointment: { reference: `Appointment/${it.id}` },
      participantType: [{ text: 'anybody' }],
      participantStatus: 'accepted',
    },
    fhir,
  );
  assert.equal(refusal(typed), [422, 'answer-of-nobody', 'AppointmentResponse.actor']);
  assert.equal(refusal(await answer(hms, it, patient, 'accepted', { start: tuesday('15:15').startsAt })), [
    422,
    'answer-times-differ',
    'AppointmentResponse.start',
  ]);
  assert.is((await answer(hms, it, patient, 'perhaps')).status, 400);
  await hms.clerk.post(`/api/appointments/${it.id}/cancel`, { reason: 'Ill' }, etag(1));
  assert.equal(refusal(await answer(hms, it, patient, 'accepted')), [
    422,
    'appointment-status',
    'AppointmentResponse.appointment',
  ]);
  const begun = await book(hms, '15:30');
  await hms.setClock('2026-03-03T14:45:00Z');
  assert.equal(refusal(await answer(hms, begun, `Patient/${begun.patientId}`, 'declined')), [
    422,
    'appointment-in-past',
    'AppointmentResponse.appointment',
  ]);
  const { body } = await hms.clerk.get(`${root}/AppointmentResponse?patient=${it.patientId}`);
  assert.is(body.total, 0, 'nothing of it is kept');
});

test('who may not see the patient hears of no answer, and gives none; who may not book answers nothing', async ({
  hms,
}) => {
  const it = await book(hms, '16:00');
  const given = await answer(hms, it, `Patient/${it.patientId}`, 'tentative');
  const nurse = await hms.as('nurse');
  assert.is((await nurse.get(`${root}/AppointmentResponse/${given.body.id}`)).status, 200);
  assert.is((await nurse.post(`${root}/AppointmentResponse`, given.body, fhir)).status, 403);
  assert.is((await (await hms.as('labtech')).get(`${root}/AppointmentResponse`)).status, 403);
  await hms.db.query(
    sql.unsafe`insert into core.subject_label (subject_id, label) values (${it.patientId}, 'restricted')`,
  );
  assert.is((await nurse.get(`${root}/AppointmentResponse/${given.body.id}`)).status, 404);
  assert.is((await nurse.get(`${root}/AppointmentResponse?appointment=${it.id}`)).body.total, 0);
  const hidden = await (
    await hms.as('doctor')
  ).post(`${root}/AppointmentResponse`, { ...given.body, id: undefined, meta: undefined }, fhir);
  assert.equal(refusal(hidden), [422, 'fhir-reference-unknown', 'AppointmentResponse.appointment']);
});
test.run();
