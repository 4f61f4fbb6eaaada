import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openHouse, type House } from './hospital.ts';
import { isCaught, permissionMutants } from './mutants.ts';
import { callSites, otherAsking } from './call-sites.ts';
import { openRehearsal } from './rehearsal.ts';
import { rowsOf } from './rows.ts';
import { isTold } from './within.ts';

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

test('every permission check within a handler, and there is no other way to ask', async ({ house }) => {
  const rehearsal = await openRehearsal(house);
  // A job asks about whoever gave it its work: test/patients/import-many.
  const sites = callSites('may').filter((site) => !site.includes('/jobs/'));
  const alive: string[] = [];
  for (const site of sites) if (!(await isTold(house, rehearsal, site))) alive.push(site);
  console.log(`checks within handlers told apart: ${share(sites.length - alive.length, sites.length)}`);
  assert.equal(alive, [], 'add to test/access/within.ts a request in whose answer it shows');
  assert.equal(otherAsking(), [], 'ask with may() of core/access.ts');
});
test.run();
