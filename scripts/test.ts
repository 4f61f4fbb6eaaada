/**
 * `npm test` checks everything: messages, types of the API, interface, types, lint, import rules, the server's tests and the browser's.
 * `npm test -- booking types` runs the checks and files whose name holds one of the words.
 * `npm run test:looks` checks and draws every page in every look (test/ui/**.looks.ts), into coverage/looks.
 */
import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';
import { startPostgres } from '../core/postgres/index.ts';
import { removeTestFolder, sweepTestFolders, testFolder } from '../test/postgres.ts';
import {
  check,
  conclude,
  inLanes,
  killAll,
  runAgainAlone,
  testFile,
  type Job,
  type Outcome,
  type Place,
} from '../test/runner.ts';

const root = join(import.meta.dirname, '..');
const words = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const looks = process.argv.includes('--looks');
const mayNotSkip = ['true', '1'].includes(process.env.CI ?? '');

// What a developer has set for their own hospital must not reach the tests.
const own = /^(OPENWARD_|DATABASE_|PG|(REDIS_URL|PORT|HOST|ORIGIN|NODE_ENV)$)/;
const env: NodeJS.ProcessEnv = Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)));
const here: Place = { cwd: root, env };

const tool = (path: string) => join(root, 'node_modules', path);
const folders = ['core', 'fhir', 'plugins', 'scripts', 'test', 'ui/src'].filter((folder) =>
  existsSync(join(root, folder)),
);

const messages = check('messages', 'scripts/messages.ts', [], here);
const apiTypes = check('types of the API', 'scripts/types.ts', [], here);
const interfaceBuild = check('interface', 'scripts/build.ts', [], here);
const checks = [
  check('lint', tool('eslint/bin/eslint.js'), ['.', '--max-warnings=0'], here),
  check('types', tool('typescript/bin/tsc'), ['--noEmit'], here),
  check('format', tool('prettier/bin/prettier.cjs'), ['--check', '--log-level=warn', '.'], here),
  check(
    'import rules',
    tool('dependency-cruiser/bin/dependency-cruiser.mjs'),
    ['--config', '.dependency-cruiser.cjs', ...folders],
    here,
  ),
];
// Building the interface generates some of the types that it is checked against.
const checksOfTheBuilt = [
  check('interface types', tool('svelte-check/bin/svelte-check'), ['--tsconfig', './tsconfig.json'], {
    cwd: join(root, 'ui'),
    env,
  }),
];
const files = globSync(looks ? 'test/ui/**/*.looks.ts' : 'test/**/*.test.ts', { cwd: root }).sort();
const inBrowser = (file: string) => file.startsWith('test/ui/');
/** Seconds. Those that walk through every door of a house take longest. */
const limitOf = (file: string): number =>
  looks ? 900 : inBrowser(file) || file.startsWith('test/access/') ? 600 : 240;
const fileJob = (file: string) => testFile(file, here, limitOf(file), mayNotSkip);

const wanted = ({ name }: Job) => words.length === 0 || words.some((word) => name.includes(word));
const first = [...(looks ? [] : checks), ...files.filter((file) => !inBrowser(file)).map(fileJob)].filter(wanted);
const then = [...(looks ? [] : checksOfTheBuilt), ...files.filter(inBrowser).map(fileJob)].filter(wanted);

if (first.length + then.length === 0) {
  console.error(`No check and no test file is called ${words.join(' or ') || 'so'}.`);
  process.exit(1);
}

const began = performance.now();
sweepTestFolders();
const folder = testFolder();
const postgres = await startPostgres({ home: folder, durable: false });
env.OPENWARD_TEST_URLS = JSON.stringify(postgres.urls);
env.OPENWARD_HOME = join(folder, 'home');
// Every file loads the same modules: compiled once.
env.NODE_COMPILE_CACHE = join(folder, 'compiled');

let cleaning: Promise<void> | undefined;
const cleanUp = () =>
  (cleaning ??= (async () => {
    killAll();
    await postgres.stop();
    removeTestFolder(folder);
  })());
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => void cleanUp().finally(() => process.kill(process.pid, signal)));

const done = new Map<string, Outcome>();
// Both are imported by what is checked next.
await inLanes(1, [messages, apiTypes], done);
await inLanes(2, then.length > 0 ? [interfaceBuild, ...first] : first, done);
await inLanes(2, then, done);
if (mayNotSkip)
  await runAgainAlone(
    // Those that walk through a whole house take long, and begin with much at once.
    [...first, ...then].filter(({ name }) => inBrowser(name) || name.startsWith('test/access/')),
    done,
  );
await cleanUp();
if (looks) console.log('\nThe pictures are in coverage/looks.');
process.exitCode = conclude(done, (performance.now() - began) / 1000);
