import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openHouse, type House } from './hospital.ts';
import { isSiteCaught, ownershipSites } from './mutants.ts';
import { openRehearsal, type Rehearsal } from './rehearsal.ts';
import { rowsOf } from './rows.ts';
import { beginWork } from './under-way.ts';

const test = suite<{ house: House; rehearsal: Rehearsal }>('access: an ownership check that is taken out is missed');
test.before(async (at) => {
  at.house = await openHouse();
  await beginWork(at.house);
  at.rehearsal = await openRehearsal(at.house);
});
test.after((at) => at.house?.stop());

const share = (caught: number, of: number): string => `${caught} of ${of} (${((100 * caught) / of).toFixed(1)} %)`;

test('at least 95 of 100 ownership checks', async ({ house, rehearsal }) => {
  const sites = await ownershipSites(house, rowsOf(house));
  const left = new Map(sites);
  // First in a rehearsal, which changes nothing.
  for (const how of ['alone', 'behind others', 'in another state'] as const) {
    for (const [site, uses] of [...left]) if (await isSiteCaught(house, site, uses, how, rehearsal)) left.delete(site);
    console.log(`ownership checks caught (${how}): ${share(sites.size - left.size, sites.size)}`);
  }
  const alive = [...left].map(([site, [use]]) => `${site}: ${use?.row.key}`);
  console.log(alive.join('\n'));
  assert.ok(left.size <= sites.size * 0.05, `alive:\n${alive.join('\n')}`);
});
test.run();
