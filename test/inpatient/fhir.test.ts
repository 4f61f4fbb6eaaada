import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { made, startWards, type House } from './wards.ts';

const test = suite<{ house: House }>('inpatient: FHIR');
test.before(async (at) => {
  at.house = await startWards();
});
test.after((at) => at.house?.stop());

const root = '/fhir/R4';
const headers = { 'content-type': 'application/fhir+json' };

test('a bed is a Location in its room in its ward, with its state of table 0116', async ({ house }) => {
  const read = async (id: string) => made(await house.nurse.get(`${root}/Location/${id}`)).body;
  const bed = await read(house.beds.G1!);
  assert.equal([bed.physicalType.coding[0].code, bed.operationalStatus.code], ['bd', 'U']);
  assert.is(bed.operationalStatus.system, 'http://terminology.hl7.org/CodeSystem/v2-0116');
  const room = await read(bed.partOf.reference.slice('Location/'.length));
  assert.is(room.physicalType.coding[0].code, 'ro');
  const ward = await read(room.partOf.reference.slice('Location/'.length));
  assert.equal([ward.physicalType.coding[0].code, ward.name, ward.operationalStatus], ['wa', 'Ward A', undefined]);

  const stay = await house.admitted('G1');
  const occupied = await read(house.beds.G1!);
  assert.is(occupied.operationalStatus.code, 'O');
  assert.ok(Number(occupied.meta.versionId) > Number(bed.meta.versionId));
  made(await house.act(stay, 'cancel-admission', { reason: 'Only looking' }));
});

test('an Encounter tells beds, source, disposition and its past status; old versions tell what was then', async ({
  house,
}) => {
  const stay = await house.admitted('G2');
  const path = `${root}/Encounter/${stay.encounterId}`;
  const first = made(await house.doctor.get(path)).body;
  assert.equal([first.status, first.class.code], ['in-progress', 'IMP']);
  assert.is(first.hospitalization.admitSource.coding[0].code, 'emd');
  assert.equal(
    first.location.map((it: { location: object; status: string; period: { end?: string } }) => [
      it.location,
      it.status,
      it.period.end,
    ]),
    [[{ reference: `Location/${house.beds.G2}` }, 'active', undefined]],
  );
  await house.setClock('2026-03-03T08:00:00Z');
  const moved = made(await house.act(stay, 'transfer', { bedId: house.beds.I1 })).body;
  const reserved = made(await house.act(moved, 'reserve', { bedId: house.beds.I2 })).body;
  const during = made(await house.doctor.get(path)).body;
  assert.equal(
    during.location.map(({ status }: { status: string }) => status),
    ['completed', 'active', 'reserved'],
  );
  await house.setClock('2026-03-04T08:00:00Z');
  made(await house.act(reserved, 'discharge', { disposition: 'aadvice' }));
  const last = made(await house.doctor.get(path)).body;
  assert.is(last.status, 'finished');
  assert.is(last.hospitalization.dischargeDisposition.coding[0].code, 'aadvice');
  assert.equal(
    last.statusHistory.map(({ status }: { status: string }) => status),
    ['in-progress'],
  );
  assert.equal(
    last.location.map(({ status, period }: { status: string; period: { end: string } }) => [status, period.end]),
    [
      ['completed', moved.moves[1].since],
      ['completed', last.period.end],
    ],
  );
  const before = made(await house.doctor.get(`${path}/_history/${first.meta.versionId}`)).body;
  assert.equal(before.location, first.location);
  assert.is(before.hospitalization.dischargeDisposition, undefined);
  assert.is(before.statusHistory, undefined);
  made(await house.act((await house.nurse.get(`/api/stays/${stay.id}`)).body, 'cancel-discharge'));
  const again = made(await house.doctor.get(path)).body;
  assert.equal([again.status, again.statusHistory], ['in-progress', undefined], 'not left after all');
});

test('what another system sends of a visit that is no stay here comes back as it was sent', async ({ house }) => {
  const sent = {
    resourceType: 'Encounter',
    status: 'finished',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'IMP' },
    subject: { reference: `Patient/${await house.patient()}` },
    period: { start: '2025-01-01T10:00:00Z', end: '2025-01-04T10:00:00Z' },
    hospitalization: { dischargeDisposition: { text: 'To the sea' } },
    location: [{ location: { display: 'Bed by the window' } }],
  };
  const { body } = made(await house.doctor.post(`${root}/Encounter`, sent, headers), 201);
  const { id: _, meta: _m, statusHistory, ...back } = body;
  assert.equal(back, sent);
  assert.equal(statusHistory, [{ status: 'in-progress', period: sent.period }]);
});
test.run();
