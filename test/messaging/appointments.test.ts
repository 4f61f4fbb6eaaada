import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startHouse, type House, type Row } from './house.ts';

interface At {
  house: House;
}
const test = suite<At>('messaging: appointments');
test.before(async (at) => {
  at.house = await startHouse(['billing']);
});
test.before.each(async ({ house }) => {
  house.mail.mails.length = 0;
  house.gateway.asked.length = 0;
  await house.setClock('2026-03-02T08:00:00Z');
});
test.after.each(async ({ house }) => {
  assert.equal(await house.broken(), []);
});
test.after(({ house }) => house?.stop());

const brief = (rows: Row[]) => rows.map((it) => `${it.channel} ${it.kind} ${it.windowMinutes ?? '-'} ${it.status}`);
const sms = (rows: Row[]) => brief(rows.filter(({ channel }) => channel === 'sms'));

test('a booking is told once it can no longer be undone, and reminded of two days and two hours before', async ({
  house,
}) => {
  const patient = await house.agreed();
  await house.book(patient, '2026-03-05T09:00:00Z');
  await house.send();
  assert.is(house.mail.mails.length + house.gateway.asked.length, 0, 'the undo is still offered');
  await house.at('2026-03-02T08:01:01Z');
  assert.is(house.mail.mails.length, 1);
  assert.equal(
    house.gateway.asked.map(({ text }) => text),
    ['Your appointment at OpenWard Demo Hospital is booked for Thursday, 5 March 2026 at 10:00.'],
  );
  await house.at('2026-03-03T09:00:00Z');
  await house.at('2026-03-05T07:00:01Z');
  assert.equal(sms(await house.messagesOf(patient)), [
    'sms appointment-booked - sent',
    'sms appointment-reminder 2880 sent',
    'sms appointment-reminder 120 sent',
  ]);
  await house.at('2026-03-05T08:00:00Z');
  assert.is(house.gateway.asked.length, 3);
  assert.is(house.mail.mails.length, 3);
});

test('reception sees whether the patient is reminded, and why not', async ({ house }) => {
  const ask = (id: string, patientId: string, startsAt: string) =>
    house.clerk.get(`/api/appointments/${id}/reminder?patientId=${patientId}&startsAt=${startsAt}`);
  const stateOf = async (id: string, patientId: string, startsAt: string) => {
    const { status, body } = await ask(id, patientId, startsAt);
    assert.is(status, 200, JSON.stringify(body));
    return [body.state, body.at, body.reason];
  };
  const silent = await house.patient('Silent');
  const unasked = await house.book(silent, '2026-03-19T09:00:00Z');
  assert.equal(await stateOf(unasked.id, silent, '2026-03-19T09:00:00Z'), ['none', null, 'no-consent']);
  const patient = await house.agreed();
  const starts = '2026-03-19T12:00:00Z';
  const { id } = await house.book(patient, starts);
  await house.settle();
  assert.equal(await stateOf(id, patient, starts), ['planned', '2026-03-17T12:00:00Z', null]);
  await house.at('2026-03-17T12:00:01Z');
  assert.equal(await stateOf(id, patient, starts), ['planned', '2026-03-19T10:00:00Z', null]);
  await house.at('2026-03-19T10:00:01Z');
  assert.is((await stateOf(id, patient, starts))[0], 'sent');
  assert.equal(await stateOf(id, patient, '2026-03-20T12:00:00Z'), ['none', null, null], 'of another time');
  assert.is((await ask(id, id, starts)).status, 404);
});

test('nothing that goes out names the patient, the doctor, the service or the reason', async ({ house }) => {
  const patient = await house.agreed();
  const booked = await house.book(patient, '2026-03-05T12:00:00Z');
  await house.at('2026-03-03T13:00:00Z');
  await house.cancel(booked);
  await house.at('2026-03-03T13:02:00Z');
  const all = [...house.mail.mails.map(({ source }) => source), ...house.gateway.asked.map((it) => JSON.stringify(it))];
  assert.is(all.length, 6);
  for (const text of all)
    for (const secret of [
      'Secretname',
      'Anna',
      'Marsh',
      'Consultation',
      'General medicine',
      'tuberculosis',
      'Room',
      patient,
    ])
      assert.not.ok(text.includes(secret), `${secret} in ${text}`);
});

test('what is taken back before anybody was told of it is told to nobody', async ({ house }) => {
  const patient = await house.agreed({ email: false });
  const booked = await house.book(patient, '2026-03-06T09:00:00Z');
  await house.cancel(booked);
  await house.at('2026-03-02T08:05:00Z');
  assert.is(house.gateway.asked.length, 0);
  assert.equal(sms(await house.messagesOf(patient)), [
    'sms appointment-booked - withdrawn',
    'sms appointment-reminder 2880 withdrawn',
    'sms appointment-reminder 120 withdrawn',
  ]);
});

test('a move that is undone is told to nobody, and its reminders are those of the first time again', async ({
  house,
}) => {
  const patient = await house.agreed({ email: false });
  const first = await house.book(patient, '2026-03-06T10:00:00Z');
  await house.at('2026-03-02T08:02:00Z');
  const moved = await house.move(first, '2026-03-09T10:00:00Z');
  await house.move(moved, '2026-03-06T10:00:00Z');
  await house.at('2026-03-02T08:10:00Z');
  assert.is(house.gateway.asked.length, 1);
  const waiting = (await house.messagesOf(patient)).filter(({ status }) => status === 'planned');
  assert.equal(
    waiting.map(({ kind, startsAt, windowMinutes }) => [kind, startsAt, windowMinutes]),
    [
      ['appointment-reminder', '2026-03-06T10:00:00Z', 2880],
      ['appointment-reminder', '2026-03-06T10:00:00Z', 120],
    ],
  );
});

test('a move and a cancellation are told with the time that the patient knew', async ({ house }) => {
  const patient = await house.agreed({ email: false, language: 'es' });
  const booked = await house.book(patient, '2026-03-06T08:00:00Z');
  await house.at('2026-03-02T08:02:00Z');
  const moved = await house.move(booked, '2026-03-10T08:00:00Z');
  await house.at('2026-03-02T08:04:00Z');
  const cancelled = await house.cancel(moved);
  await house.at('2026-03-02T08:06:00Z');
  assert.equal(
    house.gateway.asked.slice(1).map(({ text }) => text),
    [
      'Su cita en OpenWard Demo Hospital ha pasado del viernes, 6 de marzo de 2026, 09:00, al martes, 10 de marzo de 2026 a las 09:00.',
      'Su cita en OpenWard Demo Hospital del martes, 10 de marzo de 2026 a las 09:00 está cancelada. Por favor, no venga.',
    ],
  );
  await house.reinstate(cancelled);
  await house.at('2026-03-02T08:08:00Z');
  assert.match(house.gateway.asked[3]!.text, 'está reservada');
});

test('who checks in early is not reminded any more', async ({ house }) => {
  const patient = await house.agreed({ email: false });
  const { id, version } = await house.book(patient, '2026-03-05T13:00:00Z');
  await house.clerk.post(`/api/appointments/${id}/check-in`, {}, { 'if-match': `W/"${version}"` });
  await house.settle();
  assert.ok(
    (await house.messagesOf(patient)).every((it) => it.kind === 'appointment-booked' || it.status === 'withdrawn'),
  );
});

test('nobody is written to who was not asked; who agrees later is reminded of what was booked before', async ({
  house,
}) => {
  const patient = await house.patient('Unasked');
  await house.book(patient, '2026-03-05T14:00:00Z');
  assert.equal(await house.messagesOf(patient), []);
  await house.consent(patient, { email: false });
  assert.equal(brief(await house.messagesOf(patient)), [
    'sms appointment-reminder 2880 planned',
    'sms appointment-reminder 120 planned',
  ]);
  await house.consent(patient, { email: false, sms: false });
  assert.ok((await house.messagesOf(patient)).every(({ status }) => status === 'withdrawn'));
  await house.consent(patient, { email: false, declined: ['reminders'] });
  assert.ok((await house.messagesOf(patient)).every(({ status }) => status === 'withdrawn'));
  await house.consent(patient, { email: false });
  assert.ok((await house.messagesOf(patient)).every(({ status }) => status === 'planned'));
});

test('a reminder that a person withdrew stays withdrawn', async ({ house }) => {
  const patient = await house.agreed({ email: false });
  await house.book(patient, '2026-03-06T13:00:00Z');
  const [first, second] = (await house.messagesOf(patient)).filter(({ kind }) => kind === 'appointment-reminder');
  const { body } = await house.clerk.get(`/api/messages/${first!.id}`);
  await house.clerk.post(`/api/messages/${first!.id}/withdraw`, {}, { 'if-match': `W/"${body.version}"` });
  await house.consent(patient, { email: false, declined: ['reminders'] });
  await house.consent(patient, { email: false });
  const status = async (id: string) => (await house.messagesOf(patient)).find((it) => it.id === id)?.status;
  assert.equal([await status(first!.id), await status(second!.id)], ['withdrawn', 'planned']);
});

test('the dead are not written to', async ({ house }) => {
  const patient = await house.agreed();
  await house.book(patient, '2026-03-05T15:00:00Z');
  const { body } = await house.clerk.get(`/api/patients/${patient}`);
  const { id: _, recordNumber: _r, version, updatedAt: _u, ...rest } = body;
  const dead = await house.clerk.put(
    `/api/patients/${patient}`,
    { ...rest, deceasedAt: '2026-03-02T08:00:00Z' },
    { 'if-match': `W/"${version}"` },
  );
  assert.is(dead.status, 200, JSON.stringify(dead.body));
  await house.at('2026-03-05T13:30:00Z');
  assert.equal([...new Set((await house.messagesOf(patient)).map(({ reason }) => reason))], ['patient-not-active']);
});

test('history from elsewhere tells nobody', async ({ house }) => {
  const patient = await house.agreed();
  const appointment = {
    resourceType: 'Appointment',
    status: 'booked',
    start: '2026-03-12T09:00:00Z',
    end: '2026-03-12T09:30:00Z',
    participant: [{ actor: { reference: `Patient/${patient}` }, status: 'accepted' }],
  };
  const imported = await house.admin.post('/fhir/R4/Appointment', appointment, { 'openward-origin': 'import' });
  assert.is(imported.status, 201, JSON.stringify(imported.body));
  await house.settle();
  assert.equal(await house.messagesOf(patient), []);
});

test('an invoice is told without its amount by SMS, and not at all when it was paid at the till', async ({ house }) => {
  const patient = await house.agreed();
  const paid = await house.agreed();
  const invoice = '01890000-0000-7000-8000-00000000000';
  const tell = async (name: string, id: string, patientId: string) => {
    const { publish } = await import('../../core/events.ts');
    await house.db.transaction((tx) => publish(tx, name, id, { patientId, totalMinor: 4550, currency: 'EUR' }));
    await house.settle();
  };
  await tell('billing.invoice-issued', `${invoice}1`, patient);
  await tell('billing.invoice-issued', `${invoice}2`, paid);
  await tell('billing.invoice-balanced', `${invoice}2`, paid);
  await house.at('2026-03-02T08:02:00Z');
  assert.equal(
    house.gateway.asked.map(({ text }) => text),
    ['There is an invoice for you at OpenWard Demo Hospital.'],
  );
  assert.is(house.mail.mails.length, 1);
  assert.match(house.mail.mails[0]!.text, '€45.50');
});

test.run();
