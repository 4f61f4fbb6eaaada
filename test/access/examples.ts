import { randomUUID } from 'node:crypto';
import type { RequestRoute } from '@hapi/hapi';
import type { AnyResource } from '../../fhir/resource.ts';
import { at, type House, type Whose } from './hospital.ts';
import { sampleOf } from './sample.ts';
import { freeBed } from './under-way.ts';

/** One request, ready to be sent. */
export interface Example {
  method: string;
  path: string;
  body?: unknown;
  headers: Record<string, string>;
}

/** What is asked of one route: a row of the matrix. */
export interface Row {
  key: string;
  plugin: string;
  route: RequestRoute;
  /** Replaces parts of the path before ids are put in: the type of a FHIR resource, the id of a report. */
  fixed?: Record<string, string>;
  /** The part of the answer that the row is about. */
  part?: string;
  /** The FHIR type that it is about. */
  fhir?: AnyResource;
}

/** Where somebody under protection lies. */
const lodged = (what: string): string =>
  `exists (select from inpatient.bed_stay b join core.subject_label l on l.subject_id = b.patient_id where b.${what}_id = it.id and b.status = 'active')`;

/** What somebody does with their own; nobody of the table of roles is this one. */
const ofCaller = `it.user_id = (select id from auth."user" where username = 'everything-plain')`;

/** A time that somebody keeps, which nobody has offered. */
const keptTime =
  'scheduling.appointment where it.held_until is not null and not exists (select from scheduling.waitlist_offer o where o.appointment_id = it.id)';

/** A visit by video that is under way. */
const byVideo =
  "scheduling.appointment where it.status = 'booked' and exists (select from facility.healthcare_service s where s.id = it.service_id and s.telehealth)";

/** Whose table an id in a path is of, by the path up to it; the longest that fits. */
const inPath: Record<string, string> = {
  '/api/alerts': 'messaging.alert',
  '/api/allergies': 'ehr.allergy_intolerance',
  '/api/appointments': 'scheduling.appointment',
  '/api/appointments/{id}/release': keptTime,
  '/api/appointments/{id}/join': byVideo,
  '/api/portal/visits/{id}/join': byVideo,
  '/api/claims': 'insurance.claim',
  '/api/conditions': 'ehr.condition',
  '/api/contacts': 'patients.contact where it.active',
  '/api/coverages': 'insurance.coverage',
  '/api/encounters': 'ehr.encounter',
  '/api/identifiers': 'patients.identifier where it.active',
  '/api/invoices': 'billing.invoice',
  '/api/lab-messages': "lab_adapter.incoming where it.state = 'parked'",
  '/api/lab-messages/{id}/resend': 'lab_adapter.outgoing',
  '/api/laboratory/accessions': 'laboratory.specimen where it.accession is not null',
  '/api/laboratory/critical-results': 'laboratory.critical_result',
  '/api/laboratory/orders': 'laboratory.service_request#requisition_id where it.requisition_id is not null',
  '/api/laboratory/requests': 'laboratory.service_request where it.requisition_id is not null',
  '/api/laboratory/results': 'laboratory.result',
  '/api/laboratory/specimens':
    'laboratory.specimen where exists (select from laboratory.result r where r.specimen_id = it.id)',
  '/api/medication-dispenses': 'pharmacy.medication_dispense',
  '/api/medication-requests': 'ehr.medication_request',
  '/api/messages': 'messaging.message where it.kind is not null',
  '/api/notes': 'ehr.composition',
  '/api/observations': 'ehr.observation',
  '/api/patients': 'patients.patient',
  '/api/patients/imports': "patients.import where it.status = 'ready'",
  '/api/payer-messages': 'insurance_adapter.message',
  '/api/portal-accesses': 'portal.access where it.ended_at is null',
  '/api/portal-invitations': 'portal.invitation where it.withdrawn_at is null',
  '/api/portal/bills': 'billing.invoice',
  '/api/portal/payments': 'portal.payment',
  '/api/portal/results': 'laboratory.result where it.released_at is not null',
  '/api/portal/visits': "scheduling.appointment where it.starts_at > core.now() and it.status = 'booked'",
  '/api/queue/tickets': "scheduling.ticket where it.status in ('created', 'in-progress')",
  '/api/queue/tickets/{id}/patient': "scheduling.ticket where it.status = 'created'",
  '/api/queue/tickets/{id}/reopen': "scheduling.ticket where it.status = 'fulfilled'",
  '/api/portal/holds': keptTime,
  '/api/series': 'scheduling.series',
  '/api/groups': 'scheduling.group_session',
  '/api/portal/waitlist': "scheduling.waitlist_entry where it.status = 'waiting'",
  '/api/portal/waitlist-offers': "scheduling.waitlist_offer where it.status = 'open'",
  '/api/stays': 'inpatient.stay',
  '/api/waitlist': "scheduling.waitlist_entry where it.status = 'waiting'",
  '/api/waitlist-offers': "scheduling.waitlist_offer where it.status = 'open'",
  // what is no patient's
  '/api/clients': 'oauth.client',
  '/api/availability': 'facility.practitioner',
  '/api/availability/{practitionerId}/leave': 'scheduling.leave',
  '/api/availability/me/leave': 'scheduling.leave',
  '/api/capacities': 'facility.location',
  '/api/holidays': 'scheduling.holiday',
  '/api/beds': `inpatient.bed where ${lodged('bed')}`,
  '/api/appointments/{id}/reschedule': "scheduling.appointment where it.status = 'booked'",
  '/api/beds/{id}/state': "inpatient.bed where it.state <> 'O'",
  '/api/identifier-types': "patients.identifier_type where it.system = 'urn:openward:passport'",
  '/api/departments': "facility.organization where it.kind = 'department'",
  '/api/devices': 'facility.device where it.patient_id is null',
  '/api/insurance-plans': 'insurance.plan',
  '/api/lab-connections': 'lab_adapter.connection',
  '/api/laboratory/deputies': 'laboratory.deputy',
  '/api/laboratory/tests': 'laboratory.test',
  '/api/locations': 'facility.location',
  '/api/medications': 'ehr.medication',
  '/api/payers': 'insurance.payer',
  '/api/practitioners': 'facility.practitioner',
  '/api/queue/displays': 'scheduling.queue_display',
  '/api/queue/points': 'scheduling.service_point',
  '/api/queue/points/{id}/call-next':
    "scheduling.service_point where exists (select from scheduling.ticket t where t.point_id = it.id and t.status = 'created')",
  '/api/roles': "auth.role#name where it.name = 'cashier'",
  '/api/services': 'facility.healthcare_service',
  '/api/stock/lots': 'pharmacy.lot',
  // Whose password is set and whose sessions are ended: nobody who asks here.
  '/api/users': 'auth."user" where it.username = \'spare\'',
  '/api/apps-let-in': 'auth."user" where it.username = \'spare\'',
  '/api/auth/browsers': `auth.known_device where ${ofCaller}`,
  '/api/auth/passkeys': 'auth."user" where it.username = \'spare\'',
  '/api/auth/sessions': `auth.session where ${ofCaller}`,
  '/api/break-glass': 'core.break_glass',
  '/api/break-glass/{id}/end': `core.break_glass where ${ofCaller}`,
  '/api/wards': `inpatient.ward where ${lodged('ward')}`,
};

/** Whose table an id in a query or a body is of, by its key. */
export const byKey: Record<string, string> = {
  relatedId: 'patients.patient',
  typeId: "patients.identifier_type where it.system = 'urn:openward:passport'",
  patientId: 'patients.patient',
  otherId: "patients.patient where it.id <> '{id}'",
  encounterId: 'ehr.encounter',
  originId: 'ehr.encounter',
  invoiceId:
    'billing.invoice where exists (select from insurance.share s where s.invoice_id = it.id and s.payer_minor > 0)',
  medicationRequestId: 'ehr.medication_request',
  specimenId: 'laboratory.specimen',
  resultId: "laboratory.result where it.specimen_id = '{id}'",
  'POST /api/payments invoiceId': 'billing.invoice where it.open_minor > 0',
  claimId: 'insurance.claim',
  // what is no patient's
  pointId: 'scheduling.service_point',
  pointIds: 'scheduling.service_point',
  nextPointId: 'scheduling.service_point',
  also: 'patients.patient',
  approval: 'facility.healthcare_service',
  bedId: `inpatient.bed where ${freeBed}`,
  siteId: "facility.location where it.kind = 'site'",
  departmentId: "facility.organization where it.kind = 'department'",
  department: "facility.organization where it.kind = 'department'",
  deputyId: "facility.practitioner where it.id <> '{practitionerId}'",
  deviceId: 'facility.device where it.patient_id is null',
  locationId: 'facility.location',
  medicationId: 'ehr.medication',
  // what many are allergic to
  'POST /api/medication-requests medicationId': "ehr.medication where it.display ~* 'amoxicillin'",
  panelId: 'laboratory.panel',
  parentId: "facility.location where it.id <> '{id}'",
  payerId: 'insurance.payer',
  planId: 'insurance.plan',
  practitionerId: 'facility.practitioner',
  responsibleId: 'facility.practitioner',
  service: 'facility.healthcare_service',
  serviceId: 'facility.healthcare_service',
  userId: 'auth."user" where it.username = \'spare\'',
  wardId: 'inpatient.ward',
  testId: 'laboratory.test',
};

const everyWeek = {
  zone: 'Europe/Berlin',
  startOn: '2026-03-03',
  minutes: 30,
  rule: { frequency: 'weekly', count: 1 },
};

type Id = (key: string) => string;
/** Where the smallest sample is not good enough: what is put over it. Functions ask for ids of whoever the request is about. */
const over: Record<string, (id: Id, house: House) => object> = {
  'POST /api/allergies': () => ({ display: 'Penicillin' }),
  'POST /api/laboratory/orders': (id) => ({ items: [{ testId: id('testId') }] }),
  'POST /api/vitals': () => ({ heartRate: 70 }),
  'POST /api/conditions': () => ({ code: 'I10' }),
  'POST /api/remittances': () => ({ amountMinor: 1 }),
  'POST /api/payments': () => ({ method: 'card' }),
  'POST /api/appointments': () => ({ startsAt: '2026-03-03T10:00:00Z', endsAt: '2026-03-03T10:30:00Z' }),
  // A day of visits and of groups.
  'POST /api/availability/{practitionerId}/leave/impact': () => ({ fromOn: '2027-07-06', toOn: '2027-07-06' }),
  'POST /api/series': () => ({ ...everyWeek, startTime: '11:00' }),
  'POST /api/series/preview': () => ({ ...everyWeek, startTime: '11:00' }),
  'POST /api/series/{id}/change': () => ({ scope: 'all', reason: 'as agreed' }),
  'POST /api/series/{id}/cancel': () => ({ scope: 'all' }),
  'POST /api/series/{id}/extend': () => ({ count: 1 }),
  'POST /api/series/{id}/extend/preview': () => ({ count: 1 }),
  'POST /api/groups': () => ({ startsAt: '2026-03-03T10:00:00Z', endsAt: '2026-03-03T11:00:00Z' }),
  'POST /api/groups/{id}/reschedule': () => ({ startsAt: '2026-03-03T14:00:00Z', endsAt: '2026-03-03T15:00:00Z' }),
  'POST /api/holds': () => ({ startsAt: '2026-03-03T11:00:00Z', endsAt: '2026-03-03T11:30:00Z' }),
  'POST /api/portal/holds': (_id, { slot }) => ({ ...slot }),
  'POST /api/clients': () => ({
    kind: 'app',
    scopes: ['openid'],
    redirectUris: ['https://app.example/back'],
    keys: '',
  }),
  'PUT /api/clients/{id}': () => ({ scopes: ['openid'], redirectUris: ['https://app.example/back'], keys: '' }),
  'POST /api/users': () => ({ username: 'somebody', password: 'quite a long password', roles: ['nurse'] }),
  'POST /api/users/{id}/grants': () => ({ role: 'nurse', until: null, reason: 'covers the night' }),
  'POST /api/roles': () => ({ permissions: [], denied: [] }),
  'PUT /api/roles/{name}': () => ({ permissions: [], denied: [] }),
  'POST /api/identifier-types': () => ({ code: 'SB', name: null, system: `urn:sample:${randomUUID()}` }),
  'PUT /api/identifier-types/{id}': () => ({ code: 'PPN', name: null, system: 'urn:openward:passport' }),
  'POST /api/patients/{id}/identifiers': () => ({ value: randomUUID() }),
  'PUT /api/identifiers/{id}': () => ({ value: randomUUID() }),
  'POST /api/patients/{id}/contacts': () => ({ familyName: 'Sample' }),
  'PUT /api/contacts/{id}': () => ({ familyName: 'Sample' }),
  'PUT /api/patients/{id}/deceased': () => ({ deceased: false }),
  'PUT /api/patients/{id}/photo': () => ({
    content: 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  }),
  'POST /api/patients/imports': () => ({
    content: Buffer.from('Family name,Given names,Birth date,Sex\nA,B,1980-01-01,f').toString('base64'),
  }),
  'PUT /api/patients/imports/{id}/columns': () => ({ meanings: ['familyName', 'givenName', 'birthDate', 'gender'] }),
  'POST /api/patients/imports/{id}/decisions': () => ({ lines: [2], decision: 'skip' }),
  'POST /api/patients/search': () => ({ text: 'Doppel' }),
  'POST /api/patients/duplicates': () => ({ familyName: 'Doppel', givenName: 'Ganger', birthDate: '1990-01-01' }),
  'POST /api/patients/duplicates/not-same': () => ({ reason: 'another birth place' }),
  'POST /api/auth/email': () => ({ email: 'somebody@hospital.example' }),
  'POST /api/users/{id}/email': () => ({ email: 'somebody@hospital.example' }),
  'POST /api/auth/forgotten/link': () => ({ token: 'x'.repeat(43) }),
  'POST /api/auth/forgotten/password': () => ({ token: 'x'.repeat(43) }),
  'POST /api/auth/reauthenticate': () => ({ password: 'not the password' }),
  'POST /api/auth/sessions/end': () => ({ keepThis: true }),
  'POST /api/till/search': () => ({ text: 'OW-' }),
  'POST /api/portal/prints': () => ({ what: 'portal-bills' }),
  'POST /api/prints': (id) => ({ what: 'wristband', patientIds: [id('patientId')] }),
  'POST /api/queue/tickets': (id) => ({ patientId: id('patientId') }),
  'POST /api/queue/points': () => ({ name: 'Somewhere', prefix: 'Q' }),
  'PUT /api/queue/points/{id}': () => ({ name: 'Somewhere', prefix: 'Q' }),
  'POST /api/queue/tickets/{id}/priority': () => ({ priority: 'elderly' }),
  'POST /api/portal/visits': (_id, { slot }) => ({ ...slot }),
  'POST /api/portal/visits/{id}/move': (_id, { slot }) => (slot ? { ...slot, serviceId: undefined } : {}),
  'POST /api/portal/invitation/accept': () => ({ username: 'somebody' }),
  'POST /api/appointments/{id}/reschedule': () => ({
    startsAt: '2026-03-03T10:00:00Z',
    endsAt: '2026-03-03T10:30:00Z',
  }),
  'POST /api/laboratory/critical-results/{id}/call': () => ({ readBack: '1' }),
  'POST /api/laboratory/critical-results/{id}/acknowledge': () => ({ readBack: '1' }),
  'POST /api/laboratory/specimens/{id}/results': (id) => ({
    results: [{ id: id('resultId'), version: 999, value: '1' }],
  }),
  'POST /api/laboratory/specimens/{id}/verify': (id) => ({ results: [{ id: id('resultId'), version: 999 }] }),
  'POST /api/laboratory/results/{id}/correct': () => ({ withdraw: true }),
  'POST /api/stock/lots/{id}/corrections': () => ({ type: 'quarantine' }),
};

/** The same for queries. */
const inQuery: Record<string, object | ((id: Id) => object)> = {
  'GET /api/codes/icd-10-cm': { text: 'hypertension' },
  'GET /api/codes/substances': { text: 'penicillin' },
  'GET /api/charge-items': (id) => ({ patientId: id('patientId') }),
  'GET /api/laboratory/orders': (id) => ({ patientId: id('patientId') }),
  'GET /api/slots': (id) => ({ practitionerId: id('practitionerId') }),
  'GET /api/laboratory/trend': { code: '718-7' },
  'GET /api/laboratory/worklist': { tab: 'results' },
  'GET /api/lab-messages/{id}/candidates': (id) => ({ patientId: id('patientId') }),
  'GET /api/lab-messages': { direction: 'in' },
};

const stale = 'W/"999999"';

/** Which of many requests of a row. */
export interface Choice {
  /** With the version that is there, so that what is asked for happens. */
  fresh?: boolean;
  /** About another thing each: the first, the second … What is of a patient stays of one. */
  nth?: number;
  /** Path of an optional key that is sent too. */
  plus?: string | undefined;
}

/** Makes the requests of a row, about the things of whoever is meant. */
export const exampleOf = async (
  house: House,
  row: Row,
  whose: Whose,
  { fresh = false, nth = 0, plus }: Choice = {},
): Promise<{ example: Example; bound: string[]; tables: Map<string, string> }> => {
  const { route } = row;
  const method = route.method.toUpperCase();
  const key = `${method} ${route.path}`;
  /** Keys whose ids are of a patient: path, query and body. */
  const bound: string[] = [];
  const known = new Map<string, string>();
  /** Ids that the request names, and whose table each is of. */
  const tables = new Map<string, string>();
  let patient: string | undefined;
  let version: string | undefined;
  const take = async (name: string, of: string): Promise<void> => {
    const [from, ...narrowed] = of.split(' where ');
    const [table = '', column = 'id'] = (from ?? '').split('#');
    const where = narrowed.length
      ? narrowed.join(' where ').replace(/\{(\w+)\}/g, (_, other: string) => known.get(other) ?? randomUUID())
      : undefined;
    const ofPatient = await isOfPatient(house, table, where);
    if (ofPatient) bound.push(name);
    const found = ofPatient
      ? await house.find(table, whose, { where, column, nth, patient })
      : at(await house.rows(`select it.${column} as id from ${table} it where ${where ?? 'true'} order by it.id`), nth)
          ?.id;
    if (!found) throw new Error(`${row.key}: nothing in ${of} for "${whose}"`);
    known.set(name, found);
    tables.set(found, of);
    if (ofPatient && nth > 0) patient ??= house.owners.get(found);
    if (!fresh || name !== 'id') return;
    if (route.path.startsWith('/api/encounters/{id}/note'))
      version = (await house.rows(`select version from ehr.composition where encounter_id = '${found}'`))[0]?.version;
    // A group is as old as the appointment that takes its time.
    const versions = table === 'scheduling.group_session' ? 'scheduling.appointment' : table;
    if (version === undefined && column === 'id' && (await has(house, versions, 'version')))
      version = (await house.rows(`select version from ${versions} where id = '${found}'`))[0]?.version;
  };
  const longest = Object.keys(inPath)
    .filter((path) => route.path === path || route.path.startsWith(`${path}/`))
    .sort((a, b) => b.length - a.length)[0];
  const params = [...route.path.matchAll(/\{(\w+)\*?\}/g)]
    .map(([, name]) => name!)
    .filter((name) => !(row.fixed && name in row.fixed));
  for (const name of params) {
    if (name === 'path' || name === 'file') known.set(name, 'nothing-here');
    else if (name === 'uid')
      known.set(name, 'nothing-here'); // a request belongs to the browser it came with
    else if (name === 'secret')
      known.set(name, 'nothing-here'); // a link that nobody made
    else if (name === 'sequence') known.set(name, '1');
    else if (name === 'code') known.set(name, 'SAMPLE-1');
    else if (name === 'label') known.set(name, 'restricted');
    else if (name === 'form') known.set(name, 'label');
    else if (name === 'role') known.set(name, 'nurse');
    else if (name === 'permission') known.set(name, 'user:read');
    else if (byKey[name]) await take(name, byKey[name]!);
    else if (longest) await take(name, inPath[longest]!);
    else throw new Error(`${row.key}: add to \`inPath\` of test/access/examples.ts whose table {${name}} is of`);
  }
  if (known.has('accession')) {
    const [it] = await house.rows(`select accession from laboratory.specimen where id = '${known.get('accession')}'`);
    known.set('accession', it?.accession ?? 'L2603020000');
  }
  const validate = route.settings.validate as Record<string, { describe?: () => never } | null> | undefined;
  const schemas = [validate?.query, validate?.payload].map((schema) => schema?.describe?.());
  const wanted = new Set<string>();
  const idOf = (name: string): string => {
    wanted.add(name);
    return known.get(name) ?? randomUUID();
  };
  // Twice: first to hear which ids are named, then with them.
  const sample = () => schemas.map((schema) => (schema ? (sampleOf(schema, '', idOf, plus) as object) : undefined));
  sample();
  over[key]?.(idOf, house);
  const more = inQuery[key];
  if (typeof more === 'function') more(idOf);
  for (const name of wanted) {
    const of =
      name === 'id' && longest ? inPath[longest] : ((fresh ? byKey[`${key} ${name}`] : undefined) ?? byKey[name]);
    // Of two patients, one in the path or both in the body, the other.
    const another = name === 'otherId' && !known.has('id') ? of?.replace('{id}', '{patientId}') : of;
    if (another && !known.has(name)) await take(name, another);
  }
  const [query, body] = sample();
  const asked = { ...query, ...(typeof more === 'function' ? more(idOf) : more) };
  let path = route.path.replace(/\{(\w+)\*?\}/g, (_, name: string) => row.fixed?.[name] ?? known.get(name)!);
  if (Object.keys(asked).length > 0) path += `?${new URLSearchParams(asked as Record<string, string>).toString()}`;
  const { versioned, idempotent } = route.settings.app ?? {};
  if (fresh && versioned && version === undefined) {
    const etag = (await house.caller('everything', true).get(path)).headers.get('etag');
    version = /\d+/.exec(etag ?? '')?.[0];
  }
  const sent = { ...body, ...over[key]?.(idOf, house) };
  if (fresh) await putVersions(house, sent, tables);
  return {
    bound,
    tables,
    example: {
      method: method === '*' ? 'POST' : method,
      path,
      ...(method === 'GET' ? {} : { body: sent }),
      headers: {
        ...(fresh && versioned === 'if-there' && version === undefined ? { 'if-none-match': '*' } : {}),
        ...(versioned ? { 'if-match': version === undefined ? stale : `W/"${version}"` } : {}),
        ...(idempotent ? { 'idempotency-key': randomUUID() } : {}),
        'openward-request': 'same-origin',
      },
    },
  };
};

/** Things named within a body with the version that was read: each gets the one that it has. */
const putVersions = async (house: House, it: unknown, tables: ReadonlyMap<string, string>): Promise<void> => {
  if (typeof it !== 'object' || it === null) return;
  const thing = it as { id?: string; version?: number };
  const [table] = tables.get(thing.id ?? '')?.split(' where ') ?? [];
  if (table && thing.version !== undefined)
    thing.version = Number(
      (await house.rows(`select version from ${table} where id = '${thing.id}'`))[0]?.version ?? thing.version,
    );
  for (const inner of Object.values(it)) await putVersions(house, inner, tables);
};

const columnsThere = new Map<string, boolean>();
const has = async (house: House, table: string, column: string): Promise<boolean> => {
  const key = `${table} ${column}`;
  const known = columnsThere.get(key);
  if (known !== undefined) return known;
  const [it] = await house.rows(
    `select count(*) as n from pg_attribute where attrelid = '${table}'::regclass and attname = '${column}'`,
  );
  columnsThere.set(key, Number(it!.n) > 0);
  return Number(it!.n) > 0;
};

const isOfPatient = async (house: House, table: string, where?: string): Promise<boolean> =>
  table === 'patients.patient' || (!where?.includes('patient_id is null') && has(house, table, 'patient_id'));
