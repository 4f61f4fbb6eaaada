import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openHouse, type House } from './hospital.ts';
import { isCaught, permissionMutants } from './mutants.ts';
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
test.run();
