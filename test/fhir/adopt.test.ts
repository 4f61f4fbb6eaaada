import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { readConfig } from '../../core/config.ts';
import { sql } from '../../core/database.ts';
import { openHms, prepareDatabase, type Hms } from '../../core/hms.ts';
import { loadPlugins, shipped } from '../../core/loader.ts';
import { parseJson } from '../../fhir/json.ts';
import { importFiles } from '../../scripts/import.ts';
import { clientOf, password, startHms, type TestHms } from '../hms.ts';
import { lostOfBundle } from './lost.ts';

const folder = join(import.meta.dirname, '../data/synthea');
const files = ['v2.6-hospitalInformation', 'v2.6-practitionerInformation', 'v2.6-Carroll471_OHara'].map((name) =>
  join(folder, `${name}.json.gz`),
);
const thing = join(import.meta.dirname, 'thing');

const test = suite<{ hms: TestHms; later: Hms | undefined }>('fhir: plugins that come later');
test.before(async (at) => {
  at.hms = await startHms(['auth']);
});
test.after(async (at) => {
  await at.later?.stop();
  await at.hms?.stop();
});

const laterWith = async ({ hms }: TestHms, names: readonly string[]): Promise<Hms> => {
  const plugins = await loadPlugins(names);
  await prepareDatabase(hms.urls.owner ?? '', plugins);
  return openHms({
    config: readConfig(
      { NODE_ENV: 'test', PORT: '0', LOG_LEVEL: 'error', OPENWARD_DEMO: '0', OPENWARD_ADMIN_SECOND_FACTOR: '0' },
      plugins,
    ),
    plugins,
    urls: hms.urls,
  });
};
const stored = ({ db }: TestHms) =>
  db.anyFirst(sql.type(z.object({ type: z.string() }))`select distinct type from fhir.resource order by type`);

test('take over what was imported before, by their own rules and as history, and nothing is lost', async (at) => {
  const { hms } = at;
  const done = await importFiles(files, { url: hms.url, user: 'admin', password });
  assert.equal(
    done.map(({ refused }) => refused),
    [undefined, undefined, undefined],
  );
  const nurse = await hms.as('admin');
  assert.is(
    (await nurse.get(`/fhir/R4/${done[2]?.locations[0] ?? ''}`)).status,
    404,
    'what its plugin does not guard is not served',
  );

  at.later = await laterWith(hms, shipped());
  const owned = new Set(at.later.plugins.flatMap((plugin) => plugin.fhir ?? []).map(({ type }) => type));
  assert.equal(
    (await stored(hms)).filter((type) => owned.has(type)),
    [],
  );
  await hms.db.query(sql.unsafe`
    insert into auth.role_permission (role, permission)
    select 'admin', unnest(${sql.array([...at.later.permissions.keys()], 'text')}) on conflict do nothing`);
  const url = `http://127.0.0.1:${at.later.server.info.port}`;
  const { body } = await clientOf(url, '').post('/api/auth/login', { username: 'admin', password });
  const reader = clientOf(url, body.accessToken);
  const gone: string[] = [];
  for (const { file, locations } of done)
    gone.push(
      ...(await lostOfBundle(reader, parseJson(gunzipSync(readFileSync(file)).toString()) as never, locations)),
    );
  assert.equal(gone, []);
  const origins = await hms.db.anyFirst(
    sql.type(z.object({ origin: z.string() }))`select distinct origin from core.outbox`,
  );
  assert.equal(origins, ['import']);
});

test('keep what they refuse as it was, and say why', async () => {
  const hms = await startHms(['auth']);
  const admin = await hms.as('admin');
  const sent = (family: string) => ({ resourceType: 'Patient', name: [{ family }], identifier: [{ value: family }] });
  for (const family of ['Welcome', 'Taboo'])
    assert.is((await admin.post('/fhir/R4/Patient', sent(family), { 'openward-origin': 'import' })).status, 201);
  const later = await laterWith(hms, ['auth', thing]);
  try {
    const left = await hms.db.any(sql.type(z.object({ content: z.string(), reason: z.string() }))`
      select r.content, n.reason from fhir.resource r join fhir.not_adopted n using (id)`);
    assert.equal(
      left.map(({ reason }) => reason),
      ['person_family_not_taboo at Patient'],
    );
    assert.match(left[0]?.content ?? '', 'Taboo');
    const people = await hms.db.anyFirst(sql.type(z.object({ family: z.string() }))`select family from thing.person`);
    assert.equal(people, ['Welcome']);
  } finally {
    await later.stop();
    await hms.stop();
  }
});

test.run();
