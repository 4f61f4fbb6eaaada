import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { root } from '../../core/loader.ts';

const test = suite<{ clone: string }>('core: the first start');
const folders = ['core', 'fhir', 'plugins', 'scripts', 'sql', 'ui'];
/** What a clone does not have yet. */
const made = /\/(node_modules|build|\.svelte-kit)(\/|$)/;

test.before((at) => {
  at.clone = mkdtempSync(join(tmpdir(), 'openward-clone-'));
  for (const name of [...folders, 'package.json', 'package-lock.json'])
    cpSync(join(root, name), join(at.clone, name), { recursive: true, filter: (path) => !made.test(path) });
  symlinkSync(join(root, 'node_modules'), join(at.clone, 'node_modules'));
});
test.after(({ clone }) => rmSync(clone, { recursive: true, force: true }));

/** Says which ports are asked for, and gives others instead. */
const ports = `import { Server } from 'node:net';
  const { listen } = Server.prototype;
  Server.prototype.listen = function (port, ...more) { console.error('listens on ' + port); return listen.call(this, 0, ...more); };`;

test('nothing is loaded before it has been made, and a wrong setting ends it with one sentence', ({ clone }) => {
  assert.not(existsSync(join(clone, 'generated')));
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(ports)}`, 'scripts/start.ts'],
    {
      cwd: clone,
      encoding: 'utf8',
      timeout: 120_000,
      env: { PATH: process.env.PATH, PORT: 'many', OPENWARD_HOME: join(clone, 'home') },
    },
  );
  assert.is(status, 1, stderr);
  assert.match(stderr, /PORT/);
  assert.match(stderr, /listens on 3001/, 'the demo hospital has a payer beside it');
  assert.not.match(stderr, /\n\s+at |ERR_/, 'no trace of the program');
});

test.run();
