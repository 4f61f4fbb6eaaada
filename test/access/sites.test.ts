import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { sql } from '../../core/database.ts';
import { startHms, type TestHms } from '../hms.ts';

interface At {
  hms: TestHms;
  /** Of the users, by their name. */
  ids: Record<string, string>;
  north: string;
  patient: { id: string; recordNumber: string };
}
const test = suite<At>('access: who works at which site');
test.before(async (at) => {
  at.hms = await startHms(['auth', 'facility', 'patients'], { env: { OPENWARD_SEE: 'sites' } });
  const admin = await at.hms.as('admin');
  const { items } = (await admin.get('/api/users?limit=100')).body;
  at.ids = Object.fromEntries(items.map(({ username, id }: { username: string; id: string }) => [username, id]));
  at.north = await at.hms.db.oneFirst(
    sql.type(
      z.object({ id: z.uuid() }),
    )`insert into facility.location (kind, name) values ('site', 'North') returning id`,
  );
  const clerk = await at.hms.as('receptionist');
  assert.is((await put(at, 'receptionist', [at.north])).status, 200);
  const eva = { familyName: 'Norden', givenName: 'Eva', birthDate: '1980-01-01', gender: 'female', phone: '+49 30 1', city: 'Berlin' }; // prettier-ignore
  at.patient = (await clerk.post('/api/patients', eva)).body;
});
test.after((at) => at.hms?.stop());

const put = async ({ hms, ids }: At, username: string, siteIds: string[]) =>
  (await hms.as('admin')).put(`/api/users/${ids[username]}/sites`, { siteIds });
const sees = async ({ hms, patient }: At, role: string) =>
  (await (await hms.as(role)).get(`/api/patients/${patient.id}`)).status;

test('whoever works where a patient was registered sees the record, from the moment it is said until it is not', async (at) => {
  assert.is(await sees(at, 'receptionist'), 200);
  assert.is(await sees(at, 'nurse'), 404);
  const { status, body } = await put(at, 'nurse', [at.north]);
  assert.equal([status, body.items], [200, [{ id: at.north, name: 'North' }]]);
  assert.is(await sees(at, 'nurse'), 200);
  await put(at, 'nurse', []);
  assert.is(await sees(at, 'nurse'), 404);
});

test('the rule in force and who works where are told to whoever administers users, and nobody else', async (at) => {
  const { body } = await (await at.hms.as('admin')).get('/api/access-policy');
  assert.is(body.policy, 'sites');
  const people = [{ id: at.ids.receptionist, displayName: 'Receptionist' }];
  assert.equal(body.sites, [{ id: at.north, name: 'North', users: people }]);
  assert.is((await (await at.hms.as('nurse')).get('/api/access-policy')).status, 403);
  assert.is((await (await at.hms.as('nurse')).get('/api/platform')).body.see, 'sites');
});

test('never one’s own, never a place that is no site, never a user who is not there', async (at) => {
  const nobody = '00000000-0000-7000-8000-000000000000';
  const own = await put(at, 'admin', [at.north]);
  assert.equal([own.status, own.body.type], [422, '/problems/access-own']);
  const unknown = await put(at, 'nurse', [nobody]);
  assert.equal([unknown.status, unknown.body.type], [422, '/problems/site-unknown']);
  assert.is((await put({ ...at, ids: { ghost: nobody } }, 'ghost', [at.north])).status, 404);
  assert.is((await (await at.hms.as('nurse')).put(`/api/users/${at.ids.doctor}/sites`, { siteIds: [] })).status, 403);
});

test('a patient of another site is opened like an emergency, and that waits for review like any', async (at) => {
  const nurse = await at.hms.as('nurse');
  const { recordNumber } = at.patient;
  const { status } = await nurse.post('/api/break-glass', {
    recordNumber,
    reason: 'came to the desk of the South clinic',
  });
  assert.is(status, 201);
  assert.is(await sees(at, 'nurse'), 200);
  assert.is(await sees(at, 'doctor'), 404);
  const admin = await at.hms.as('admin');
  const [item] = (await admin.get('/api/break-glass')).body.items;
  assert.equal([item.recordNumber, item.labels, item.isOpen], [recordNumber, [], true]);
});
test.run();
