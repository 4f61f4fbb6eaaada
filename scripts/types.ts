/**
 * Writes the interface's types from the API document of all shipped plugins: generated/api/types.ts. Needs neither a database
 * nor a server; `npm run types:interface`, and each build by itself when a source of the routes changed.
 */
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureMessages } from './messages.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { typescriptOf } from './typescript.ts';

const root = join(import.meta.dirname, '..');
const outdir = join(root, 'generated/api');
const types = join(outdir, 'types.ts');
const marker = join(outdir, 'sources.sha256');

/** True when they were written now. The messages must be compiled before: the routes speak. */
export async function ensureTypes(): Promise<boolean> {
  await ensureMessages();
  return isFresh() ? false : oneAtATime(join(root, 'generated/api.lock'), write);
}

const isFresh = () => existsSync(types) && existsSync(marker) && readFileSync(marker, 'utf8') === fingerprint();

/** Every file of which a shape may be made; which ones are would take longer to find out than to write them anew. */
function fingerprint(): string {
  const hash = createHash('sha256');
  const files = globSync('{core,fhir,plugins}/**/*.ts', { cwd: root }).sort();
  for (const file of [...files, 'scripts/types.ts', 'scripts/typescript.ts', 'package-lock.json'])
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(join(root, file)))
      .update('\0');
  return hash.digest('hex');
}

async function write(): Promise<boolean> {
  if (isFresh()) return false; // somebody else has written them while we waited
  const sources = fingerprint();
  // Not above: they import the compiled messages, which a fresh checkout does not have yet.
  const { loadPlugins, shipped } = await import('../core/loader.ts');
  const { apiDocument } = await import('../core/server.ts');
  const document = apiDocument(await loadPlugins(shipped()), '');
  mkdirSync(outdir, { recursive: true });
  writeFileSync(`${types}.new`, typescriptOf(document));
  renameSync(`${types}.new`, types);
  writeFileSync(marker, sources);
  return true;
}

if (import.meta.main) {
  try {
    console.log((await ensureTypes()) ? "The interface's types are written." : "The interface's types are up to date.");
  } catch (error) {
    console.error(error);
    process.exit(1);
  }
}
