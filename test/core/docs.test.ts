import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { coreSettings } from '../../core/config.ts';
import { root, shipped } from '../../core/loader.ts';
import { generatedDocs } from '../../scripts/docs/index.ts';
import { startHms, type TestHms } from '../hms.ts';

const test = suite<{ hms: TestHms }>('core: docs');
test.before(async (at) => {
  at.hms = await startHms(shipped());
});
test.after((at) => at.hms?.stop());

const read = (path: string): string => (existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : '');
const pages = () => globSync('{README.md,docs/**/*.md}', { cwd: root }).sort();

test('the schema and the tables of each plugin are as the hospital is now', async ({ hms }) => {
  const generated = await generatedDocs(hms.db, hms.hms.plugins);
  const stale = [...generated].filter(([path, text]) => read(path) !== text).map(([path]) => path);
  const gone = globSync('docs/schema/*.md', { cwd: root }).filter((path) => !generated.has(path));
  assert.equal([...stale, ...gone], [], 'Write them anew with: npm run docs');
});

test('every setting is explained: core’s in deployment.md, a plugin’s there or in words on its own page', ({ hms }) => {
  const words = (path: string) => read(path).replace(/<!-- generated:[^]*?<!-- end -->/g, '');
  const deployment = words('docs/deployment.md');
  const silent = [
    ...coreSettings().filter((name) => !deployment.includes(`\`${name}\``)),
    ...hms.hms.plugins.flatMap(({ name, settings = {} }) =>
      Object.keys(settings).filter((it) => !(deployment + words(`docs/plugins/${name}.md`)).includes(`\`${it}\``)),
    ),
  ];
  assert.equal(silent, []);
});

test('every link between the documents leads somewhere', () => {
  const broken = pages().flatMap((page) =>
    [...read(page).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)/g)]
      .map(([, to = '']) => to)
      .filter((to) => !existsSync(join(root, dirname(page), decodeURI(to))))
      .map((to) => `${page}: ${to}`),
  );
  assert.equal(broken, []);
});

test('every document is found from the table of contents', () => {
  const linked = (page: string) =>
    [...read(page).matchAll(/\]\(([^)#:\s]+\.md)/g)].map(([, to = '']) => join(dirname(page), to));
  const found = new Set(['README.md', 'docs/README.md']);
  for (const page of found) for (const to of linked(page)) found.add(to);
  assert.equal(
    pages().filter((page) => !found.has(page)),
    [],
  );
});

test('every command that the documents name is there', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const named = pages().flatMap((page) =>
    [...read(page).matchAll(/npm run ([a-z][a-z:-]*)/g)].map(([, name = '']) => name),
  );
  assert.equal(
    [...new Set(named)].filter((name) => !scripts[name]),
    [],
  );
});
test.run();
