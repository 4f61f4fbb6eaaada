// npm run restore -- FILE: a backup into an empty OPENWARD_HOME, or into an empty database of DATABASE_OWNER_URL.
import { resolve } from 'node:path';
import { sayRestored } from './backup/restored.ts';
import { readConfig } from '../core/config.ts';
import { restoreDump } from './backup/dumped.ts';
import { restoreEmbedded } from './backup/embedded.ts';

try {
  const file = process.argv[2];
  if (!file) throw new Error('Name the backup: npm run restore -- FILE');
  const { database, home } = readConfig(process.env);
  if (database) restoreDump(database, resolve(file));
  else console.log(`As of ${await restoreEmbedded(resolve(file), home)}.`);
  await sayRestored();
  console.log('Restored. Start it with the same OPENWARD_PASSWORD_PEPPER as before.');
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
