import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sql } from '../../core/database.ts';
import { startWard, type Ward } from '../ehr/ward.ts';

const test = suite<{ ward: Ward }>('laboratory: switched off');
test.before(async (at) => {
  at.ward = await startWard(['billing']);
});
test.after((at) => at.ward?.stop());

test('nothing of it is left: no route, permission, table, menu, section or FHIR type', async ({ ward }) => {
  const labtech = await ward.as('labtech');
  for (const path of ['worklist?tab=collect', 'orderables', 'tests', 'critical-results', 'results'])
    assert.is((await labtech.get(`/api/laboratory/${path}`)).status, 404, path);
  const platform = (await ward.doctor.get('/api/platform')).body;
  assert.not.ok(
    platform.permissions.some((it: string) => /^(service-request|specimen|result|critical-result):/.test(it)),
  );
  const menu = (await labtech.get('/api/platform')).body.navigation;
  assert.not.ok(menu.some(({ id }: { id: string }) => id === 'laboratory'));
  assert.not.ok(await ward.db.exists(sql.unsafe`select from pg_namespace where nspname = 'laboratory'`));
  const record = (await ward.doctor.get(`/api/patients/${await ward.patient()}/record`)).body;
  assert.not.ok('results' in record);
  const [rest] = (await ward.anonymous.get('/fhir/R4/metadata')).body.rest;
  for (const type of ['ServiceRequest', 'Specimen', 'DiagnosticReport'])
    assert.not.ok(
      rest.resource.some(
        (it: { type: string; searchParam?: { name: string }[] }) =>
          it.type === type && it.searchParam?.some(({ name }) => name === 'status'),
      ),
      type,
    );
});

test('measured values are still recorded and read, by the record itself', async ({ ward }) => {
  const patientId = await ward.patient();
  const { body: encounter } = await ward.walkIn(patientId);
  const vitals = await ward.nurse.post('/api/vitals', { patientId, encounterId: encounter.id, heartRate: 72 });
  assert.is(vitals.status, 201);
});
test.run();
