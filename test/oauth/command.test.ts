import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readOAuthToken } from '../../plugins/oauth/api.ts';
import type { TestHms } from '../hms.ts';
import { askToken, newPair, origin, setOf, startHouse } from './partner.ts';

const test = suite<{ house: TestHms; folder: string }>('oauth: npm run client');
const plugins = ['auth', 'facility', 'patients', 'oauth'];

test.before(async (at) => {
  at.folder = mkdtempSync(join(tmpdir(), 'client-keys-'));
  at.house = await startHouse(plugins);
});
test.after(async ({ house, folder }) => {
  await house?.stop();
  rmSync(folder, { recursive: true });
});

const run = ({ hms }: TestHms, ...given: string[]): Promise<{ code: number; said: string }> =>
  new Promise((resolve) => {
    const env = {
      ...process.env,
      NODE_ENV: 'test',
      ORIGIN: origin,
      OPENWARD_PLUGINS: plugins.join(','),
      DATABASE_URL: hms.urls.app,
      DATABASE_OWNER_URL: hms.urls.owner!,
      DATABASE_PATIENT_URL: hms.urls.patient,
    };
    execFile(process.execPath, ['scripts/client.ts', ...given], { env }, (error, out, failure) =>
      resolve({ code: error ? 1 : 0, said: out + failure }),
    );
  });

test('a system is added, gets other keys, and is switched off while the hospital works', async ({ house, folder }) => {
  const [first, second] = [await newPair('ES384'), await newPair('RS384')];
  const file = join(folder, 'keys.json');
  const add = () =>
    run(house, 'add', '--name', 'Registry', '--kind', 'service', '--scope', 'system/Patient.rs', '--keys', file);
  assert.match((await run(house, 'list')).said, 'No system is registered.');

  writeFileSync(file, 'nothing');
  const refused = await add();
  assert.is(refused.code, 1);
  assert.match(refused.said, /keys: This is neither a JWK set/);

  writeFileSync(file, setOf(first));
  const added = await add();
  assert.is(added.code, 0, added.said);
  const id = added.said.slice(0, 36);
  assert.is((await askToken(house, id, first, 'system/Patient.r')).status, 200);

  writeFileSync(file, setOf(second));
  assert.is((await run(house, 'keys', id, '--keys', file)).code, 0);
  assert.is((await askToken(house, id, first, 'system/Patient.r')).status, 401);
  const { access_token: token } = (await askToken(house, id, second, 'system/Patient.r')).body;
  assert.ok(await readOAuthToken(house.hms, token as string));

  assert.match((await run(house, 'disable', id)).said, /off {2}service {2}Registry/);
  assert.is(await readOAuthToken(house.hms, token as string), null);
  assert.is((await askToken(house, id, second, 'system/Patient.r')).status, 401);
  assert.is((await run(house, 'enable', id)).code, 0);
  assert.is((await askToken(house, id, second, 'system/Patient.r')).status, 200);
});

test('another key signs while the hospital works', async ({ house }) => {
  const keys = async () => (await house.anonymous.get('/oauth2/jwks')).body.keys as { kid: string }[];
  const [before] = await keys();
  const { said } = await run(house, 'rotate-signing-key');
  const now = await keys();
  assert.match(said, now[0]!.kid);
  assert.equal(
    now.map(({ kid }) => kid === before!.kid),
    [false, true],
  );
});

test('what cannot be done is said', async ({ house }) => {
  for (const given of [['add'], ['disable', 'nobody']])
    assert.is((await run(house, ...given)).code, 1, given.join(' '));
});

test.run();
