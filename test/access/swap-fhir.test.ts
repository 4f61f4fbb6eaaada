import { randomUUID } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { changedSince, checksums } from './changed.ts';
import type { Example, Row } from './examples.ts';
import { fhirExampleOf, isFhir } from './fhir.ts';
import { openHouse, type House } from './hospital.ts';
import { comparable, send, type Sent } from './observe.ts';
import { placesOf, swapped, type Place } from './places.ts';
import { openRehearsal, type Rehearsal } from './rehearsal.ts';
import { everyRow } from './rows.ts';

const test = suite<{ house: House; rehearsal: Rehearsal }>('access: another id in the place of one, over FHIR');
test.before(async (at) => {
  at.house = await openHouse({ OPENWARD_ROLE: 'web' });
  at.rehearsal = await openRehearsal(at.house);
});
test.after((at) => at.house?.stop());

/** A free time has no row and names no patient; the audit is asked by ids, also of those whom its reader may not see (swaps.ts). */
const own = new Set(['Slot', 'AuditEvent']);

/** With the version that is there, and by the patient where the type can be searched so. */
const ready = async (house: House, row: Row, { headers, ...example }: Example): Promise<Example> => {
  const { method, path } = example;
  if (headers['if-match']) {
    const { body } = await house.caller('everything', true).get(path);
    const { meta } = body.entry?.[0]?.resource ?? body;
    return { ...example, headers: { ...headers, 'if-match': `W/"${meta?.versionId}"` } };
  }
  const byPatient = method === 'GET' && row.route.path.endsWith('{type}') && row.fhir && 'patient' in row.fhir.search;
  if (!byPatient) return { ...example, headers };
  const patient = await house.find('patients.patient', 'foreign');
  return { ...example, headers, path: `${path}&patient=${patient}` };
};

/** An update names itself twice, in its path and in its body. */
const asNamed = (example: Example, place: Place, id: string): Example =>
  place.in === 'path' && example.method === 'PUT'
    ? { ...example, body: (example.body as string).replace(`"id":"${place.id}"`, `"id":"${id}"`) }
    : example;

const hiddenFor = async (house: House, row: Row, place: Place, theirs: Example | undefined): Promise<string | null> => {
  if (place.at === 'patient') return house.find('patients.patient', 'protected');
  const id = theirs && placesOf(row, theirs).find((it) => it.in === place.in && it.at === place.at)?.id;
  return id !== undefined && house.owners.has(id) && house.protectedPatients.has(house.owners.get(id)!) ? id : null;
};

const isRefusal = (place: Place, { status, text }: Sent): boolean =>
  [403, 404, 405].includes(status) ||
  (place.in === 'query' && status < 300 && !text.includes('"mode":"match"')) ||
  (place.in === 'body' && [400, 422].includes(status));

test('of somebody hidden, of another kind, of nobody: one answer, and nothing has changed', async ({
  house,
  rehearsal,
}) => {
  const client = house.caller('everything');
  const wrong: string[] = [];
  let swaps = 0;
  const asked: { row: Row; example: Example; theirs: Example | undefined }[] = [];
  for (const row of everyRow(house).filter(({ route, fhir }) => isFhir(route) && fhir && !own.has(fhir.type))) {
    const example = await ready(house, row, (await fhirExampleOf(house, row, 'foreign')).example);
    const theirs = (await fhirExampleOf(house, row, 'protected').catch(() => undefined))?.example;
    asked.push({ row, example, theirs });
  }
  await rehearsal.during(async () => {
    for (const { row, example } of asked) {
      const { status, text } = await send(house, client, example);
      // Some things are made here and never rewritten from elsewhere (409, 422): that comes after everything else.
      if ([400, 403, 404, 412].includes(status)) wrong.push(`${row.key} by itself: ${status} ${text.slice(0, 300)}`);
    }
  });
  const before = await checksums(house);
  for (const { row, example, theirs } of asked) {
    for (const place of placesOf(row, example)) {
      if (place.in === 'body' && !place.at.endsWith('reference')) continue;
      if (place.in === 'query' && example.method === 'PUT') continue; // where nothing is found, R4 says, it is made
      swaps++;
      const askWith = (id: string): Promise<Sent> =>
        send(house, client, asNamed(swapped(example, place, id), place, id));
      const missing = await askWith(randomUUID());
      const hidden = await hiddenFor(house, row, place, theirs);
      const owner = house.owners.get(place.id);
      const answers: [string, Sent][] = [
        ['of nobody', missing],
        ['of another kind', await askWith(owner === place.id ? house.otherKind : (owner ?? house.own))],
        ...(hidden ? [['of somebody hidden', await askWith(hidden)] as [string, Sent]] : []),
      ];
      for (const [what, sent] of answers) {
        const at = `${row.key}: ${place.in} ${place.at} ${what}: ${comparable(sent).slice(0, 300)}`;
        if (!isRefusal(place, sent)) wrong.push(at);
        else if (comparable(sent) !== comparable(missing))
          wrong.push(`${at}\n    and of nobody ${comparable(missing).slice(0, 300)}`);
      }
    }
  }
  console.log(`places of ids asked with others over FHIR: ${swaps}`);
  assert.ok(wrong.length === 0, wrong.join('\n'));
  assert.equal(await changedSince(house, before), []);
});
test.run();
