import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { readConfig } from '../../core/config.ts';
import { sql } from '../../core/database.ts';
import { openHms, prepareDatabase } from '../../core/hms.ts';
import { loadPlugins, shipped } from '../../core/loader.ts';
import { clientOf, password, startHms, type TestHms } from '../hms.ts';

const test = suite<{ hms: TestHms }>('core: plugins that are off');
const three = ['auth', 'facility', 'patients'];
test.before(async (at) => {
  at.hms = await startHms(three);
});
test.after((at) => at.hms?.stop());

const others = shipped().filter((name) => !three.includes(name));

test('leave no route, table, permission, FHIR type or menu entry', async ({ hms }) => {
  const admin = await hms.as('admin');
  const paths = Object.keys((await admin.get('/api/openapi.json')).body.paths);
  for (const gone of [
    '/api/appointments',
    '/api/encounters',
    '/api/medication-dispenses',
    '/api/invoices',
    '/api/claims',
    '/api/payer-connection',
    '/api/lab-connections',
    '/api/lab-messages',
    '/api/dashboard',
    '/api/messages',
    '/api/portal-rules',
    '/api/alerts',
  ]) {
    assert.not.ok(
      paths.some((path) => path.startsWith(gone)),
      gone,
    );
    assert.is((await admin.get(gone)).status, 404);
  }
  const schemas = await hms.db.anyFirst(
    sql.type(z.object({ name: z.string() }))`select nspname::text as name from pg_namespace`,
  );
  for (const name of others) assert.not.ok(schemas.includes(name), name);
  const platform = (await admin.get('/api/platform')).body;
  assert.equal(platform.plugins.map((plugin: { name: string }) => plugin.name).sort(), three);
  assert.not.ok(
    platform.permissions.some((permission: string) =>
      /^(appointment|encounter|stock|invoice|dashboard|message):/.test(permission),
    ),
  );
  assert.not.ok(platform.navigation.some((item: { plugin: string }) => others.includes(item.plugin)));
  const { rest } = (await hms.anonymous.get('/fhir/R4/metadata')).body;
  const types = rest[0].resource.map((resource: { type: string }) => resource.type);
  assert.ok(types.includes('Patient'));
  assert.not.ok(types.includes('Appointment'));
  assert.not.ok(types.includes('Communication'));
});

test('switched on later, migrate and work with the data that is there', async ({ hms }) => {
  const clerk = await hms.as('receptionist');
  const patient = {
    familyName: 'Early',
    givenName: 'Bird',
    birthDate: '1980-01-01',
    gender: 'female',
    phone: '030 123456',
    city: 'Lindenau',
  };
  const { body } = await clerk.post('/api/patients', patient);
  const plugins = await loadPlugins([...three, 'scheduling', 'ehr']);
  await prepareDatabase(hms.hms.urls.owner!, plugins);
  const config = readConfig({ NODE_ENV: 'test', PORT: '0', LOG_LEVEL: 'error', OPENWARD_DEMO: '0' }, plugins);
  const later = await openHms({ config, plugins, urls: hms.hms.urls });
  try {
    const url = `http://127.0.0.1:${later.server.info.port}`;
    const signedIn = await clientOf(url, '').post('/api/auth/login', { username: 'nurse', password });
    const nurse = clientOf(url, signedIn.body.accessToken);
    const record = await nurse.get(`/api/patients/${body.id}/record`);
    assert.is(record.status, 200);
    assert.equal(
      [record.body.patient.familyName, record.body.appointments.items, record.body.encounters.total],
      ['Early', [], 0],
    );
    assert.ok((await nurse.get('/api/platform')).body.permissions.includes('encounter:write'));
  } finally {
    await later.stop();
  }
});

test('what an administrator took away stays away when plugins are added', async ({ hms }) => {
  await hms.db.query(sql.unsafe`delete from auth.role_permission where role = 'nurse' and permission = 'patient:read'`);
  await prepareDatabase(hms.hms.urls.owner!, await loadPlugins(shipped()));
  assert.not.ok(
    await hms.db.exists(
      sql.unsafe`select from auth.role_permission where role = 'nurse' and permission = 'patient:read'`,
    ),
  );
});
test.run();
