/*
 * A new route fails test/access: it prints the row that was observed. To add it:
 * 1. If it says "add to inPath": give in examples.ts the table of the id in its path (inPath) or in its query and body (byKey).
 * 2. If every role is UNSEEN or the answer is 400: the smallest sample of its schema is not good enough; put more over it (`over`, `inQuery`).
 * 3. Read the row as a privacy officer would: who has to do this, about whom? LEAK is never right. Then add it to matrix.csv.
 */
import './switch.ts';
import type { Row } from './examples.ts';
import { fhirRows, isFhir, isOpen } from './fhir.ts';
import type { House } from './hospital.ts';

// After the stand-in for core/access.ts is registered: see switch.ts.
const { reportsOf } = await import('../../plugins/reports/catalogue.ts');

const turn = ['get', 'put', 'post', 'delete', '*'];
/** These end what other rows need. */
const last = ['/api/portal-accesses/{id}/end', '/api/auth/logout'];

/**
 * They change who is protected, or tell the reviewer which protected record was opened: what the table asks about them would
 * change under its hands. protection.test.ts asks instead, and test/portal of the switch, which ends the session that asks.
 */
const askedElsewhere = new Set([
  'POST /api/patients/{id}/labels/{label}',
  'POST /api/patients/{id}/labels/{label}/end',
  'GET /api/break-glass',
  'POST /api/break-glass/{id}/review',
  'POST /api/portal/switch',
]);

/** The rows of the table: those that it does not leave to other tests. */
export const rowsOf = (house: House): Row[] =>
  everyRow(house).filter(({ route }) => !askedElsewhere.has(`${route.method.toUpperCase()} ${route.path}`));

/** The rows that the running server has: each route, and apart where permissions differ within one. Readers come first. */
export const everyRow = (house: House): Row[] => {
  const { server } = house.hms;
  return server
    .table()
    .filter(({ method }) => (method as string) !== 'auth')
    .sort(
      (a, b) =>
        last.indexOf(a.path) - last.indexOf(b.path) ||
        turn.indexOf(a.method) - turn.indexOf(b.method) ||
        a.path.localeCompare(b.path),
    )
    .flatMap((route): Row[] => {
      const key = `${route.method.toUpperCase()} ${route.path}`;
      const plugin = route.settings.app?.plugin ?? 'core';
      if (isFhir(route)) return fhirRows(house, route, plugin).filter(isOpen);
      if (route.path.startsWith('/api/reports/'))
        return [...reportsOf(house.hms).values()].map(({ id }) => ({
          key: `${key} ${id}`,
          plugin,
          route,
          fixed: { id },
        }));
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
