import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { service } from '../../core/actor.ts';
import { sql } from '../../core/database.ts';
import { countNight } from '../../plugins/inpatient/actions/bed-days.ts';
import { made, startWards, type House, type StayBody } from './wards.ts';

const test = suite<{ house: House }>('inpatient: bed-days');
test.before(async (at) => {
  at.house = await startWards(['billing']);
  const admin = await at.house.as('admin');
  for (const [code, unitPrice] of [
    ['BED-GEN', '300'],
    ['BED-ICU', '900'],
    ['VISIT-IMP', '50'],
  ])
    made(await admin.put(`/api/prices/${code}`, { display: code, unitPrice, currency: 'EUR' }));
});
test.after((at) => at.house?.stop());

const zone = 'Europe/Berlin';
const night = async ({ hms, settle }: House): Promise<void> => {
  await countNight(hms.db(service('inpatient')), zone);
  await settle();
};
const Charged = z.strictObject({ code: z.string(), day: z.string(), status: z.string() });
/** What the stay is charged for, in the order of days: 'BED-GEN 2026-03-02 billable'. */
const charged = async ({ db, settle }: House, { encounterId }: StayBody): Promise<string[]> => {
  await settle();
  const rows = await db.any(sql.type(Charged)`
    select c.code, coalesce(d.day, '-infinity')::text as day, c.status
    from billing.charge_item c left join inpatient.bed_day d on d.id = c.source_id
    where c.encounter_id = ${encounterId} and c.status <> 'aborted'
    order by d.day, c.code
  `);
  return rows.map(({ code, day, status }) => `${code} ${day} ${status}`);
};

test('each midnight in Berlin is a day of the ward where it was spent; the visit itself costs nothing', async ({
  house,
}) => {
  await house.setClock('2026-03-02T22:30:00Z'); // 23:30 in Berlin
  const stay = await house.admitted('G1');
  await night(house);
  assert.equal(await charged(house, stay), []);
  await house.setClock('2026-03-02T23:30:00Z'); // half an hour after midnight there, before midnight in UTC
  await night(house);
  await night(house);
  assert.equal(await charged(house, stay), ['BED-GEN 2026-03-02 billable']);
  await house.setClock('2026-03-03T12:00:00Z');
  const moved = made(await house.act(stay, 'transfer', { bedId: house.beds.I1 })).body;
  await house.setClock('2026-03-05T09:00:00Z');
  made(await house.act(moved, 'discharge', { disposition: 'aadvice' }));
  assert.equal(await charged(house, stay), [
    'BED-GEN 2026-03-02 billable',
    'BED-ICU 2026-03-03 billable',
    'BED-ICU 2026-03-04 billable',
  ]);
  const cashier = await house.as('cashier');
  const invoice = made(
    await cashier.post(
      '/api/invoices',
      { patientId: stay.patientId, encounterId: stay.encounterId },
      { 'idempotency-key': 'stay-of-three-days' },
    ),
    201,
  ).body;
  assert.equal([invoice.totalMinor, invoice.lines.length], [210_000, 3]);
});

test('a stay inside one day is one day; a discharge that is undone takes it back', async ({ house }) => {
  await house.setClock('2026-03-10T08:00:00Z');
  const stay = await house.admitted('G2');
  await house.setClock('2026-03-10T15:00:00Z');
  const gone = made(await house.act(stay, 'discharge', { disposition: 'aadvice' })).body;
  assert.equal(await charged(house, stay), ['BED-GEN 2026-03-10 billable']);
  const back = made(await house.act(gone, 'cancel-discharge')).body;
  assert.equal(await charged(house, stay), []);
  await house.setClock('2026-03-11T08:00:00Z');
  await night(house);
  assert.equal(await charged(house, stay), ['BED-GEN 2026-03-10 billable']);
  made(await house.act(back, 'discharge', { disposition: 'aadvice' }));
  assert.equal(await charged(house, stay), ['BED-GEN 2026-03-10 billable']);
});

test('a transfer that is undone gives the nights back to the ward before; an admission that never was costs nothing', async ({
  house,
}) => {
  await house.setClock('2026-03-20T08:00:00Z');
  const stay = await house.admitted('G3');
  const moved = made(await house.act(stay, 'transfer', { bedId: house.beds.I2 })).body;
  await house.setClock('2026-03-21T08:00:00Z');
  await night(house);
  assert.equal(await charged(house, stay), ['BED-ICU 2026-03-20 billable']);
  const back = made(await house.act(moved, 'cancel-transfer')).body;
  assert.equal(await charged(house, stay), ['BED-GEN 2026-03-20 billable']);
  made(await house.act(back, 'cancel-admission', { reason: 'Wrong patient' }));
  assert.equal(await charged(house, stay), []);
});

test('the night on which clocks go forward is one day like any other', async ({ house }) => {
  await house.setClock('2026-03-28T20:00:00Z');
  for (const name of ['G1', 'G2', 'G3', 'I1', 'I2']) if ((await house.bed(name)).state === 'H') await house.clean(name);
  const stay = await house.admitted('G1');
  await house.setClock('2026-03-29T21:59:00Z'); // 23:59 in Berlin, summer time
  await night(house);
  assert.equal(await charged(house, stay), ['BED-GEN 2026-03-28 billable']);
  await house.setClock('2026-03-29T22:00:00Z');
  await night(house);
  assert.equal(await charged(house, stay), ['BED-GEN 2026-03-28 billable', 'BED-GEN 2026-03-29 billable']);
});

test('a visit that another system ends is counted by the job', async ({ house }) => {
  await house.setClock('2026-04-10T08:00:00Z');
  const stay = await house.admitted('I1');
  await house.setClock('2026-04-10T10:00:00Z');
  const { body } = await house.doctor.get(`/fhir/R4/Encounter/${stay.encounterId}`);
  const period = { ...body.period, end: '2026-04-10T10:00:00Z' };
  const put = await house.doctor.put(
    `/fhir/R4/Encounter/${stay.encounterId}`,
    { ...body, status: 'finished', period },
    { 'content-type': 'application/fhir+json' },
  );
  assert.is(put.status, 200);
  await house.settle();
  await night(house);
  assert.equal(await charged(house, stay), ['BED-ICU 2026-04-10 billable']);
});

test('an inpatient visit that is no stay here costs what its class costs', async ({ house }) => {
  const sent = {
    resourceType: 'Encounter',
    status: 'finished',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'IMP' },
    subject: { reference: `Patient/${await house.patient()}` },
    period: { start: '2026-04-09T10:00:00Z', end: '2026-04-10T09:00:00Z' },
  };
  const { body } = await house.doctor.post('/fhir/R4/Encounter', sent, { 'content-type': 'application/fhir+json' });
  assert.equal(await charged(house, { encounterId: body.id } as StayBody), ['VISIT-IMP -infinity billable']);
});

test('every rule holds', async ({ house }) => {
  for (const plugin of house.hms.plugins)
    for (const [rule, query] of Object.entries(plugin.invariants ?? {}))
      assert.equal(await house.db.any(query), [], `${plugin.name}: ${rule}`);
});
test.run();
