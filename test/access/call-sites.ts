import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const sources = globSync('{core,fhir,plugins}/**/*.ts', { cwd: root })
  .filter((file) => file !== 'core/access.ts')
  .sort()
  .map((file) => [file, readFileSync(join(root, file), 'utf8').split('\n')] as const);

/** Every line of the code on which `name` is called, as file:line. */
export const callSites = (name: 'may' | 'maySee'): string[] => {
  const call = new RegExp(`(?<![\\w.])${name}\\(`);
  const isProse = /^\s*(\*|\/\/|\/\*)/;
  return sources.flatMap(([file, lines]) =>
    lines.flatMap((line, at) => (call.test(line) && !isProse.test(line) ? [`${file}:${at + 1}`] : [])),
  );
};

/** Lines that look at somebody's permissions in another way. */
export const otherAsking = (): string[] =>
  sources.flatMap(([file, lines]) =>
    lines.flatMap((line, at) => (/actor\??\.permissions\.has\(/.test(line) ? [`${file}:${at + 1}`] : [])),
  );
