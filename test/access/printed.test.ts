import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { loadPlugins, shipped } from '../../core/loader.ts';
import { permissionRows } from '../../scripts/permissions/rows.ts';
import { columns, type Column } from './columns.ts';
import { readMatrix } from './matrix.ts';

const test = suite('access: what npm run permissions prints');

test('is what the expected table says', async () => {
  const expected = readMatrix();
  const wrong: string[] = [];
  let compared = 0;
  for (const { route, roles } of permissionRows(await loadPlugins(shipped()))) {
    // A type is read and written by many routes: one of each stands for them.
    const fhir = /^(?:GET|POST, PUT) \/fhir\/R4\/(\w+)$/.exec(route);
    const key = fhir ? `${route.startsWith('GET') ? 'GET' : 'PUT'} /fhir/R4/{type} ${fhir[1]}` : route;
    const cells = expected.get(key);
    if (!cells) continue; // of reports each one has a row, and test/access/rows.ts says what other tests ask
    compared++;
    const lets = columns.filter((column) => cells[column] !== 'none');
    const printed = columns.filter((column) => (roles as readonly Column[]).includes(column));
    if (lets.join() !== printed.join())
      wrong.push(`${key}: prints ${printed.join(' ')}, the table lets in ${lets.join(' ')}`);
  }
  assert.equal(wrong, []);
  assert.ok(compared > 250, `${compared} rows compared`);
});
test.run();
