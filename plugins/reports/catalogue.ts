import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Hms } from '../../core/hms.ts';
import type { LoadedPlugin } from '../../core/loader.ts';
import { hasMessage } from '../../core/messages.ts';
import { parseReport, type Report } from './definition.ts';

/**
 * Every report that the enabled plugins bring: `reports/*.sql` in their folders, those left out that need a plugin which is off.
 * @throws Error with one sentence when a report is wrong; the start stops with it
 */
export const readReports = (plugins: readonly LoadedPlugin[]): Map<string, Report> => {
  const on = new Set(plugins.map(({ name }) => name));
  const permissions = new Set(plugins.flatMap(({ permissions = {} }) => Object.keys(permissions)));
  const reports = plugins
    .flatMap(filesOf)
    .filter(({ needs }) => needs.every((name) => on.has(name)))
    .sort((a, b) => a.order - b.order || a.id.localeCompare(b.id));
  for (const { id, plugin, permission, title, about, columns, words } of reports) {
    if (!permissions.has(permission))
      throw new Error(`The report ${plugin}/reports/${id}.sql asks for "${permission}", which nobody declares.`);
    for (const key of [title, about, ...columns.map((column) => column.title), ...words])
      if (!hasMessage(key)) throw new Error(`The report ${plugin}/reports/${id}.sql names no message with "${key}".`);
  }
  const byId = new Map(reports.map((report) => [report.id, report]));
  if (byId.size < reports.length) throw new Error('Two reports have the same name.');
  return byId;
};

const filesOf = ({ name, folder }: LoadedPlugin): Report[] => {
  const reports = join(folder, 'reports');
  if (!existsSync(reports)) return [];
  return readdirSync(reports)
    .filter((file) => file.endsWith('.sql'))
    .map((file) =>
      parseReport(readFileSync(join(reports, file), 'utf8'), { id: basename(file, '.sql'), plugin: name }),
    );
};

const known = new WeakMap<Hms, Map<string, Report>>();
/** By name, in the order of the list; read once for each running hospital. */
export const reportsOf = (hms: Hms): ReadonlyMap<string, Report> => {
  const reports = known.get(hms) ?? readReports(hms.plugins);
  known.set(hms, reports);
  return reports;
};
