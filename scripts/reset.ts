// npm run reset: forgets the embedded database of OPENWARD_HOME; the next start makes a new one. Asks first on a terminal.
import { createInterface } from 'node:readline/promises';
import { readConfig } from '../core/config.ts';
import { removeInstance } from '../core/postgres/index.ts';

const config = readConfig(process.env);
if (config.database) {
  console.error('DATABASE_URL is set: a database of yours is emptied by you, not by this command.');
  process.exit(1);
}
const sure = process.argv.includes('--yes') || (process.stdin.isTTY && (await ask()));
if (!sure) {
  console.error(
    'Nothing was removed. To remove every patient, visit and bill of this hospital: npm run reset -- --yes',
  );
  process.exit(1);
}
removeInstance(config.home);
console.log('Removed. The next npm start makes a new hospital.');

async function ask(): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(
    'This removes every patient, visit and bill of this hospital. Type "remove" to go on: ',
  );
  terminal.close();
  return answer.trim() === 'remove';
}
