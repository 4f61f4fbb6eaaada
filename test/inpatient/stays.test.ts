import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sql } from '../../core/database.ts';
import { etag, made, startWards, type House } from './wards.ts';

const test = suite<{ house: House }>('inpatient: stays');
test.before(async (at) => {
  at.house = await startWards();
});
test.after((at) => at.house?.stop());

const holds = async ({ hms, db, settle }: House): Promise<void> => {
  await settle();
  for (const plugin of hms.plugins)
    for (const [rule, query] of Object.entries(plugin.invariants ?? {}))
      assert.equal(await db.any(query), [], `${plugin.name}: ${rule}`);
};

test('a doctor asks at the visit, the desk reserves and admits, the visit of class IMP begins', async ({ house }) => {
  const patientId = await house.patient();
  const visit = made(await house.walkIn(patientId), 201).body;
  const asked = await house.doctor.post('/api/stays', {
    patientId,
    originId: visit.id,
    wardId: house.wards.general,
    source: 'outp',
    reason: 'Pneumonia',
  });
  assert.is(asked.status, 201, JSON.stringify(asked.body));
  assert.equal([asked.body.status, asked.body.bed, asked.body.requesterName], ['requested', null, 'Dr Diallo']);
  const twice = await house.doctor.post('/api/stays', { patientId, reason: 'Again' });
  assert.equal([twice.status, twice.body.type], [409, '/problems/stay-one-open-per-patient']);

  const { waiting } = (await house.clerk.get('/api/bed-board')).body;
  assert.equal(
    waiting.map((it: { id: string }) => it.id),
    [asked.body.id],
  );
  const reserved = made(await house.act(asked.body, 'reserve', { bedId: house.beds.G1 }, 'receptionist')).body;
  assert.is(reserved.reserved.bedName, 'G1');
  assert.equal(await house.bed('G1').then(({ state, reserved: kept }) => [state, kept]), ['U', true]);
  const other = await house.nurse.post('/api/stays', {
    patientId: await house.patient(),
    bedId: house.beds.G1,
    reason: 'Other',
  });
  assert.equal([other.status, other.body.type], [409, '/problems/bed-no-two-patients']);
  assert.equal(
    other.body.free.map((it: { bedName: string }) => it.bedName),
    ['G2', 'G3', 'I1', 'I2'],
  );

  const stay = made(await house.act(reserved, 'admit', {}, 'receptionist')).body;
  assert.equal([stay.status, stay.bed.bedName, stay.bed.wardName, stay.reserved], ['admitted', 'G1', 'Ward A', null]);
  const { encounter } = made(await house.doctor.get(`/api/encounters/${stay.encounterId}`)).body;
  assert.equal([encounter.class, encounter.status, encounter.departmentId], ['IMP', 'in-progress', house.department]);
  const finish = await house.doctor.post(`/api/encounters/${stay.encounterId}/finish`, {}, etag(encounter.version));
  assert.equal([finish.status, finish.body.type], [409, '/problems/encounter-led-by-stay']);
  await holds(house);
});

test('transfer, discharge order, clearance, discharge: the beds go to housekeeping and come back', async ({
  house,
}) => {
  const stay = await house.admitted('G2');
  const moved = made(await house.act(stay, 'transfer', { bedId: house.beds.I1 }, 'nurse')).body;
  assert.equal(
    moved.moves.map((it: { bedName: string; until: string | null }) => [it.bedName, it.until === null]),
    [
      ['G2', false],
      ['I1', true],
    ],
  );
  assert.is(moved.moves[0].until, moved.moves[1].since);
  assert.is((await house.bed('G2')).state, 'H');
  const notReady = await house.nurse.post('/api/stays', {
    patientId: await house.patient(),
    bedId: house.beds.G2,
    reason: 'Early',
  });
  assert.equal([notReady.status, notReady.body.type, notReady.body.state], [409, '/problems/bed-not-ready', 'H']);
  assert.is((await house.clean('G2')).status, 200);
  assert.is((await house.bed('G2')).state, 'U');

  const early = await house.act(moved, 'discharge', { disposition: 'home' }, 'nurse');
  assert.equal([early.status, early.body.type], [409, '/problems/stay-not-cleared']);
  assert.is((await house.act(moved, 'order-discharge', {}, 'nurse')).status, 403);
  const ordered = made(await house.act(moved, 'order-discharge', { plannedDischargeOn: '2026-03-03' })).body;
  const cleared = made(await house.act(ordered, 'clear')).body;
  const gone = made(await house.act(cleared, 'discharge', { disposition: 'home' }, 'nurse')).body;
  assert.equal([gone.status, gone.disposition, gone.bed], ['discharged', 'home', null]);
  assert.is((await house.bed('I1')).state, 'H');
  const { encounter } = made(await house.doctor.get(`/api/encounters/${stay.encounterId}`)).body;
  assert.equal([encounter.status, encounter.endedAt], ['finished', gone.dischargedAt]);
  assert.is((await house.act(moved, 'transfer', { bedId: house.beds.I2 })).status, 412);
  assert.is((await house.act(gone, 'transfer', { bedId: house.beds.I2 })).body.type, '/problems/stay-status');
  await house.clean('I1');
  await holds(house);
});

test('against advice and in death nobody waits for a clearance', async ({ house }) => {
  const stay = await house.admitted('G3');
  const gone = made(await house.act(stay, 'discharge', { disposition: 'aadvice' }, 'nurse')).body;
  assert.is(gone.disposition, 'aadvice');
  await house.clean('G3');
});

test('what was a mistake is undone: discharge, transfer, admission', async ({ house }) => {
  const stay = await house.admitted('G3');
  const moved = made(await house.act(stay, 'transfer', { bedId: house.beds.I2 })).body;
  const gone = made(await house.act(moved, 'discharge', { disposition: 'exp' })).body;
  const back = made(await house.act(gone, 'cancel-discharge')).body;
  assert.equal([back.status, back.bed.bedName, back.disposition], ['admitted', 'I2', null]);
  assert.is((await house.act(back, 'cancel-admission', { reason: 'Wrong' })).body.type, '/problems/stay-moved');
  const returned = made(await house.act(back, 'cancel-transfer')).body;
  assert.equal([returned.bed.bedName, returned.moves.length, returned.bed.since], ['G3', 1, stay.moves[0]!.since]);
  assert.equal([(await house.bed('I2')).state, (await house.bed('G3')).state], ['U', 'O']);
  assert.is((await house.act(returned, 'cancel-transfer')).body.type, '/problems/stay-no-transfer');
  const never = made(await house.act(returned, 'cancel-admission', { reason: 'Wrong patient' })).body;
  assert.equal([never.status, never.moves.length], ['cancelled', 0]);
  assert.is((await house.bed('G3')).state, 'U');
  const { encounter } = made(await house.doctor.get(`/api/encounters/${stay.encounterId}`)).body;
  assert.is(encounter.status, 'cancelled');
  await holds(house);
});

test('a discharge is not undone when the bed has somebody else; free beds are named', async ({ house }) => {
  const stay = await house.admitted('G3');
  const gone = made(await house.act(stay, 'discharge', { disposition: 'aadvice' })).body;
  await house.clean('G3');
  const next = await house.admitted('G3');
  const late = await house.act(gone, 'cancel-discharge');
  assert.equal([late.status, late.body.type], [409, '/problems/bed-no-two-patients']);
  assert.ok(late.body.free.length > 0);
  made(await house.act(next, 'cancel-admission', { reason: 'Room for the next test' }));
});

test('a bed is closed with a reason, never under a patient, and takes nobody', async ({ house }) => {
  const { version } = await house.bed('I2');
  const path = `/api/beds/${house.beds.I2}/state`;
  assert.is((await house.nurse.post(path, { state: 'C' }, etag(version))).status, 400);
  const closed = made(await house.nurse.post(path, { state: 'C', reason: 'Broken rail' }, etag(version))).body;
  assert.equal([closed.state, closed.reason], ['C', 'Broken rail']);
  assert.is((await house.nurse.post(path, { state: 'U' }, etag(version))).status, 412);
  made(await house.nurse.post(path, { state: 'U' }, etag(closed.version)));
  const taken = await house.bed('G1');
  const under = await house.nurse.post(`/api/beds/${taken.id}/state`, { state: 'H' }, etag(taken.version));
  assert.equal([under.status, under.body.type], [409, '/problems/bed-has-patient']);
  assert.is((await house.clerk.post(path, { state: 'U' }, etag(1))).status, 403);
});

test('isolation and the planned day stand on the board; the chart has the stay', async ({ house }) => {
  const { stay } = await house.bed('G1');
  const planned = made(
    await house.act(stay!, 'plan', { plannedDischargeOn: '2026-03-06', isolation: 'droplet' }, 'nurse'),
  ).body;
  assert.equal([planned.plannedDischargeOn, planned.isolation], ['2026-03-06', 'droplet']);
  const { wards } = (await house.nurse.get('/api/bed-board')).body;
  assert.equal(
    wards.map((it: { name: string; beds: object[] }) => [it.name, it.beds.length]),
    [
      ['Ward A', 3],
      ['Intensive care', 2],
    ],
  );
  const record = (await house.doctor.get(`/api/patients/${stay!.patientId}/record`)).body;
  assert.equal([record.stays.items[0].bed.bedName, record.stays.items[0].isolation], ['G1', 'droplet']);
});

test('a visit that another system finishes leaves its bed; one it cancels never was', async ({ house }) => {
  const fhir = await house.as('doctor');
  for (const [status, after] of [
    ['finished', 'discharged'],
    ['cancelled', 'cancelled'],
  ]) {
    const stay = await house.admitted('G2');
    const { body } = await fhir.get(`/fhir/R4/Encounter/${stay.encounterId}`);
    const { hospitalization: _, location: _l, ...rest } = body;
    const put = await fhir.put(
      `/fhir/R4/Encounter/${stay.encounterId}`,
      { ...rest, status, ...(status === 'finished' && { period: { ...body.period, end: '2026-03-02T08:00:00.5Z' } }) },
      { 'content-type': 'application/fhir+json' },
    );
    assert.is(put.status, 200, JSON.stringify(put.body));
    await house.settle();
    assert.is((await house.nurse.get(`/api/stays/${stay.id}`)).body.status, after);
    if (after === 'discharged') await house.clean('G2');
    await holds(house);
  }
});

test('what a merge does: every row of the stay goes to the other patient in one transaction', async ({ house }) => {
  const stay = await house.admitted('I2');
  const other = await house.patient();
  await house.db.transaction(async (tx) => {
    for (const table of [
      'inpatient.bed_day',
      'inpatient.bed_stay',
      'inpatient.stay',
      'ehr.encounter',
      'ehr.encounter_status',
    ])
      await tx.query(
        sql.unsafe`update ${sql.identifier(table.split('.'))} set patient_id = ${other} where patient_id = ${stay.patientId}`,
      );
  });
  const after = made(await house.nurse.get(`/api/stays/${stay.id}`)).body;
  assert.equal([after.patientId, after.bed.bedName], [other, 'I2']);
  made(await house.act(after, 'cancel-admission', { reason: 'Next' }));
  await holds(house);
});

test('who may not, may not; what is not there is 404', async ({ house }) => {
  const labtech = await house.as('labtech');
  assert.is((await labtech.get('/api/bed-board')).status, 403);
  assert.is((await house.doctor.post('/api/wards', { name: 'X', chargeCode: 'X' })).status, 403);
  assert.is((await house.doctor.get('/api/stays/00000000-0000-7000-8000-000000000000')).status, 404);
  const unknown = await house.nurse.post('/api/stays', {
    patientId: await house.patient(),
    bedId: '00000000-0000-7000-8000-000000000000',
    reason: 'Nowhere',
  });
  assert.equal([unknown.status, unknown.body.type], [422, '/problems/bed-unknown']);
  assert.is((await house.db.any(sql.unsafe`select from inpatient.stay where reason = 'Nowhere'`)).length, 0);
});
test.run();
