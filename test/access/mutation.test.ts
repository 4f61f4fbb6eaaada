import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openHouse, type House } from './hospital.ts';
import { isCaught, isSiteCaught, ownershipSites, permissionMutants } from './mutants.ts';
import { rowsOf } from './rows.ts';

const test = suite<{ house: House }>('access: a check that is taken out is missed');
test.before(async (at) => {
  at.house = await openHouse();
});
test.after((at) => at.house?.stop());

const share = (caught: number, of: number): string => `${caught} of ${of} (${((100 * caught) / of).toFixed(1)} %)`;

test('every permission check', async ({ house }) => {
  const mutants = permissionMutants(house, rowsOf(house));
  const alive: string[] = [];
  for (const mutant of mutants) if (!(await isCaught(house, mutant))) alive.push(mutant.name);
  console.log(`permission checks caught: ${share(mutants.length - alive.length, mutants.length)}`);
  assert.equal(alive, []);
});

/** What is reached so far; the aim is 95 of 100. */
const floor = 0.8;

test('ownership checks, at least as many as so far', async ({ house }) => {
  const sites = await ownershipSites(house, rowsOf(house));
  const left = new Map(sites);
  // First those that are noticed by themselves: the others change what is there.
  for (const how of ['alone', 'behind others'] as const) {
    for (const [site, uses] of [...left]) if (await isSiteCaught(house, site, uses, how)) left.delete(site);
    console.log(`ownership checks caught (${how}): ${share(sites.size - left.size, sites.size)}`);
  }
  const alive = [...left].map(([site, [use]]) => `${site}: ${use?.row.key}`);
  assert.ok(left.size <= sites.size * (1 - floor), `alive:\n${alive.join('\n')}`);
});
test.run();
