import { sql } from '../../core/database.ts';
import { startHms, type Client, type TestHms, type TestOptions } from '../hms.ts';

/** Monday; in Berlin 09:00. */
export const now = '2026-03-02T08:00:00Z';

export interface Hospital extends TestHms {
  clerk: Client;
  admin: Client;
  service: string;
  department: string;
  /** Two practitioners who work Monday to Friday 09:00–12:00 and 13:00–17:00 Berlin time, in rooms of their own. */
  practitioners: [string, string];
  rooms: [string, string];
  patient: (name?: string) => Promise<string>;
}

export const weekdays = (startTime: string, endTime: string, locationId?: string) =>
  [1, 2, 3, 4, 5].map((weekday) => ({ weekday, startTime, endTime, ...(locationId ? { locationId } : {}) }));

/** A small house made through the front door. */
export const startHospital = async (more: readonly string[] = [], options: TestOptions = {}): Promise<Hospital> => {
  const hms = await startHms(['auth', 'facility', 'patients', 'scheduling', ...more], { now, ...options });
  const admin = await hms.as('admin');
  const clerk = await hms.as('receptionist');
  const made = async (path: string, body: unknown): Promise<string> => {
    const { status, body: answer } = await admin.post(path, body);
    if (status !== 201) throw new Error(`${path}: ${status} ${JSON.stringify(answer)}`);
    return answer.id;
  };
  const department = await made('/api/departments', { name: 'General medicine' });
  const service = await made('/api/services', {
    name: 'Consultation',
    departmentId: department,
    durationMinutes: 30,
    chargeCode: 'CONSULT',
  });
  const rooms = [
    await made('/api/locations', { name: 'Room 1', kind: 'room', departmentId: department }),
    await made('/api/locations', { name: 'Room 2', kind: 'room', departmentId: department }),
  ] as [string, string];
  const practitioners = [
    await made('/api/practitioners', { familyName: 'Marsh', givenName: 'Ada', prefix: 'Dr', departmentId: department }),
    await made('/api/practitioners', { familyName: 'Rossi', givenName: 'Leo', prefix: 'Dr', departmentId: department }),
  ] as [string, string];
  for (const [n, id] of practitioners.entries())
    await amend(admin, `/api/availability/${id}`, {
      zone: 'Europe/Berlin',
      windows: [...weekdays('09:00', '12:00', rooms[n]), ...weekdays('13:00', '17:00', rooms[n])],
    });
  let count = 0;
  const patient = async (familyName = 'Testa'): Promise<string> => {
    const { status, body } = await clerk.post('/api/patients', {
      familyName,
      givenName: `Number${++count}`,
      birthDate: '1980-01-01',
      gender: 'female',
      phone: `+49 30 ${100000 + count}`,
      city: 'Berlin',
    });
    if (status !== 201) throw new Error(`patient: ${status} ${JSON.stringify(body)}`);
    return body.id;
  };
  return { ...hms, admin, clerk, department, service, rooms, practitioners, patient };
};

/** `at` is a wall time in Berlin on 3 March 2026 (+01:00), `minutes` the length. */
export const tuesday = (at: string, minutes = 30) => between(`2026-03-03T${at}:00+01:00`, minutes);
export const between = (startsAt: string, minutes: number) => ({
  startsAt,
  endsAt: Temporal.Instant.from(startsAt).add({ minutes }).toString(),
});
export const etag = (version: number) => ({ 'if-match': `W/"${version}"` });
/** As pages change a thing: with the version that was read. */
export const amend = async (client: Client, path: string, body: unknown): ReturnType<Client['put']> =>
  client.put(path, body, etag((await client.get(path)).body.version));

export const poolSize = 16;

/** How many database backends that took, beside its answer. */
export const countingBackends = async <Answer>(
  { db }: Hospital,
  work: () => Promise<Answer>,
): Promise<[Answer, number]> => {
  const sessions = async () => {
    await new Promise((resolve) => setTimeout(resolve, 1_100)); // statistics of idle backends arrive within a second
    await db.query(sql.unsafe`select pg_stat_clear_snapshot()`);
    const count = sql.unsafe`select sessions from pg_stat_database where datname = current_database()`;
    return Number(await db.oneFirst(count));
  };
  const before = await sessions();
  const answer = await work();
  return [answer, (await sessions()) - before];
};
