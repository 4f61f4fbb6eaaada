import { randomUUID } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { changedSince, checksums } from './changed.ts';
import type { Example, Row } from './examples.ts';
import { fhirExampleOf, isFhir } from './fhir.ts';
import { openHouse, type House } from './hospital.ts';
import { comparable, send, type Sent } from './observe.ts';
import { placesOf, swapped, type Place } from './places.ts';
import { everyRow } from './rows.ts';

const test = suite<{ house: House }>('access: another id in the place of one, over FHIR');
test.before(async (at) => {
  at.house = await openHouse({ OPENWARD_ROLE: 'web' });
});
test.after((at) => at.house?.stop());

/** With the version that is there, and by the patient where the type can be searched so. */
const ready = async (house: House, row: Row, { headers, ...example }: Example): Promise<Example> => {
  const { method, path } = example;
  if (headers['if-match']) {
    const { body } = await house.caller('everything', true).get(path);
    return { ...example, headers: { ...headers, 'if-match': `W/"${body.meta?.versionId ?? 1}"` } };
  }
  const byPatient = method === 'GET' && row.route.path.endsWith('{type}') && row.fhir && 'patient' in row.fhir.search;
  if (!byPatient) return { ...example, headers };
  const patient = await house.find('patients.patient', 'foreign');
  return { ...example, headers, path: `${path}&patient=${patient}` };
};

const hiddenFor = async (house: House, row: Row, place: Place, theirs: Example | undefined): Promise<string | null> => {
  if (place.at === 'patient') return house.find('patients.patient', 'protected');
  const id = theirs && placesOf(row, theirs).find((it) => it.in === place.in && it.at === place.at)?.id;
  return id !== undefined && house.owners.has(id) && house.protectedPatients.has(house.owners.get(id)!) ? id : null;
};

const isRefusal = (place: Place, { status, text }: Sent): boolean =>
  [403, 404, 405].includes(status) ||
  (place.in === 'query' && status < 300 && !text.includes('"mode":"match"')) ||
  (place.in === 'body' && [400, 422].includes(status));

test('of somebody hidden, of another kind, of nobody: one answer, and nothing has changed', async ({ house }) => {
  const client = house.caller('everything');
  const wrong: string[] = [];
  let swaps = 0;
  const before = await checksums(house);
  for (const row of everyRow(house).filter(({ route, fhir }) => isFhir(route) && fhir)) {
    const example = await ready(house, row, (await fhirExampleOf(house, row, 'foreign')).example);
    const theirs = (await fhirExampleOf(house, row, 'protected').catch(() => undefined))?.example;
    for (const place of placesOf(row, example)) {
      if (place.in === 'body' && !place.at.endsWith('reference')) continue;
      if (place.in === 'query' && example.method === 'PUT') continue; // where nothing is found, R4 says, it is made
      swaps++;
      const askWith = (id: string): Promise<Sent> => send(house, client, swapped(example, place, id));
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
