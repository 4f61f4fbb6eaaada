import { Message } from 'node-hl7-client';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sql } from '../../core/database.ts';
import { publish } from '../../core/events.ts';
import { startLaboratory, type Laboratory } from '../../scripts/lab-simulator.ts';
import { etag } from '../ehr/ward.ts';
import { made } from '../ui/people.ts';
import { startHouse, type House } from './house.ts';

interface At {
  laboratory: Laboratory;
  house: House;
}
const test = suite<At>('lab-adapter: orders leave');
const exact = { preliminary: 0, critical: 0, corrected: 0, late: 0, twice: 0, broken: 0 };
test.before(async (at) => {
  const hospital = 20_000 + (process.pid % 20_000);
  at.laboratory = await startLaboratory({ port: 0, hospital, rules: exact, delays: { final: 3_600_000 } });
  at.house = await startHouse({
    OPENWARD_MLLP_PORT: String(hospital),
    OPENWARD_LAB_MLLP_URL: at.laboratory.url,
    OPENWARD_LAB_FHIR_URL: at.laboratory.fhirUrl,
    OPENWARD_LAB_PATIENCE_SECONDS: '1',
  });
  await perform(at, 'mllp', ['endocrinology'], ['TNT', 'K']);
  await perform(at, 'fhir', ['coagulation'], []);
});
test.after.each(({ house }) => house?.holds());
test.after(async ({ house, laboratory }) => {
  await house?.stop();
  await laboratory?.stop();
});

const perform = async ({ house }: At, kind: string, sections: string[], tests: string[]) => {
  const { body } = await house.admin.get('/api/lab-connections');
  const it = body.items.find((each: { kind: string }) => each.kind === kind);
  const testIds = tests.map((code) => (house.ids[code] as { testId: string }).testId);
  const answer = await house.admin.put(`/api/lab-connections/${it.id}`, { name: `${kind} laboratory`, active: true, sections, testIds }, etag(it.version)); // prettier-ignore
  assert.is(answer.status, 200, JSON.stringify(answer.body));
};
const until = async <T>(look: () => Promise<T | undefined | null | false>, what: string): Promise<T> => {
  for (let n = 0; n < 200; n += 1) {
    const found = await look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`not in ten seconds: ${what}`);
};
const settled = async (at: At) => {
  await at.house.hurry();
  await until(async () => (await at.house.messages('out', '&state=waiting')).length === 0, 'the queue is empty');
  await at.house.settle();
};
const about = ({ laboratory }: At, accession: string) => laboratory.received().filter((it) => it.includes(accession));
const parsed = (text: string) => new Message({ text: text.trim() });
const segments = (message: Message, name: string) =>
  Array.from({ length: message.length }, (_, n) => message.get(n)).filter((it) => it.name === name);

test('what the own bench has measured before the order could leave stays here', async (at) => {
  const { house } = at;
  const order = await house.collected(['CRP']);
  const specimen = `/api/laboratory/specimens/${order.specimenId}`;
  const { version } = (await house.labtech.get(specimen)).body;
  const received = await made(house.labtech, `${specimen}/receive`, {}, etag(version));
  const entered = await house.enter(received, { [received.results[0].code]: '12' });
  await house.settle();
  await perform(at, 'mllp', ['endocrinology'], ['TNT', 'K', 'CRP']);
  // As if that had been heard of only now.
  await house.db.transaction((tx) => publish(tx, 'laboratory.specimen-collected', order.specimenId));
  await settled(at);
  await perform(at, 'mllp', ['endocrinology'], ['TNT', 'K']);
  assert.equal(about(at, order.accession), []);
  assert.is((await house.verify(entered.body)).status, 200);
});

test('a collected specimen leaves as OML^O21, is acknowledged, and comes back as results', async (at) => {
  const { house } = at;
  const order = await house.collected(['THYR', 'TNT', 'CREA'], {
    familyName: "O'Brien & Söhne|^~\\",
    givenName: 'Jürgen',
    gender: 'male',
  });
  await settled(at);
  const [text, ...others] = about(at, order.accession);
  assert.equal(others, []);
  const message = parsed(text ?? '');
  const of = (place: string) => message.get(place).toString();
  assert.equal([of('MSH.9.1'), of('MSH.9.2'), of('MSH.9.3'), of('MSH.12'), of('MSH.18')], ['OML', 'O21', 'OML_O21', '2.5.1', 'UNICODE UTF-8']); // prettier-ignore
  assert.match(of('MSH.7'), /^20260302090000\+0100$/, 'wall clock with offset');
  assert.equal([of('PID.3.1'), of('PID.5.1'), of('PID.5.2'), of('PID.7'), of('PID.8')], [order.patient.recordNumber, "O'Brien & Söhne|^~\\", 'Jürgen', '19800101', 'M']); // prettier-ignore
  assert.ok(text?.includes("O'Brien \\T\\ Söhne\\F\\\\S\\\\R\\\\E\\"), 'escapes');
  assert.equal(segments(message, 'OBR').map((it) => it.get('4.1').toString()), ['24348-5', '67151-1'], 'the panel as a whole; creatinine stays here'); // prettier-ignore
  assert.ok(segments(message, 'SPM').every((it) => it.get('2.1').toString() === order.accession));
  assert.equal(
    segments(message, 'ORC').map((it) => it.get('1').toString()),
    ['NW', 'NW'],
  );

  // The order says where it is; the bench has what it measures itself.
  const { body } = await house.doctor.get(`/api/laboratory/orders/${order.order.body.id}`);
  const sent = body.requests.flatMap(
    (it: { results: { sentTo: string | null; acknowledgedAt: string | null }[] }) => it.results,
  );
  assert.equal(sent.map((it: { sentTo: string | null }) => it.sentTo), ['mllp laboratory', 'mllp laboratory', 'mllp laboratory', null]); // prettier-ignore
  assert.ok(sent[0].acknowledgedAt);
  const bench = await house.labtech.get('/api/laboratory/worklist?tab=receive');
  assert.ok(bench.body.items.some((it: { accession: string }) => it.accession === order.accession));
  const { body: specimen } = await house.labtech.get(`/api/laboratory/specimens/${order.specimenId}`);
  const received = await made(house.labtech, `/api/laboratory/specimens/${order.specimenId}/receive`, {}, etag(specimen.version)); // prettier-ignore
  const refused = await house.enter(received, { '67151-1': '12' });
  assert.is(refused.body.type, '/problems/result-sent-out');
  assert.is((await house.enter(received, { '2160-0': '1.0' })).status, 200);

  await at.laboratory.hurry();
  for (const code of ['3016-3', '3024-7', '67151-1'])
    assert.is((await until(() => house.chart(order.patientId, code), code)).status, 'final');
  const patients = await house.db.any(
    sql.unsafe`select from core.audit where actor_kind = 'service' and ${order.patientId} = any(patient_ids)`,
  );
  assert.ok(patients.length >= 2, 'what a service did is audited');
});

test('what is only for elsewhere is no work here', async (at) => {
  const order = await at.house.collected(['TSH']);
  await settled(at);
  for (const tab of ['receive', 'results'])
    assert.not.ok((await at.house.labtech.get(`/api/laboratory/worklist?tab=${tab}`)).body.items.some((it: { id: string }) => it.id === order.specimenId)); // prettier-ignore
});

test('while the laboratory is away, nothing is lost; a lost answer makes no second order there', async (at) => {
  const { house, laboratory } = at;
  await laboratory.away(true);
  const orders = [await house.collected(['TSH']), await house.collected(['TNT'])];
  await house.hurry();
  const [waiting] = await until(async () => {
    const [, first] = await house.messages('out', '&state=waiting');
    return first && first.attempts >= 1 && first.reason ? [first] : undefined;
  }, 'an attempt');
  assert.match(waiting?.reason ?? '', /ECONNREFUSED|closed/);
  const { body } = await house.admin.get('/api/lab-connections');
  assert.equal([body.items[0].connected, body.items[0].waiting], [false, 2]);
  await laboratory.away(false);
  laboratory.loseAnswers(1);
  await until(async () => {
    await house.hurry();
    return (await house.messages('out', '&state=waiting')).length === 0;
  }, 'all has left');
  const [first, second] = orders.map(({ accession }) =>
    about(at, accession).map((it) => parsed(it).get('MSH.10').toString()),
  );
  assert.is(first?.length, 2, 'sent again after the lost answer');
  assert.is(new Set(first).size, 1, 'under the same number');
  assert.is(second?.length, 1);
  const at2 = laboratory.received().map((it) => it);
  assert.ok(at2.findIndex((it) => it.includes(orders[0]!.accession)) < at2.findIndex((it) => it.includes(orders[1]!.accession)), 'in order'); // prettier-ignore
});

test('an order is taken back: with CA when it has left, without a trace before', async (at) => {
  const { house } = at;
  const cancel = async ({ order }: { order: { body: { id: string } } }) => {
    const { body } = await house.doctor.get(`/api/laboratory/orders/${order.body.id}`);
    const [request] = body.requests;
    await made(
      house.doctor,
      `/api/laboratory/requests/${request.id}/cancel`,
      { reason: 'Not needed' },
      etag(request.version),
    );
    return request.id as string;
  };
  const left = await house.collected(['TSH']);
  await settled(at);
  const id = await cancel(left);
  await settled(at);
  const controls = about(at, left.accession).map((it) =>
    segments(parsed(it), 'ORC').map((orc) => [orc.get('1').toString(), orc.get('2.1').toString()]),
  );
  assert.equal(controls, [[['NW', id]], [['CA', id]]]);

  await at.laboratory.away(true);
  const early = await house.collected(['TSH']);
  await house.settle();
  await house.db.query(sql.unsafe`
    -- as if the time in which it can be taken back had just begun
    update lab_adapter.outgoing set attempts = 0, next_at = clock_timestamp() + interval '1 hour' where state = 'waiting'
  `);
  await cancel(early);
  await at.laboratory.away(false);
  await settled(at);
  assert.equal(about(at, early.accession), []);
  const [message] = await house.messages('out', `&q=${early.accession}`);
  assert.is(message?.state, 'cancelled');
});

test('a specimen that is refused here is taken back there, and the new one is ordered again', async (at) => {
  const { house } = at;
  const order = await house.collected(['TSH']);
  await settled(at);
  const { body: specimen } = await house.labtech.get(`/api/laboratory/specimens/${order.specimenId}`);
  await made(house.labtech, `/api/laboratory/specimens/${order.specimenId}/reject`, { reason: 'haemolysed' }, etag(specimen.version)); // prettier-ignore
  await settled(at);
  assert.equal(
    about(at, order.accession).map((it) => parsed(it).get('ORC.1').toString()),
    ['NW', 'CA'],
  );
  const { body } = await house.doctor.get(`/api/laboratory/orders/${order.order.body.id}`);
  const again = body.specimens.find((it: { step: string }) => it.step === 'ordered');
  assert.is(body.requests[0].results[0].sentTo, null);
  await made(house.nurse, `/api/laboratory/specimens/${again.id}/collect`, {}, etag(again.version));
  await settled(at);
  assert.is(about(at, again.accession).length, 1);
});

test('a patient who is amended is told as ADT^A08 where an order is open, and only there', async (at) => {
  const { house } = at;
  const [open, none] = [await house.collected(['TSH']), await house.collected(['CREA'])];
  await settled(at);
  for (const { patientId } of [open, none]) {
    const { body, headers } = await house.clerk.get(`/api/patients/${patientId}`);
    const { id: _id, version: _version, recordNumber: _number, updatedAt: _updated, ...rest } = body;
    const amended = await house.clerk.put(
      `/api/patients/${patientId}`,
      { ...rest, familyName: 'Neuname' },
      { 'if-match': headers.get('etag') ?? '' },
    );
    assert.is(amended.status, 200, JSON.stringify(amended.body));
  }
  await settled(at);
  const told = at.laboratory.received().filter((it) => it.includes('ADT^A08')).map(parsed); // prettier-ignore
  assert.equal(told.map((it) => [it.get('PID.3.1').toString(), it.get('PID.5.1').toString()]), [[open.patient.recordNumber, 'Neuname']]); // prettier-ignore
});

test('what the laboratory refuses waits for a person, holds up no other, and is sent again by them', async (at) => {
  const { house, laboratory } = at;
  laboratory.refuse(1);
  const [bad, good] = [await house.collected(['TSH']), await house.collected(['TSH'])];
  await settled(at);
  const [parked] = await house.messages('out', '&state=parked');
  assert.equal([parked?.accession, parked?.reason], [bad.accession, 'AE Not today']);
  assert.is(about(at, good.accession).length, 1);
  const alerts = (await house.labtech.get('/api/alerts')).body.items;
  assert.ok(alerts.some((it: { kind: string }) => it.kind === 'lab-adapter.order-refused'));
  assert.is((await house.nurse.post(`/api/lab-messages/${parked!.id}/resend`, {}, etag(parked!.version))).status, 403);
  await made(house.labtech, `/api/lab-messages/${parked!.id}/resend`, {}, etag(parked!.version));
  await settled(at);
  assert.is(about(at, bad.accession).length, 1);
});

test('the same by FHIR: ServiceRequest out once, DiagnosticReport back', async (at) => {
  const { house, laboratory } = at;
  const order = await house.collected(['COAG', 'APTT']);
  await settled(at);
  const requests = laboratory.serviceRequests();
  assert.equal(requests.map((it) => [it.status, it.code?.coding?.[0]?.code]).sort(), [['active', '14979-9'], ['active', '34528-0']]); // prettier-ignore
  const [first] = requests;
  assert.equal(
    first?.contained?.map((it) => it.resourceType),
    ['Patient', 'Specimen'],
  );
  const [message] = await house.messages('out', `&q=${order.accession}`);
  await made(house.labtech, `/api/lab-messages/${message!.id}/resend`, {}, etag(message!.version));
  await settled(at);
  assert.is(laboratory.serviceRequests().length, 2, 'sent again, it is no second order');
  await laboratory.hurry();
  const fetch = house.hms.plugins.find(({ name }) => name === 'lab-adapter')?.jobs?.['lab-adapter.fetch-reports'];
  for (const _ of [1, 2])
    await fetch?.run(
      house.hms.db({ kind: 'service', id: null, displayName: 'lab-adapter', permissions: new Set() }),
      house.hms,
    );
  for (const code of ['5902-2', '6301-6', '14979-9'])
    assert.is((await house.chart(order.patientId, code))?.status, 'final', code);
  const arrived = (await house.messages('in')).filter((it) => it.kind === 'DiagnosticReport');
  assert.equal(
    arrived.map((it) => it.state),
    ['posted', 'posted'],
  );
});
test.run();
