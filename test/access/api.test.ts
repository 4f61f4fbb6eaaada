import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openHouse, type House } from './hospital.ts';
import { isFhir } from './fhir.ts';
import { checkBare, checkRows } from './check.ts';
import { readMatrix } from './matrix.ts';
import { rowsOf } from './rows.ts';

const test = suite<{ house: House }>('access: everybody at every reading route');
test.before(async (at) => {
  at.house = await openHouse();
});
test.after((at) => at.house?.stop());

test('a row that no route stands behind has gone from the expected table', ({ house }) => {
  const there = new Set(rowsOf(house).map(({ key }) => key));
  assert.equal(
    [...readMatrix().keys()].filter((key) => !there.has(key)),
    [],
  );
});

test('each route lets in whom the expected table names, to whose things it says', ({ house }) =>
  checkRows(
    house,
    rowsOf(house).filter(({ route }) => !isFhir(route) && route.method === 'get'),
  ));
test('whoever holds no permission is refused wherever one is asked for', ({ house }) =>
  checkBare(
    house,
    rowsOf(house).filter(({ route }) => !isFhir(route) && route.method === 'get'),
  ));
test.run();
