// Installs what is missing before `npm start` and `npm test`. Plain JavaScript for any Node >= 20: the Node that runs
// everything else (26) is itself one of the packages installed here.
import { spawn } from 'node:child_process';
import { existsSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const installed = join(root, 'node_modules', '.package-lock.json');
const wanted = join(root, 'package-lock.json');
const runtime = join(root, 'node_modules', '.bin', 'node');

const upToDate = () =>
  existsSync(runtime) && existsSync(installed) && statSync(installed).mtimeMs >= statSync(wanted).mtimeMs;

if (!upToDate()) {
  const startedAt = Date.now();
  const seconds = () => Math.round((Date.now() - startedAt) / 1000);
  // On a terminal the seconds count up in place; in a log file a line now and then is enough.
  const live = process.stdout.isTTY;
  console.log('Installing OpenWard (the first time takes up to a minute) …');
  const progress = setInterval(
    () => (live ? process.stdout.write(`\r  ${seconds()} s `) : console.log(`  still installing, ${seconds()} s`)),
    live ? 1000 : 10_000,
  );

  const npm = process.env.npm_execpath;
  const flags = [
    '--engine-strict=false',
    '--include=dev',
    '--include=optional',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ];
  // npm's own Node, not the one in node_modules that `npm ci` is about to delete.
  const child = npm
    ? spawn(process.env.npm_node_execpath ?? process.execPath, [npm, 'ci', ...flags], { cwd: root, stdio: 'inherit' })
    : spawn('npm', ['ci', ...flags], { cwd: root, stdio: 'inherit' });
  child.on('error', (error) => fail(`npm could not be started: ${error.message}`));
  child.on('exit', (code) => {
    clearInterval(progress);
    if (live) process.stdout.write('\r');
    if (code !== 0)
      fail('The packages could not be installed. What npm says about it stands above; it needs its registry once.');
    if (!existsSync(runtime)) {
      // The optional runtime was left out, for a platform without one or by a setting of npm: say so now, and look again next time.
      rmSync(installed, { force: true });
      fail(`There is no Node.js runtime for ${process.platform}-${process.arch} among the packages.`);
    }
    console.log(`Installed in ${seconds()} s.`);
  });
}

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}
