import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sql } from '../../core/database.ts';
import { hashPassword } from '../../plugins/auth/password.ts';
import { startHms } from '../hms.ts';

const test = suite('portal: with little or nothing');
const three = ['auth', 'facility', 'patients'];

test('off, it leaves no route, table, permission or setting, and its accounts do not get in', async () => {
  const hms = await startHms(three);
  try {
    const admin = await hms.as('admin');
    const paths = Object.keys((await admin.get('/api/openapi.json')).body.paths);
    assert.not.ok(paths.some((path) => path.includes('portal')));
    assert.not.ok((await admin.get('/api/platform')).body.permissions.some((it: string) => it.startsWith('portal')));
    assert.not.ok(await hms.db.exists(sql.unsafe`select from pg_namespace where nspname = 'portal'`));
    assert.not.ok(await hms.db.exists(sql.unsafe`select from core.setting where name like 'portal.%'`));
    const hash = await hashPassword('openward-demo', hms.hms.config);
    await hms.db.query(sql.unsafe`
      insert into auth."user" (username, display_name, password_hash, patient_only) values ('ines', 'Ines', ${hash}, true)
    `);
    const login = await hms.anonymous.post('/api/auth/login', { username: 'ines', password: 'openward-demo' });
    assert.is(login.status, 401);
  } finally {
    await hms.stop();
  }
});

test('with patients alone it starts, and shows oneself and who looked', async () => {
  const hms = await startHms([...three, 'portal']);
  try {
    const clerk = await hms.as('receptionist');
    const { body: patient } = await clerk.post('/api/patients', {
      familyName: 'Moreno',
      givenName: 'Ines',
      birthDate: '1980-01-01',
      gender: 'female',
      phone: '+49 30 1234567',
      city: 'Berlin',
    });
    const invited = await clerk.post('/api/portal-invitations', { patientId: patient.id, role: 'self', send: true });
    assert.equal(invited.body.sentBy, []);
    const { body } = await hms.anonymous.post('/api/portal/invitation/accept', {
      code: invited.body.code,
      birthDate: '1980-01-01',
      username: 'ines',
      password: 'seven green herons',
    });
    const get = (path: string) =>
      hms.anonymous.get(`/api/portal/${path}`, { authorization: `Bearer ${body.accessToken}` });
    const home = (await get('home')).body;
    assert.equal([home.visits, home.results, home.bills, home.messages, home.mayBook], [null, null, null, null, false]);
    assert.ok(home.looks.length > 0);
    for (const gone of ['visits', 'past-visits', 'results', 'medicines', 'bills', 'messages'])
      assert.is((await get(gone)).status, 404, gone);
    assert.is((await get('record')).status, 200);
    for (const [rule, query] of hms.hms.plugins.flatMap((it) => Object.entries(it.invariants ?? {})))
      assert.equal(await hms.db.any(query), [], rule);
  } finally {
    await hms.stop();
  }
});
test.run();
