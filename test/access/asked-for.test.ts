import Nes from '@hapi/nes';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { filtersOf } from './doors.ts';
import { amend, fillEveryTable } from './every-table.ts';
import { openHouse, type House } from './hospital.ts';
import { ask, comparable } from './observe.ts';
import { rowsOf } from './rows.ts';
import { secretsOf, stateOf } from './secrets.ts';

/* Whoever may do everything, but has no clearance, names what is under protection: in paths, bodies, filters and on a live line. */
const test = suite<{ house: House }>('access: a protected record that is asked for');
test.before(async (at) => {
  at.house = await openHouse();
  await fillEveryTable(at.house);
  await secretsOf(at.house);
});
test.after((at) => at.house?.stop());

test('an id under protection answers at every door like one that nobody has, and nothing changes', async ({
  house,
}) => {
  const client = house.caller('everything');
  const wrong: string[] = [];
  // Whoever ends their own session asks nothing any more.
  const rows = rowsOf(house).filter(
    ({ key, route }) => /^\/(api|fhir)\//.test(route.path) && !/\/sessions\/(\{id\}\/)?end$/.test(key),
  );
  // The first asking of some rows makes what it asks about.
  for (const row of rows.filter(({ fhir }) => fhir)) await ask(house, row, client, 'nowhere');
  const before = await stateOf(house);
  let asked = 0;
  for (const row of rows) {
    const hidden = await ask(house, row, client, 'protected', { fresh: true });
    if (!hidden.bound || row.part) continue;
    asked += 1;
    const missing = await ask(house, row, client, 'nowhere', { fresh: true });
    if (comparable(hidden) !== comparable(missing))
      wrong.push(`${row.key}:\n    ${comparable(hidden).slice(0, 200)}\n    ${comparable(missing).slice(0, 200)}`);
    if (row.route.path.includes('{id}') && hidden.status < 400) wrong.push(`${row.key}: ${hidden.status}`);
  }
  assert.equal(wrong, []);
  assert.is((await client.get('/api/platform')).status, 200, 'they were asking to the end');
  assert.ok(asked > 200, `${asked} rows name an id`);
  assert.equal(await stateOf(house), before);
});

test('no filter finds what is hidden, nor says that it is there', async ({ house }) => {
  const client = house.caller('everything');
  const wrong: string[] = [];
  for (const { name, hidden, missing } of await filtersOf(house)) {
    const [one, other] = [await client.get(hidden), await client.get(missing)];
    const of = (it: typeof one) =>
      comparable({
        status: it.status,
        text: JSON.stringify(it.body).replace(/"url":"[^"]*"/g, ''),
        patients: new Set(),
      });
    if (of(one) !== of(other)) wrong.push(`${name}:\n    ${of(one).slice(0, 300)}\n    ${of(other).slice(0, 300)}`);
  }
  assert.equal(wrong, []);
});

test('screens hear that something has happened, not to what', async ({ house }) => {
  const wire = new Nes.Client(house.url.replace('http', 'ws') as `ws://${string}`);
  await wire.connect({ auth: { headers: { authorization: `Bearer ${house.caller('everything').token}` } } });
  const heard: unknown[] = [];
  await wire.subscribe('/live/patients', (message) => void heard.push(message));
  await new Promise((resolve) => setTimeout(resolve, 300));
  const id = (await house.find('patients.patient', 'protected'))!;
  const cleared = house.caller('everything', true);
  // What came just before is said to have come, and not what it was.
  const before = heard.splice(0) as { event: string; ago: number }[];
  assert.ok(before.every((it) => it.event === 'subscribed' && Object.keys(it).join() === 'event,ago'));
  await amend(cleared, id);
  for (let look = 0; look < 100 && heard.length === 0; look++) await new Promise((resolve) => setTimeout(resolve, 50));
  await wire.disconnect();
  assert.equal(heard, [{ event: 'patients.patient-amended' }]);
});
test.run();
