/** Builds the interface into ui/build when one of its sources changed. `npm run build`, and `npm start` by itself. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { oneAtATime } from './one-at-a-time.ts';
import { ensureTypes } from './types.ts';

const root = join(import.meta.dirname, '..');
const ui = join(root, 'ui');
const marker = join(ui, 'build', 'sources.sha256');

/** True when it was built now. @param say is told what is going on, a line at a time. */
export async function ensureInterface(say: (line: string) => void = console.log): Promise<boolean> {
  // The types leave no trace in what is built, so a change of them alone builds nothing anew.
  await ensureTypes();
  // Two builds would write into the same folder.
  return isFresh() ? false : oneAtATime(join(ui, '.svelte-kit/build.lock'), () => build(say));
}

const isFresh = () => existsSync(marker) && readFileSync(marker, 'utf8') === fingerprint();

async function build(say: (line: string) => void): Promise<boolean> {
  if (isFresh()) return false; // somebody else has built it while we waited
  const sources = fingerprint();
  say('Building the interface …');
  const began = performance.now();
  await vite();
  writeFileSync(marker, sources);
  say(`Built the interface in ${((performance.now() - began) / 1000).toFixed(1)} s.`);
  return true;
}

function fingerprint(): string {
  const hash = createHash('sha256');
  const files = [
    ...globSync('{src,static}/**/*', { cwd: ui, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name)),
    ...['adapter.ts', 'package.json', 'tsconfig.json', 'vite.config.ts'].map((name) => join(ui, name)),
    join(root, 'generated/messages/sources.sha256'),
    join(root, 'package-lock.json'),
  ].sort();
  for (const file of files) hash.update(file.slice(root.length)).update('\0').update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}

/** In a process of its own: Vite changes process.env and stays in memory otherwise. Its words are shown only when it fails. */
async function vite() {
  const bin = join(root, 'node_modules/vite/bin/vite.js');
  const child = spawn(process.execPath, [bin, 'build', '--logLevel', 'warn'], {
    cwd: ui,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_ENV: 'production' },
  });
  const stop = () => child.kill();
  process.once('exit', stop);
  let words = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (words += chunk));
  const code = await new Promise((resolve, reject) => child.once('exit', resolve).once('error', reject));
  process.off('exit', stop);
  if (code !== 0) throw new Error(`The interface could not be built.\n${words.trim()}`);
}

if (import.meta.main) {
  try {
    if (!(await ensureInterface())) console.log('The interface is up to date.');
  } catch (error) {
    console.error((error as Error).message);
    process.exit(1);
  }
}
