import { reportsOf } from '../../plugins/reports/catalogue.ts';
import type { Row } from './examples.ts';
import { fhirRows, isFhir, isOpen } from './fhir.ts';
import type { House } from './hospital.ts';

const turn = ['get', 'put', 'post', 'delete', '*'];
/** These end what other rows need. */
const last = ['/api/portal-accesses/{id}/end', '/api/portal/switch', '/api/auth/logout'];

/** The rows that the running server has: each route, and apart where permissions differ within one. Readers come first. */
export const rowsOf = (house: House): Row[] => {
  const { server } = house.hms;
  return server
    .table()
    .filter(({ method }) => (method as string) !== 'auth')
    .sort(
      (a, b) =>
        last.indexOf(a.path) - last.indexOf(b.path) || turn.indexOf(a.method) - turn.indexOf(b.method) || a.path.localeCompare(b.path),
    )
    .flatMap((route): Row[] => {
      const key = `${route.method.toUpperCase()} ${route.path}`;
      const plugin = route.settings.app?.plugin ?? 'core';
      if (isFhir(route)) return fhirRows(house, route, plugin).filter(isOpen);
      if (route.path.startsWith('/api/reports/'))
        return [...reportsOf(house.hms).values()].map(({ id }) => ({ key: `${key} ${id}`, plugin, route, fixed: { id } }));
      if (key === 'GET /api/patients/{id}/record')
        return [
          { key, plugin, route },
          ...house.hms.plugins.flatMap(({ record }) =>
            Object.keys(record ?? {}).map((part) => ({ key: `${key} ${part}`, plugin, route, part })),
          ),
        ];
      return [{ key, plugin, route }];
    });
};
