import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Answer } from '../hms.ts';
import { etag, now, startHospital, tuesday, type Hospital } from './hospital.ts';
import { broken } from './invariants.ts';

const test = suite<{ hms: Hospital; desk: string; triage: string; doctor: string }>('scheduling: queue');

const pointOf = async (hms: Hospital, name: string, kind: string, prefix: string, more: object = {}) => {
  const { status, body } = await hms.admin.post('/api/queue/points', { name, kind, prefix, ...more });
  assert.is(status, 201, JSON.stringify(body));
  return body.id as string;
};
let points = 0;
/** A point of its own, with numbers of its own. */
const freshPoint = (hms: Hospital) => {
  const nth = points++;
  const prefix = `X${String.fromCharCode(65 + nth)}`;
  return pointOf(hms, `Point ${nth}`, 'other', prefix);
};

test.before(async (at) => {
  at.hms = await startHospital(['ehr']);
  at.desk = await pointOf(at.hms, 'Registration', 'registration', 'A');
  at.doctor = await pointOf(at.hms, 'Dr Marsh', 'consulting-room', 'D', {
    practitionerId: at.hms.practitioners[0],
    locationId: at.hms.rooms[0],
  });
  at.triage = await pointOf(at.hms, 'Triage', 'triage', 'T', { nextPointId: at.doctor });
});
test.before.each(async ({ hms }) => {
  await hms.setClock(now);
});
test.after.each(async ({ hms }) => {
  assert.equal(await broken(hms), []);
});
test.after((at) => at.hms?.stop());

const issue = (hms: Hospital, pointId: string, more: object = {}) =>
  hms.clerk.post('/api/queue/tickets', { pointId, ...more });
const next = (hms: Hospital, pointId: string) => hms.clerk.post(`/api/queue/points/${pointId}/call-next`, {});
const verb = (hms: Hospital, it: { id: string; version: number }, name: string, body: object = {}) =>
  hms.clerk.post(`/api/queue/tickets/${it.id}/${name}`, body, etag(it.version));
const board = async (hms: Hospital, pointId: string) =>
  (await hms.clerk.get(`/api/queue/board?pointId=${pointId}`)).body as {
    tickets: { token: string }[];
    stages: { pointId: string }[];
  };
const tokensOf = async (hms: Hospital, pointId: string) => (await board(hms, pointId)).tickets.map((it) => it.token);

test('a walk-in with or without a name gets the next number, is called, moves on with number and arrival, and ends', async ({
  hms,
  triage,
  doctor,
}) => {
  const patientId = await hms.patient();
  const first = await issue(hms, triage, { patientId });
  assert.is(first.status, 201, JSON.stringify(first.body));
  assert.equal(
    [first.body.token, first.body.status, first.body.patient.id, first.body.day],
    ['T-001', 'created', patientId, '2026-03-02'],
  );
  const nameless = await issue(hms, triage);
  assert.equal([nameless.body.token, nameless.body.patient], ['T-002', null]);

  await hms.setClock('2026-03-02T08:07:00Z');
  const called = await next(hms, triage);
  assert.equal(
    [called.status, called.body.token, called.body.status, called.body.calls],
    [200, 'T-001', 'in-progress', 1],
  );
  const again = await verb(hms, called.body, 'call');
  assert.is(again.body.calls, 2);
  const moved = await verb(hms, again.body, 'transfer', { pointId: doctor });
  assert.equal(
    [moved.body.token, moved.body.pointId, moved.body.arrivedAt, moved.body.status, moved.body.locationName],
    ['T-001', doctor, first.body.arrivedAt, 'created', 'Room 1'],
  );
  const room = await verb(hms, moved.body, 'room', { locationId: hms.rooms[1] });
  assert.is(room.body.locationName, 'Room 2');
  await hms.setClock('2026-03-02T08:10:00Z');
  const seen = await next(hms, doctor);
  assert.equal([seen.body.token, seen.body.locationName], ['T-001', 'Room 2']);
  await hms.setClock('2026-03-02T08:25:00Z');
  const ended = await verb(hms, seen.body, 'end');
  assert.equal([ended.body.status, ended.body.endedAt], ['fulfilled', '2026-03-02T08:25:00Z']);
  assert.is((await verb(hms, ended.body, 'call')).body.type, '/problems/ticket-status');
  assert.is((await verb(hms, seen.body, 'end')).status, 412);

  const { stages } = await board(hms, triage);
  const of = (id: string) => stages.find(({ pointId }) => pointId === id) as Record<string, unknown> | undefined;
  assert.equal(
    [of(triage)?.medianWait, of(triage)?.waiting, of(triage)?.longestToken, of(triage)?.estimate],
    [7, 1, 'T-002', null],
  );
  assert.equal([of(doctor)?.medianWait, of(doctor)?.medianService, of(doctor)?.longestService], [3, 15, 15]);
});

test('who waits already is refused with where and since when (S14); elsewhere they may wait', async ({
  hms,
  desk,
  triage,
}) => {
  const patientId = await hms.patient();
  const had = await issue(hms, desk, { patientId });
  await hms.setClock('2026-03-02T08:30:00Z');
  const twice = await issue(hms, desk, { patientId });
  assert.equal(
    [twice.status, twice.body.type, twice.body.point, twice.body.token, twice.body.since],
    [409, '/problems/ticket-once-per-queue', 'Registration', had.body.token, '2026-03-02T08:00:00Z'],
  );
  assert.is(twice.body.detail, `This patient already waits at Registration, with ${had.body.token} since 09:00.`);
  const elsewhere = await issue(hms, triage, { patientId });
  assert.is(elsewhere.status, 201);
  assert.is(
    (await verb(hms, elsewhere.body, 'transfer', { pointId: desk })).body.type,
    '/problems/ticket-once-per-queue',
  );
  const statuses = await Promise.all(
    Array.from({ length: 8 }, async (_, nth) => nth).map(async () => (await issue(hms, desk, { patientId })).status),
  );
  assert.equal(new Set(statuses), new Set([409]));
  await verb(hms, had.body, 'cancel');
  assert.is((await issue(hms, desk, { patientId })).status, 201);
});

test('20 clerks who call at once out of 100 tickets never get the same one, and in turn', async ({ hms }) => {
  const point = await freshPoint(hms);
  for (let n = 0; n < 100; n++) assert.is((await issue(hms, point)).status, 201);
  const got: string[] = [];
  const clerk = async (): Promise<void> => {
    for (;;) {
      const { status, body } = await next(hms, point);
      if (status === 409) return assert.is(body.type, '/problems/queue-empty');
      assert.is(status, 200);
      got.push(body.token);
    }
  };
  await Promise.all(Array.from({ length: 20 }, clerk));
  assert.is(got.length, 100);
  assert.is(new Set(got).size, 100);
});

test('eight who ask for numbers at once get eight different ones without a gap', async ({ hms }) => {
  const point = await freshPoint(hms);
  const made = await Promise.all(Array.from({ length: 8 }, () => issue(hms, point)));
  assert.equal(
    made.map(({ body }) => Number(body.token.split('-')[1])).sort((a, b) => a - b),
    [1, 2, 3, 4, 5, 6, 7, 8],
  );
});

test('the day of a number is the facility’s: 23:30 and 00:30 in Berlin (S7), and midnight cuts nobody off', async ({
  hms,
}) => {
  const point = await freshPoint(hms);
  await hms.setClock('2026-03-02T22:30:00Z');
  const late = await issue(hms, point);
  await hms.setClock('2026-03-02T23:30:00Z');
  const early = await issue(hms, point);
  assert.equal([late.body.day, late.body.token.slice(3)], ['2026-03-02', '001']);
  assert.equal([early.body.day, early.body.token.slice(3)], ['2026-03-03', '001']);
  assert.is((await tokensOf(hms, point)).length, 2);
  assert.is((await next(hms, point)).body.id, late.body.id);
});

test('priority goes first, with a reason where one is asked for; who comes early for an appointment waits from its time', async ({
  hms,
}) => {
  const point = await freshPoint(hms);
  const [plain, elderly] = [await issue(hms, point), await issue(hms, point, { priority: 'elderly' })];
  assert.is((await issue(hms, point, { priority: 'emergency' })).body.type, '/problems/priority-needs-reason');
  assert.is((await issue(hms, point, { priority: 'royal' })).body.type, '/problems/priority-unknown');
  const emergency = await issue(hms, point, { priority: 'emergency', priorityReason: 'Chest pain' });
  const order = [emergency, elderly, plain].map(({ body }) => body.token);
  assert.equal(await tokensOf(hms, point), order);
  const raised = await verb(hms, plain.body, 'priority', { priority: 'urgent', priorityReason: 'Faints' });
  assert.is(raised.body.priority, 'urgent');
  assert.is((await next(hms, point)).body.token, order[0]);
  assert.is((await next(hms, point)).body.token, plain.body.token);
});

test('one who does not come is skipped: back by itself after a while, or by hand; or gone', async ({ hms }) => {
  const point = await freshPoint(hms);
  const [a, b, c] = [await issue(hms, point), await issue(hms, point), await issue(hms, point)];
  const skipped = await verb(hms, (await next(hms, point)).body, 'skip', { minutes: 10 });
  assert.equal([skipped.body.id, skipped.body.skipped, skipped.body.backAt], [a.body.id, true, '2026-03-02T08:10:00Z']);
  const held = await verb(hms, (await next(hms, point)).body, 'skip', { minutes: null });
  assert.is(held.body.id, b.body.id);
  assert.is((await next(hms, point)).body.id, c.body.id);
  assert.is((await next(hms, point)).body.type, '/problems/queue-empty');
  await hms.setClock('2026-03-02T08:11:00Z');
  const back = await next(hms, point);
  assert.is(back.body.id, a.body.id);
  const gone = await verb(hms, back.body, 'no-answer');
  assert.is(gone.body.status, 'unfulfilled');
  assert.is((await verb(hms, gone.body, 'reopen')).body.status, 'in-progress');
  const brought = await verb(hms, held.body, 'bring-back');
  assert.is(brought.body.skipped, false);
  assert.is((await next(hms, point)).body.id, b.body.id);
});

test('an estimate is the median of the last, and nothing as long as there are too few', async ({ hms }) => {
  const point = await freshPoint(hms);
  for (let n = 1; n <= 5; n++) {
    await hms.setClock(now);
    await issue(hms, point);
    const before = await issue(hms, point, { priority: 'elderly' }); // goes first: says nothing about those who wait in turn
    assert.is(before.body.estimate, null, `after ${n - 1}`);
    await next(hms, point);
    await hms.setClock(
      Temporal.Instant.from(now)
        .add({ minutes: n * 4 })
        .toString(),
    );
    await next(hms, point);
  }
  assert.is((await issue(hms, point)).body.estimate, 12);
});

test('a check-in draws a ticket at the doctor’s, taking it back takes it away; the visit calls and ends it', async ({
  hms,
  doctor,
}) => {
  const patientId = await hms.patient();
  const booked = await hms.clerk.post('/api/appointments', {
    patientId,
    practitionerId: hms.practitioners[0],
    serviceId: hms.service,
    ...tuesday('09:00'),
  });
  const checkedIn = await hms.clerk.post(`/api/appointments/${booked.body.id}/check-in`, {}, etag(1));
  await hms.settle();
  const mine = async () => {
    const { tickets } = (await hms.clerk.get(`/api/queue/board?pointId=${doctor}`)).body;
    return tickets.find((it: { appointmentId: string }) => it.appointmentId === booked.body.id);
  };
  const ticket = await mine();
  assert.equal(
    [ticket.category, ticket.patient.id, ticket.practitionerName, ticket.appointmentStartsAt],
    ['appointment', patientId, 'Dr Marsh', '2026-03-03T08:00:00Z'],
  );
  const back = await hms.clerk.post(`/api/appointments/${booked.body.id}/reinstate`, {}, etag(checkedIn.body.version));
  await hms.settle();
  assert.is(await mine(), undefined);
  assert.is((await hms.clerk.get(`/api/queue/tickets/${ticket.id}`)).body.status, 'cancelled');

  await hms.clerk.post(`/api/appointments/${booked.body.id}/check-in`, {}, etag(back.body.version));
  await hms.settle();
  const second = await mine();
  assert.is.not(second.token, ticket.token);
  const physician = await hms.as('doctor');
  const visit = (await physician.get(`/api/encounters/${second.encounterId}`)).body.encounter;
  const started = await physician.post(`/api/encounters/${visit.id}/start`, {}, etag(visit.version));
  assert.is(started.status, 200, JSON.stringify(started.body));
  await hms.settle();
  assert.is((await mine()).status, 'in-progress');
});

test('a check-in desk comes before the doctor’s room; who waits there with a number keeps it', async ({ hms }) => {
  const desk = await pointOf(hms, 'Arrivals', 'registration', 'R', { takesCheckIns: true });
  const patientId = await hms.patient();
  const number = await issue(hms, desk, { patientId });
  const booked = await hms.clerk.post('/api/appointments', {
    patientId,
    practitionerId: hms.practitioners[0],
    serviceId: hms.service,
    ...tuesday('11:00'),
  });
  await hms.clerk.post(`/api/appointments/${booked.body.id}/check-in`, {}, etag(1));
  await hms.settle();
  const { body } = await hms.clerk.get(`/api/queue/tickets/${number.body.id}`);
  assert.equal([body.appointmentId, body.category], [booked.body.id, 'appointment']);
  assert.is((await tokensOf(hms, desk)).length, 1);
});

test('who had only a number is named once', async ({ hms }) => {
  const point = await freshPoint(hms);
  const { body } = await issue(hms, point);
  const patientId = await hms.patient();
  const named = await verb(hms, body, 'patient', { patientId });
  assert.is(named.body.patient.id, patientId);
  assert.is((await verb(hms, named.body, 'patient', { patientId })).body.type, '/problems/ticket-has-patient');
});

test('who left without a word is closed half a day later, not at midnight', async ({ hms }) => {
  const point = await freshPoint(hms);
  await hms.setClock('2026-03-02T22:30:00Z');
  const { body } = await issue(hms, point);
  const { run } = hms.hms.plugins.find(({ name }) => name === 'scheduling')!.jobs![
    'scheduling.close-forgotten-tickets'
  ]!;
  const status = async () => (await hms.clerk.get(`/api/queue/tickets/${body.id}`)).body.status;
  await hms.setClock('2026-03-03T01:00:00Z');
  await run(hms.db, hms.hms);
  assert.is(await status(), 'created');
  await hms.setClock('2026-03-03T11:00:00Z');
  await run(hms.db, hms.hms);
  assert.is(await status(), 'unfulfilled');
});

test('points are refused with a reason: a taken name, a second room, a loop, a prefix of small letters', async ({
  hms,
  triage,
}) => {
  const kind = { kind: 'other', prefix: 'Z' };
  const type = async (body: object) => (await hms.admin.post('/api/queue/points', body)).body.type;
  assert.is(await type({ ...kind, name: 'Triage' }), '/problems/point-name-once');
  assert.is(
    await type({ ...kind, name: 'Second room', practitionerId: hms.practitioners[0] }),
    '/problems/point-once-per-practitioner',
  );
  assert.is((await hms.admin.post('/api/queue/points', { ...kind, name: 'q', prefix: 'a' })).status, 400);
  const { items } = (await hms.admin.get('/api/queue/points')).body;
  const known = items.find(({ id }: { id: string }) => id === triage);
  const { id: _, version, locationName: _l, practitionerName: _p, departmentName: _d, ...fields } = known;
  const loop = await hms.admin.put(`/api/queue/points/${triage}`, { ...fields, nextPointId: triage }, etag(version));
  assert.is(loop.body.type, '/problems/point-leads-elsewhere');
  assert.is((await hms.clerk.post('/api/queue/points', { ...kind, name: 'Mine' })).status, 403);
});

test('a public screen shows token and room to whoever has the link, hears news, and goes dark when it is revoked', async ({
  hms,
  doctor,
}) => {
  const wanted = { name: 'Waiting room', pointIds: [doctor], locale: 'ar', chime: true };
  const made = await hms.admin.post('/api/queue/displays', wanted);
  assert.is(made.status, 201, JSON.stringify(made.body));
  const path = `/api/queue/public-displays/${made.body.secret}`;
  const patientId = await hms.patient('Secretperson');
  const { body: ticket } = await issue(hms, doctor, { patientId });

  const stop = new AbortController();
  const news = await hms.anonymous.fetch(`${path}/news`, { signal: stop.signal });
  assert.is(news.headers.get('content-type')?.split(';')[0], 'text/event-stream');
  const reader = news.body!.pipeThrough(new TextDecoderStream()).getReader();
  await reader.read();
  await verb(hms, ticket, 'call');
  const { value } = await reader.read();
  assert.is(value, 'data: news\n\n');
  stop.abort();

  const shown = await hms.anonymous.get(path);
  const call = shown.body.calls.find((it: { token: string }) => it.token === ticket.token);
  assert.equal(call, { token: ticket.token, room: 'Room 1', calledAt: now, calls: 1 });
  assert.not.match(JSON.stringify(shown.body), /secretperson/i);
  assert.is((await hms.admin.get('/api/queue/displays')).body.items[0].secret, undefined);
  assert.is((await hms.anonymous.get('/api/queue/public-displays/not-the-secret')).status, 404);
  await hms.admin.post(`/api/queue/displays/${made.body.id}/revoke`, {});
  assert.is((await hms.anonymous.get(path)).status, 404);
  assert.is((await hms.anonymous.get(`${path}/news`)).status, 404);
});

test('whatever is done with tickets in whatever order: one number each, one point each, nobody twice in a queue', async ({
  hms,
}) => {
  const here = [await freshPoint(hms), await freshPoint(hms), await freshPoint(hms)];
  const patients = [await hms.patient(), await hms.patient(), await hms.patient()];
  const verbs = ['call', 'skip', 'bring-back', 'transfer', 'end', 'no-answer', 'cancel', 'reopen'] as const;
  const step = fc.oneof(
    fc.record({ do: fc.constant('issue' as const), point: fc.nat(2), who: fc.nat(3) }),
    fc.record({ do: fc.constant('next' as const), point: fc.nat(2) }),
    fc.record({ do: fc.constantFrom(...verbs), nth: fc.nat(20), point: fc.nat(2) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 6, maxLength: 16 }), async (steps) => {
      const known: { id: string; version: number }[] = [];
      const run = async (it: (typeof steps)[number]): Promise<Answer | undefined> => {
        const pointId = here[it.point]!;
        if (it.do === 'issue') return issue(hms, pointId, { patientId: patients[it.who] });
        if (it.do === 'next') return next(hms, pointId);
        const target = known[it.nth % Math.max(1, known.length)];
        return target && verb(hms, target, it.do, it.do === 'transfer' ? { pointId } : {});
      };
      // Three at a time, so that they really cross.
      for (let from = 0; from < steps.length; from += 3)
        for (const answer of await Promise.all(steps.slice(from, from + 3).map(run))) {
          if (!answer) continue;
          assert.ok([200, 201, 409, 412, 422].includes(answer.status), JSON.stringify(answer.body));
          if (answer.status > 201) continue;
          const found = known.find(({ id }) => id === answer.body.id);
          if (found) found.version = Math.max(found.version, answer.body.version);
          else known.push({ id: answer.body.id, version: answer.body.version });
        }
      assert.equal(await broken(hms), []);
    }),
    { numRuns: 15, seed: 20260302 },
  );
});

test.run();
