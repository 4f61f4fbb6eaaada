import { execFile } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { sql } from '../../core/database.ts';
import { startHms, type TestHms } from '../hms.ts';

const test = suite<{ house: TestHms }>('auth: npm run administrator');
const origin = 'http://localhost:3000';
test.before(async (at) => {
  at.house = await startHms(['auth'], { env: { ORIGIN: origin } });
  // As production begins: nobody there who may give rights.
  await at.house.asAdmin(
    `set session_replication_role = replica; delete from auth.user_role where role = 'admin'; set session_replication_role = origin`,
  );
});
test.after(({ house }) => house?.stop());

const run = ({ hms }: TestHms, name: string): Promise<{ code: number; said: string }> =>
  new Promise((resolve) => {
    const env = {
      ...process.env,
      NODE_ENV: 'test',
      ORIGIN: origin,
      OPENWARD_PLUGINS: 'auth',
      DATABASE_URL: hms.urls.app,
      DATABASE_OWNER_URL: hms.urls.owner!,
      DATABASE_PATIENT_URL: hms.urls.patient,
    };
    execFile(process.execPath, ['scripts/administrator.ts', name], { env }, (error, out, failure) =>
      resolve({ code: error ? 1 : 0, said: out + failure }),
    );
  });
const Entry = z.object({ actorKind: z.string(), action: z.string(), object: z.string(), outcome: z.int() });
const entries = ({ db }: TestHms) =>
  db.any(sql.type(Entry)`
    select actor_kind, action, object, outcome from core.audit where route = 'npm run administrator' order by id
  `);

test('what cannot be written down makes no administrator', async ({ house }) => {
  await house.db.query(
    sql.unsafe`alter table core.audit add constraint shut check (route <> 'npm run administrator') not valid`,
  );
  const { code } = await run(house, 'anna');
  await house.db.query(sql.unsafe`alter table core.audit drop constraint shut`);
  assert.is(code, 1);
  assert.not.ok(await house.db.exists(sql.unsafe`select from auth."user" where username = 'anna'`));
});

test('the first administrator is an entry of the audit; a second is not made here', async ({ house }) => {
  const { code, said } = await run(house, 'anna');
  assert.is(code, 0, said);
  const [, secret] = /with the password (\S+)/.exec(said)!;
  const id = await house.db.oneFirst(
    sql.type(z.object({ id: z.string() }))`select id from auth."user" where username = 'anna'`,
  );
  const made = [{ actorKind: 'service', action: 'C', object: `users/${id}`, outcome: 0 }];
  assert.equal(await entries(house), made);
  const login = await house.anonymous.post('/api/auth/login', { username: 'anna', password: secret });
  assert.is(login.body.type, '/problems/password-must-change');
  const again = await run(house, 'bela');
  assert.is(again.code, 1);
  assert.match(again.said, /There is an administrator already/);
  assert.equal(await entries(house), made);
});
test.run();
