// npm run backup [-- FILE]: the whole hospital in one file, while it works.
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { readConfig } from '../core/config.ts';
import { root } from '../core/loader.ts';
import { dump } from './backup/dumped.ts';
import { backUpEmbedded } from './backup/embedded.ts';

try {
  const { database, home } = readConfig(process.env);
  const now = new Date().toISOString().slice(0, 19).replaceAll(':', '-');
  const file = resolve(process.argv[2] ?? `openward-${now}.backup`);
  if (existsSync(file)) throw new Error(`${file} is there already.`);
  const { version } = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8')) as { version: string };
  if (database) dump(database, file);
  else await backUpEmbedded(home, file, version);
  console.log(`${file} holds every patient: keep it encrypted and elsewhere.`);
  console.log('OPENWARD_PASSWORD_PEPPER is not in it. Without it nobody can sign in after a restore.');
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
