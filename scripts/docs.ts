/**
 * `npm run docs` writes docs/schema and the tables of docs/plugins anew, from a database of its own with all shipped plugins.
 * test/core/docs.test.ts fails as long as they say something else.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { service } from '../core/actor.ts';
import { databaseFor, openPool } from '../core/database.ts';
import { removeInstance, startPostgres } from '../core/postgres/index.ts';
import { ensureMessages } from './messages.ts';

await ensureMessages();
// Only now: they speak the messages, which a fresh clone does not have before.
const { prepareDatabase } = await import('../core/hms.ts');
const { loadPlugins, root, shipped } = await import('../core/loader.ts');
const { generatedDocs } = await import('./docs/index.ts');

const home = mkdtempSync(join(tmpdir(), 'openward-docs-'));
const { urls, stop } = await startPostgres({ home, durable: false });
try {
  const plugins = await loadPlugins(shipped());
  await prepareDatabase(urls.owner, plugins);
  const pool = await openPool(urls.owner, { max: 4 });
  const pages = await generatedDocs(databaseFor(pool, { actor: service('docs'), policy: 'open' }), plugins);
  await pool.end();
  for (const [path, text] of pages) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  console.log(`${pages.size} pages are written to docs/schema and docs/plugins.`);
} finally {
  await stop();
  removeInstance(home);
  rmSync(home, { recursive: true, force: true });
}
