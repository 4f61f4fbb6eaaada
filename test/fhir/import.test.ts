import { execFile } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { sql } from '../../core/database.ts';
import { shipped } from '../../core/loader.ts';
import { parseJson } from '../../fhir/json.ts';
import { importFiles, type Imported } from '../../scripts/import.ts';
import { password, startHms, type TestHms } from '../hms.ts';
import { lostOfBundle } from './lost.ts';

const folder = join(import.meta.dirname, '../data/synthea');
const files = readdirSync(folder).filter((name) => name.endsWith('.gz'));
const pathOf = (name: string) => join(folder, name);
const contentOf = (file: string) =>
  parseJson(gunzipSync(readFileSync(file)).toString()) as Parameters<typeof lostOfBundle>[1];

const test = suite<{ hms: TestHms; plain: Imported[]; full: Imported[] }>('fhir: import');
test.before(async (at) => {
  at.hms = await startHms(shipped());
  // Who may write history may not read all of it by that; here the same person reads it back.
  await at.hms.db.query(sql.unsafe`
    insert into auth.role_permission (role, permission)
    select 'admin', unnest(${sql.array([...at.hms.hms.permissions.keys()], 'text')}) on conflict do nothing
  `);
});
test.after((at) => at.hms?.stop());

const signedIn = ({ url }: TestHms) => ({ url, user: 'admin', password });

test('a conditional reference that matches nothing refuses its bundle and is named', async ({ hms }) => {
  const name = 'conditional-refs-Dino214_Parisian.json.gz';
  const [refused] = await importFiles([pathOf(name)], signedIn(hms));
  assert.match(
    refused?.refused ?? '',
    /^412 Bundle\.entry\[\d+\]\.resource\.\S+: .*Practitioner\?identifier=http:\/\/hl7\.org\/fhir\/sid\/us-npi\|/,
  );
  const kept = await hms.db.oneFirst(sql.type(z.object({ n: z.int() }))`select count(*)::int as n from fhir.resource`);
  assert.is(kept, 0, 'all or nothing');
});

test('every bundle goes in, hospitals first, and everything in it can be read back', async ({ hms }) => {
  const done = await importFiles([folder], { ...signedIn(hms), makeMissing: true });
  assert.equal(
    done.filter(({ refused }) => refused).map(({ file, refused }) => `${file} ${refused}`),
    [],
  );
  assert.is(done.length, files.length);
  assert.match(done[0]?.file ?? '', /hospital|practitioner/);
  const admin = await hms.as('admin');
  const gone: string[] = [];
  for (const { file, locations } of done) gone.push(...(await lostOfBundle(admin, contentOf(file), locations)));
  assert.equal(gone, []);
});

test('npm run import says what went in, and fails when something did not', async ({ hms }) => {
  const run = (...words: string[]) =>
    new Promise<{ code: number; output: string }>((resolve) => {
      const args = [
        join(import.meta.dirname, '../../scripts/import.ts'),
        ...words,
        '--url',
        hms.url,
        '--password',
        password,
      ];
      execFile(process.execPath, args, (error, stdout, stderr) =>
        resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr }),
      );
    });
  const good = await run(pathOf('v2.6-practitionerInformation.json.gz'));
  assert.is(good.code, 0, good.output);
  assert.match(good.output, '18 resources of 1 files imported in');
  const bad = await run(pathOf('v2.6-practitionerInformation.json.gz'), '--user', 'nobody');
  assert.is(bad.code, 1);
  assert.match(bad.output, 'nobody cannot sign in');
});

test('history brings no work with it', async ({ hms }) => {
  await hms.settle();
  const events = await hms.db.any(sql.type(z.object({ origin: z.string() }))`select distinct origin from core.outbox`);
  assert.equal(
    events.filter(({ origin }) => origin !== 'import'),
    [],
  );
});

test('importing the same again makes no second hospital', async ({ hms }) => {
  const admin = await hms.as('admin');
  const count = async () => (await admin.get('/fhir/R4/Organization?_summary=count')).body.total as number;
  const before = await count();
  const [again] = await importFiles([pathOf('v2.6-hospitalInformation.json.gz')], signedIn(hms));
  assert.is(again?.refused, undefined);
  assert.is(await count(), before);
});

test.run();
