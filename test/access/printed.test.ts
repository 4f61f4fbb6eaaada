import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { loadPlugins, shipped } from '../../core/loader.ts';
import { asPage, keyOf, permissionRows } from '../../scripts/permissions/rows.ts';
import { columns, type Column } from './columns.ts';
import { readMatrix } from './matrix.ts';

const test = suite('access: what npm run permissions prints');

test('is what the expected table says', async () => {
  const expected = readMatrix();
  const wrong: string[] = [];
  let compared = 0;
  const rows = permissionRows(await loadPlugins(shipped()), expected);
  for (const { route, roles } of rows) {
    const key = keyOf(route);
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
  const page = asPage(rows);
  assert.match(page, /^GET \/api\/patients\/\{id\} +· +cleared +cleared +cleared/m);
  assert.match(page, /^GET \/api\/portal\/record +(· +)+own +portal:use$/m);
  assert.match(page, /^GET \/api\/departments +· +all +all/m);
  const missing = rows.filter(({ whose }) => Object.values(whose).includes('yes')).map(({ route }) => route);
  assert.ok(missing.length < 20, missing.join('\n'));
});
test.run();
