import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sql } from '../../core/database.ts';
import { etag, startWard, type Ward } from '../ehr/ward.ts';

const test = suite<{ ward: Ward }>('inpatient: switched off');
test.before(async (at) => {
  at.ward = await startWard(['billing']);
});
test.after((at) => at.ward?.stop());

test('nothing of it is left: no route, permission, table, menu, section or FHIR element', async ({ ward }) => {
  const nurse = await ward.as('nurse');
  for (const path of ['bed-board', 'stays/00000000-0000-7000-8000-000000000000'])
    assert.is((await nurse.get(`/api/${path}`)).status, 404, path);
  const platform = (await ward.doctor.get('/api/platform')).body;
  assert.not.ok(platform.permissions.some((it: string) => /^(stay|bed|ward|discharge):/.test(it)));
  assert.not.ok(platform.navigation.some(({ id }: { id: string }) => id === 'wards'));
  assert.not.ok(await ward.db.exists(sql.unsafe`select from pg_namespace where nspname = 'inpatient'`));
  const record = (await ward.doctor.get(`/api/patients/${await ward.patient()}/record`)).body;
  assert.not.ok('stays' in record);
});

test('a visit is started, finished and charged as ever', async ({ ward }) => {
  const patientId = await ward.patient();
  const { body: visit } = await ward.walkIn(patientId);
  const started = await ward.doctor.post(`/api/encounters/${visit.id}/start`, {}, etag(visit.version));
  const finished = await ward.doctor.post(`/api/encounters/${visit.id}/finish`, {}, etag(started.body.version));
  assert.is(finished.status, 200);
  await ward.settle();
  const fhir = (await ward.doctor.get(`/fhir/R4/Encounter/${visit.id}`)).body;
  assert.equal([fhir.location, fhir.hospitalization], [undefined, undefined]);
  assert.is((await ward.db.any(sql.unsafe`select from billing.charge_item`)).length, 1);
});
test.run();
