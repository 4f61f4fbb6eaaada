/**
 * `npm run plugin-matrix`: each plugin with just what it needs, and each sensible set of them, is started, looked over and seeded;
 * then each plugin's own tests run, with the rest switched off where they can. Writes docs/plugin-matrix.md. Some minutes.
 */
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isPlatform, loadPlugins, root, shipped, type LoadedPlugin } from '../core/loader.ts';
import { startPostgres } from '../core/postgres/index.ts';
import { startHms } from '../test/hms.ts';
import { removeTestFolder, sweepTestFolders, testFolder } from '../test/postgres.ts';
import { inLanes, killAll, testFile, type Outcome } from '../test/runner.ts';
import { seed } from './demo.ts';
import { table } from './docs/markdown.ts';
import { brokenRules, tracesOfOthers } from './plugin-matrix/look.ts';
import { neededBy, sensible, singles, type PluginSet } from './plugin-matrix/sets.ts';

interface Row {
  set: PluginSet;
  started: string;
  traces: string;
  seeded: string;
  rules: string;
}

const yes = '✓';
const no = (why: string) => `✘ ${why.slice(0, 200)}`;
const ok = (found: readonly string[]) => (found.length === 0 ? yes : no(found.join(', ')));

const tryOut = async (set: PluginSet, all: readonly LoadedPlugin[]): Promise<Row> => {
  const row: Row = { set, started: no('not started'), traces: '', seeded: '', rules: '' };
  const hospital = await startHms(set.plugins, { env: { LOG_LEVEL: 'fatal' } });
  try {
    const { status } = await hospital.anonymous.get('/health/ready');
    row.started = status === 200 ? yes : no(`ready says ${status}`);
    row.traces = ok(await tracesOfOthers(hospital, all));
    const { hms } = hospital;
    const size = { patients: 30, visitsPerPatient: 4 };
    await seed(hms.urls.owner!, hms.plugins, hms.config, size, { step: () => {}, within: () => {} });
    await hospital.settle();
    row.seeded = yes;
    row.rules = ok(await brokenRules(hospital));
  } catch (error) {
    row.seeded ||= no((error as Error).message);
  } finally {
    await hospital.stop();
  }
  console.log([row.started, row.traces, row.seeded, row.rules].join(' '), set.name);
  return row;
};

const began = performance.now();
sweepTestFolders();
const folder = testFolder();
const postgres = await startPostgres({ home: folder, durable: false });
Object.assign(process.env, { OPENWARD_TEST_URLS: JSON.stringify(postgres.urls), OPENWARD_HOME: join(folder, 'home') });
const cleanUp = async () => {
  killAll();
  await postgres.stop();
  removeTestFolder(folder);
};
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void cleanUp().finally(() => process.exit(1)));

const all = (await loadPlugins(shipped())).filter((plugin) => !isPlatform(plugin));
const rows: Row[] = [];
for (const set of [...singles(all), ...sensible(all)]) rows.push(await tryOut(set, all));

// Each test file is tried with nothing beside what its plugin needs; one that cannot do without more runs again with all it asks for.
// It writes down with which plugins it started a hospital.
const files = all.flatMap(({ name }) => globSync(`test/${name}/**/*.test.ts`, { cwd: root })).sort();
const ownerOf = (file: string): string => file.split('/')[1] ?? '';
const run = async (chosen: readonly string[], limit: number, without: (owner: string) => string[]) => {
  const outcomes = new Map<string, Outcome>();
  const jobs = chosen.map((file) => {
    const more = {
      OPENWARD_TEST_SETS: join(folder, 'sets', file),
      OPENWARD_TEST_WITHOUT: without(ownerOf(file)).join(),
    };
    mkdirSync(dirname(more.OPENWARD_TEST_SETS), { recursive: true });
    rmSync(more.OPENWARD_TEST_SETS, { force: true });
    return testFile(file, { cwd: root, env: { ...process.env, ...more } }, limit, false);
  });
  await inLanes(2, jobs, outcomes);
  return outcomes;
};
console.log('\nEach file of tests with nothing beside what its plugin needs; what fails here runs again with more:');
const outcomes = await run(files, 90, (owner) => {
  const needed = neededBy(owner, all);
  return all.map(({ name }) => name).filter((name) => !needed.includes(name));
});
console.log('\nThose that need more:');
const again = files.filter((file) => outcomes.get(file)?.failed);
for (const [file, outcome] of await run(again, 240, () => [])) outcomes.set(file, outcome);
const startedBy = new Map(
  files.map((file) => {
    const lines = readFileSync(join(folder, 'sets', file), 'utf8')
      .split('\n')
      .filter(Boolean);
    return [file, new Set(lines.flatMap((line) => JSON.parse(line) as string[]))];
  }),
);
await cleanUp();

/** Files of these plugins whose hospitals had no other plugin than those. */
const testsWithin = (owners: readonly string[], plugins: readonly string[]) => {
  const own = files.filter((file) => owners.some((name) => file.startsWith(`test/${name}/`)));
  const within = own.filter((file) => [...(startedBy.get(file) ?? [])].every((name) => plugins.includes(name)));
  const sum = (of: 'passed' | 'failed') => within.reduce((total, file) => total + (outcomes.get(file)?.[of] ?? 0), 0);
  const beyond = own.flatMap((file) => [...(startedBy.get(file) ?? [])].filter((name) => !plugins.includes(name)));
  return { own, within, passed: sum('passed'), failed: sum('failed'), beyond: [...new Set(beyond)].sort() };
};
const counted = ({ passed, failed, own, within }: ReturnType<typeof testsWithin>): string => {
  if (within.length === 0) return own.length > 0 ? `none of ${own.length} files` : 'no tests';
  return `${failed ? no(`${failed} failed, `) : yes} ${passed} in ${within.length} of ${own.length} files`;
};

const single = rows.slice(0, all.length).map((row) => {
  const needed = neededBy(row.set.name, all);
  const alone = testsWithin([row.set.name], needed);
  const whole = testsWithin(
    [row.set.name],
    all.map(({ name }) => name),
  );
  const total = `${whole.failed ? no(`${whole.failed} failed, `) : yes} ${whole.passed} in ${whole.within.length}`;
  return [
    row.set.name,
    row.started,
    row.traces,
    row.seeded,
    row.rules,
    counted(alone),
    whole.own.length === 0 ? 'none' : total,
    alone.beyond.join(', '),
  ];
});
const together = rows.slice(all.length).map(({ set, ...row }) => [
  set.name, row.started, row.traces, row.seeded, row.rules, counted(testsWithin(set.plugins, set.plugins)), set.plugins.join(', '),
]); // prettier-ignore
const failed = [...rows.flatMap((row) => [row.started, row.traces, row.seeded, row.rules])].filter(
  (it) => it !== yes,
).length;
const broken = [...outcomes.values()].filter((it) => it.failed > 0).length;

writeFileSync(
  join(root, 'docs/plugin-matrix.md'),
  `<!-- Written by \`npm run plugin-matrix\`. Do not edit. -->

# Which parts work without which?

Every set below was started on an empty database and answered \`/health/ready\`; nothing of the parts that are off was found (schema, route, FHIR type,
permission, menu entry); a demo of 30 patients was seeded; every rule that must always hold was asked and held.

## Each plugin with just what it needs

Each file of a plugin's own tests was run with everything switched off that the plugin does not need: "tests, rest off". The files that cannot do without more
show what it does together with plugins that it uses when they are on, which the last column names; they were run again with those.

${table(['plugin', 'started', 'no trace of others', 'seeded', 'rules hold', 'tests, rest off', 'all its tests', 'needed by the other tests'], single)}

## Sets

The tests are those of the set's plugins in files that start no plugin outside the set.

${table(['set', 'started', 'no trace of others', 'seeded', 'rules hold', 'tests within the set', 'plugins'], together)}
`,
);
console.log(`\ndocs/plugin-matrix.md is written after ${((performance.now() - began) / 1000).toFixed(0)} s.`);
process.exitCode = failed + broken > 0 ? 1 : 0;
