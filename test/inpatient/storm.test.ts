import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { broken, startWards, type House, type StayBody } from './wards.ts';

const test = suite<{ house: House }>('inpatient: many at once');
test.before(async (at) => {
  at.house = await startWards();
});
test.after((at) => at.house?.stop());

test('100 admissions into one bed at once: one 201, 99 times 409 with free beds nearby (S15)', async ({ house }) => {
  const patients = await Promise.all(Array.from({ length: 100 }, () => house.patient()));
  const answers = await Promise.all(
    patients.map((patientId) => house.nurse.post('/api/stays', { patientId, bedId: house.beds.G1, reason: 'Fall' })),
  );
  const won = answers.filter(({ status }) => status === 201);
  assert.is(won.length, 1, answers.map(({ status }) => status).join());
  for (const { status, body } of answers) {
    if (status === 201) continue;
    assert.equal([status, body.type], [409, '/problems/bed-no-two-patients']);
    assert.equal(
      body.free.map((it: { bedName: string }) => it.bedName),
      ['G2', 'G3', 'I1', 'I2'],
    );
  }
  const { waiting } = (await house.nurse.get('/api/bed-board')).body;
  assert.equal(waiting, [], 'whoever was refused left nothing behind');
  assert.equal(await broken(house), []);
  const stay = won[0]!.body as StayBody;
  assert.is((await house.act(stay, 'cancel-admission', { reason: 'Next' })).status, 200);
});

test('one patient into five beds at once lies in one', async ({ house }) => {
  const patientId = await house.patient();
  const answers = await Promise.all(
    Object.values(house.beds).map((bedId) => house.nurse.post('/api/stays', { patientId, bedId, reason: 'Fall' })),
  );
  assert.equal(
    answers.map(({ status }) => status).sort(),
    [201, 409, 409, 409, 409],
    answers.map(({ body }) => body.type).join(),
  );
  const stay = answers.find(({ status }) => status === 201)!.body as StayBody;
  assert.is((await house.act(stay, 'cancel-admission', { reason: 'Next' })).status, 200);
  assert.equal(await broken(house), []);
});

test.run();
