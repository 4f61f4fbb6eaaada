import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { etag } from '../ehr/ward.ts';
import { haemoglobin, potassium } from '../laboratory/bench.ts';
import { made } from '../ui/people.ts';
import { result, startHouse, told, type Collected, type House } from './house.ts';
import type { Oru } from './oru.ts';

interface At {
  house: House;
}
const test = suite<At>('lab-adapter: results arrive');
test.before(async (at) => {
  at.house = await startHouse();
});
test.after.each(({ house }) => house?.holds());
test.after((at) => at.house?.stop());

const number = () => randomUUID();
const send = async ({ house }: At, text: string) => {
  const line = await house.line();
  const answer = told(await line.ask(text));
  line.close();
  return answer;
};
const k = (value: string, more: object = {}) => ({ code: potassium, value, unit: 'mmol/L', ...more });
const resultsOf = async ({ house }: At, { order }: Collected) => (await house.doctor.get(`/api/laboratory/orders/${order.body.id}`)).body.requests[0].results; // prettier-ignore
/** Sends it, and expects that it waits for a person with this reason. */
const parked = async (at: At, text: string, reason: string) => {
  const { code, controlId } = await send(at, text);
  assert.is(code, 'AA', reason);
  const [message] = await at.house.messages('in', `&q=${controlId}`);
  assert.equal([message?.state, message?.reason], ['parked', reason]);
  return message!;
};

test('a final result is in the chart, judged by our ranges, with the flag of the sender kept', async (at) => {
  const order = await at.house.collected(['K']);
  const controlId = number();
  const answer = await send(at, result(order, controlId, [k('5.0', { flag: 'H', note: 'Slightly haemolysed' })]));
  assert.equal(answer, { code: 'AA', controlId, fault: '' });
  const chart = await at.house.chart(order.patientId, potassium);
  assert.equal([chart?.value, chart?.status, chart?.interpretation], ['5.0', 'final', 'N']);
  const [kept] = await resultsOf(at, order);
  assert.equal([kept.sentFlag, kept.comment, kept.sentTo], ['H', 'Slightly haemolysed', 'Reference laboratory']);
  const observations = await at.house.doctor.get(`/fhir/R4/Observation?patient=${order.patientId}&code=http://loinc.org|${potassium}`); // prettier-ignore
  assert.is(observations.body.entry[0].resource.valueQuantity.value, 5);
  const reports = await at.house.doctor.get(`/fhir/R4/DiagnosticReport?patient=${order.patientId}`);
  assert.is(reports.body.entry[0].resource.status, 'final');
});

test('a critical one goes to its owner, who must acknowledge it', async (at) => {
  const order = await at.house.collected(['K']);
  await send(at, result(order, number(), [k('6.9')]));
  const { items } = (await at.house.doctor.get('/api/laboratory/critical-results')).body;
  const task = items.find((it: { patient: { id: string } }) => it.patient.id === order.patientId);
  assert.equal([task.value, task.interpretation, task.mine], ['6.9', 'HH', true]);
  await made(at.house.doctor, `/api/laboratory/critical-results/${task.id}/acknowledge`, { readBack: '6.9' }, etag(task.version)); // prettier-ignore
});

test('what does not fit is kept for a person, and nothing is guessed', async (at) => {
  const { house } = at;
  const [order, other] = [await house.collected(['K', 'UA']), await house.collected(['K'])];
  const its = (results: Oru['results'], more: Partial<Oru> = {}) => result(order, number(), results, more);
  await parked(at, its([k('4.4')], { accession: 'L99999990' }), 'unknown-order');
  await parked(at, its([k('4.4')], { patient: other.patient }), 'patient-differs');
  await parked(at, its([k('4.4')], { patient: { ...order.patient, birthDate: '1999-09-09' } }), 'patient-differs');
  await parked(at, its([k('4.4')], { patient: { ...order.patient, gender: 'male' } }), 'patient-differs');
  await parked(at, its([k('4.4')], { patient: { recordNumber: '' } }), 'no-patient');
  await parked(at, its([k('4.4')], { placer: other.order.body.requests[0].id }), 'order-differs');
  await parked(at, its([{ code: haemoglobin, value: '12', unit: 'g/dL' }]), 'test-not-ordered');
  await parked(at, its([k('4.4', { unit: 'mg/dL' })]), 'unit-differs');
  await parked(at, its([k('fine')]), 'value-unreadable');
  await parked(at, its([k('<3', { type: 'ST' })]), 'value-unreadable');
  await parked(at, its([k('120')]), 'implausible');
  await parked(at, its([k('4.4', { status: 'N' })]), 'status-unknown');
  await parked(at, its([k('4.4')], { processing: 'T' }), 'test-message');
  assert.is(await house.chart(order.patientId, potassium), undefined);
  assert.equal(
    (await resultsOf(at, order)).map((it: { status: string }) => it.status),
    ['ordered'],
  );
  // One value that does not fit keeps all of its message from being posted by halves.
  await parked(at, its([k('4.4'), { code: haemoglobin, value: '12' }]), 'test-not-ordered');
  assert.is(await house.chart(order.patientId, potassium), undefined);
  const alerts = (await house.labtech.get('/api/alerts')).body.items;
  assert.ok(alerts.some((it: { kind: string }) => it.kind === 'lab-adapter.message-parked'));
});

test('numbers, choices and words, with escapes', async (at) => {
  const order = await at.house.collected(['UA', 'UCULT']);
  const own = { ...order, accession: order.order.body.specimens[0].accession as string };
  const words = 'Growth of E. coli & Klebsiella\nResistant: ampicillin | see note';
  const answers = [
    { code: '5802-4', value: 'Positive', type: 'CWE' },
    { code: '5803-2', value: '6.5', unit: '[pH]' },
    { code: '630-4', value: words.replace('\n', '\u0001'), type: 'TX' },
  ];
  const text = result(own, number(), answers).replace('\u0001', '\\.br\\').replace('Positive', 'LA6576-8^Positive^LN').replace('\\S\\', '^'); // prettier-ignore
  assert.is((await send(at, text)).code, 'AA');
  assert.is((await at.house.chart(order.patientId, '630-4'))?.value, words);
  assert.equal([(await at.house.chart(order.patientId, '5802-4'))?.value, (await at.house.chart(order.patientId, '5802-4'))?.interpretation], ['Positive', 'A']); // prettier-ignore
});

test('a person matches a result to its patient, or rejects it with a reason; both once', async (at) => {
  const { house } = at;
  const order = await house.collected(['K']);
  const message = await parked(at, result({ ...order, accession: 'L00000001' }, number(), [k('4.7')]), 'unknown-order');
  const whole = (await house.labtech.get(`/api/lab-messages/${message.id}`)).body;
  assert.equal([whole.says.numbers, whole.says.values[0].text, whole.says.orders], [[order.patient.recordNumber], '4.7', ['L00000001']]); // prettier-ignore
  const { items } = (await house.labtech.get(`/api/lab-messages/${message.id}/candidates?patientId=${order.patientId}`))
    .body;
  assert.equal(
    items.map((it: { accession: string }) => it.accession),
    [order.accession],
  );
  assert.is((await house.doctor.post(`/api/lab-messages/${message.id}/match`, { specimenId: order.specimenId }, etag(message.version))).status, 403); // prettier-ignore
  assert.is((await house.labtech.post(`/api/lab-messages/${message.id}/match`, { specimenId: order.specimenId }, etag(9))).status, 412); // prettier-ignore
  const unfit = await house.collected(['CRP']);
  const refused = await house.labtech.post(`/api/lab-messages/${message.id}/match`, { specimenId: unfit.specimenId }, etag(message.version)); // prettier-ignore
  assert.equal([refused.status, refused.body.type, refused.body.reason], [422, '/problems/lab-message-does-not-fit', 'test-not-ordered']); // prettier-ignore
  const posted = await made(house.labtech, `/api/lab-messages/${message.id}/match`, { specimenId: order.specimenId }, etag(message.version)); // prettier-ignore
  assert.equal([posted.state, posted.accession], ['posted', order.accession]);
  assert.is((await house.chart(order.patientId, potassium))?.value, '4.7');
  assert.is((await house.labtech.post(`/api/lab-messages/${message.id}/reject`, { reason: 'Not ours' }, etag(posted.version))).status, 409); // prettier-ignore

  const foreign = await parked(at, result({ ...order, accession: 'L00000002' }, number(), [k('4.7')]), 'unknown-order');
  const rejected = await made(house.labtech, `/api/lab-messages/${foreign.id}/reject`, { reason: 'Not one of our patients' }, etag(foreign.version)); // prettier-ignore
  assert.equal([rejected.state, rejected.decision], ['rejected', 'Not one of our patients']);
});

test('a final one that differs from what is verified waits; a person decides that it corrects', async (at) => {
  const { house } = at;
  const order = await house.collected(['K']);
  await send(at, result(order, number(), [k('4.1')]));
  await send(at, result(order, number(), [k('4.10')]));
  const message = await parked(at, result(order, number(), [k('4.9')]), 'final-differs');
  assert.is((await house.chart(order.patientId, potassium))?.value, '4.1');
  await made(house.labtech, `/api/lab-messages/${message.id}/match`, { specimenId: order.specimenId }, etag(message.version)); // prettier-ignore
  const chart = await house.chart(order.patientId, potassium);
  assert.equal([chart?.value, chart?.status, chart?.corrections.map(({ value }) => value)], ['4.9', 'corrected', ['4.1']]); // prettier-ignore
});

/** What the hospital shows of one result, by the rules: the whole specification of P, F, C, X and W. */
interface Shown {
  state: 'ordered' | 'preliminary' | 'verified' | 'withdrawn' | 'cancelled';
  value: string | null;
  corrections: number;
}
const next = (at: Shown, status: string, value: string): Shown => {
  if (at.state === 'cancelled' || at.state === 'withdrawn') return at;
  if (at.state === 'verified') {
    if (status === 'W') return { state: 'withdrawn', value: null, corrections: at.corrections + 1 };
    return status === 'C' && value !== at.value ? { ...at, value, corrections: at.corrections + 1 } : at;
  }
  if (status === 'X') return { state: 'cancelled', value: null, corrections: 0 };
  if (status === 'W') return { state: 'ordered', value: null, corrections: 0 };
  return { state: status === 'P' ? 'preliminary' : 'verified', value, corrections: 0 };
};

test('whatever comes in whatever order: preliminary never over final, corrections keep what was said', async (at) => {
  const words: Record<string, Shown['state']> = { entered: 'preliminary' };
  const line = await at.house.line();
  const one = fc.tuple(
    fc.constantFrom('P', 'F', 'C', 'X', 'W', 'P', 'F', 'C'),
    fc.constantFrom('4.0', '4.5', '5.5', '6.9'),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(one, { minLength: 1, maxLength: 6 }), async (said) => {
      const order = await at.house.collected(['K']);
      let shown: Shown = { state: 'ordered', value: null, corrections: 0 };
      for (const [status, value] of said) {
        assert.is(told(await line.ask(result(order, number(), [k(value, { status })]))).code, 'AA');
        shown = next(shown, status, value);
        const [it] = await resultsOf(at, order);
        const is = { state: words[it.status] ?? it.status, corrections: it.corrections.length };
        assert.equal(is, { state: shown.state, corrections: shown.corrections }, `${status} ${value}`);
        assert.is(it.value, shown.state === 'verified' ? shown.value : null, `${status} ${value}`);
      }
    }),
    { numRuns: 12 },
  );
});
test.run();
