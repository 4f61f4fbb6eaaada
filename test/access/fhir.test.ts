import { suite } from 'uvu';
import { openHouse, type House } from './hospital.ts';
import { isFhir } from './fhir.ts';
import { checkBare, checkRows } from './check.ts';
import { rowsOf } from './rows.ts';

const test = suite<{ house: House }>('access: everybody at every FHIR interaction');
test.before(async (at) => {
  at.house = await openHouse();
});
test.after((at) => at.house?.stop());

test('each interaction of each type lets in whom the expected table names, to whose things it says', ({ house }) =>
  checkRows(
    house,
    rowsOf(house).filter(({ route }) => isFhir(route)),
  ));
test('whoever holds no permission is refused wherever one is asked for', ({ house }) =>
  checkBare(
    house,
    rowsOf(house).filter(({ route }) => isFhir(route)),
  ));
test.run();
