import { startHms, type Answer, type Client, type TestHms } from '../hms.ts';
import { amend } from '../scheduling/hospital.ts';

/** Monday; in Berlin 09:00. */
export const now = '2026-03-02T08:00:00Z';

export interface Ward extends TestHms {
  doctor: Client;
  nurse: Client;
  clerk: Client;
  /** The practitioner that the user `doctor` is. */
  practitioner: string;
  department: string;
  service: string;
  patient: (more?: object) => Promise<string>;
  walkIn: (patientId: string) => Promise<Answer>;
}

/** A department with one doctor, made through the front door. */
export const startWard = async (more: readonly string[] = [], env: Record<string, string> = {}): Promise<Ward> => {
  const hms = await startHms(['auth', 'facility', 'patients', 'scheduling', 'ehr', ...more], { now, env });
  const [admin, doctor, nurse, clerk] = await Promise.all([
    hms.as('admin'),
    hms.as('doctor'),
    hms.as('nurse'),
    hms.as('receptionist'),
  ]);
  const made = async (client: Client, path: string, body: object): Promise<string> => {
    const answer = await client.post(path, body);
    if (answer.status !== 201) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body.id;
  };
  const users = await admin.get('/api/users');
  const userId = users.body.items.find((it: { username: string }) => it.username === 'doctor').id;
  const department = await made(admin, '/api/departments', { name: 'Cardiology' });
  const service = await made(admin, '/api/services', {
    name: 'Consultation',
    departmentId: department,
    durationMinutes: 30,
    chargeCode: 'CONSULT',
  });
  const practitioner = await made(admin, '/api/practitioners', {
    familyName: 'Diallo',
    givenName: 'Amina',
    prefix: 'Dr',
    departmentId: department,
    userId,
  });
  await amend(admin, `/api/availability/${practitioner}`, {
    zone: 'Europe/Berlin',
    windows: [1, 2, 3, 4, 5].map((weekday) => ({ weekday, startTime: '09:00', endTime: '17:00' })),
  });
  let count = 0;
  return {
    ...hms,
    doctor,
    nurse,
    clerk,
    practitioner,
    department,
    service,
    patient: (own = {}) =>
      made(clerk, '/api/patients', {
        familyName: 'Testa',
        givenName: `Number${(count += 1)}`,
        birthDate: '1980-01-01',
        gender: 'female',
        phone: `+49 30 ${100000 + count}`,
        city: 'Berlin',
        notSameReason: 'Of a test',
        ...own,
      }),
    walkIn: (patientId) =>
      doctor.post('/api/encounters', { patientId, practitionerId: practitioner, reason: 'Palpitations' }),
  };
};

export const etag = (version: number) => ({ 'if-match': `W/"${version}"` });
export const first = { 'if-none-match': '*' };
