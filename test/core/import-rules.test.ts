import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { testFolder } from '../postgres.ts';

const test = suite('core: import rules');
const root = join(import.meta.dirname, '../..');

// A rule with a mistake in its pattern never fires; so each is broken once in a small house of its own.
const house: Record<string, { imports: string; breaks?: string }> = {
  'core/plugin.ts': { imports: '../fhir/resource.ts', breaks: 'core-knows-no-hospital' },
  'core/main.ts': { imports: '../plugins/billing/index.ts', breaks: 'main-starts-the-house' },
  'fhir/resource.ts': { imports: '../plugins/billing/api.ts', breaks: 'fhir-knows-no-plugin' },
  'plugins/billing/index.ts': { imports: '../ehr/queries.ts', breaks: 'plugins-meet-in-api' },
  'plugins/billing/api.ts': { imports: '../ehr/api.ts' },
  'plugins/billing/events.ts': { imports: '../../test/hms.ts', breaks: 'plugins-know-no-script' },
  'plugins/ehr/api.ts': { imports: './queries.ts' },
  'plugins/ehr/queries.ts': { imports: './model.ts' },
  'plugins/ehr/model.ts': { imports: './queries.ts', breaks: 'no-circle' },
  'plugins/ehr/jobs.ts': { imports: 'uvu', breaks: 'production-needs-no-tool' },
  'plugins/ehr/fhir.ts': { imports: './nowhere.ts', breaks: 'everything-is-there' },
  'ui/src/page.ts': { imports: '../../plugins/ehr/api.ts', breaks: 'interface-speaks-http' },
  'test/hms.ts': { imports: '../core/main.ts' },
};

test('each rule stops the import it is there for, types included', async () => {
  const folder = testFolder();
  try {
    for (const [file, { imports }] of Object.entries(house)) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(
        join(folder, file),
        `import type { It } from '${imports}';\nimport '${imports}';\nexport type { It };\n`,
      );
    }
    for (const shared of ['node_modules', 'package.json', '.dependency-cruiser.cjs'])
      symlinkSync(join(root, shared), join(folder, shared));
    const report = await cruise(folder);
    for (const [file, { breaks }] of Object.entries(house)) {
      const found = report.violations.filter((it) => it.from === file).map((it) => it.rule.name);
      if (breaks) assert.ok(found.includes(breaks), `${file} should break ${breaks}`);
      else
        assert.equal(
          found.filter((rule) => rule !== 'no-circle'),
          [],
          file,
        );
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

interface Report {
  violations: { from: string; rule: { name: string } }[];
}

const cruise = (cwd: string): Promise<Report> =>
  new Promise((resolve, reject) => {
    const bin = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
    const words = [
      '--config',
      '.dependency-cruiser.cjs',
      '--output-type',
      'json',
      'core',
      'fhir',
      'plugins',
      'ui',
      'test',
    ];
    execFile(process.execPath, [bin, ...words], { cwd, maxBuffer: 1e8 }, (_error, output, complaint) => {
      try {
        resolve((JSON.parse(output) as { summary: Report }).summary);
      } catch {
        reject(new Error(complaint));
      }
    });
  });

test.run();
