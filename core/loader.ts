import { existsSync, readdirSync } from 'node:fs';
import { createRequire, registerHooks } from 'node:module';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ConfigError, pluginNames, readConfig, type Config, type Environment } from './config.ts';
import type { Plugin } from './plugin.ts';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** A plugin and where its folder is: `sql/` lies there for outside plugins, in sql/<name> for ours. */
export interface LoadedPlugin extends Plugin {
  folder: string;
  migrations: string;
}

/** Plugins from outside say `openward/plugin`, `openward/fhir`, `openward/plugins/<name>`, wherever they lie. */
const doors = new Map([
  ['openward/plugin', 'core/public.ts'],
  ['openward/fhir', 'fhir/resource.ts'],
]);
registerHooks({
  resolve(specifier, context, next) {
    const [, plugin] = /^openward\/plugins\/([a-z0-9-]+)$/.exec(specifier) ?? [];
    const door = plugin ? `plugins/${plugin}/api.ts` : doors.get(specifier);
    return door ? { url: pathToFileURL(join(root, door)).href, shortCircuit: true } : next(specifier, context);
  },
});

/** Parts of the platform that are plugins in form and always on, and their folders. */
const platform: Readonly<Record<string, string>> = { fhir: 'fhir', operations: 'core/operations' };
export const isPlatform = ({ name }: { name: string }): boolean => Object.hasOwn(platform, name);

export const shipped = (): string[] =>
  readdirSync(join(root, 'plugins'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(root, 'plugins', entry.name, 'index.ts')))
    .map((entry) => entry.name)
    .sort();

const locate = (name: string): { entry: string; migrations: string } => {
  if (name.startsWith('.') || isAbsolute(name)) {
    const folder = resolve(name);
    const entry = ['index.ts', 'index.js'].map((file) => join(folder, file)).find(existsSync);
    if (!entry) throw new Error(`OPENWARD_PLUGINS names "${name}", but there is no index.ts or index.js in it.`);
    return { entry, migrations: join(folder, 'sql') };
  }
  const part = isPlatform({ name }) && platform[name];
  if (part) return { entry: join(root, part, 'index.ts'), migrations: join(root, 'sql', name) };
  const own = join(root, 'plugins', name, 'index.ts');
  if (existsSync(own)) return { entry: own, migrations: join(root, 'sql', name) };
  try {
    const entry = createRequire(join(root, 'package.json')).resolve(name);
    return { entry, migrations: join(dirname(entry), 'sql') };
  } catch {
    throw new Error(`OPENWARD_PLUGINS names "${name}", but no such plugin is there. Shipped: ${shipped().join(', ')}.`);
  }
};

const load = async (name: string): Promise<LoadedPlugin> => {
  const { entry, migrations } = locate(name);
  let module: { default?: Plugin };
  try {
    module = (await import(pathToFileURL(entry).href)) as { default?: Plugin };
  } catch (error) {
    throw new Error(`The plugin "${name}" cannot be loaded: ${(error as Error).message}`, { cause: error });
  }
  if (!module.default?.name) throw new Error(`The plugin "${name}" has no default export made by definePlugin.`);
  return { ...module.default, folder: dirname(entry), migrations };
};

/**
 * The plugins of this deployment, dependencies first. Naming one does not switch its dependencies on silently:
 * a missing one stops the start with a sentence.
 */
export const loadPlugins = async (names: readonly string[]): Promise<LoadedPlugin[]> => {
  const present = Object.keys(platform).filter((name) => existsSync(join(root, platform[name]!, 'index.ts')));
  const loaded = await Promise.all([...present, ...new Set(names)].map(load));
  return inOrder(loaded);
};

/** Plugins and settings as the environment has them. @throws ConfigError; a wrong plugin hides no other mistake */
export const readHospital = async (env: Environment): Promise<{ plugins: LoadedPlugin[]; config: Config }> => {
  const plugins = await loadPlugins(pluginNames(env) ?? shipped()).catch((error: unknown) => {
    const others = mistakesIn(env);
    throw others.length > 0 ? new ConfigError([(error as Error).message, ...others]) : error;
  });
  return { plugins, config: readConfig(env, plugins) };
};

const mistakesIn = (env: Environment): string[] => {
  try {
    readConfig(env);
    return [];
  } catch (error) {
    return (error as ConfigError).mistakes;
  }
};

export const inOrder = <P extends Plugin>(plugins: readonly P[]): P[] => {
  const byName = new Map(plugins.map((plugin) => [plugin.name, plugin]));
  const sorted: P[] = [];
  const visit = (plugin: P, path: readonly string[]) => {
    if (sorted.includes(plugin)) return;
    if (path.includes(plugin.name))
      throw new Error(`The plugins ${[...path, plugin.name].join(' → ')} depend on each other.`);
    for (const name of plugin.dependencies ?? []) {
      const needed = byName.get(name);
      if (!needed)
        throw new Error(
          `The plugin "${plugin.name}" needs "${name}", which is switched off. Add it to OPENWARD_PLUGINS.`,
        );
      visit(needed, [...path, plugin.name]);
    }
    for (const name of plugin.optional ?? []) {
      const wished = byName.get(name);
      if (wished) visit(wished, [...path, plugin.name]);
    }
    sorted.push(plugin);
  };
  for (const plugin of plugins) visit(plugin, []);
  return sorted;
};

/** FHIR types of plugins that ship but are switched off here: kept when they are imported, not served. */
export const typesSwitchedOff = async (plugins: readonly Plugin[]): Promise<ReadonlySet<string>> => {
  const off = shipped().filter((name) => !plugins.some((plugin) => plugin.name === name));
  const types = (await Promise.all(off.map(load))).flatMap((plugin) => (plugin.fhir ?? []).map(({ type }) => type));
  return new Set(
    types.filter((type) => !plugins.some((plugin) => plugin.fhir?.some((resource) => resource.type === type))),
  );
};

/** What the plugins add up to; two that claim the same permission, refusal or event name stop the start. */
export const checkPlugins = (plugins: readonly Plugin[]): void => {
  const owners = new Map<string, string>();
  for (const plugin of plugins) {
    for (const name of [
      ...Object.keys(plugin.permissions ?? {}),
      ...Object.keys(plugin.settings ?? {}),
      ...(plugin.fhir ?? []).map((resource) => `FHIR ${resource.type}`),
    ]) {
      const other = owners.get(name);
      if (other) throw new Error(`The plugins "${other}" and "${plugin.name}" both claim ${name}.`);
      owners.set(name, plugin.name);
    }
  }
  for (const plugin of plugins) {
    const asked = [
      ...Object.values(plugin.roles ?? {}).flat(),
      ...(plugin.navigation ?? []).flatMap(({ permission, needs = [] }) => [permission, ...needs]),
    ];
    for (const permission of asked) {
      if (!owners.has(permission))
        throw new Error(`The plugin "${plugin.name}" uses the permission "${permission}", which nobody declares.`);
    }
  }
};
