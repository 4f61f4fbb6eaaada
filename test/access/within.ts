import { randomUUID } from 'node:crypto';
import Nes from '@hapi/nes';
import { exampleOf, type Example } from './examples.ts';
import { fhirExampleOf, fhirJson, isFhir } from './fhir.ts';
import type { House } from './hospital.ts';
import { comparable, send } from './observe.ts';
import type { Rehearsal } from './rehearsal.ts';
import { rowsOf } from './rows.ts';
import { answerAt } from './stand-in.ts';

/**
 * Requests in whose answer a permission check shows that the scope of no route says: by the file in which it stands. Several
 * where a file asks more than once, or about more than one thing.
 */
const requests: Record<string, (house: House) => Promise<Example[]>> = {
  'core/platform.ts': (house) => rowed(house, 'GET /api/platform'),
  'core/routes.ts': imported,
  'fhir/types.ts': () => Promise.resolve([reads('/fhir/R4/Encounter?_include=Encounter:patient')]),
  'plugins/auth/roles/reach.ts': (house) => denying(house),
  'plugins/ehr/fhir/composition.ts': (house) => rowed(house, 'POST /fhir/R4/{type} Composition'),
  'plugins/ehr/queries/encounters.ts': (house) => rowed(house, 'GET /api/encounters/{id}', { many: 20 }),
  'plugins/laboratory/routes/critical.ts': (house) => rowed(house, 'GET /api/laboratory/critical-results'),
  'plugins/patients/import/queries.ts': (house) => rowed(house, 'GET /api/patients/imports/{id}/lines', { many: 8 }),
  'plugins/patients/routes.ts': (house) => rowed(house, 'GET /api/patients/{id}/record'),
  'plugins/reports/routes.ts': (house) => rowed(house, 'GET /api/reports'),
  'plugins/scheduling/booking/actions.ts': (house) =>
    rowed(house, 'POST /api/appointments', { plus: 'overrideReason' }),
  'plugins/scheduling/leave/actions.ts': (house) => keeping(house),
};

const reads = (path: string): Example => ({ method: 'GET', path, headers: { accept: 'application/fhir+json' } });

/** As the matrix asks a row. */
const rowed = async (house: House, key: string, { many = 1, plus }: { many?: number; plus?: string } = {}) => {
  const row = rowsOf(house).find((it) => it.key === key);
  if (!row) throw new Error(`${key} is no row of the matrix`);
  if (isFhir(row.route)) return [(await fhirExampleOf(house, row, 'foreign')).example];
  const examples: Example[] = [];
  for (let nth = 0; nth < many; nth++)
    examples.push((await exampleOf(house, row, 'foreign', { fresh: true, nth, plus })).example);
  return examples;
};

/** A resource keeps the id that it had elsewhere. */
function imported(): Promise<Example[]> {
  const id = randomUUID();
  const patient = {
    resourceType: 'Patient',
    id,
    name: [{ family: 'Elsewhere' }],
    gender: 'female',
    birthDate: '1980-01-01',
  };
  const headers = { ...fhirJson, 'openward-origin': 'import' };
  return Promise.resolve([{ method: 'PUT', path: `/fhir/R4/Patient/${id}`, headers, body: JSON.stringify(patient) }]);
}

/** A role that denies something is given by those alone who administer roles. */
const denying = async (house: House): Promise<Example[]> => {
  const admin = house.caller('everything', true);
  const role = { title: `Denies ${randomUUID()}`, permissions: [], denied: ['report:read'], secondFactor: false };
  const { name } = (await admin.post('/api/roles', role)).body as { name: string };
  const [nurse] = await house.rows(`select id from auth."user" where username = 'nurse-plain'`);
  // And whoever gives no clearances changes nothing of somebody who sees more.
  await house.rows(`insert into core.clearance (user_id, label) values ('${nurse!.id}', 'hiv') on conflict do nothing`);
  return [
    { method: 'POST', path: `/api/users/${nurse!.id}/grants`, headers: {}, body: { role: name, reason: 'covers' } },
    { method: 'POST', path: `/api/users/${nurse!.id}/sessions/end`, headers: {}, body: {} },
  ];
};

/** An appointment stays in a leave. */
const keeping = async (house: House): Promise<Example[]> => {
  const [it] = await house.rows(`
    select a.id, a.version::text, a.practitioner_id as practitioner, (a.starts_at at time zone 'Europe/Berlin')::date::text as on
    from scheduling.appointment a
    where a.status = 'booked' and a.starts_at > core.now() + interval '1 day' and not exists (
      select from scheduling.appointment o where o.id <> a.id and o.practitioner_id = a.practitioner_id and o.status in ('booked', 'pending')
        and (o.starts_at at time zone 'Europe/Berlin')::date = (a.starts_at at time zone 'Europe/Berlin')::date)
    order by a.id limit 1`);
  if (!it) throw new Error('no appointment has a day for itself');
  return [
    {
      method: 'POST',
      path: `/api/availability/${it.practitioner}/leave`,
      headers: {},
      body: {
        fromOn: it.on,
        toOn: it.on,
        kind: 'vacation',
        outcomes: [{ appointmentId: it.id, version: Number(it.version), outcome: 'keep', reason: 'sees them all the same' }],
      },
    },
  ]; // prettier-ignore
};

/** Whether news that is meant for those with a permission is heard. */
const hears = async (house: House): Promise<string> => {
  const { token } = house.caller('everything', true);
  const line = new Nes.Client(house.url.replace('http', 'ws') as `ws://${string}`);
  await line.connect({ auth: { headers: { authorization: `Bearer ${token}` } }, reconnect: false });
  try {
    const heard = new Promise<string>((resolve) => {
      void line.subscribe('/live/messaging', () => resolve('heard'));
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    await house.hms
      .db()
      .transaction(async (tx) =>
        tx.announce({ name: 'messaging.messages-changed', subjectId: house.own, only: { permission: 'message:read' } }),
      );
    return await Promise.race([heard, new Promise<string>((resolve) => setTimeout(resolve, 1000, 'silence'))]);
  } finally {
    await line.disconnect();
  }
};

/** Whether somebody for whom this check says no is answered otherwise than somebody for whom it says yes. */
export const isTold = async (house: House, rehearsal: Rehearsal, site: string): Promise<boolean> => {
  const [file = ''] = site.split(':');
  const client = house.caller('everything', true);
  const withAnswer = async (is: boolean, ask: () => Promise<string>): Promise<string> => {
    answerAt(site, is);
    return ask().finally(() => answerAt());
  };
  if (file === 'core/live.ts')
    return (await withAnswer(false, () => hears(house))) !== (await withAnswer(true, () => hears(house)));
  for (const example of (await requests[file]?.(house)) ?? []) {
    const answer = () => rehearsal.during(() => send(house, client, example)).then(comparable);
    const both = [await withAnswer(false, answer), await withAnswer(true, answer)];
    if (both[0] !== both[1]) return true;
  }
  return false;
};
