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
  /** Whose things each role that is let in is shown or may change. */
  whose: Readonly<Record<string, Whose>>;
}

/**
 * `own`: what is bound to the caller; `all`: everybody's but what is under protection; `cleared`: with clearance that as well; `yes`:
 * of a part that has no row in the table.
 */
type Whose = 'none' | 'own' | 'all' | 'cleared' | 'yes';

/** The table that is kept by hand and that the tests hold against the running server: by route, then by role. */
export type Table = ReadonlyMap<string, Readonly<Record<string, string>>>;

/** Of the many routes of a FHIR type one stands for its readings and one for its changes. */
export const keyOf = (route: string): string => {
  const [, methods, type] = /^(GET|POST, PUT) \/fhir\/R4\/(\w+)$/.exec(route) ?? [];
  return type ? `${methods === 'GET' ? 'GET' : 'PUT'} /fhir/R4/{type} ${type}` : route;
};

const rightsOf = ({ create, createMany, update }: AnyResource): ('read' | 'write')[] =>
  create || createMany || update ? ['read', 'write'] : ['read'];
const methodsOf = { read: 'GET', write: 'POST, PUT' } as const;

const columns = ['nobody', ...roles];

/** By plugin, in the order of their names; within one as the routes stand in its definition. */
export const permissionRows = (plugins: readonly LoadedPlugin[], table: Table = new Map()): PermissionRow[] => {
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
    .map(({ patients, ...row }) => {
      const held = holders(row.asks, patients);
      const cells = table.get(keyOf(row.route));
      const whose = columns.map(
        (column) => [column, held.includes(column) ? (cells?.[column] ?? 'yes') : 'none'] as const,
      );
      return { ...row, roles: held, whose: Object.fromEntries(whose) as PermissionRow['whose'] };
    })
    .sort((a, b) => a.plugin.localeCompare(b.plugin));
};

export const asCsv = (rows: readonly PermissionRow[]): string =>
  [
    ['plugin', 'route', 'asks', ...columns].join(','),
    ...rows.map(({ plugin, route, asks, whose }) =>
      [plugin, `"${route}"`, asks, ...columns.map((column) => whose[column])].join(','),
    ),
  ].join('\n');

const legend = `Whose things each role may see or change by a route:
  ·        nobody's: refused
  own      what is bound to the caller
  all      everybody's, but for records under a protection
  cleared  everybody's; of records under a protection with the clearance for it
  yes      of a part that is not in the table of test/access/matrix.csv
`;

export const asPage = (rows: readonly PermissionRow[]): string => {
  const wide = Math.max(...rows.map(({ route }) => route.length));
  const head = columns.map((column) => column.slice(0, 7).padEnd(8)).join('');
  const parts = [...new Set(rows.map(({ plugin }) => plugin))].map((plugin) => {
    const lines = rows
      .filter((row) => row.plugin === plugin)
      .map(({ route, asks, whose }) => {
        const cells = columns.map((column) => (whose[column] === 'none' ? '·' : whose[column]!).padEnd(8));
        return `${route.padEnd(wide)}  ${cells.join('')}${asks}`;
      });
    return `${plugin.toUpperCase().padEnd(wide)}  ${head}\n${lines.join('\n')}`;
  });
  return [legend, ...parts].join('\n\n');
};
