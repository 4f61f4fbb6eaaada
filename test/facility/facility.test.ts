import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sql } from '../../core/database.ts';
import { demoFacility } from '../../plugins/facility/demo.ts';
import { startHms, type TestHms } from '../hms.ts';

const test = suite<{ hms: TestHms }>('facility');
const plan = {
  patients: 20,
  visitsPerPatient: 2,
  passwordPepper: '',
  zone: 'Europe/Berlin',
  currency: 'EUR',
  progress: () => {},
};

test.before(async (at) => {
  at.hms = await startHms(['auth', 'facility'], { now: '2026-03-02T08:00:00Z' });
  await at.hms.db.transaction((tx) => demoFacility(tx, plan));
});
test.after((at) => at.hms?.stop());

test('the demo hospital has three departments, twelve practitioners, six rooms and services with codes', async ({
  hms,
}) => {
  const clerk = await hms.as('receptionist');
  const departments = (await clerk.get('/api/departments')).body.items;
  const practitioners = (await clerk.get('/api/practitioners')).body.items;
  const rooms = (await clerk.get('/api/locations')).body.items.filter((it: { kind: string }) => it.kind === 'room');
  const services = (await clerk.get('/api/services')).body.items;
  assert.is(departments.length, 3);
  assert.is(practitioners.length, 12);
  assert.is(rooms.length, 6);
  assert.ok(services.every((it: { chargeCode: string; departmentId: string }) => it.chargeCode && it.departmentId));
  for (const { id } of departments)
    assert.is(practitioners.filter((it: { departmentId: string }) => it.departmentId === id).length, 4);
});

test('the demo doctor is a practitioner, the receptionist is none', async ({ hms }) => {
  const doctor = await (await hms.as('doctor')).get('/api/me/practitioner');
  assert.is(doctor.status, 200);
  assert.is(doctor.body.displayName, 'Dr Diallo');
  assert.is(doctor.body.departmentName, 'Family medicine');
  assert.is((await (await hms.as('receptionist')).get('/api/me/practitioner')).status, 404);
});

test('an administrator adds and changes, with the version that was read', async ({ hms }) => {
  const admin = await hms.as('admin');
  const department = await admin.post('/api/departments', { name: 'Dermatology' });
  assert.is(department.status, 201);
  assert.is(department.headers.get('etag'), 'W/"1"');
  const path = `/api/departments/${department.body.id}`;
  assert.is((await admin.put(path, { name: 'Skin' })).status, 428);
  assert.is((await admin.put(path, { name: 'Skin' }, { 'if-match': 'W/"1"' })).body.version, 2);
  assert.is((await admin.put(path, { name: 'Skins' }, { 'if-match': 'W/"1"' })).status, 412);

  const made = await admin.post('/api/practitioners', {
    familyName: 'Osei',
    givenName: 'Ama',
    departmentId: department.body.id,
    specialty: 'Dermatology',
  });
  assert.is(made.body.displayName, 'Ama Osei');
  const changed = await admin.put(
    `/api/practitioners/${made.body.id}`,
    { familyName: 'Osei', givenName: 'Ama', prefix: 'Dr', departmentId: department.body.id, specialty: 'Allergology' },
    { 'if-match': made.headers.get('etag')! },
  );
  assert.is(changed.body.displayName, 'Dr Osei');
  assert.is(changed.body.specialty, 'Allergology');
  assert.is(changed.body.departmentName, 'Skin');
});

test('refuses a second department of the same name and a user who is somebody else already', async ({ hms }) => {
  const admin = await hms.as('admin');
  const twice = await admin.post('/api/departments', { name: 'cardiology' });
  assert.is(twice.status, 409);
  assert.is(twice.body.type, '/problems/department-name-unique');
  const userId = (await (await hms.as('doctor')).get('/api/me/practitioner')).body.userId;
  assert.is((await admin.post('/api/practitioners', { familyName: 'Other', givenName: 'One', userId })).status, 409);
});

test('equipment is kept like rooms: added, changed, found by department, taken out of use', async ({ hms }) => {
  const admin = await hms.as('admin');
  const [department] = (await admin.get('/api/departments')).body.items;
  const [room] = (await admin.get('/api/locations?kind=room')).body.items;
  const ultrasound = { name: 'Ultrasound 9', type: 'Ultrasound', departmentId: department.id, locationId: room.id };
  const made = await admin.post('/api/devices', ultrasound);
  assert.is(made.status, 201, JSON.stringify(made.body));
  assert.is(made.body.locationName, room.name);
  const twice = await admin.post('/api/devices', { ...ultrasound, name: 'ULTRASOUND 9' });
  assert.equal([twice.status, twice.body.type], [409, '/problems/device-name-unique']);
  const path = `/api/devices/${made.body.id}`;
  assert.is((await admin.put(path, ultrasound)).status, 428);
  const off = await admin.put(path, { ...ultrasound, active: false }, { 'if-match': 'W/"1"' });
  assert.equal([off.body.active, off.body.version], [false, 2]);
  const inUse = (await admin.get(`/api/devices?active=true&departmentId=${department.id}`)).body.items;
  assert.not.ok(inUse.some((it: { id: string }) => it.id === made.body.id));
  assert.is((await (await hms.as('nurse')).post('/api/devices', ultrasound)).status, 403);
});

test('only who may change the house changes it', async ({ hms }) => {
  assert.is((await (await hms.as('receptionist')).post('/api/departments', { name: 'X' })).status, 403);
  assert.is((await hms.anonymous.get('/api/practitioners')).status, 401);
});

test('lists continue where the page before ended', async ({ hms }) => {
  const clerk = await hms.as('receptionist');
  const seen: string[] = [];
  for (let path = '/api/practitioners?limit=5'; ;) {
    const { items, next } = (await clerk.get(path)).body;
    seen.push(...items.map((it: { id: string }) => it.id));
    if (!next) break;
    path = `/api/practitioners?limit=5&cursor=${next}`;
  }
  const all = await hms.db.anyFirst(sql.unsafe`select count(*)::int from facility.practitioner`);
  assert.is(new Set(seen).size, all[0]);
});

test.run();
