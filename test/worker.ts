/** A worker process of its own, for a test that kills it: sends what is due in the database it is given. */
import { readConfig } from '../core/config.ts';
import { openHms } from '../core/hms.ts';
import { loadPlugins } from '../core/loader.ts';

const { urls, env, names } = JSON.parse(process.env.WORKER ?? '{}') as {
  urls: { owner: string; app: string; patient: string };
  env: Record<string, string>;
  names: string[];
};
const plugins = await loadPlugins(names);
const config = readConfig({ NODE_ENV: 'test', PORT: '0', LOG_LEVEL: 'error', OPENWARD_DEMO: '0', ...env }, plugins);
await openHms({ config, plugins, urls });
process.send?.('ready');
