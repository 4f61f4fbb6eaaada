import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { testFolder } from '../postgres.ts';
import { testFile, type Outcome } from '../runner.ts';

const test = suite<{ folder: string }>('core: what counts as a passed test file');
const root = join(import.meta.dirname, '../..');

test.before((at) => {
  at.folder = testFolder();
  symlinkSync(join(root, 'node_modules'), join(at.folder, 'node_modules'));
});
test.after((at) => rmSync(at.folder, { recursive: true }));

const cases: [title: string, body: string, expected: Partial<Outcome>, mayNotSkip?: boolean][] = [
  ['passing tests', `test('a', () => {}); test('b', () => {}); test.run();`, { passed: 2, failed: 0, skipped: 0 }],
  [
    'a failing test',
    `test('a', () => {}); test('b', () => { throw new Error('no'); }); test.run();`,
    { passed: 1, failed: 1 },
  ],
  [
    'two suites',
    `test('a', () => {}); test.run(); const more = suite('m'); more('b', () => {}); more.run();`,
    { passed: 2, failed: 0 },
  ],
  ['no test.run()', `test('a', () => {});`, { passed: 0, failed: 1, note: 'It runs no test: is test.run() missing?' }],
  [
    'before() that throws',
    `test.before(() => { throw new Error('no'); }); test('a', () => {}); test.run();`,
    { passed: 0, failed: 1 },
  ],
  [
    'an error beside the tests',
    `test('a', () => {}); test.run(); setTimeout(() => { throw new Error('no'); }, 50);`,
    { failed: 1 },
  ],
  [
    'an endless test',
    `test('a', () => new Promise((done) => setTimeout(done, 60_000))); test.run();`,
    { passed: 0, failed: 1 },
  ],
  [
    'a skip with its reason',
    `console.log('skip: No browser.'); test.skip('a', () => {}); test.run();`,
    { failed: 0, skipped: 1, note: 'No browser.' },
  ],
  ['a skip without a reason', `test.skip('a', () => {}); test.run();`, { failed: 1 }],
  [
    'a skip where none may be',
    `console.log('skip: No browser.'); test.skip('a', () => {}); test.run();`,
    { failed: 1 },
    true,
  ],
];

for (const [title, body, expected, mayNotSkip = false] of cases) {
  test(title, async ({ folder }) => {
    const file = join(folder, `${title.replace(/\W/g, '-')}.test.mjs`);
    writeFileSync(file, `import { suite } from 'uvu';\nconst test = suite('x');\n${body}\n`);
    const outcome = await testFile(file, { cwd: folder, env: process.env }, 2, mayNotSkip).run();
    for (const [key, value] of Object.entries(expected))
      assert.is(outcome[key as keyof Outcome], value, `${key}: ${outcome.note}`);
  });
}

test.run();
