import './switch.ts';
import { randomUUID } from 'node:crypto';
import { byKey, exampleOf, type Row } from './examples.ts';
import { fhirExampleOf, fhirJson, isFhir, searchOf } from './fhir.ts';
import type { House } from './hospital.ts';
import type { Door } from './reading.ts';
import { rowsOf } from './rows.ts';

// After the stand-in for core/access.ts is registered: see switch.ts.
const { parametersOf } = await import('../../fhir/search/query.ts');

interface Key {
  type: string;
  flags?: { only?: boolean };
  allow?: unknown[];
  rules?: { name: string; args?: { limit?: number } }[];
}
const keysOf = ({ route }: Row): Record<string, Key> => {
  const query = (route.settings.validate as { query?: { describe?: () => { keys?: Record<string, Key> } } } | undefined)
    ?.query;
  return query?.describe?.().keys ?? {};
};

/** What a search by POST is asked; the rest of what is posted changes something. */
const searches: Record<string, object[]> = {
  'POST /api/patients/search': [
    { text: 'Doppel' }, { text: 'Verborgen' }, { text: '+49 987' }, { text: 'OW-' }, { text: '1909' }, { text: 'a' },
  ],
  'POST /api/patients/duplicates': [{ familyName: 'Doppel', givenName: 'Ganger', birthDate: '1990-01-01' }],
  'POST /api/till/search': [{ text: 'OW-' }, { text: 'Doppel' }, { text: 'Verborgen' }],
}; // prettier-ignore

/** What is asked of nobody's record, and answers otherwise each time. */
const ofTheMoment = new Set([
  'GET /api/auth/session', 'GET /api/auth/sessions', 'GET /metrics', 'GET /health/ready', 'GET /health/live', 'GET /api/operations',
]); // prettier-ignore

const withQuery = (path: string, more: Record<string, string>): string => {
  const url = new URL(path, 'http://here');
  for (const [name, value] of Object.entries(more)) url.searchParams.set(name, value);
  return url.pathname + url.search;
};

/** Every route that reads, in each way in which it can be asked for whatever there is: each tab, a wide time, all pages. */
export const doorsOf = async (house: House): Promise<Door[]> => {
  const doors: Door[] = [];
  for (const row of rowsOf(house)) {
    if (row.part || ofTheMoment.has(row.key) || /\{(path|file)\*?\}/.test(row.route.path)) continue;
    if (isFhir(row.route)) {
      doors.push(...(await fhirDoors(house, row)));
      continue;
    }
    const bodies = searches[row.key];
    if (row.route.method !== 'get' && !bodies) continue;
    const { example } = await exampleOf(house, row, 'foreign');
    if (bodies) {
      for (const body of bodies) doors.push({ ...example, body, name: `${row.key} ${JSON.stringify(body)}` });
      continue;
    }
    const keys = keysOf(row);
    const most = keys.limit?.rules?.find(({ name }) => name === 'max')?.args?.limit;
    const path = withQuery(example.path, most ? { limit: String(most) } : {});
    const wide = 'from' in keys && 'to' in keys ? [widely(keys)] : [];
    const ways = Object.entries(keys).flatMap(([name, key]) => {
      const values = key.type === 'boolean' ? [true, false] : key.flags?.only ? (key.allow ?? []) : [];
      return values.filter((value) => value !== null).map((value) => ({ [name]: String(value) }));
    });
    for (const way of [{}, ...wide, ...ways, ...wide.flatMap((time) => ways.map((way) => ({ ...time, ...way })))])
      doors.push({ ...example, path: withQuery(path, way), name: `${row.key} ${new URLSearchParams(way).toString()}` });
  }
  return doors;
};

const widely = (keys: Record<string, Key>): Record<string, string> => {
  const isDay = JSON.stringify(keys.from).includes('"date"');
  return isDay
    ? { from: '2025-06-01', to: '2026-05-31' }
    : { from: '2025-06-01T00:00:00Z', to: '2026-05-31T00:00:00Z' };
};

const fhirDoors = async (house: House, row: Row): Promise<Door[]> => {
  const { example } = await fhirExampleOf(house, row, 'foreign');
  const key = row.key;
  const it = row.fhir;
  if (!it) return /R4$/.test(row.route.path) && row.route.method === 'post' ? [batchOf(house, key, example)] : [];
  if (row.route.path.endsWith('_search')) return [{ ...example, name: key }];
  if (row.route.method !== 'get') return [];
  if (row.route.path !== '/fhir/R4/{type}') return [{ ...example, name: key }];
  const from = it.type === 'Slot' ? searchOf(it) : '_total=accurate';
  const types = house.hms.plugins.flatMap(({ fhir = [] }) => fhir as (typeof it)[]);
  const back = types.flatMap((other) =>
    [...parametersOf(other)]
      .filter(([, parameter]) => parameter.targets?.includes(it.type))
      .map(([name]) => `_revinclude=${other.type}:${name}`),
  );
  return ['', '_include=*', '_summary=count', ...back].map((more) => ({
    ...example,
    path: `/fhir/R4/${it.type}?${from}&_count=${more.startsWith('_rev') ? 25 : 100}${more && `&${more}`}`,
    name: `${key} ${more}`,
  }));
};

const batchOf = (house: House, key: string, example: { path: string; headers: Record<string, string> }): Door => {
  const urls = house.hms.plugins
    .flatMap(({ fhir = [] }) => fhir)
    .filter(({ type }) => !['Slot', 'AuditEvent'].includes(type))
    .map(({ type }) => `${type}?_count=100`);
  const entry = urls.map((url) => ({ request: { method: 'GET', url } }));
  return {
    method: 'POST',
    path: example.path,
    headers: { ...example.headers, ...fhirJson },
    body: JSON.stringify({ resourceType: 'Bundle', type: 'batch', entry }),
    name: key,
  };
};

/** Each filter of each list that names something of a patient: with what is hidden, and with what nobody has. */
export const filtersOf = async (house: House): Promise<{ name: string; hidden: string; missing: string }[]> => {
  const pairs: { name: string; hidden: string; missing: string }[] = [];
  const add = (name: string, path: string, key: string, hidden: string, missing: string) =>
    pairs.push({
      name: `${name} ${key}`,
      hidden: withQuery(path, { [key]: hidden }),
      missing: withQuery(path, { [key]: missing }),
    });
  for (const row of rowsOf(house)) {
    if (row.route.method !== 'get' || row.part) continue;
    if (!isFhir(row.route)) {
      const { example } = await exampleOf(house, row, 'foreign');
      for (const key of Object.keys(keysOf(row))) {
        const hidden = await hiddenBy(house, key);
        if (hidden) add(row.key, example.path, key, hidden, randomUUID());
      }
      continue;
    }
    const it = row.fhir;
    if (!it || row.route.path !== '/fhir/R4/{type}' || it.type === 'Slot') continue;
    for (const [key, parameter] of parametersOf(it)) {
      if (key === '_id')
        add(
          row.key,
          `/fhir/R4/${it.type}`,
          key,
          (await hiddenOf(house, it.table, it.patient)) ?? randomUUID(),
          randomUUID(),
        );
      for (const target of parameter.targets ?? []) {
        const other = house.hms.plugins
          .flatMap(({ fhir = [] }) => fhir as (typeof it)[])
          .find(({ type }) => type === target);
        const hidden = other && (await hiddenOf(house, other.table, other.patient));
        if (hidden) add(row.key, `/fhir/R4/${it.type}`, key, `${target}/${hidden}`, `${target}/${randomUUID()}`);
      }
    }
  }
  const [number] = [...house.numbers].find(([, id]) => house.protectedPatients.has(id))!;
  const patients = '/fhir/R4/Patient?_total=accurate';
  add('FHIR Patient', patients, 'name', 'Verborgen1', 'Niemand1');
  add('FHIR Patient', patients, 'given', 'Verborgen1', 'Niemand1');
  add('FHIR Patient', patients, 'birthdate', '1909-01-05', '1908-01-05');
  add('FHIR Patient', patients, 'phone', '+49 987 651', '+49 986 651');
  add('FHIR Patient', patients, 'identifier', number, 'OW-999-999-9');
  return pairs;
};

const hiddenBy = async (house: House, key: string): Promise<string | null> => {
  const [table = '', ...narrowed] = (byKey[key] ?? '').split(' where ');
  if (!table || narrowed.join().includes('{id}')) return null;
  return hiddenOf(
    house,
    table,
    table === 'patients.patient' ? 'id' : 'patient_id',
    narrowed.join(' where ') || undefined,
  );
};

const hiddenOf = async (
  house: House,
  table: string,
  patient: string | null,
  where = 'true',
): Promise<string | null> => {
  if (patient === null) return null;
  const [has] = await house.rows(
    `select count(*) as n from pg_attribute where attrelid = '${table}'::regclass and attname = '${patient}'`,
  );
  if (has!.n === '0') return null;
  const [row] = await house.rows(
    `select it.id from ${table} it where ${where} and it.${patient} in (select subject_id from core.subject_label) order by it.id limit 1`,
  );
  return row?.id ?? null;
};
