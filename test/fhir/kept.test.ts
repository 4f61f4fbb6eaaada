import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sql } from '../../core/database.ts';
import { startHms, type Client, type TestHms } from '../hms.ts';

const thing = join(import.meta.dirname, 'thing');
const root = '/fhir/R4';
const test = suite<{ hms: TestHms; admin: Client }>('fhir: what columns have no place for');
test.before(async (at) => {
  at.hms = await startHms(['auth', thing], { now: '2026-03-01T08:00:00Z' });
  at.admin = await at.hms.as('admin');
});
test.after((at) => at.hms?.stop());

const send = async (client: Client, method: string, path: string, body?: string) => {
  const response = await client.fetch(`${root}/${path}`, {
    method,
    ...(body ? { body, headers: { 'content-type': 'application/fhir+json' } } : {}),
  });
  const text = await response.text();
  assert.ok(response.ok, text);
  return text;
};
const idIn = (text: string): string => (JSON.parse(text) as { id: string }).id;

const eva = JSON.stringify({
  resourceType: 'Patient',
  meta: { profile: ['http://p'], tag: [{ system: 'urn:t', code: 'x' }], versionId: '99' },
  text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">Eva Muster</div>' },
  extension: [{ url: 'http://e', valueDecimal: 1 }],
  identifier: [{ system: 'urn:mrn', value: '7' }],
  name: [
    {
      extension: [{ url: 'http://name', valueString: 'n' }],
      family: 'Muster',
      given: ['Eva', 'Maria'],
      period: { start: '1970' },
    },
  ],
  birthDate: '1970-05-04',
  _birthDate: { extension: [{ url: 'http://born', valueDateTime: '1970-05-04T10:20:00+02:00' }] },
  maritalStatus: { text: 'M' },
});

test('what was sent comes back as it was sent, with the hospital’s own number beside it', async ({ admin }) => {
  const made = await send(admin, 'POST', 'Patient', eva);
  const read = JSON.parse(await send(admin, 'GET', `Patient/${idIn(made)}`)) as Record<string, unknown> & {
    identifier: { system: string }[];
    meta: object;
  };
  const { meta, identifier, ...sent } = JSON.parse(eva) as typeof read;
  assert.equal({ ...read, ...sent }, read);
  assert.equal(read.identifier[0], identifier[0]);
  assert.is(read.identifier[1]?.system, 'urn:thing:number');
  assert.equal(read.meta, { ...meta, versionId: '1', lastUpdated: '2026-03-01T08:00:00Z' });
});

test('decimals and times keep the form they were written in', async ({ admin }) => {
  const patient = idIn(await send(admin, 'POST', 'Patient', eva));
  for (const value of ['37.00', '37.0', '0.10', '1e2', '1.0E+2', '12345678901234567890.123456789', '-0.0']) {
    const body = `{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/${patient}"},"effectiveDateTime":"2026-03-01T09:00:00+01:00","valueQuantity":{"value":${value}}}`;
    const id = idIn(await send(admin, 'POST', 'Observation', body));
    for (const path of [`Observation/${id}`, `Observation/${id}/_history/1`]) {
      const read = await send(admin, 'GET', path);
      assert.match(read, `"valueQuantity":{"value":${value}}`);
      assert.match(read, '"effectiveDateTime":"2026-03-01T09:00:00+01:00"');
    }
  }
});

test('a change through another door wins for its element, and keeps extensions', async ({ hms, admin }) => {
  const id = idIn(await send(admin, 'POST', 'Patient', eva));
  await hms.db.query(sql.unsafe`update thing.person set family = 'Married' where id = ${id}`);
  const read = JSON.parse(await send(admin, 'GET', `Patient/${id}`));
  assert.equal(read.name, [
    { extension: [{ url: 'http://name', valueString: 'n' }], family: 'Married', given: ['Eva'] },
  ]);
  assert.is(read.meta.versionId, '2');
  assert.is(read.maritalStatus.text, 'M', 'what the columns know nothing of stays');
  assert.is(read.birthDate, '1970-05-04');
  assert.is(read._birthDate.extension[0].url, 'http://born');
  assert.is(read.text, undefined, 'a narrative made from what has changed is not shown as today’s');
  const before = JSON.parse(await send(admin, 'GET', `Patient/${id}/_history/1`));
  assert.equal([before.name[0].family, before.text.status], ['Muster', 'generated']);

  await hms.db.query(sql.unsafe`update thing.person set born_on = '1971-01-01' where id = ${id}`);
  const again = JSON.parse(await send(admin, 'GET', `Patient/${id}`));
  assert.equal([again.birthDate, again._birthDate.extension[0].url], ['1971-01-01', 'http://born']);
});

test('a new release of the software changes nothing that was sent', async ({ hms, admin }) => {
  const id = idIn(await send(admin, 'POST', 'Patient', eva));
  // As if the columns had given another rendition when this was written, by an older toFhir.
  const gave = JSON.stringify(JSON.stringify({ name: [{ text: 'Eva Muster' }] }));
  await hms.db.query(
    sql.unsafe`update thing.person set fhir_extra = jsonb_set(fhir_extra, '{name,gave}', ${gave}::jsonb) where id = ${id}`,
  );
  await hms.db.query(sql.unsafe`update thing.person set active = false where id = ${id}`);
  const read = JSON.parse(await send(admin, 'GET', `Patient/${id}`));
  assert.equal([read.active, read.name[0].given], [false, ['Eva', 'Maria']]);
});

test('an update replaces what was kept, and what is left out is gone', async ({ admin }) => {
  const id = idIn(await send(admin, 'POST', 'Patient', eva));
  await send(
    admin,
    'PUT',
    `Patient/${id}`,
    JSON.stringify({
      resourceType: 'Patient',
      id,
      name: [{ family: 'Muster', given: ['Eva'] }],
      photo: [{ title: 'p' }],
    }),
  );
  const read = JSON.parse(await send(admin, 'GET', `Patient/${id}`));
  assert.equal(Object.keys(read).sort(), ['active', 'id', 'identifier', 'meta', 'name', 'photo', 'resourceType']);
  assert.equal(read.meta, { versionId: '2', lastUpdated: '2026-03-01T08:00:00Z' });
  assert.equal(
    (JSON.parse(await send(admin, 'GET', 'Patient?identifier=urn:mrn|7&_id=' + id)) as { entry?: unknown[] }).entry,
    undefined,
  );
});

test('only what is kept has changed: that is a version, too', async ({ admin }) => {
  const id = idIn(await send(admin, 'POST', 'Patient', eva));
  const changed = JSON.parse(eva);
  changed.maritalStatus.text = 'D';
  const put = JSON.parse(await send(admin, 'PUT', `Patient/${id}`, JSON.stringify({ ...changed, id })));
  assert.equal([put.meta.versionId, put.maritalStatus.text, put.text.status], ['2', 'D', 'generated']);
  assert.equal(JSON.parse(await send(admin, 'GET', `Patient/${id}`)), put);
  assert.is(JSON.parse(await send(admin, 'GET', `Patient/${id}/_history/1`)).maritalStatus.text, 'M');
});

test.run();
