import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sql } from '../../core/database.ts';
import { startBench, type Bench } from '../laboratory/bench.ts';

const test = suite<{ bench: Bench }>('lab-adapter: switched off');
test.before(async (at) => {
  at.bench = await startBench();
});
test.after((at) => at.bench?.stop());

test('nothing of it is left, and the laboratory does all its work itself', async ({ bench }) => {
  const admin = await bench.as('admin');
  for (const path of ['lab-connections', 'lab-messages?direction=in'])
    assert.is((await admin.get(`/api/${path}`)).status, 404, path);
  const platform = (await admin.get('/api/platform')).body;
  assert.not.ok(platform.permissions.some((it: string) => it.startsWith('lab-')));
  assert.not.ok(platform.navigation.some(({ id }: { id: string }) => id === 'lab-connections'));
  assert.not.ok(await bench.db.exists(sql.unsafe`select from pg_namespace where nspname = 'lab_adapter'`));
  const at = await bench.visit();
  const result = await bench.measured(at, 'TSH', { '3016-3': '2.1' });
  assert.equal([result.status, result.value], ['verified', '2.10']);
});
test.run();
