import type { Client, TestHms } from '../hms.ts';

/** What it answered, or the reason why not. */
export async function made(client: Client, path: string, body: object, headers?: Record<string, string>) {
  const answer = await client.post(path, body, headers);
  if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

export const newPatient = async (hms: TestHms, more: object = {}) =>
  made(await hms.as('receptionist'), '/api/patients', {
    familyName: 'Morales',
    givenName: 'Ines',
    prefix: 'Mrs',
    birthDate: '1961-07-14',
    gender: 'female',
    phone: '+49 30 901820',
    city: 'Berlin',
    notSameReason: 'Of a test',
    ...more,
  });

/** A patient as it is sent back: without what the server alone writes. */
export const writable = (patient: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(patient).filter(([key]) => !ours.includes(key)));
const ours = ['id', 'version', 'recordNumber', 'updatedAt', 'nameKind', 'multipleBirth', 'deceasedPrecision'];
