import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readConfig } from '../../core/config.ts';
import { root } from '../../core/loader.ts';
import { createDatabase, dropDatabase } from '../../core/postgres/index.ts';
import { roles } from '../../plugins/auth/roles/defaults.ts';
import { clientOf, password, type TestHms } from '../hms.ts';
import { testPostgres } from '../postgres.ts';
import { startSecond } from '../second.ts';

/* A house in production from its first start on: the real process, on a database in which nothing is. */
const test = suite('core: the first user in production');

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};

test('nobody can sign in until a person is made on the command line, once, with a password for one use', async () => {
  const postgres = await testPostgres();
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await createDatabase(postgres.urls.admin, name);
  const within = (url: string) => url.replace(/\/[^/?]*(\?|$)/, `/${name}$1`);
  const urls = {
    owner: within(postgres.urls.owner),
    app: within(postgres.urls.app),
    patient: within(postgres.urls.patient),
  };
  const secret = (of: string) => `${of}-0123456789-abcdefghijklmnopqrstuvwxyz`;
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const production = {
    NODE_ENV: 'production',
    PORT: String(port),
    ORIGIN: origin,
    OPENWARD_PASSWORD_PEPPER: secret('pepper'),
    OPENWARD_AUDIT_KEY: secret('audit'),
    DATABASE_OWNER_URL: urls.owner,
  };
  const settings = { sessionKey: secret('session') };
  const whole = {
    ...production,
    OPENWARD_SESSION_KEY: settings.sessionKey,
    DATABASE_URL: urls.app,
    DATABASE_PATIENT_URL: urls.patient,
  };
  assert.is(readConfig(whole).demo, false, 'without being told');
  const looking = new pg.Client({ connectionString: urls.owner });
  // No more of a hospital than it takes to start one.
  const house = { hms: { urls, config: settings } } as unknown as TestHms;
  const server = await startSecond(house, ['auth'], production);
  try {
    await looking.connect();
    const users = async () => (await looking.query('select username from auth."user"')).rows.length;
    const anybody = clientOf(origin, '');
    const signIn = (username: string, word: string) => anybody.post('/api/auth/login', { username, password: word });
    assert.is(await users(), 0);
    const page = await anybody.get('/api/auth/sign-in');
    assert.equal([page.status, page.body.demo, page.body.users], [200, false, []]);
    for (const role of roles) assert.is((await signIn(role, password)).status, 401, role);

    const administrator = (username: string) =>
      spawnSync(process.execPath, [join(root, 'scripts/administrator.ts'), username], {
        encoding: 'utf8',
        env: {
          ...whole,
          PATH: process.env.PATH,
          OPENWARD_PLUGINS: 'auth',
        },
      });
    const made = administrator('anna');
    assert.is(made.status, 0, made.stderr);
    const [, given] = /with the password (\S+)/.exec(made.stdout)!;
    assert.match(given!, /^[\w-]{20}$/);
    const first = await signIn('anna', given!);
    assert.equal([first.status, first.body.type], [403, '/problems/password-must-change']);
    const again = administrator('berta');
    assert.is(again.status, 1);
    assert.match(again.stderr, /There is an administrator already/);
    assert.is(await users(), 1);
  } finally {
    await looking.end();
    await server.stop();
    await dropDatabase(postgres.urls.admin, name);
    await postgres.stop();
  }
});
test.run();
