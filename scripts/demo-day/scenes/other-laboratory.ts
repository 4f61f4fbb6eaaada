import type * as api from '../../../generated/api/types.ts';
import { timeOf, type Day, type Scene } from '../day.ts';
import { unless } from '../desk.ts';

type Message = api.LaboratoryMessage;
const minute = 60_000;
/** A result that is not back by then comes when the day is over. */
const patience = 90 * minute;
const atOnce = 8;

/** Orders leave for another laboratory and its results come back; what nobody knows the owner of is matched, or sent away. */
export const otherLaboratory: Scene = {
  name: 'other laboratory',
  needs: ['lab-adapter'],
  open(day) {
    const seen = new Set<string>();
    const away = new Map<string, number>();
    day.attend('laboratory connections', 5, async () => {
      await day.desk('labtech').get('/api/lab-connections');
      for (const it of await fresh(day, 'out', seen)) sent(day, it, away);
      for (const it of await fresh(day, 'in', seen)) came(day, it, away);
      const parked = await listed(day, { direction: 'in', state: 'parked', limit: 100 });
      for (const it of parked.slice(0, atOnce)) await match(day, it);
      return parked.length > 0 || [...away.values()].some((since) => day.agenda.now - since < patience);
    });
    return Promise.resolve();
  },
};

const listed = async (
  day: Day,
  query: { direction: 'in' | 'out'; state?: string; limit: number },
): Promise<Message[]> => (await day.desk('labtech').get('/api/lab-messages', { query })).items;

/** Newest first, as far back as there is something new of this day. */
const fresh = async (day: Day, direction: 'in' | 'out', seen: Set<string>): Promise<Message[]> => {
  const found: Message[] = [];
  for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
    const query = { direction, limit: 100, cursor };
    const page = await day.desk('labtech').get('/api/lab-messages', { query });
    const unseen = page.items.filter(({ id, createdAt }) => !seen.has(id) && timeOf(createdAt) >= day.opensAt);
    found.push(...unseen);
    cursor = unseen.length === page.items.length ? page.next : undefined;
  }
  // What waits to be sent is looked at again.
  for (const { id, state } of found) if (state !== 'waiting') seen.add(id);
  return found;
};

const sent = (day: Day, { kind, state, accession, createdAt }: Message, away: Map<string, number>): void => {
  if (state === 'waiting' || kind !== 'order') return;
  day.measured.add(`orders to another laboratory ${state}`);
  if (state === 'acknowledged' && accession !== null) away.set(accession, timeOf(createdAt));
};

const came = (day: Day, { state, accession }: Message, away: Map<string, number>): void => {
  day.measured.add(`messages of another laboratory ${state}`);
  if (accession !== null) away.delete(accession);
};

/** The specimen it names, else the newest of the patient it names that has this test; what fits none was not meant for this house. */
const match = async (day: Day, { id, version }: Message): Promise<void> => {
  const http = day.desk('labtech');
  const { says } = await http.get(`/api/lab-messages/${id}`);
  const named = (await http.get(`/api/lab-messages/${id}/candidates`)).items;
  const candidates = named.length > 0 ? named : await ofPatient(day, id, says?.numbers ?? []);
  const fits = candidates.find(({ tests }) => tests.some(({ code }) => says?.values.some((it) => it.code === code)));
  const matched =
    fits &&
    (await unless(
      http.post(`/api/lab-messages/${id}/match`, { specimenId: fits.specimenId }, { version }),
      'lab-message-does-not-fit',
      'outside-final-differs',
      'outside-order-closed',
      'result-implausible',
    ));
  if (matched) return day.measured.add('strange results matched');
  await http.post(`/api/lab-messages/${id}/reject`, { reason: 'Nobody here has ordered this.' }, { version });
  day.measured.add('strange results rejected');
};

const ofPatient = async (day: Day, id: string, numbers: readonly string[]): Promise<api.LaboratoryCandidate[]> => {
  const http = day.desk('labtech');
  for (const text of numbers) {
    const found = await http.post('/api/patients/search', { text, limit: 5 });
    const patient = found.items.find(({ recordNumber }) => recordNumber === text);
    if (!patient) continue;
    return (await http.get(`/api/lab-messages/${id}/candidates`, { query: { patientId: patient.id } })).items;
  }
  return [];
};
