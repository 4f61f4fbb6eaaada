import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('core: log');

test('says what happened and to whom by id, never by name, whatever goes wrong', async () => {
  const name = 'Zwetschgenbaum';
  const run = promisify(execFile);
  const { stdout, stderr } = await run(process.execPath, [join(import.meta.dirname, 'log-process.ts'), name]);
  const lines = stderr
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { msg: string; route?: string; status?: number });
  assert.ok(lines.some(({ route, status }) => route === '/api/patients/search' && status === 200));
  assert.ok(lines.some(({ msg }) => msg === 'unexpected error'));
  assert.not.match(stdout + stderr, new RegExp(name, 'i'));
  assert.not.match(stdout + stderr, '1970-05-04');
  const { secrets } = JSON.parse(stdout.slice(stdout.indexOf('{"secrets"'))) as { secrets: string[] };
  assert.is(secrets.filter(Boolean).length, 3);
  for (const secret of [...secrets, 'openward-demo']) assert.not.ok(stderr.includes(secret), 'a secret in the log');
});
test.run();
