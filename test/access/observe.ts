import { exampleOf, type Choice, type Example, type Row } from './examples.ts';
import { fhirExampleOf, isFhir } from './fhir.ts';
import type { Column, House, Whose } from './hospital.ts';
import type { Client } from '../hms.ts';

/** none: refused; own: what is bound to the caller; all: everybody who is not protected; cleared: with clearance those as well. */
export const cells = ['none', 'own', 'all', 'cleared'] as const;
/** What must never be: something protected or somebody else's was shown, or an example that even those who may see it cannot. */
export type Cell = (typeof cells)[number] | 'LEAK' | 'UNSEEN';

export interface Sent {
  status: number;
  text: string;
  /** Patients whose things the answer names. */
  patients: Set<string>;
}

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

const recordNumber = /OW-\d{3}-\d{3}-\d/g;
/** The audit counts everybody and names nobody: ids are what a privacy officer asks by. */
const aboutAudit = (path: string): boolean => /^\/(api\/audit|fhir\/R4\/AuditEvent)/.test(path);

export const send = async (house: House, client: Client, { method, path, body, headers }: Example): Promise<Sent> => {
  const type: Record<string, string> =
    body === undefined || headers['content-type'] ? {} : { 'content-type': 'application/json' };
  const response = await client.fetch(path, {
    method,
    headers: { ...headers, ...type },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const patients = new Set<string>();
  const asked = new Set(JSON.stringify([path, body]).match(uuid));
  const idsCount = !aboutAudit(path);
  for (const [number] of text.matchAll(recordNumber)) {
    const patient = house.numbers.get(number);
    if (patient !== undefined) patients.add(patient);
  }
  for (const [id] of text.matchAll(uuid)) {
    const patient = idsCount ? house.owners.get(id) : undefined;
    if (patient !== undefined && (response.status < 300 || !asked.has(id))) patients.add(patient);
  }
  return { status: response.status, text, patients };
};

export const isRefused = (row: Row, { status, text }: Sent): boolean =>
  isFhir(row.route)
    ? status === 401 || status === 403
    : (status === 401 && text.includes('/problems/not-signed-in')) ||
      (status === 403 && text.includes('/problems/permission-missing'));

/** Status and body without what names the request or an id that was asked for. */
export const comparable = ({ status, text }: Sent): string =>
  `${status} ${text
    .replaceAll(uuid, '·')
    .replace(recordNumber, '·')
    .replace(/L\d{10}/g, '·')}`;

/** Routes whose answer is about the caller alone. */
const ofCaller = new Set([
  'GET /api/apps-let-in',
  'GET /api/auth/browsers',
  'GET /api/auth/email',
  'GET /api/auth/passkeys',
  'GET /api/auth/permissions',
  'GET /api/auth/second-factor',
  'GET /api/auth/session',
  'GET /api/auth/sessions',
  'GET /api/me/practitioner',
  'GET /api/platform',
  'POST /api/prints',
]);

/** What an earlier asking has used up. */
const prepare: Record<string, string> = {
  'POST /api/claims': 'update insurance.claim_line set live = false where live',
};

export const ask = async (
  house: House,
  row: Row,
  client: Client,
  whose: Whose,
  choice: Choice = {},
): Promise<Sent & { bound: boolean }> => {
  const before = prepare[row.key];
  if (before) await house.rows(before);
  const { example, bound } = await (isFhir(row.route)
    ? fhirExampleOf(house, row, whose)
    : exampleOf(house, row, whose, choice));
  const sent = await send(house, client, example);
  if (row.part && sent.status === 200) {
    const part = (JSON.parse(sent.text) as Record<string, unknown>)[row.part];
    return {
      ...sent,
      status: part === undefined ? 403 : 200,
      text: part === undefined ? '/problems/permission-missing' : JSON.stringify(part),
      bound: true,
    };
  }
  return { ...sent, bound: bound.length > 0 };
};

const anyOf = (set: ReadonlySet<string>, of: ReadonlySet<string>): boolean => [...of].some((it) => set.has(it));

/** Asks as this column's caller about own, foreign, protected and missing things, and says what the cell is. */
export const observe = async (house: House, row: Row, column: Column): Promise<{ cell: Cell; why?: string }> => {
  const { route } = row;
  const plain = house.caller(column);
  const portal = route.path.startsWith('/api/portal/');
  const whose: Whose = column === 'patient' && portal ? 'own' : 'foreign';
  const first = await ask(house, row, plain, whose);
  const why = `${first.status} ${first.text.slice(0, 160)}`;
  if (isRefused(row, first)) return { cell: 'none' };
  if (route.settings.app?.access === 'public')
    return { cell: anyOf(new Set(house.owners.values()), first.patients) ? 'LEAK' : 'all', why };
  if (first.status >= 500) return { cell: 'UNSEEN', why };
  if (column === 'nobody') return { cell: 'LEAK', why };
  if (column === 'patient') {
    if ([...first.patients].some((id) => !house.ofPortalUser.has(id))) return { cell: 'LEAK', why };
    if (!first.bound) return { cell: 'own', why };
    const missing = comparable(await ask(house, row, plain, 'nowhere'));
    if (comparable(first) === missing) return { cell: portal ? 'UNSEEN' : 'own', why };
    for (const other of ['foreign', 'protected'] as const)
      if (comparable(await ask(house, row, plain, other)) !== missing) return { cell: 'LEAK', why };
    return { cell: 'own', why };
  }
  if (ofCaller.has(row.key)) return { cell: 'own', why };
  if (anyOf(house.protectedPatients, first.patients)) return { cell: 'LEAK', why };
  const cleared = house.caller(column, true);
  if (!first.bound) {
    const withClearance = await ask(house, row, cleared, 'foreign');
    if (anyOf(house.protectedPatients, withClearance.patients)) return { cell: 'cleared', why };
    const again = comparable(await ask(house, row, plain, 'foreign'));
    const differs = again === comparable(first) && again !== comparable(withClearance) && route.method === 'get';
    return { cell: differs ? 'cleared' : 'all', why };
  }
  const hidden = await ask(house, row, plain, 'protected');
  const missing = comparable(await ask(house, row, plain, 'nowhere'));
  if (comparable(hidden) !== missing || anyOf(house.protectedPatients, hidden.patients))
    return { cell: 'LEAK', why: `protected: ${comparable(hidden).slice(0, 200)} missing: ${missing.slice(0, 200)}` };
  if (comparable(first) === missing) return { cell: 'UNSEEN', why };
  const seen = comparable(await ask(house, row, cleared, 'protected'));
  return { cell: seen === missing ? 'all' : 'cleared', why: `${why} cleared: ${seen.slice(0, 100)}` };
};
