import { apiDocument } from '../../core/server.ts';
import type { LoadedPlugin } from '../../core/loader.ts';
import type { AnyResource } from '../../fhir/resource.ts';
import { roles } from '../../plugins/auth/roles/defaults.ts';

/** One route, or one interaction of a FHIR type, and the roles that hold what it asks for. */
export interface PermissionRow {
  plugin: string;
  route: string;
  /** The permission, or who else may call it: signed-in, public. */
  asks: string;
  roles: readonly string[];
}

const rightsOf = ({ create, createMany, update }: AnyResource): ('read' | 'write')[] =>
  create || createMany || update ? ['read', 'write'] : ['read'];
const methodsOf = { read: 'GET', write: 'POST, PUT' } as const;

/** By plugin, in the order of their names; within one as the routes stand in its definition. */
export const permissionRows = (plugins: readonly LoadedPlugin[]): PermissionRow[] => {
  /** `patients`: who is bound to one record may call it too, about themselves. */
  const holders = (asks: string, patients: boolean): readonly string[] => {
    if (asks === 'public') return ['nobody', ...roles];
    if (asks === 'signed-in') return roles.filter((role) => patients || role !== 'patient');
    return roles.filter((role) => plugins.some((plugin) => plugin.roles?.[role]?.includes(asks)));
  };
  const ofRoutes = Object.entries(apiDocument(plugins, '').paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, it]) => ({
      plugin: String(plugins.find(({ routes }) => routes?.some((own) => own.path === path))?.name ?? 'core'),
      route: `${method.toUpperCase()} ${path}`,
      asks: String((it as unknown as Record<string, unknown>)['x-permission']),
      patients: (it as unknown as Record<string, unknown>)['x-patients'] === true,
    })),
  );
  const ofTypes = plugins.flatMap(({ name, fhir = [] }) =>
    (fhir as AnyResource[]).flatMap((it) =>
      rightsOf(it).map((right) => ({
        plugin: name,
        route: `${methodsOf[right]} /fhir/R4/${it.type}`,
        asks: it.permission[right],
        patients: false,
      })),
    ),
  );
  return [...ofRoutes, ...ofTypes]
    .map(({ patients, ...row }) => ({ ...row, roles: holders(row.asks, patients) }))
    .sort((a, b) => a.plugin.localeCompare(b.plugin));
};

const columns = ['nobody', ...roles];

export const asCsv = (rows: readonly PermissionRow[]): string =>
  [
    ['plugin', 'route', 'asks', ...columns].join(','),
    ...rows.map(({ plugin, route, asks, roles: held }) =>
      [plugin, `"${route}"`, asks, ...columns.map((column) => (held.includes(column) ? 'yes' : ''))].join(','),
    ),
  ].join('\n');

export const asPage = (rows: readonly PermissionRow[]): string => {
  const wide = Math.max(...rows.map(({ route }) => route.length));
  const head = columns.map((column) => column.slice(0, 6).padEnd(7)).join('');
  return [...new Set(rows.map(({ plugin }) => plugin))]
    .map((plugin) => {
      const lines = rows
        .filter((row) => row.plugin === plugin)
        .map(
          ({ route, asks, roles: held }) =>
            `${route.padEnd(wide)}  ${columns.map((column) => (held.includes(column) ? 'yes' : '·').padEnd(7)).join('')}${asks}`,
        );
      return `${plugin.toUpperCase().padEnd(wide)}  ${head}\n${lines.join('\n')}`;
    })
    .join('\n\n');
};
