import './switch.ts';
import { randomUUID } from 'node:crypto';
import type { RequestRoute } from '@hapi/hapi';
import type { AnyResource } from '../../fhir/resource.ts';
import type { Example, Row } from './examples.ts';
import type { House, Whose } from './hospital.ts';

// After the stand-in for core/access.ts is registered: see switch.ts.
const { canCreate, typesOf } = await import('../../fhir/types.ts');

/** A type that no plugin owns stands for all of them. */
const kept = 'Basic';
export const fhirJson = { 'content-type': 'application/fhir+json' };

/** The rows of one FHIR route: one for each type whose interaction is there. */
export const fhirRows = (house: House, route: RequestRoute, plugin: string): Row[] => {
  const key = `${route.method.toUpperCase()} ${route.path}`;
  if (!route.path.includes('{type}')) return [{ key, plugin, route }];
  const types = typesOf(house.hms.plugins);
  return [...types.owned, types.get(kept)]
    .filter((it) => isThere(it, route.path.endsWith('_search') ? 'get' : route.method))
    .map((it) => ({ key: `${key} ${it.type}`, plugin, route, fhir: it }));
};

const isThere = (it: AnyResource, method: string): boolean =>
  !(it.type === 'Slot' && ['put', 'post'].includes(method)) && // only an import brings them
  isOpenFor(it, method);
const isOpenFor = (it: AnyResource, method: string): boolean =>
  method === 'put' ? Boolean(it.update) : method === 'delete' ? Boolean(it.remove) : true;
const canPost = (row: Row): boolean => canCreate(row.fhir!);

/** Resources as they are now, by type and whose they are; read as somebody who may see everything. */
const ofNobody = ({ type, patient }: AnyResource): boolean => patient === null || type === 'Slot';
const found = new Map<string, { id: string; body: Record<string, unknown> }>();

const resourceOf = async (house: House, it: AnyResource, whose: Whose) => {
  const key = `${it.type} ${ofNobody(it) ? 'foreign' : whose}`;
  if (found.has(key)) return found.get(key)!;
  const client = house.caller('everything', true);
  if (it.type === kept) await addKept(house);
  if (it.type === 'Slot') {
    const { body } = await client.get('/fhir/R4/Schedule?_count=1');
    const slot = { resourceType: 'Slot', schedule: { reference: `Schedule/${body.entry[0].resource.id}` }, status: 'busy', start: '2025-03-03T10:00:00Z', end: '2025-03-03T10:30:00Z' }; // prettier-ignore
    const made = await client.post('/fhir/R4/Slot', JSON.stringify(slot), { ...fhirJson, 'openward-origin': 'import' });
    found.set(key, { id: made.body.id, body: made.body });
    return found.get(key);
  }
  const { body } = await client.get(`/fhir/R4/${it.type}?${searchOf(it)}`);
  for (const { resource } of body.entry ?? []) {
    const patient = it.type === 'Patient' ? resource.id : (house.owners.get(resource.id) ?? referred(resource));
    if (patient === undefined && !ofNobody(it)) continue;
    const of =
      patient === undefined
        ? 'foreign'
        : patient === house.own
          ? 'own'
          : house.protectedPatients.has(patient)
            ? 'protected'
            : 'foreign';
    // Of what is nobody's the one that names somebody under protection says most.
    const says =
      ofNobody(it) &&
      [...JSON.stringify(resource).matchAll(uuids)].some(([id]) =>
        house.protectedPatients.has(house.owners.get(id) ?? ''),
      );
    if (says || !found.has(`${it.type} ${of}`)) found.set(`${it.type} ${of}`, { id: resource.id, body: resource });
  }
  return found.get(key);
};

/** Free time is only searched for with a place and a day. */
export const searchOf = ({ type }: AnyResource): string =>
  type === 'Slot' ? 'start=ge2026-03-03&_count=20' : '_count=100';

const referred = (resource: object): string | undefined =>
  [...JSON.stringify(resource).matchAll(/Patient\/([0-9a-f-]{36})/g)].map(([, id]) => id)[0];

const addKept = async (house: House): Promise<void> => {
  for (const whose of ['foreign', 'protected'] as const)
    await house.caller('everything', true).post(
      `/fhir/R4/${kept}`,
      JSON.stringify({
        resourceType: kept,
        code: { text: 'kept' },
        subject: { reference: `Patient/${await house.find('patients.patient', whose)}` },
      }),
      fhirJson,
    );
};

const uuids = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
/** The same with ids of patients' things that nobody has. */
const elsewhere = (house: House, text: string): string =>
  text.replace(uuids, (id) => (house.owners.has(id) ? randomUUID() : id));

export const fhirExampleOf = async (
  house: House,
  row: Row,
  whose: Whose,
): Promise<{ example: Example; bound: string[] }> => {
  const { route } = row;
  const method = route.method === '*' ? 'PATCH' : route.method.toUpperCase();
  const headers: Record<string, string> = { 'openward-request': 'same-origin', accept: 'application/fhir+json' };
  const operation = /^\/fhir\/R4\/Appointment\/(?:\{id\}\/)?\$(\w+)$/.exec(route.path)?.[1];
  if (operation) return operationExampleOf(house, route.path, { method, headers, operation, whose });
  if (!row.fhir) {
    const entry = [{ request: { method: 'GET', url: 'Patient?_count=100' } }];
    const bundle = JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry });
    const isBundle = method === 'POST' && /R4\/?$/.test(route.path);
    const isMatch = route.path.endsWith('$match');
    const alike = { resourceType: 'Patient', name: [{ family: 'Doppel', given: ['Ganger'] }], birthDate: '1990-01-01' };
    return {
      bound: [],
      example: {
        method,
        path: route.path.replace('{path*}', 'nothing-here'),
        headers: { ...headers, ...(isBundle || isMatch ? fhirJson : {}) },
        ...(isBundle ? { body: bundle } : isMatch ? { body: JSON.stringify(alike) } : {}),
      },
    };
  }
  const it = row.fhir;
  // A patient has no door here: whose it is makes no difference.
  const source = (await resourceOf(house, it, whose === 'protected' ? whose : 'foreign')) ?? null;
  const isPost = method === 'POST' && !route.path.endsWith('_search');
  const names = route.path.includes('{id}') || method === 'PUT' || method === 'DELETE' || isPost;
  if (names && !source) throw new Error(`${row.key}: there is no ${it.type} of "${whose}"`);
  const id = whose === 'nowhere' ? randomUUID() : (source?.id ?? '');
  const bound = !ofNobody(it) && names && !(isPost && it.type === 'Patient') ? ['id'] : [];
  let path = route.path.replace('{type}', it.type).replace('{id}', id).replace('{version}', '1');
  if (method === 'PUT' || method === 'DELETE') headers['if-match'] = 'W/"999999"';
  if ((method === 'PUT' || method === 'DELETE') && !route.path.includes('{id}')) path += `?_id=${id}`;
  if (method === 'GET' && !route.path.includes('{id}'))
    path += `?${route.path.endsWith('_history') ? '_count=20' : searchOf(it)}`;
  // A Patient's body names nobody else: everybody's is the same one.
  const sample = it.type === 'Patient' ? await resourceOf(house, it, 'foreign') : source;
  const {
    id: _id,
    meta: _meta,
    text: _text,
    identifier: _identifier,
    detail: _detail,
    ...content
  } = sample?.body ?? {};
  const text = JSON.stringify(
    method === 'PUT' ? { ...content, ...(route.path.includes('{id}') ? { id } : {}) } : content,
  );
  const body = route.path.endsWith('_search')
    ? searchOf(it)
    : isPost || method === 'PUT'
      ? whose === 'nowhere'
        ? elsewhere(house, text).replace(/"id":"[^"]{36}"/, `"id":"${id}"`)
        : text
      : undefined;
  if (body !== undefined)
    Object.assign(
      headers,
      route.path.endsWith('_search') ? { 'content-type': 'application/x-www-form-urlencoded' } : fhirJson,
    );
  return { bound, example: { method, path, headers, ...(body === undefined ? {} : { body }) } };
};

/** What is asked beside R4's interactions: of an Appointment, or for its patient. */
const operationExampleOf = async (
  house: House,
  path: string,
  asked: { method: string; headers: Record<string, string>; operation: string; whose: Whose },
): Promise<{ example: Example; bound: string[] }> => {
  const { method, headers, operation, whose } = asked;
  const type = typesOf(house.hms.plugins).get('Appointment');
  // A patient has no door here: whose it is makes no difference.
  const source = await resourceOf(house, type, whose === 'protected' ? whose : 'foreign');
  const id = whose === 'nowhere' ? randomUUID() : source!.id;
  const [practitioner] = await house.rows('select id from facility.practitioner where active order by id limit 1');
  const parameter = (name: string, key: string, value: unknown) => ({ name, [key]: value });
  const one = parameter('practitioner', 'valueReference', { reference: `Practitioner/${practitioner!.id}` });
  const which = parameter('appointment-reference', 'valueReference', { reference: `Appointment/${id}` });
  const patient =
    whose === 'nowhere'
      ? randomUUID()
      : (await house.find('patients.patient', whose === 'protected' ? whose : 'foreign'))!;
  const service = (await house.rows('select id from facility.healthcare_service where active order by id limit 1'))[0]!;
  const appointment = {
    resourceType: 'Appointment',
    status: 'proposed',
    start: '2026-03-04T10:00:00Z',
    end: '2026-03-04T10:30:00Z',
    participant: [`Patient/${patient}`, `Practitioner/${practitioner!.id}`, `HealthcareService/${service.id}`].map(
      (reference) => ({ actor: { reference }, status: 'needs-action' }),
    ),
  };
  const parameters: Record<string, object[]> = {
    find: [one],
    hold: [{ name: 'appointment', resource: appointment }],
    book: [{ name: 'appointment', resource: appointment }],
    cancel: [which],
    confirm: [],
    reschedule: [parameter('start', 'valueDateTime', '2026-03-04T11:00:00Z')],
  };
  const body = JSON.stringify({ resourceType: 'Parameters', parameter: parameters[operation] });
  return {
    bound: operation === 'find' ? [] : ['id'],
    example: {
      method,
      path: `${path.replace('{id}', id)}${method === 'GET' ? `?practitioner=${practitioner!.id}` : ''}`,
      headers: { ...headers, ...(method === 'GET' ? {} : fhirJson) },
      ...(method === 'GET' ? {} : { body: operation === 'confirm' ? '{"resourceType":"Parameters"}' : body }),
    },
  };
};

export const isFhir = (route: RequestRoute): boolean => route.path.startsWith('/fhir/');
export const isOpen = (row: Row): boolean =>
  !row.fhir || !(row.route.method === 'post' && !row.route.path.endsWith('_search')) || canPost(row);
