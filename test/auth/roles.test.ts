import Nes from '@hapi/nes';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { sql } from '../../core/database.ts';
import { password, startHms, type Answer, type Client, type TestHms } from '../hms.ts';
import { openHms } from '../../core/hms.ts';
import { clientOf } from '../hms.ts';

interface At {
  hms: TestHms;
  admin: Client;
}
const test = suite<At>('auth: roles, grants and why');
test.before(async (at) => {
  at.hms = await startHms(['auth', 'facility', 'patients']);
  at.admin = await at.hms.as('admin');
});
test.after((at) => at.hms?.stop());

const etag = (version: number) => ({ 'if-match': `W/"${version}"` });
const second = () => new Promise((resolve) => setTimeout(resolve, 1050));
const said = ({ status, body }: Answer) => [status, body.type];

let count = 0;
/** Somebody new who has signed in once, with these roles. */
const someone = async ({ hms, admin }: At, roles: string[]) => {
  const username = `somebody${(count += 1)}`;
  const made = await admin.post('/api/users', {
    username, displayName: `Somebody ${count}`, password: 'quiet-lantern-74-river', roles,
  }); // prettier-ignore
  assert.is(made.status, 201, JSON.stringify(made.body));
  const login = await hms.anonymous.post('/api/auth/login', {
    username, password: 'quiet-lantern-74-river', newPassword: 'my-own-harbour-window',
  }); // prettier-ignore
  assert.is(login.status, 200, JSON.stringify(login.body));
  return { id: made.body.id as string, username, client: clientOf(hms.url, login.body.accessToken as string) };
};
let roleCount = 0;
const newRole = async (
  { admin }: At,
  permissions: string[],
  {
    denied = [],
    title = `Own role ${(roleCount += 1)}`,
    secondFactor = false,
  }: Partial<{ denied: string[]; title: string; secondFactor: boolean }> = {},
) => {
  const made = await admin.post('/api/roles', { title, permissions, denied, secondFactor });
  assert.is(made.status, 201, JSON.stringify(made.body));
  return made.body as { name: string; title: string; version: number; permissions: string[] };
};
const give = ({ admin }: At, userId: string, role: string, more: object = {}) =>
  admin.post(`/api/users/${userId}/grants`, { role, reason: 'covers the night', ...more });
const lastAudit = ({ hms }: At, object: string) =>
  hms.db.one(sql.type(z.strictObject({ action: z.string(), detail: z.string().nullable() }))`
    select action, detail from core.audit where object = ${object} and outcome = 0 order by at desc limit 1
  `);

test('a hospital makes, renames, changes and deletes roles of its own', async (at) => {
  const { admin } = at;
  const role = await newRole(at, ['patient:read'], { title: 'Night porter' });
  assert.equal((await lastAudit(at, `Role/${role.name}`)).detail, 'role made: title “Night porter”, +patient:read');
  const changed = await admin.put(
    `/api/roles/${role.name}`,
    { title: 'Porter', permissions: ['facility:read'], denied: ['patient:read'], secondFactor: true },
    etag(role.version),
  );
  assert.is(changed.status, 200, JSON.stringify(changed.body));
  assert.equal(
    [
      changed.body.title,
      changed.body.permissions,
      changed.body.denied,
      changed.body.secondFactor,
      changed.body.version,
    ],
    ['Porter', ['facility:read'], ['patient:read'], true, 2],
  );
  assert.is(
    (await lastAudit(at, `Role/${role.name}`)).detail,
    'role changed: title “Porter”, second factor on, +facility:read, −patient:read',
  );
  const before = await at.hms.db.oneFirst(sql.type(z.strictObject({ document: z.unknown() }))`
    select document -> 'permission_of_role' as document from core.history where relation = 'auth.role' order by replaced_at desc limit 1
  `);
  assert.match(JSON.stringify(before), /"patient:read"/, 'what it was allowed before is kept');
  const stale = await admin.put(
    `/api/roles/${role.name}`,
    { permissions: [], denied: [], secondFactor: false },
    etag(1),
  );
  assert.equal(said(stale), [412, '/problems/version-stale']);
  assert.is((await admin.del(`/api/roles/${role.name}`)).status, 428);
  assert.equal(said(await admin.del(`/api/roles/${role.name}`, etag(1))), [412, '/problems/version-stale']);
  assert.is((await admin.del(`/api/roles/${role.name}`, etag(2))).status, 204);
  assert.is((await admin.get(`/api/roles/${role.name}`)).status, 404);
  assert.is((await lastAudit(at, `Role/${role.name}`)).detail, 'role deleted: “Porter”');
});

test('what makes no role is refused and changes nothing', async (at) => {
  const { admin } = at;
  await newRole(at, [], { title: 'Twice' });
  const body = { title: 'Another', permissions: ['patient:read'], denied: [], secondFactor: false };
  for (const [more, status, type] of [
    [{ title: 'TWICE' }, 409, 'role-title-unique'],
    [{ title: 'administrator' }, 409, 'role-title-unique'],
    [{ title: 'nurse' }, 409, 'role-title-unique'],
    [{ permissions: ['patient:fly'] }, 422, 'permission-unknown'],
    [{ denied: ['patient:read'] }, 422, 'permission-both-ways'],
    [{ title: '' }, 400, 'invalid'],
    [{ own: true }, 400, 'invalid'],
  ] as const)
    assert.equal(said(await admin.post('/api/roles', { ...body, ...more })), [status, `/problems/${type}`]);
  const { items } = (await admin.get('/api/roles')).body;
  assert.not.ok(items.some(({ title }: { title: string }) => title === 'Another'));
});

test('the roles that ship get other permissions, but no other name, and stay; what patients may is decided elsewhere', async (at) => {
  const { admin } = at;
  const cashier = (await admin.get('/api/roles/cashier')).body;
  const body = { permissions: cashier.permissions, denied: cashier.denied, secondFactor: true };
  assert.equal(said(await admin.put('/api/roles/cashier', { ...body, title: 'Till' }, etag(cashier.version))), [
    422,
    '/problems/role-ships',
  ]);
  assert.equal(said(await admin.del('/api/roles/cashier', etag(cashier.version))), [422, '/problems/role-ships']);
  const changed = await admin.put('/api/roles/cashier', body, etag(cashier.version));
  assert.equal([changed.status, changed.body.secondFactor, changed.body.title], [200, true, 'Cashier']);
  const back = await admin.put('/api/roles/cashier', { ...body, secondFactor: false }, etag(changed.body.version));
  assert.is(back.status, 200);
  const patient = (await admin.get('/api/roles/patient')).body;
  assert.is(patient.fixed, true);
  assert.equal(
    said(await admin.put('/api/roles/patient', { ...body, permissions: ['user:write'] }, etag(patient.version))),
    [422, '/problems/role-fixed'],
  );
  const nurse = await someone(at, ['nurse']);
  assert.equal(said(await give(at, nurse.id, 'patient')), [422, '/problems/role-fixed']);
});

test('a role that needs a second factor asks for it at once, and of those who have it already at the next sign-in', async (at) => {
  const asksLater = await newRole(at, []);
  const early = await someone(at, ['nurse', asksLater.name]);
  const flag = { permissions: [], denied: [], secondFactor: true };
  assert.is((await at.admin.put(`/api/roles/${asksLater.name}`, flag, etag(asksLater.version))).status, 200);
  await second();
  assert.is((await early.client.get('/api/platform')).status, 200, 'a ward is not thrown out of its notes');

  const role = await newRole(at, [], { secondFactor: true });
  const person = await someone(at, ['nurse']);
  assert.is((await give(at, person.id, role.name)).status, 201);
  await second();
  assert.is((await person.client.get('/api/platform')).status, 401);
  const login = await at.hms.anonymous.post('/api/auth/login', {
    username: person.username, password: 'my-own-harbour-window',
  }); // prettier-ignore
  assert.equal(said(login), [403, '/problems/second-factor-must-enrol']);
});

test('a grant counts at once, says why, by whom and until when, and ends by hand', async (at) => {
  const { admin } = at;
  const { id, client } = await someone(at, ['nurse']);
  assert.is((await client.get('/api/users')).status, 403);
  const role = await newRole(at, ['user:read']);
  const until = new Date(Date.now() + 86_400_000).toISOString();
  const given = await give(at, id, role.name, { until });
  assert.is(given.status, 201, JSON.stringify(given.body));
  const grant = given.body.items.find((it: { role: string }) => it.role === role.name);
  assert.equal(
    [grant.title, grant.reason, grant.givenBy, grant.inForce, Date.parse(grant.until)],
    [role.title, 'covers the night', 'Admin', true, Date.parse(until)],
  );
  const audit = await lastAudit(at, `User/${id}`);
  assert.match(audit.detail ?? '', new RegExp(`^role given ${role.name} until .*: covers the night$`));
  await second();
  assert.is((await client.get('/api/users')).status, 200);
  const ended = await admin.post(`/api/users/${id}/grants/${role.name}/end`);
  assert.is(ended.body.items.find((it: { role: string }) => it.role === role.name).inForce, false);
  await second();
  assert.is((await client.get('/api/users')).status, 403);
  assert.equal(said(await admin.post(`/api/users/${id}/grants/${role.name}/end`)), [404, '/problems/not-found']);
  assert.equal(said(await give(at, id, role.name, { until: '2020-01-01T00:00:00Z' })), [
    422,
    '/problems/grant-until-past',
  ]);
  assert.is((await give(at, id, role.name, { reason: '' })).status, 400);
  const unknown = await give(at, id, 'no-such-role');
  assert.equal(said(unknown), [422, '/problems/role-unknown']);
});

test('a grant ends by itself within a second of its end, and may be given again', async (at) => {
  const { id, client } = await someone(at, ['nurse']);
  const role = await newRole(at, ['role:read']);
  const until = Date.now() + 2500;
  assert.is((await give(at, id, role.name, { until: new Date(until).toISOString() })).status, 201);
  await second();
  assert.is((await client.get('/api/roles')).status, 200);
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, until - Date.now())));
  await second();
  assert.is((await client.get('/api/roles')).status, 403);
  const why = (await client.get('/api/auth/permissions')).body;
  const lost = why.items.find((it: { permission: string }) => it.permission === 'role:read');
  assert.equal([lost.held, lost.ended.map(({ title }: { title: string }) => title)], [false, [role.title]]);
  // Through the list of roles too: what has ended is given anew.
  const user = (await at.admin.get(`/api/users/${id}`)).body;
  const again = await at.admin.put(
    `/api/users/${id}`,
    { displayName: user.displayName, active: true, roles: ['nurse', role.name] },
    etag(user.version),
  );
  assert.equal(again.body.roles, [role.name, 'nurse']);
  await second();
  assert.is((await client.get('/api/roles')).status, 200);
});

test('a denial beats whatever other roles allow', async (at) => {
  const { id, client } = await someone(at, ['nurse']);
  const allows = await newRole(at, ['user:read', 'role:read']);
  const denies = await newRole(at, ['role:read'], { denied: ['user:read'] });
  await give(at, id, allows.name);
  await give(at, id, denies.name);
  await second();
  assert.is((await client.get('/api/users')).status, 403);
  assert.is((await client.get('/api/roles')).status, 200);
  const { items } = (await client.get('/api/auth/permissions')).body;
  const it = items.find(({ permission }: { permission: string }) => permission === 'user:read');
  assert.equal([it.held, it.deniedBy[0].title, it.through[0].title], [false, denies.title, allows.title]);
  const { items: holders } = (await at.admin.get('/api/permissions/user:read/holders')).body;
  assert.not.ok(holders.some(({ userId }: { userId: string }) => userId === id));
});

test('a role that is changed counts for whoever has it, on every process', async (at) => {
  const role = await newRole(at, []);
  const { id, client } = await someone(at, ['nurse']);
  await give(at, id, role.name);
  const other = await openHms({ config: at.hms.hms.config, plugins: at.hms.hms.plugins, urls: at.hms.hms.urls });
  try {
    const there = clientOf(`http://127.0.0.1:${other.server.info.port}`, client.token);
    assert.is((await there.get('/api/users')).status, 403);
    const body = { permissions: ['user:read'], denied: [], secondFactor: false };
    const changed = await at.admin.put(`/api/roles/${role.name}`, body, etag(role.version));
    assert.is(changed.status, 200, JSON.stringify(changed.body));
    await second();
    for (const door of [client, there]) assert.is((await door.get('/api/users')).status, 200);
    assert.is((await at.admin.del(`/api/roles/${role.name}`, etag(changed.body.version))).status, 204);
    await second();
    for (const door of [client, there]) assert.is((await door.get('/api/users')).status, 403);
  } finally {
    await other.stop();
  }
});

/** A line for news, and when it is closed. */
const openLine = async ({ hms }: At, { token }: Client) => {
  const line = new Nes.Client(hms.url.replace('http', 'ws') as `ws://${string}`);
  const closed = new Promise<'closed'>((resolve) => (line.onDisconnect = () => resolve('closed')));
  await line.connect({ auth: { headers: { authorization: `Bearer ${token}` } }, reconnect: false });
  return { line, closed };
};
const isOpen = (line: Nes.Client) => line.id !== null && (line as unknown as { _ws: unknown })._ws !== null;

test('an open line ends when its person may something else, and only then', async (at) => {
  const role = await newRole(at, []);
  const holder = await someone(at, ['nurse', role.name]);
  const other = await someone(at, ['nurse']);
  const [its, others] = [await openLine(at, holder.client), await openLine(at, other.client)];
  try {
    const body = { permissions: ['user:read'], denied: [], secondFactor: false };
    assert.is((await at.admin.put(`/api/roles/${role.name}`, body, etag(role.version))).status, 200);
    await its.closed;
    assert.ok(isOpen(others.line), 'the line of somebody whom it does not concern');
  } finally {
    for (const { line } of [its, others]) await line.disconnect();
  }
});

test('an open line ends when a role of its person ends by its date, and not before', async (at) => {
  const role = await newRole(at, ['user:read']);
  const [holder, other] = [await someone(at, ['nurse']), await someone(at, ['nurse'])];
  const until = Date.now() + 3000;
  assert.is((await give(at, holder.id, role.name, { until: new Date(until).toISOString() })).status, 201);
  await second();
  const [its, others] = [await openLine(at, holder.client), await openLine(at, other.client)];
  const wait = (ms: number) => new Promise<'open'>((resolve) => setTimeout(() => resolve('open'), ms));
  try {
    assert.is(await Promise.race([its.closed, wait(until - 300 - Date.now())]), 'open');
    // Within a second; another one is for a busy machine.
    assert.is(await Promise.race([its.closed, wait(until + 2000 - Date.now())]), 'closed');
    assert.ok(isOpen(others.line), 'the line of somebody whom it does not concern');
  } finally {
    for (const { line } of [its, others]) await line.disconnect();
  }
});

test('who may do what: through which role, why and until when', async (at) => {
  const role = await newRole(at, ['clearance:write']);
  const { id } = await someone(at, ['nurse']);
  const until = new Date(Date.now() + 86_400_000).toISOString();
  await give(at, id, role.name, { until, reason: 'holds the keys in June' });
  const all = (await at.admin.get('/api/permissions')).body.items;
  const one = all.find(({ permission }: { permission: string }) => permission === 'clearance:write');
  assert.is(one.title, 'Give and end clearance for protected records');
  assert.equal(one.allowedBy, ['Administrator', role.title]);
  const { items } = (await at.admin.get('/api/permissions/clearance:write/holders')).body;
  const holder = items.find(({ userId }: { userId: string }) => userId === id);
  assert.equal(
    [Date.parse(holder.until), holder.through.map((it: { title: string; reason: string; givenBy: string }) => [it.title, it.reason, it.givenBy])],
    [Date.parse(until), [[role.title, 'holds the keys in June', 'Admin']]],
  ); // prettier-ignore
  const members = (await at.admin.get(`/api/roles/${role.name}/members`)).body.items;
  assert.equal(
    members.map((it: { userId: string; reason: string }) => [it.userId, it.reason]),
    [[id, 'holds the keys in June']],
  );
  assert.is((await at.admin.get('/api/permissions/clearance:fly/holders')).status, 404);
});

test('why can I not: every permission, whether one has it, through what, and who can give it', async (at) => {
  const nurse = await at.hms.as('nurse');
  const why = (await nurse.get('/api/auth/permissions')).body;
  const read = why.items.find(({ permission }: { permission: string }) => permission === 'patient:read');
  assert.equal([read.held, read.through, read.until], [true, [{ title: 'Nurse', until: null }], null]);
  const write = why.items.find(({ permission }: { permission: string }) => permission === 'user:write');
  assert.equal([write.held, write.through, write.allowedBy], [false, [], ['Administrator']]);
  assert.equal(why.givers, ['Admin']);
  const words = (await nurse.get('/api/auth/permissions', { 'accept-language': 'ar' })).body.items;
  assert.match(words.find(({ permission }: { permission: string }) => permission === 'user:write').title, /المستخدمين/);
  assert.is((await at.hms.anonymous.get('/api/auth/permissions')).status, 401);
});

test('a refusal names the permission in words and who can give it, under every door, and nothing of a record', async (at) => {
  const cashier = await at.hms.as('cashier');
  const refused = await cashier.get('/api/users');
  assert.equal(
    [refused.status, refused.body.permission, refused.body.permissionTitle, refused.body.roles[0], refused.body.givers],
    [403, 'user:read', 'See users and their roles', 'Administrator', ['Admin']],
  );
  assert.is(refused.body.detail, 'You lack the permission “See users and their roles” (user:read). Ask Admin for it.');
  const spanish = await cashier.get('/api/users', { 'accept-language': 'es' });
  assert.match(spanish.body.detail, /^Le falta el permiso «Ver usuarios y sus roles»/);

  const fhir = await cashier.get('/fhir/R4/AuditEvent');
  assert.is(fhir.status, 403);
  assert.is(fhir.body.issue[0].code, 'forbidden');
  assert.match(fhir.body.issue[0].details.text, /“See who did what.*” \(audit:read\)\. Ask Admin for it\.$/);

  // One that is there, one under protection and one that nobody has: the same words.
  const clerk = await at.hms.as('receptionist');
  const made = await clerk.post('/api/patients', {
    familyName: 'Morales', givenName: 'Ines', birthDate: '1961-07-14', gender: 'female', phone: '+49 30 901820', city: 'Berlin',
  }); // prettier-ignore
  assert.is(made.status, 201);
  const body = {
    familyName: 'X',
    givenName: 'Y',
    birthDate: '1961-07-14',
    gender: 'female',
    phone: '+49 30 1',
    city: 'B',
  };
  const change = async (id: string) => {
    const answer = await cashier.put(`/api/patients/${id}`, body, etag(1));
    return JSON.stringify({ ...answer.body, requestId: '' });
  };
  const there = await change(made.body.id as string);
  assert.match(there, /patient:write/);
  assert.is(there, await change('0199b1a5-7c1e-7000-8000-000000000000'));
  await at.hms.asAdmin(`insert into core.subject_label (subject_id, label) values ('${made.body.id}', 'restricted')`);
  assert.is(there, await change(made.body.id as string));
});

test('who administers users but no roles gives, takes and reaches only what they may themselves', async (at) => {
  const clerkRole = await newRole(at, ['user:read', 'user:write']);
  const within = await newRole(at, ['user:read']);
  const denies = await newRole(at, [], { denied: ['user:write'] });
  const { client: clerk, id: clerkId } = await someone(at, [clerkRole.name]);
  const nurse = await someone(at, []);
  const other = await someone(at, ['nurse']);
  const beyond = [403, '/problems/role-beyond'];
  const grant = (id: string, role: string) =>
    clerk.post(`/api/users/${id}/grants`, { role, reason: 'because I say so' });

  for (const id of [clerkId, nurse.id]) assert.equal(said(await grant(id, 'admin')), beyond);
  const refused = await grant(nurse.id, 'admin');
  assert.equal([refused.body.permission, refused.body.givers], ['role:write', ['Admin']]);
  assert.is((await grant(nurse.id, within.name)).status, 201);
  assert.is((await clerk.post(`/api/users/${nurse.id}/grants/${within.name}/end`)).status, 200);
  assert.equal(said(await clerk.post('/api/users', { username: 'mole', displayName: 'Mole', password: 'quiet-lantern-74-river', roles: ['admin'] })), beyond); // prettier-ignore
  const user = (await clerk.get(`/api/users/${nurse.id}`)).body;
  const put = (roles: string[], active = true) =>
    clerk.put(`/api/users/${nurse.id}`, { displayName: 'N', active, roles }, etag(user.version));
  assert.equal(said(await put(['admin'])), beyond);

  const { items } = (await clerk.get('/api/users')).body;
  const admin = items.find(({ username }: { username: string }) => username === 'admin');
  assert.equal(
    said(await clerk.post(`/api/users/${admin.id}/password`, { password: 'quiet-lantern-74-river' })),
    beyond,
  );
  assert.equal(said(await clerk.post(`/api/users/${admin.id}/grants/admin/end`)), beyond);
  assert.equal(said(await clerk.del(`/api/users/${admin.id}/second-factor`)), beyond);
  assert.equal(said(await clerk.put(`/api/users/${admin.id}`, { displayName: 'Admin', active: false, roles: ['admin'] }, etag(admin.version))), beyond); // prettier-ignore
  assert.equal(
    said(await clerk.post(`/api/users/${other.id}/password`, { password: 'quiet-lantern-74-river' })),
    beyond,
  );
  // To end a denial is to give something.
  await give(at, clerkId, denies.name);
  await give(at, nurse.id, denies.name);
  await at.admin.post(`/api/users/${clerkId}/grants/${denies.name}/end`);
  await second();
  assert.equal(said(await clerk.post(`/api/users/${nurse.id}/grants/${denies.name}/end`)), beyond);
  for (const path of ['/api/roles', '/api/permissions'])
    assert.equal(said(await clerk.get(path)), [403, '/problems/permission-missing']);
  assert.equal(
    said(
      await clerk.post('/api/roles', { title: 'Mine', permissions: ['role:write'], denied: [], secondFactor: false }),
    ),
    [403, '/problems/permission-missing'],
  );
});

test('the last administrator stays, however the right would go', async (at) => {
  const { admin, hms } = at;
  const last = [422, '/problems/last-administrator'];
  const { items } = (await admin.get('/api/users')).body;
  const me = items.find(({ username }: { username: string }) => username === 'admin');
  const user = async () => (await admin.get(`/api/users/${me.id}`)).body;
  const put = async (more: object) => {
    const { displayName, version } = await user();
    return admin.put(`/api/users/${me.id}`, { displayName, active: true, roles: ['admin'], ...more }, etag(version));
  };
  assert.equal(said(await put({ roles: ['nurse'] })), last);
  assert.equal(said(await put({ active: false })), last);
  assert.equal(said(await admin.post(`/api/users/${me.id}/grants/admin/end`)), last);
  const until = new Date(Date.now() + 86_400_000).toISOString();
  assert.equal(said(await give(at, me.id, 'admin', { until })), last);
  const role = (await admin.get('/api/roles/admin')).body;
  for (const taken of ['user:write', 'role:write']) {
    const permissions = role.permissions.filter((it: string) => it !== taken);
    for (const denied of [[], [taken]])
      assert.equal(
        said(await admin.put('/api/roles/admin', { permissions, denied, secondFactor: false }, etag(role.version))),
        last,
      );
  }
  const denies = await newRole(at, [], { denied: ['role:write'] });
  assert.equal(said(await give(at, me.id, denies.name)), last);

  // Through a role made here that is then the only one: it can be neither deleted, emptied nor ended.
  const own = await newRole(at, ['user:write', 'role:write', 'user:read', 'role:read']);
  assert.is((await give(at, me.id, own.name)).status, 201);
  assert.is((await put({ roles: [own.name] })).status, 200);
  assert.equal(said(await admin.del(`/api/roles/${own.name}`, etag(own.version))), last);
  const emptied = { permissions: ['user:write'], denied: [], secondFactor: false };
  assert.equal(said(await admin.put(`/api/roles/${own.name}`, emptied, etag(own.version))), last);
  assert.is((await put({ roles: ['admin', own.name] })).status, 200);
  assert.is((await admin.del(`/api/roles/${own.name}`, etag(own.version))).status, 204);
  assert.is((await hms.as('admin')).token, admin.token);
  assert.is((await admin.get('/api/roles')).status, 200);
});

test('two administrators who take it from each other at the same time cannot both succeed', async (at) => {
  const { hms } = at;
  const { items } = (await at.admin.get('/api/users')).body;
  const me = items.find(({ username }: { username: string }) => username === 'admin');
  const locked = (it: { id: string; version: number }, by: Client) =>
    by.put(`/api/users/${it.id}`, { displayName: 'Locked', active: false, roles: ['admin'] }, etag(it.version));
  const end = ({ id }: { id: string }, by: Client) => by.post(`/api/users/${id}/grants/admin/end`);
  for (const [mine, theirs] of [
    [end, end],
    [end, locked],
    [locked, end],
  ] as const) {
    const other = await someone(at, ['admin']);
    const [meNow, otherNow] = await Promise.all([me.id, other.id].map((id) => at.admin.get(`/api/users/${id}`)));
    // Both have made their change and wait to hear whether an administrator is left.
    let answers: Promise<Answer[]> | undefined;
    await hms.db.transaction(async (tx) => {
      await tx.query(sql.unsafe`select pg_advisory_xact_lock(hashtextextended('auth.administrators', 0))`);
      answers = Promise.all([mine(otherNow!.body, at.admin), theirs(meNow!.body, other.client)]);
      const waiting = sql.type(z.strictObject({ n: z.int() }))`
        select count(*)::int as n from pg_locks where locktype = 'advisory' and not granted
      `;
      while ((await tx.oneFirst(waiting)) < 2) await new Promise((resolve) => setTimeout(resolve, 20));
    });
    const both = (await answers)!;
    assert.equal(both.map(({ status }) => status).sort(), [200, 422], JSON.stringify(both.map(({ body }) => body)));
    // Whoever is left puts things right for the next turn.
    await hms.asAdmin(`
      update auth."user" set active = true where username = 'admin';
      update auth.user_role set until = 'infinity' where role = 'admin' and user_id = '${me.id}';
      update auth.user_role set until = clock_timestamp() where role = 'admin' and user_id = '${other.id}'`);
    const login = await hms.anonymous.post('/api/auth/login', { username: 'admin', password });
    at.admin = clientOf(hms.url, login.body.accessToken as string);
  }
});

test('what is refused about users, roles and sign-ins is one entry; what cannot be written down is answered by that', async (at) => {
  const { hms, admin } = at;
  const refusals = () =>
    hms.db.any(sql.type(z.strictObject({ detail: z.string(), known: z.boolean() }))`
      select detail, actor_id is not null as known from core.audit where outcome > 0 order by at
    `);
  const before = (await refusals()).length;
  const user = (await admin.get('/api/users?limit=100')).body.items.find(
    (it: { username: string }) => it.username === 'admin',
  );
  const nurse = await someone(at, ['nurse']);
  assert.is(
    (await admin.post(`/api/users/${user.id}/clearances`, { label: 'hiv', reason: 'for myself' })).body.type,
    '/problems/access-own',
  );
  assert.is((await admin.post(`/api/users/${user.id}/grants/admin/end`)).body.type, '/problems/last-administrator');
  assert.is((await give(at, nurse.id, 'patient')).body.type, '/problems/role-fixed');
  assert.is(
    (await nurse.client.post('/api/auth/reauthenticate', { password: 'not-it-at-all' })).body.type,
    '/problems/password-wrong',
  );
  assert.is((await nurse.client.get('/api/users')).status, 403);
  const made = await admin.post('/api/users', {
    username: 'refused', displayName: 'Refused', password: 'quiet-lantern-74-river', roles: [],
  }); // prettier-ignore
  assert.is(made.status, 201);
  const signIn = (password: string) => hms.anonymous.post('/api/auth/login', { username: 'refused', password });
  assert.is((await signIn('quiet-lantern-74-river')).body.type, '/problems/password-must-change');
  assert.is((await signIn('quiet-lantern-75-river')).body.type, '/problems/sign-in-refused');
  const link = await hms.anonymous.post('/api/auth/forgotten/link', { token: 'A'.repeat(43) });
  assert.is(link.body.type, '/problems/reset-over');
  assert.equal(
    (await refusals()).slice(before).map(({ detail, known }) => [detail, known]),
    [
      ['/problems/access-own', true],
      ['/problems/last-administrator', true],
      ['/problems/role-fixed', true],
      ['password asked again', true],
      ['/problems/permission-missing', true],
      ['sign-in', false],
      ['sign-in', false],
      ['/problems/reset-over', false],
    ],
  );

  await hms.db.query(sql.unsafe`revoke insert on core.audit from app`);
  try {
    for (const answer of [
      await nurse.client.get('/api/users'),
      await give(at, nurse.id, 'patient'),
      await hms.anonymous.post('/api/auth/forgotten/link', { token: 'A'.repeat(43) }),
    ]) {
      assert.equal(said(answer), [503, '/problems/audit-unavailable']);
      assert.ok(Number(answer.headers.get('retry-after')) > 0);
    }
  } finally {
    await hms.db.query(sql.unsafe`grant insert on core.audit to app`);
  }
  assert.is((await nurse.client.get('/api/users')).status, 403);
});

test('who may administer users becomes nobody who may more, or who sees more of what is under protection', async (at) => {
  const { hms, admin } = at;
  const clerk = await newRole(at, ['user:read', 'user:write']);
  const lead = await someone(at, ['nurse', clerk.name]);
  const doctor = await someone(at, ['doctor']);
  const cleared = await someone(at, ['nurse']);
  const peer = await someone(at, ['nurse']);
  assert.is(
    (await admin.post(`/api/users/${cleared.id}/clearances`, { label: 'hiv', reason: 'the ward' })).status,
    201,
  );
  const password = 'evening-garden-walk-9';
  const attempts = async (id: string) => {
    const rename = async () => {
      const { headers, body } = await admin.get(`/api/users/${id}`);
      const renamed = { displayName: 'Somebody else', active: true, roles: body.roles };
      return lead.client.put(`/api/users/${id}`, renamed, { 'if-match': headers.get('etag')! });
    };
    return [
      await lead.client.post(`/api/users/${id}/email`, { email: 'mine@elsewhere.example' }),
      await lead.client.post(`/api/users/${id}/password`, { password }),
      await lead.client.del(`/api/users/${id}/second-factor`),
      await rename(),
      await lead.client.post(`/api/users/${id}/sessions/end`),
    ];
  };
  for (const { id } of [doctor, cleared])
    for (const answer of await attempts(id)) assert.equal(said(answer), [403, '/problems/role-beyond']);
  assert.is((await doctor.client.get('/api/platform')).status, 200);
  for (const answer of await attempts(peer.id)) assert.ok(answer.status < 300, JSON.stringify(answer.body));

  // What an administrator may decide anyway they may do here as well.
  assert.is((await admin.post(`/api/users/${cleared.id}/email`, { email: 'ward@hospital.example' })).status, 200);
  const rows = await hms.db.any(sql.type(z.strictObject({ email: z.string() }))`
    select email from auth."user" where id in (${doctor.id}, ${cleared.id}) and email is not null
  `);
  assert.equal(rows, [{ email: 'ward@hospital.example' }]);
});

test('a place in a list that somebody made up is no fault of ours', async ({ admin }) => {
  const cursor = Buffer.from('["a","b"]').toString('base64url');
  assert.is((await admin.get(`/api/users?cursor=${cursor}`)).status, 400);
});

test.run();
