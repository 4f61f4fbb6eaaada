import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startHms, type Client, type TestHms } from '../hms.ts';

const thing = join(import.meta.dirname, 'thing');
const root = '/fhir/R4';
const test = suite<{ hms: TestHms; admin: Client; eva: string; jose: string }>('fhir: search');

const patient = (family: string, given: string, birthDate?: string) => ({
  resourceType: 'Patient',
  name: [{ family, given: [given] }],
  ...(birthDate ? { birthDate } : {}),
});
const measured = (
  id: string,
  code: string,
  effectiveDateTime: string | undefined,
  value: number,
  more: object = {},
) => ({
  resourceType: 'Observation',
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code }] },
  subject: { reference: `Patient/${id}` },
  ...(effectiveDateTime ? { effectiveDateTime } : {}),
  valueQuantity: { value, unit: 'C' },
  ...more,
});

test.before(async (at) => {
  at.hms = await startHms(['auth', thing], { now: '2026-03-01T08:00:00Z' });
  at.admin = await at.hms.as('admin');
  const post = async (body: object) =>
    (await at.admin.post(`${root}/${(body as { resourceType: string }).resourceType}`, body)).body.id as string;
  at.eva = await post({
    ...patient('Muster', 'Eva', '1970-05-04'),
    identifier: [{ system: 'urn:mrn', value: 'E,1' }, { value: 'bare' }, { value: 'b|r\\' }],
  });
  at.jose = await post({ ...patient('Müller-Ñandú', 'José', '1985'), active: false });
  await at.hms.setClock('2026-03-02T08:00:00Z');
  await post(measured(at.eva, '8310-5', '2026-03-01T09:00:00+01:00', 37.2));
  await post(measured(at.eva, '8310-5', '2026-03-02T09:00:00+01:00', 38.5));
  await post(
    measured(at.eva, '8867-4', '2026-04-01T00:00:00Z', 72, {
      component: [{ code: { coding: [{ system: 'http://loinc.org', code: 'c1' }] }, valueQuantity: { value: 1 } }],
    }),
  );
  await post({ ...measured(at.jose, '8310-5', undefined, 36.6), status: 'amended' });
});
test.after((at) => at.hms?.stop());

interface Found {
  resource: { id: string; resourceType: string; name?: { family: string }[]; valueQuantity?: { value: number } };
  search: { mode: string };
}
const entries = async (client: Client, query: string): Promise<Found[]> => {
  const { status, body } = await client.get(`${root}/${query}`);
  assert.is(status, 200, JSON.stringify(body));
  return (body.entry ?? []) as Found[];
};
const families = async (client: Client, query: string) =>
  (await entries(client, `Patient?${query}`)).map(({ resource }) => resource.name?.[0]?.family).sort();
const values = async (client: Client, query: string) =>
  (await entries(client, `Observation?${query}`)).map(({ resource }) => resource.valueQuantity?.value).sort();

test('string: begins with, whatever case and accents; :exact and :contains', async ({ admin }) => {
  assert.equal(await families(admin, 'name=mull'), ['Müller-Ñandú']);
  assert.equal(await families(admin, 'name=JOSE'), ['Müller-Ñandú']);
  assert.equal(await families(admin, 'family=m'), ['Muster', 'Müller-Ñandú']);
  assert.equal(await families(admin, 'family:contains=nandu'), ['Müller-Ñandú']);
  assert.equal(await families(admin, 'family=uster'), []);
  assert.equal(await families(admin, 'family:exact=Muster'), ['Muster']);
  assert.equal(await families(admin, 'family:exact=muster'), []);
  assert.equal(await families(admin, 'family=%25'), [], 'a percent sign is a percent sign');
  assert.equal(await families(admin, 'family=muster,'), ['Muster'], 'an empty alternative is none');
});

test('token: code, system|code, :not, several, booleans', async ({ admin }) => {
  assert.equal(await values(admin, 'code=8867-4'), [72]);
  assert.equal(await values(admin, 'code=http://loinc.org|8867-4'), [72]);
  assert.equal(await values(admin, 'code=http://snomed.info/sct|8867-4'), []);
  assert.equal(await values(admin, 'code=8867-4,8310-5&status:not=final'), [36.6]);
  assert.equal(await values(admin, 'status=final,amended'), [36.6, 37.2, 38.5, 72]);
  assert.equal(await families(admin, 'active=false'), ['Müller-Ñandú']);
  assert.equal(await values(admin, 'component-code=c1'), [72]);
});

test('identifier: of the hospital and of others, with comma and bar escaped', async ({ admin }) => {
  assert.equal(await families(admin, 'identifier=urn:mrn|E\\,1'), ['Muster']);
  assert.equal(await families(admin, 'identifier=bare'), ['Muster']);
  assert.equal(await families(admin, `identifier=${encodeURIComponent('nobody,b\\|r\\\\')}`), ['Muster']);
  assert.equal(await families(admin, 'identifier=b|r\\\\'), [], 'a bar that is not escaped ends the system');
  assert.equal(await families(admin, 'identifier=|bare'), ['Muster']);
  assert.equal(await families(admin, 'identifier=urn:mrn|bare'), []);
  assert.equal(await families(admin, 'identifier=urn:mrn|'), ['Muster']);
  const [found] = await entries(admin, 'Patient?family=Muster');
  const number = (found?.resource as unknown as { identifier: { system: string; value: string }[] }).identifier.find(
    ({ system }) => system === 'urn:thing:number',
  );
  assert.equal(await families(admin, `identifier=urn:thing:number|${number?.value ?? ''}`), ['Muster']);
});

test('date: prefixes and precision', async ({ admin }) => {
  const cases: [string, number[]][] = [
    ['2026-03-01', [37.2]],
    ['2026-03', [37.2, 38.5]],
    ['2026', [37.2, 38.5, 72]],
    ['ne2026-03-01', [38.5, 72]],
    ['gt2026-03-01', [38.5, 72]],
    ['ge2026-03-02', [38.5, 72]],
    ['lt2026-03-02', [37.2]],
    ['le2026-03-02', [37.2, 38.5]],
    ['sa2026-03', [72]],
    ['eb2026-03-02', [37.2]],
    ['eq2026-03-01T08:00:00Z', [37.2]],
    ['2026-03-01T09:00:00%2B01:00', [37.2]],
    ['2026-03-01T09:00', []],
    ['ge2026-03-02&date=lt2026-04-01', [38.5]],
    ['ap2026-01-01', []],
    ['ap2026-02', [37.2, 38.5]],
  ];
  for (const [asked, expected] of cases) assert.equal(await values(admin, `date=${asked}`), expected, asked);
  assert.equal(await values(admin, 'date:missing=true'), [36.6]);
  assert.equal(await values(admin, 'date:missing=false&code=8867-4'), [72]);
  assert.equal(await families(admin, 'birthdate=1970'), ['Muster']);
  assert.equal(await families(admin, '_lastUpdated=lt2026-03-02'), ['Muster', 'Müller-Ñandú']);
});

test('number: the digits written are the precision', async ({ admin }) => {
  assert.equal(await values(admin, 'value-quantity=37'), [36.6, 37.2]);
  assert.equal(await values(admin, 'value-quantity=37.0'), []);
  assert.equal(await values(admin, 'value-quantity=gt38'), [38.5, 72]);
  assert.equal(await values(admin, 'value-quantity=le37.2||C'), [36.6, 37.2]);
  assert.equal(await values(admin, 'value-quantity=le37.2||kg'), []);
});

test('reference: id, Type/id, our own address, :Type', async ({ hms, admin, jose }) => {
  for (const value of [jose, `Patient/${jose}`, `${hms.hms.config.origin}${root}/Patient/${jose}`])
    assert.equal(await values(admin, `patient=${encodeURIComponent(value)}`), [36.6], value);
  assert.equal(await values(admin, `patient:Patient=${jose}`), [36.6]);
  assert.equal(await values(admin, `patient=Group/${jose}`), []);
  assert.equal(await values(admin, 'patient=Patient/of-another-system'), []);
});

test('_id, and parameters joined by AND and OR', async ({ admin, eva, jose }) => {
  assert.equal(await families(admin, `_id=${eva},${jose}`), ['Muster', 'Müller-Ñandú']);
  assert.equal(await families(admin, `_id=${eva}&_id=${jose}`), []);
  assert.equal(await families(admin, `_id=${eva}&name=eva`), ['Muster']);
});

test('_sort in both directions, rows without a value last, and every page once', async ({ admin }) => {
  const read = async (query: string) => {
    const seen: (number | undefined)[] = [];
    let path: string | undefined = `${root}/Observation?${query}`;
    while (path) {
      const { body } = (await admin.get(path)) as {
        body: { entry: Found[]; link: { relation: string; url: string }[] };
      };
      seen.push(...body.entry.map(({ resource }) => resource.valueQuantity?.value));
      const next = body.link.find(({ relation }) => relation === 'next')?.url;
      path = next && new URL(next).pathname + new URL(next).search;
      assert.not.ok(next?.includes('date'), 'the address of the next page tells nothing');
    }
    return seen;
  };
  assert.equal(await read('_sort=date'), [37.2, 38.5, 72, 36.6]);
  assert.equal(await read('_sort=-date'), [72, 38.5, 37.2, 36.6]);
  assert.equal(await read('_sort=-date&_count=1'), [72, 38.5, 37.2, 36.6]);
  assert.equal(await read('_sort=date&_count=3'), [37.2, 38.5, 72, 36.6]);
  assert.equal(await read('_sort=code,-value-quantity&_count=1'), [38.5, 37.2, 36.6, 72]);
  assert.equal(await read('_sort=-_lastUpdated&_count=2'), [37.2, 38.5, 72, 36.6]);
  const { body } = await admin.get(`${root}/Observation?_sort=shoe-size,-date`);
  assert.is(new URL(body.link[0].url).search, '?_sort=-date', 'what was not understood is not said to be');
});

test('what is added between two pages is neither skipped nor shown twice', async ({ admin }) => {
  const family = 'Paged';
  const add = (day: number) => admin.post(`${root}/Patient`, patient(family, 'X', `1990-01-0${day}`));
  for (const day of [2, 4, 6]) await add(day);
  const shown: string[] = [];
  let path: string | undefined = `${root}/Patient?family=${family}&_sort=birthdate&_count=1`;
  for (let pages = 0; path && pages < 10; pages++) {
    const { body } = (await admin.get(path)) as {
      body: { entry: { resource: { birthDate: string } }[]; link: { relation: string; url: string }[] };
    };
    shown.push(...body.entry.map(({ resource }) => resource.birthDate.slice(-1)));
    if (pages === 0) await Promise.all([add(1), add(5)]);
    const next = body.link.find(({ relation }) => relation === 'next')?.url;
    path = next && new URL(next).pathname + new URL(next).search;
  }
  assert.equal(shown, ['2', '4', '5', '6']);
});

test('_total, _count=0, _summary=count, _elements', async ({ admin }) => {
  const page = await admin.get(`${root}/Observation?_count=1&_total=accurate`);
  assert.is(page.body.total, 4);
  assert.is((await admin.get(`${root}/Observation?_count=1`)).body.total, undefined);
  assert.equal(
    [
      (await admin.get(`${root}/Observation?_count=0`)).body.total,
      (await admin.get(`${root}/Observation?_summary=count`)).body.entry,
    ],
    [4, undefined],
  );
  const [only] = (await admin.get(`${root}/Observation?_elements=status&_count=1`)).body.entry;
  assert.equal(
    Object.keys(only.resource).sort(),
    ['code', 'id', 'meta', 'resourceType', 'status'],
    'code must be there',
  );
  assert.is(only.resource.meta.tag[0].code, 'SUBSETTED');
});

test('_summary gives what R4 marks, the text, or all but the text; _elements knows a choice by its name', async ({
  admin,
}) => {
  const { body: somebody } = await admin.post(`${root}/Patient`, patient('Summed', 'Up'));
  const text = { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">Pulse</div>' };
  const made = await admin.post(`${root}/Observation`, {
    ...measured(somebody.id, 'pulse', '2026-03-01T09:00:00Z', 70, { note: [{ text: 'after rest' }], text }),
    component: [{ code: { text: 'c' }, valueInteger: 1, interpretation: [{ text: 'normal' }] }],
  });
  assert.is(made.status, 201);
  const shown = async (query: string) => {
    const [found] = await entries(admin, `Observation?code=pulse&${query}`);
    const { meta, ...rest } = found!.resource as unknown as Record<string, unknown> & {
      meta: { tag?: { code: string }[] };
    };
    return { keys: Object.keys(rest).sort().join(' '), tags: meta.tag?.map(({ code }) => code), resource: rest };
  };
  const subset = ['SUBSETTED'];
  const summary = await shown('_summary=true');
  assert.equal(summary.tags, subset);
  assert.is(summary.keys, 'code component effectiveDateTime id resourceType status subject valueQuantity');
  assert.equal(Object.keys((summary.resource.component as object[])[0]!).sort(), ['code', 'valueInteger']);
  const words = await shown('_summary=text');
  assert.equal([words.keys, words.tags], ['code id resourceType status text', subset]);
  const data = await shown('_summary=data');
  assert.ok(data.keys.includes('note') && !data.keys.includes('text'), data.keys);
  assert.equal(data.tags, subset);
  const whole = await shown('_summary=false');
  assert.ok(whole.keys.includes('note') && whole.keys.includes('text'), whole.keys);
  assert.is(whole.tags, undefined);
  assert.is((await shown('_elements=value')).keys, 'code id resourceType status valueQuantity');
  const { body } = await admin.get(`${root}/Observation?code=pulse&_summary=true`);
  assert.match(body.link[0].url, '_summary=true');
  for (const query of ['_summary=short', '_summary=text&_include=Observation:patient'])
    assert.is((await admin.get(`${root}/Observation?${query}`)).status, 400, query);
  const found = await entries(admin, 'Observation?code=pulse&_summary=data&_include=Observation:patient');
  assert.equal(
    found.map(({ search }) => search.mode),
    ['match', 'include'],
  );
});

test('_include:iterate and _revinclude:iterate go on from what came in, once around a circle', async ({
  admin,
  eva,
}) => {
  const post = async (type: string, more: object) => {
    const { status, body } = await admin.post(`${root}/${type}`, { resourceType: type, ...more });
    assert.is(status, 201, JSON.stringify(body));
    return body.id as string;
  };
  const subject = { reference: `Patient/${eva}` };
  const plan = (parent?: string) =>
    post('CarePlan', {
      status: 'active',
      intent: 'plan',
      subject,
      ...(parent ? { partOf: [{ reference: `CarePlan/${parent}` }] } : {}),
    });
  const top = await plan();
  const middle = await plan(top);
  const bottom = await plan(middle);
  const ids = async (query: string) => (await entries(admin, query)).map(({ resource }) => resource.id).sort();
  const sorted = (...all: string[]) => all.sort();
  const one = `CarePlan?_id=${bottom}`;
  assert.equal(await ids(`${one}&_include=CarePlan:part-of`), sorted(bottom, middle));
  assert.equal(await ids(`${one}&_include:iterate=CarePlan:part-of`), sorted(bottom, middle, top));
  const seen = await admin.get(`${root}/CarePlan/${top}`);
  await admin.put(
    `${root}/CarePlan/${top}`,
    { ...seen.body, partOf: [{ reference: `CarePlan/${bottom}` }] },
    { 'if-match': seen.headers.get('etag')! },
  );
  assert.equal(await ids(`${one}&_include:iterate=CarePlan:part-of`), sorted(bottom, middle, top));

  const observations = (await entries(admin, `Observation?patient=${eva}`)).map(({ resource }) => resource.id);
  const [first] = observations;
  const path = `Observation?_id=${first}&_include=Observation:patient`;
  assert.equal(await ids(`${path}&_revinclude=Observation:patient`), sorted(first!, eva), 'of the matches only');
  assert.equal(await ids(`${path}&_revinclude:iterate=Observation:patient`), sorted(...observations, eva));
});

test('_include and _revinclude bring each once', async ({ admin, eva }) => {
  const found = await entries(admin, 'Observation?code=8310-5&_include=Observation:patient');
  assert.equal(found.map(({ search, resource }) => `${search.mode} ${resource.resourceType}`).sort(), [
    'include Patient',
    'include Patient',
    'match Observation',
    'match Observation',
    'match Observation',
  ]);
  for (const all of ['*', 'Observation:*', 'Observation:*:Patient'])
    assert.is((await entries(admin, `Observation?code=8867-4&_include=${all}`)).length, 2, all);
  const back = await entries(admin, `Patient?_id=${eva}&_revinclude=Observation:patient`);
  assert.is(back.filter(({ search }) => search.mode === 'include').length, 3);
});

test('what is included asks for its own permission: who may not read it gets the matches alone', async ({
  hms,
  admin,
  eva,
}) => {
  const plan = { resourceType: 'CarePlan', status: 'active', intent: 'plan', subject: { reference: `Patient/${eva}` } };
  assert.is((await admin.post(`${root}/CarePlan`, plan)).status, 201);
  const asked = `Patient?_id=${eva}&_revinclude=CarePlan:patient`;
  const types = async (client: Client) =>
    new Set((await entries(client, asked)).map(({ resource }) => resource.resourceType));
  assert.equal(await types(admin), new Set(['Patient', 'CarePlan']));
  const nurse = await hms.as('nurse');
  assert.is((await nurse.get(`${root}/CarePlan?patient=${eva}`)).status, 403);
  assert.equal(await types(nurse), new Set(['Patient']));
});

test('POST _search asks the same, in a form', async ({ admin, eva }) => {
  const response = await admin.fetch(`${root}/Patient/_search?active=true`, {
    method: 'POST',
    body: 'name=must',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
  const body = (await response.json()) as { entry: Found[] };
  assert.equal(
    body.entry.map(({ resource }) => resource.id),
    [eva],
  );
});

test('unknown parameters are left out, or refused when asked to be strict', async ({ admin }) => {
  const lenient = await admin.get(`${root}/Patient?shoe-size=43&family=Muster`);
  assert.is(lenient.body.entry.length, 1);
  assert.is(new URL(lenient.body.link[0].url).search, '?family=Muster');
  const strict = await admin.get(`${root}/Patient?shoe-size=43`, { prefer: 'handling=strict' });
  assert.is(strict.status, 400);
  assert.match(strict.body.issue[0].diagnostics, 'shoe-size');
});

test('what cannot be meant is refused', async ({ admin }) => {
  for (const query of [
    'birthdate=yesterday',
    'birthdate=2026-02-30',
    'family:near=x',
    '_count=many',
    'active:missing=perhaps',
    '_page=forged',
    'family:__proto__=x',
  ])
    assert.is((await admin.get(`${root}/Patient?${query}`)).status, 400, query);
  for (const query of ['value-quantity=lots', 'patient:identifier=urn:mrn|E', 'code=,'])
    assert.is((await admin.get(`${root}/Observation?${query}`)).status, 400, query);
  assert.is((await admin.get(`${root}/Patient?${'name=a&'.repeat(60)}`)).status, 400);
  const injected = await admin.get(`${root}/Patient?family=${encodeURIComponent("x') or true --")}`);
  assert.is(injected.body.entry, undefined);
});

test.run();
