/**
 * Merges the sentences of core, fhir, plugins and ui, checks them, and compiles them into generated/messages/: plain
 * JavaScript with types, for the server (`m.key(params, { locale })`) and for Vite alike.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { oneAtATime } from './one-at-a-time.ts';

export const locales = ['en', 'es', 'ar'] as const;
export type Locale = (typeof locales)[number];

const root = join(import.meta.dirname, '..');
const generated = join(root, 'generated');
const outdir = join(generated, 'messages');
const marker = join(outdir, 'sources.sha256');

type Variants = { declarations?: string[]; selectors?: string[]; match: Record<string, string> };
type Message = string | [Variants];
type Catalogue = Record<Locale, Record<string, Message>>;

/** A mistake in a catalogue, said in one sentence. */
class MessageError extends Error {}

/** Compiles in a process of its own when a source changed. True when it did. */
export async function ensureMessages(): Promise<boolean> {
  if (isFresh()) return false;
  // The compiler's timers keep a process open for half a minute, so it gets one that ends at once.
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url)], { stdio: ['ignore', 'ignore', 'inherit'] });
  const code = await new Promise((resolve, reject) => child.once('exit', resolve).once('error', reject));
  if (code !== 0) throw new MessageError('The messages could not be compiled; the reason stands above.');
  return true;
}

const folders = () =>
  ['core/messages', 'fhir/messages', ...globSync('plugins/*/messages', { cwd: root }).sort(), 'ui/messages'].filter(
    (folder) => globSync(`${folder}/*.json`, { cwd: root }).length > 0,
  );

/** Everything the result depends on: the catalogues, the titles that plugins name, this script and the compiler. */
function fingerprint(): string {
  const hash = createHash('sha256');
  const files = [
    ...folders().flatMap((folder) => locales.map((locale) => `${folder}/${locale}.json`)),
    'scripts/messages.ts',
    'node_modules/@inlang/paraglide-js/package.json',
    'node_modules/@inlang/plugin-message-format/package.json',
  ];
  for (const file of files) {
    if (existsSync(join(root, file)))
      hash
        .update(file)
        .update('\0')
        .update(readFileSync(join(root, file)))
        .update('\0');
  }
  return hash.update(namedKeys().join()).digest('hex');
}

const isFresh = () => existsSync(marker) && readFileSync(marker, 'utf8') === fingerprint();

/** Keys that plugins name as data (a menu entry's title and group, a report's header): the interface looks them up by name, so they get a table. */
function namedKeys(): string[] {
  const keys = new Set<string>();
  for (const file of globSync('{core,core/operations,plugins/*}/*.ts', { cwd: root }).sort()) {
    for (const [, key] of readFileSync(join(root, file), 'utf8').matchAll(/\b(?:title|group): '([a-z][a-z0-9_]*)'/g)) {
      keys.add(key!);
    }
  }
  for (const file of globSync('plugins/*/reports/*.sql', { cwd: root })) {
    const header = readFileSync(join(root, file), 'utf8').matchAll(/^-- (?:title|about|column|words): (.+)$/gm);
    for (const [, words] of header)
      for (const word of words!.split(' ')) if (word.startsWith('report_')) keys.add(word);
  }
  return [...keys].sort();
}

/** All catalogues in one. @throws MessageError naming the first key that clashes, lacks a language or a plural. */
function merge(): Catalogue {
  const all: Catalogue = { en: {}, es: {}, ar: {} };
  const owner = new Map<string, string>();
  for (const folder of folders()) {
    const own = Object.fromEntries(locales.map((locale) => [locale, read(`${folder}/${locale}.json`)])) as Catalogue;
    for (const key of new Set(locales.flatMap((locale) => Object.keys(own[locale])))) {
      const clash = owner.get(key);
      if (clash) throw new MessageError(`The message "${key}" stands in both ${clash} and ${folder}.`);
      owner.set(key, folder);
      if (!/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(key)) {
        throw new MessageError(`The message "${key}" in ${folder} is not written in snake_case.`);
      }
      for (const locale of locales) {
        const message = own[locale][key];
        if (message === undefined)
          throw new MessageError(`The message "${key}" is missing in ${folder}/${locale}.json.`);
        check(message, own.en[key], `"${key}" in ${folder}/${locale}.json`);
        all[locale][key] = message;
      }
    }
  }
  return all;
}

function read(file: string): Record<string, Message> {
  if (!existsSync(join(root, file))) throw new MessageError(`The catalogue ${file} is missing.`);
  try {
    const { $schema: _, ...messages } = JSON.parse(readFileSync(join(root, file), 'utf8'));
    return messages;
  } catch (error) {
    throw new MessageError(`The catalogue ${file} is not JSON: ${(error as Error).message}.`);
  }
}

/** A category without a match would print the message's key, and an unknown parameter the word "undefined". */
function check(message: Message, english: Message | undefined, where: string) {
  if (typeof message !== 'string' && !Array.isArray(message)) {
    throw new MessageError(`The message ${where} is neither a sentence nor a list with one choice of sentences.`);
  }
  if (typeof message !== 'string') {
    const anyOf = (message[0].selectors ?? []).map((selector) => `${selector}=*`).join(', ');
    const given = Object.keys(message[0].match).map((key) =>
      key
        .split(/\s*,\s*/)
        .sort()
        .join(', '),
    );
    if (!given.includes(anyOf.split(', ').sort().join(', '))) {
      throw new MessageError(`The message ${where} has no case "${anyOf}", so some numbers would print its key.`);
    }
  }
  const known = parameters(english ?? '');
  for (const name of parameters(message)) {
    if (!known.has(name))
      throw new MessageError(`The message ${where} uses {${name}}, which the English one does not have.`);
  }
}

function parameters(message: Message): Set<string> {
  if (typeof message === 'string') return new Set([...message.matchAll(/(?<!\\)\{(\w+)\}/g)].map(([, name]) => name!));
  const { declarations = [], match } = message[0];
  const inputs = declarations.filter((line) => line.startsWith('input ')).map((line) => line.slice(6).trim());
  const locals = declarations
    .filter((line) => line.startsWith('local '))
    .map((line) => line.slice(6).split('=')[0]!.trim());
  const used = Object.values(match).flatMap((text) => [...parameters(text)]);
  return new Set([...inputs, ...used].filter((name) => !locals.includes(name)));
}

async function build() {
  const sources = fingerprint();
  const all = merge();
  mkdirSync(generated, { recursive: true });
  writeFileSync(join(generated, '.gitignore'), '*\n');

  // Built beside the old one and swapped in, so that whoever reads it meanwhile finds all of it.
  const work = join(generated, `.messages-${process.pid}`);
  const project = join(work, 'project.inlang');
  mkdirSync(project, { recursive: true });
  try {
    for (const locale of locales) writeFileSync(join(work, `${locale}.json`), JSON.stringify(all[locale]));
    const plugin = relative(work, join(root, 'node_modules/@inlang/plugin-message-format/dist/index.js'));
    writeFileSync(
      join(project, 'settings.json'),
      JSON.stringify({
        baseLocale: 'en',
        locales,
        modules: [`./${plugin.split(sep).join('/')}`],
        'plugin.inlang.messageFormat': { pathPattern: './{locale}.json' },
      }),
    );

    const { compile } = await import('@inlang/paraglide-js');
    await compile({
      project,
      outdir: join(work, 'out'),
      // No strategy looks at window, a cookie or a request: the caller says the language, the interface sets its own.
      strategy: ['globalVariable', 'baseLocale'],
      disableAsyncLocalStorage: true,
      emitGitIgnore: false,
      emitPrettierIgnore: false,
      emitReadme: false,
    });
    const index = readFileSync(join(work, 'out/messages/_index.js'), 'utf8');
    const lost = Object.keys(all.en).find(
      (key) => !index.includes(`'./${key}.js'`) && !index.includes(`"./${key}.js"`),
    );
    if (lost) throw new MessageError(`The compiler lost the message "${lost}".`);

    writeTypes(join(work, 'out'), all.en);
    writeTitles(
      join(work, 'out'),
      namedKeys().filter((key) => key in all.en),
    );
    writeFileSync(join(work, 'out/sources.sha256'), sources);
    rmSync(join(work, 'old'), { recursive: true, force: true });
    if (existsSync(outdir)) renameSync(outdir, join(work, 'old'));
    renameSync(join(work, 'out'), outdir);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return Object.keys(all.en).length;
}

/** By hand, because the compiler's own way takes TypeScript through each message: three times as long. */
function writeTypes(folder: string, english: Record<string, Message>) {
  const functions = Object.entries(english).map(([key, message]) => {
    const inputs = [...parameters(message)].map((name) => `${name}: NonNullable<unknown>`).join('; ');
    return `export declare const ${key}: (${inputs ? `inputs: { ${inputs} }` : 'inputs?: {}'}, options?: Options) => string;\n`;
  });
  writeFileSync(
    join(folder, 'messages.d.ts'),
    `import type { Locale } from './runtime.js';\ninterface Options { locale?: Locale }\n${functions.join('')}`,
  );
  const names = locales.map((locale) => `'${locale}'`);
  writeFileSync(
    join(folder, 'runtime.d.ts'),
    `export type Locale = ${names.join(' | ')};
export declare const locales: readonly [${names.join(', ')}];
export declare const getLocale: () => Locale;
export declare const overwriteGetLocale: (ask: () => Locale) => void;
`,
  );
}

function writeTitles(folder: string, keys: string[]) {
  const imports = keys.map((key) => `import { ${key} } from './messages/${key}.js';\n`).join('');
  writeFileSync(join(folder, 'titles.js'), `${imports}export const titles = { ${keys.join(', ')} };\n`);
  writeFileSync(
    join(folder, 'titles.d.ts'),
    `import type { Locale } from './runtime.js';\nexport declare const titles: Record<string, ((inputs?: {}, options?: { locale?: Locale }) => string) | undefined>;\n`,
  );
}

if (import.meta.main) {
  try {
    const compiled = await oneAtATime(join(generated, 'messages.lock'), async () => (isFresh() ? 0 : build()));
    console.log(
      compiled ? `Compiled ${compiled} messages in ${locales.length} languages.` : 'Messages are up to date.',
    );
    process.exit(0);
  } catch (error) {
    console.error(error instanceof MessageError ? error.message : error);
    process.exit(1);
  }
}
