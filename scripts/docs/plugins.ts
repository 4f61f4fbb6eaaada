import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LoadedPlugin } from '../../core/loader.ts';
import type { Plugin } from '../../core/plugin.ts';
import type { Report } from '../../plugins/reports/definition.ts';
import type { Schema } from './catalogue.ts';
import { code, codes, english, table } from './markdown.ts';
import { settingRows } from './settings.ts';

/** The page of a plugin that nobody has written yet: the generated parts follow. */
export const emptyPage = (plugin: Plugin): string => `# ${english(plugin.title)}\n\n(\`${plugin.name}\`)\n`;

/** The tables of a plugin's page, from its definition. */
export const pluginBlocks = (
  plugin: LoadedPlugin,
  plugins: readonly LoadedPlugin[],
  reports: readonly Report[],
  schema: Schema,
): Record<string, string> => ({
  facts: facts(plugin, reports, schema),
  permissions: table(
    ['permission', 'who has it may', 'given at first to'],
    Object.entries(plugin.permissions ?? {}).map(([name, key]) => [code(name), english(key), rolesWith(plugin, name)]),
  ),
  events: `${table(['published', 'heard by'], published(plugin, plugins))}\n\n${heard(plugin)}`,
  refusals: refusals(plugin, schema),
  settings: table(['setting', 'is', 'default'], settingRows(plugin.settings ?? {}), '*No settings of its own.*'),
});

const link = (name: string): string => `[${name}](${name}.md)`;
const listed = (items: readonly string[], none = 'nothing'): string => (items.length > 0 ? items.join(', ') : none);

const facts = (plugin: LoadedPlugin, reports: readonly Report[], schema: Schema): string =>
  table(
    ['', ''],
    [
      ['needs', listed((plugin.dependencies ?? []).map(link))],
      ['uses when on', listed((plugin.optional ?? []).map(link))],
      ['FHIR', listed((plugin.fhir ?? []).map(({ type }) => type))],
      ['in the complete record', listed(Object.keys(plugin.record ?? {}).map(code))],
      [
        'in the menu',
        listed(
          (plugin.navigation ?? []).map(
            ({ title, path, permission, needs = [] }) =>
              `${english(title)} \`${path}\` (${[permission, ...needs].map(code).join(' and ')})`,
          ),
        ),
      ],
      [
        'jobs',
        listed(Object.entries(plugin.jobs ?? {}).map(([name, { every }]) => `${code(name)} every ${every / 1000} s`)),
      ],
      ['services', listed(Object.keys(plugin.services ?? {}).map(code))],
      ['reports', listed(reports.map(({ title, permission }) => `${english(title)} (${code(permission)})`))],
      ['tables', schema.tables.length > 0 ? `[schema \`${schema.name}\`](../schema/${schema.name}.md)` : 'nothing'],
      ['must always hold', listed(Object.keys(plugin.invariants ?? {}), 'what the constraints say')],
    ].filter(([name, value]) => value !== 'nothing' || name === 'needs') as string[][],
  );

const rolesWith = ({ roles = {} }: Plugin, permission: string): string =>
  Object.keys(roles)
    .filter((role) => roles[role]?.includes(permission))
    .map((role) => english(`role_${role}`).toLowerCase())
    .join(', ');

const eventName = (plugin: string) =>
  new RegExp(`['\`](${plugin}\\.[a-z]+(?:-[a-z]+)*-(?:[a-z]+|\\$\\{\\w+\\}))['\`]`, 'g');

/** Names of events in the plugin's own source: they are plugin.noun-done, and nothing else looks like that but its jobs and kinds of alert. */
const published = (plugin: LoadedPlugin, plugins: readonly LoadedPlugin[]): string[][] => {
  const jobs = new Set(Object.keys(plugin.jobs ?? {}));
  const found = new Set<string>();
  for (const file of globSync('**/*.ts', { cwd: plugin.folder }).sort()) {
    const source = readFileSync(join(plugin.folder, file), 'utf8').replace(/kind: ['`][^'`]*['`]/g, '');
    for (const [, name = ''] of source.matchAll(eventName(plugin.name))) found.add(name.replace(/\$\{\w+\}/, '*'));
  }
  const listening = (name: string) => plugins.filter(({ on }) => on?.[name]).map((it) => link(it.name));
  const heardOnly = plugins
    .flatMap(({ on }) => Object.keys(on ?? {}))
    .filter((name) => name.startsWith(`${plugin.name}.`));
  return [...new Set([...found, ...heardOnly])]
    .filter((name) => !jobs.has(name))
    .sort()
    .map((name) => [code(name), listening(name).join(', ')]);
};

const heard = ({ on = {} }: Plugin): string =>
  Object.keys(on).length === 0 ? 'It hears no event.' : `It hears ${codes(Object.keys(on).sort())}.`;

const refusals = (plugin: Plugin, schema: Schema): string =>
  table(
    ['refusal', 'kept by', 'answer', 'told'],
    Object.entries(plugin.refusals ?? {})
      .sort(([a], [b]) => a.localeCompare(b, 'en'))
      .map(([name, [status, key]]) => [
        code(name),
        schema.rules.find((rule) => rule.name === name)?.kind ?? 'code',
        String(status),
        english(key),
      ]),
  );
