import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { loadPlugins, shipped } from '../../core/loader.ts';
import { storableTypes } from '../../fhir/definitions.ts';
import { parseJson, type Json } from '../../fhir/json.ts';
import { faultsOf } from '../../fhir/validate.ts';
import { startHms, type Client, type TestHms } from '../hms.ts';

const folder = join(import.meta.dirname, '../data/fhir');
// A type whose plugin ships is that plugin's, also where it is off.
const owned = new Set((await loadPlugins(shipped())).flatMap((plugin) => plugin.fhir ?? []).map(({ type }) => type));
const examples = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => parseJson(readFileSync(join(folder, name), 'utf8')) as Json)
  .filter(({ resourceType }) => !owned.has(String(resourceType)));
const root = '/fhir/R4';

const test = suite<{ hms: TestHms; admin: Client }>('fhir: types without a plugin');
test.before(async (at) => {
  at.hms = await startHms(['auth', join(import.meta.dirname, 'thing')]);
  at.admin = await at.hms.as('admin');
});
test.after((at) => at.hms?.stop());

/** The text of a resource without what every server gives by itself. */
const textOf = (resource: Json): string => {
  const { id: _, meta, ...rest } = resource;
  const { versionId: _v, lastUpdated: _l, ...own } = (meta ?? {}) as Json;
  return JSON.stringify({ ...rest, ownMeta: own });
};

const roundTrip = async (client: Client, sent: Json): Promise<string> => {
  const type = String(sent.resourceType);
  const made = await client.fetch(`${root}/${type}`, {
    method: 'POST',
    body: JSON.stringify(sent),
    headers: { 'content-type': 'application/fhir+json' },
  });
  const text = await made.text();
  assert.is(made.status, 201, text);
  const read = await client.fetch(`${root}/${type}/${(JSON.parse(text) as { id: string }).id}`);
  return textOf(parseJson(await read.text()) as Json);
};

test('every example of HL7’s comes back byte for byte', async ({ admin }) => {
  assert.ok(examples.length >= 12);
  for (const example of examples) assert.is(await roundTrip(admin, example), textOf(example));
});

/** Anything that JSON and FHIR allow where extensions stand, decimals in every form that a writer may choose. */
const decimal = fc
  .tuple(fc.integer({ min: -9999, max: 9999 }), fc.stringMatching(/^(\.\d{1,20})?([eE][+-]?\d{1,2})?$/))
  .map(([whole, rest]) => JSON.rawJSON(`${whole}${rest}`));
const words = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
  .filter((text) => !text.includes('\u0000') && text.isWellFormed());
const value = fc.oneof(
  decimal.map((valueDecimal) => ({ valueDecimal })),
  words.map((valueString) => ({ valueString })),
  fc.boolean().map((valueBoolean) => ({ valueBoolean })),
  fc.integer({ min: -2147483648, max: 2147483647 }).map((valueInteger) => ({ valueInteger })),
  decimal.chain((number) => words.map((unit) => ({ valueQuantity: { unit, value: number } }))),
);
const extension = fc.array(
  value.map((each) => ({ url: 'http://example.org/x', ...each })),
  { minLength: 1, maxLength: 4 },
);

test('so does any of them with anything added', async ({ admin }) => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...examples), extension, async (example, added) => {
      const sent = { ...example, extension: added };
      assert.equal(faultsOf(sent), []);
      assert.is(await roundTrip(admin, sent), textOf(sent));
    }),
    { numRuns: 60 },
  );
});

test('they are found by _id, _lastUpdated, identifier and patient', async ({ admin }) => {
  const patient = (await admin.post(`${root}/Patient`, { resourceType: 'Patient', name: [{ family: 'X' }] })).body
    .id as string;
  const goal = {
    resourceType: 'Goal',
    lifecycleStatus: 'active',
    description: { text: 'x' },
    subject: { reference: `Patient/${patient}` },
    identifier: [{ system: 's', value: 'v' }],
  };
  const { id } = (await admin.post(`${root}/Goal`, goal)).body as { id: string };
  for (const query of [
    `_id=${id}`,
    `patient=${patient}`,
    `patient=Patient/${patient}`,
    'identifier=s|v',
    'identifier=v',
    `patient=${patient}&_lastUpdated=gt2020&_sort=-_lastUpdated`,
  ])
    assert.equal(
      (await admin.get(`${root}/Goal?${query}`)).body.entry?.map((each: { resource: Json }) => each.resource.id),
      [id],
      query,
    );
  const included = await admin.get(`${root}/Goal?_id=${id}&_include=Goal:patient`);
  assert.is(included.body.entry[1].resource.id, patient);
  const { status, body } = await admin.put(`${root}/Goal/${id}`, {
    ...goal,
    id,
    identifier: [{ system: 's', value: 'other' }],
  });
  assert.equal([status, body.meta.versionId], [200, '2']);
  assert.is((await admin.get(`${root}/Goal?identifier=s|v`)).body.total, 0);
  assert.is((await admin.get(`${root}/Goal/${id}/_history/1`)).body.identifier[0].value, 'v');
});

test('every type that R4 has is served, but those of a plugin that is switched off', async ({ hms, admin }) => {
  assert.is(storableTypes.length, 144);
  for (const type of storableTypes.filter((_, index) => index % 9 === 0))
    assert.is((await admin.get(`${root}/${type}`)).status, hms.hms.typesOff.has(type) ? 404 : 200, type);
});

test.run();
