import './switch.ts';
import type { RequestRoute } from '@hapi/hapi';
import type { Choice, Row } from './examples.ts';
import { columns, forAll, type Column, type House } from './hospital.ts';
import { isFhir } from './fhir.ts';
import { readMatrix } from './matrix.ts';
import { ask, comparable, isRefused } from './observe.ts';
import type { Rehearsal } from './rehearsal.ts';
import { variants } from './swaps.ts';
import { asked, switchOff } from './stand-in.ts';

// After the stand-in for core/access.ts is registered: see switch.ts.
const { reportsOf } = await import('../../plugins/reports/catalogue.ts');

/** One permission check, taken out of the running server. */
interface Mutant {
  name: string;
  /** The rows that it holds. */
  rows: Row[];
  off: () => void;
  on: () => void;
}

const swapped = (name: string, rows: Row[], at: Record<string, string>, key: string): Mutant => {
  const before = at[key]!;
  return { name, rows, off: () => void (at[key] = forAll), on: () => void (at[key] = before) };
};

/** Scope of each route, and what is asked within one: per FHIR type, report and section of the record. */
export const permissionMutants = (house: House, rows: readonly Row[]): Mutant[] => {
  const scoped = new Map<RequestRoute, Row[]>();
  for (const row of rows) scoped.set(row.route, [...(scoped.get(row.route) ?? []), row]);
  const routes = [...scoped].flatMap(([route, own]): Mutant[] => {
    const auth = route.settings.auth as { access?: unknown } | undefined;
    if (!auth?.access) return [];
    const { access } = auth;
    const whole = own.filter(({ part, fixed }) => !part && !fixed);
    return [
      {
        name: `scope of ${route.method.toUpperCase()} ${route.path}`,
        rows: whole.length > 0 ? whole : own,
        off: () => void delete auth.access,
        on: () => void (auth.access = access),
      },
    ];
  });
  const types = new Map(rows.filter(({ fhir }) => fhir).map((row) => [row.fhir!.type, row.fhir!]));
  const ofType = [...types].flatMap(([type, { permission }]) => {
    const own = rows.filter(({ fhir }) => fhir?.type === type);
    const reads = own.filter(({ route }) => route.method === 'get' || route.path.endsWith('_search'));
    const writes = own.filter((row) => !reads.includes(row));
    return [
      swapped(`read of FHIR ${type}`, reads, permission as never, 'read'),
      ...(writes.length > 0 ? [swapped(`write of FHIR ${type}`, writes, permission as never, 'write')] : []),
    ];
  });
  // What the whole record asks for already is no check of a section.
  const ofRecord = rows.find(({ part }) => part)?.route.settings.auth as {
    access?: { scope?: { selection?: string[] } }[];
  };
  const asked = ofRecord?.access?.[0]?.scope?.selection ?? [];
  const ofSections = house.hms.plugins.flatMap(({ record }) => Object.entries(record ?? {}));
  const sections = ofSections
    .filter(([, section]) => !asked.includes(section.permission))
    .map(([name, section]) =>
      swapped(
        `section ${name} of the record`,
        rows.filter(({ part }) => part === name),
        section as never,
        'permission',
      ),
    );
  const reports = [...reportsOf(house.hms).values()].map((report) =>
    swapped(
      `report ${report.id}`,
      rows.filter(({ fixed }) => fixed?.id === report.id),
      report as never,
      'permission',
    ),
  );
  // Whoever sees nothing but one record is let in by no route that is for all who are signed in, unless it says so.
  const gates = [...scoped].flatMap(([route, own]): Mutant[] => {
    const { app } = route.settings;
    if (app?.access !== 'signed-in' || app.patients || isFhir(route)) return [];
    const rows = own.filter(({ key }) => readMatrix().get(key)?.patient === 'none');
    return [
      {
        name: `patients held back at ${route.method.toUpperCase()} ${route.path}`,
        rows,
        off: () => void (app.patients = true),
        on: () => void delete app.patients,
      },
    ];
  });
  return [...routes, ...gates, ...ofType, ...sections, ...reports];
};

/** Signed in, and no permission at all: for what every role may do, and for the portal, which holds staff back by itself. */
export const bare = ['bare', 'bare-patient'] as const;
export const askBare = (house: House, row: Row, caller: (typeof bare)[number]) =>
  ask(house, row, house.caller(caller), row.route.path.startsWith('/api/portal/') ? 'own' : 'foreign');

/** Whether somebody who is refused at one of the mutant's rows gets in without it. Staff first: patients are held by more than a scope. */
export const isCaught = async (house: House, mutant: Mutant): Promise<boolean> => {
  const expected = readMatrix();
  mutant.off();
  try {
    for (const row of mutant.rows)
      for (const column of columns.filter((it): it is Column => it !== 'nobody')) {
        if (expected.get(row.key)?.[column] !== 'none') continue;
        if (!isRefused(row, await ask(house, row, house.caller(column), 'foreign'))) return true;
      }
    for (const row of mutant.rows)
      for (const caller of bare) if (!isRefused(row, await askBare(house, row, caller))) return true;
    return false;
  } finally {
    mutant.on();
  }
};

/** Call sites of maySee, and for each the rows whose statements it stands in, with who may ask them. */
export const ownershipSites = async (
  house: House,
  rows: readonly Row[],
): Promise<Map<string, { row: Row; column: Column }[]>> => {
  const expected = readMatrix();
  const sites = new Map<string, { row: Row; column: Column }[]>();
  for (const row of rows) {
    const cells = expected.get(row.key);
    const column =
      columns.find((it) => it !== 'patient' && cells?.[it] === 'cleared') ??
      columns.find((it) => it !== 'patient' && cells?.[it] === 'all');
    if (!column || row.route.settings.app?.access === 'public') continue;
    asked.clear();
    await ask(house, row, house.caller(column), 'protected');
    await ask(house, row, house.caller(column), 'foreign');
    for (const site of asked) sites.set(site, [...(sites.get(site) ?? []), { row, column }]);
  }
  return sites;
};

type How = 'alone' | 'behind others' | 'in another state';
/** How many things are tried until one is in a state in which the statement is reached and tells. */
const tries = 15;

/**
 * Whether a filter that lets everything through is noticed: by itself, or, where another statement of the same request refuses
 * before it is reached, with those others out of the way too. In a rehearsal, about one thing after the other, what is done in
 * some states only is seen as well, and stays undone.
 */
export const isSiteCaught = async (
  house: House,
  site: string,
  uses: readonly { row: Row; column: Column }[],
  how: How,
  rehearsal: Rehearsal,
): Promise<boolean> => {
  const differs = async (
    row: Row,
    column: Column,
    others: (site: string) => boolean,
    which: Choice = {},
  ): Promise<boolean> => {
    const client = house.caller(column);
    switchOff(others);
    const with_ = await ask(house, row, client, 'protected', which);
    switchOff((each) => others(each) || each === site);
    const without = await ask(house, row, client, 'protected', which).finally(() => switchOff());
    const more = [...without.patients].filter((id) => house.protectedPatients.has(id) && !with_.patients.has(id));
    return more.length > 0 || comparable(with_) !== comparable(without);
  };
  if (how === 'alone') {
    for (const { row, column } of uses) if (await differs(row, column, () => false)) return true;
    return false;
  }
  const others = (each: string) => each !== site;
  if (how === 'behind others') {
    for (const { row, column } of uses)
      if ((await differs(row, column, others)) || (await differs(row, column, others, { fresh: true }))) return true;
    return false;
  }
  return rehearsal.during(async () => {
    for (const { row, column } of uses.filter(({ row: { route } }) => !isFhir(route)))
      for (const plus of row.route.method === 'get' ? variants(row) : [undefined])
        for (let nth = 1; nth < tries; nth++)
          if (await differs(row, column, others, { fresh: true, nth, plus })) return true;
    return false;
  });
};
