import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isPlatform, loadPlugins, shipped } from '../../core/loader.ts';
import { brokenRules, tracesOfOthers } from '../../scripts/plugin-matrix/look.ts';
import { singles } from '../../scripts/plugin-matrix/sets.ts';
import { startHms } from '../hms.ts';

const test = suite('core: plugins with just what they need');
const all = (await loadPlugins(shipped())).filter((plugin) => !isPlatform(plugin));
// Those that no other needs: the rest starts with them. `npm run plugin-matrix` takes every one, and seeds it.
const last = singles(all).filter(({ name }) => !all.some(({ dependencies }) => dependencies?.includes(name)));

for (const { name, plugins } of last)
  test(`${name} starts, and nothing of the others is there`, async () => {
    const hospital = await startHms(plugins);
    try {
      assert.is((await hospital.anonymous.get('/health/ready')).status, 200);
      assert.equal(await tracesOfOthers(hospital, all), []);
      assert.equal(await brokenRules(hospital), []);
    } finally {
      await hospital.stop();
    }
  });
test.run();
