import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { root } from '../../core/loader.ts';

const test = suite<{ copy: string }>('core: new plugin');
const parts = [
  'core',
  'fhir',
  'plugins/auth',
  'sql/core',
  'sql/fhir',
  'sql/auth',
  'scripts',
  'test/answers.ts',
  'test/hms.ts',
  'test/postgres.ts',
  'package.json',
  'package-lock.json',
  'ui/messages',
  'project.inlang',
];

test.before((at) => {
  at.copy = mkdtempSync(join(tmpdir(), 'openward-new-plugin-'));
  for (const part of parts)
    if (existsSync(join(root, part))) cpSync(join(root, part), join(at.copy, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(at.copy, 'node_modules'));
});
test.after(({ copy }) => rmSync(copy, { recursive: true, force: true }));

const node = (copy: string, ...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: copy, encoding: 'utf8' });
  assert.is(status, 0, `${args.join(' ')}: ${stdout}${stderr}`);
  return stdout;
};

test('what npm run new-plugin writes passes its own test', ({ copy }) => {
  node(copy, 'scripts/new-plugin.ts', 'blood-bank');
  node(copy, 'scripts/messages.ts');
  assert.match(node(copy, 'test/blood-bank/blood-bank.test.ts'), /Passed: +1/);
  assert.equal(readdirSync(join(copy, 'plugins/blood-bank')).sort(), [
    'index.ts',
    'messages',
    'model.ts',
    'queries.ts',
    'routes.ts',
  ]);
});

test('a name that is taken or unusable is refused with a sentence', ({ copy }) => {
  for (const name of ['auth', 'Blood Bank', ''])
    assert.is(spawnSync(process.execPath, ['scripts/new-plugin.ts', name], { cwd: copy }).status, 1, name);
});
test.run();
