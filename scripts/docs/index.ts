import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Db } from '../../core/database.ts';
import { isPlatform, root, type LoadedPlugin } from '../../core/loader.ts';
import { schemaOf } from '../../core/plugin.ts';
import { coreRefusals, type Refusals } from '../../core/refuse.ts';
import { readReports } from '../../plugins/reports/catalogue.ts';
import { readSchema } from './catalogue.ts';
import { english, table, withBlocks } from './markdown.ts';
import { emptyPage, pluginBlocks } from './plugins.ts';
import { overview, pluginOfSchema, schemaPage } from './schema.ts';

/** Every generated page, by its path from the root: what the database and the plugins say now, around the words people wrote. */
export const generatedDocs = async (owner: Db, plugins: readonly LoadedPlugin[]): Promise<Map<string, string>> => {
  const pages = new Map<string, string>();
  const refusals = Object.assign({}, coreRefusals, ...plugins.map((plugin) => plugin.refusals ?? {})) as Refusals;
  const inTurn = [...plugins].sort((a, b) => a.name.localeCompare(b.name, 'en'));
  const names = ['core', ...inTurn.map(({ name }) => schemaOf(name))];
  const schemas = await Promise.all(names.map((name) => readSchema(owner, name)));
  const titleOf = (schema: string) => {
    const plugin = pluginOfSchema(plugins, schema);
    if (schema === 'core') return 'the platform: time, history, events, audit, access';
    return plugin ? english(plugin.title) : schema;
  };
  const kept = schemas.filter(({ tables }) => tables.length > 0);
  for (const schema of kept)
    pages.set(`docs/schema/${schema.name}.md`, schemaPage(schema, titleOf(schema.name), refusals));
  pages.set('docs/schema/README.md', overview(kept, titleOf));
  const reports = [...readReports(plugins).values()];
  for (const plugin of inTurn) {
    if (isPlatform(plugin)) continue;
    const schema = schemas.find(({ name }) => name === schemaOf(plugin.name));
    if (!schema) throw new Error(`The plugin "${plugin.name}" has no schema.`);
    const own = reports.filter((report) => report.plugin === plugin.name);
    const path = `docs/plugins/${plugin.name}.md`;
    const page = existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : emptyPage(plugin);
    pages.set(path, withBlocks(page, pluginBlocks(plugin, inTurn, own, schema)));
  }
  const contents = readFileSync(join(root, 'docs/README.md'), 'utf8');
  pages.set('docs/README.md', withBlocks(contents, { parts: partsTable(plugins) }));
  return pages;
};

/** Dependencies first, as they start. */
const partsTable = (plugins: readonly LoadedPlugin[]): string =>
  table(
    ['part', 'is', 'needs', 'FHIR'],
    plugins
      .filter((plugin) => !isPlatform(plugin))
      .map(({ name, title, dependencies = [], fhir = [] }) => [
        `[${name}](plugins/${name}.md)`,
        english(title),
        dependencies.join(', '),
        fhir.map(({ type }) => type).join(', '),
      ]),
  );
