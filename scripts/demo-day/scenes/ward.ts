import { randomUUID } from 'node:crypto';
import type * as api from '../../../generated/api/types.ts';
import { timeOf, type Day, type Scene } from '../day.ts';
import { unless } from '../desk.ts';

const minute = 60_000;
const atOnce = 4;
/** What somebody else was quicker with: the next look at the board knows. */
const overtaken = ['bed-no-two-patients', 'bed-not-ready', 'stay-status', 'patient-in-one-bed'] as const;

/** Who waits for a bed is given one; rounds are made, people move, are cleared and go home, and beds are made ready again. */
export const ward: Scene = {
  name: 'ward',
  needs: ['inpatient'],
  open(day) {
    const leaving: api.Stay[] = [];
    day.attend('bed management', 6, () => giveBeds(day));
    day.attend('ward round', 20, () => makeRound(day));
    day.attend('discharges', 10, () => sendHome(day, leaving));
    day.attend('housekeeping', 8, () => clean(day));
    const brought = Math.max(1, Math.round((day.closesAt - day.opensAt) / (3 * 60 * minute)));
    for (let n = 0; n < brought; n++) {
      const at = day.opensAt + day.chance.of('ambulance', n) * (day.closesAt - day.opensAt);
      day.guest('somebody by ambulance', at, () => emergency(day, n));
    }
    if (day.has('billing')) day.attend('discharge desk', 15, () => bill(day, leaving));
    return Promise.resolve();
  },
};

const board = (day: Day): Promise<api.BedBoard> => day.desk('nurse').get('/api/bed-board');
const freeIn = ({ beds }: api.Ward): api.Bed[] => beds.filter(({ state, stay }) => state === 'U' && stay === null);
const inBeds = ({ wards }: api.BedBoard): { of: api.Ward; stay: api.Stay }[] =>
  wards.flatMap((of) => of.beds.flatMap(({ stay, reserved }) => (stay !== null && !reserved ? [{ of, stay }] : [])));
const isPast = (day: Day, at: string | null, minutes: number): boolean =>
  at !== null && day.agenda.now - timeOf(at) > minutes * minute;

/** Somebody who is known here, and in no bed yet, is brought in. */
const emergency = async (day: Day, n: number): Promise<void> => {
  const http = day.desk('nurse');
  const grownUp = Temporal.PlainDate.from(day.date).subtract({ years: 20 }).toString();
  for (const text of day.chance.shuffled(['an', 'ma', 'be', 'ko', 'sa'], 'ambulance', n)) {
    const found = await http.post('/api/patients/search', { text, limit: 20 });
    const adults = found.items.filter(
      ({ birthDate, deceasedAt }) => birthDate !== null && birthDate < grownUp && deceasedAt === null,
    );
    for (const { id: patientId } of day.chance.shuffled(adults, 'brought', n)) {
      const wish = { patientId, source: 'emd' as const, reason: 'Brought by ambulance after a fall' };
      const asked = await unless(http.post('/api/stays', wish, { key: randomUUID() }), 'stay-one-open-per-patient');
      if (asked) return day.measured.add('beds asked for');
    }
  }
};

/** Longest wait first, into the bed that is kept, else a free one of the ward that was asked for, else of any general one. */
const giveBeds = async (day: Day): Promise<boolean> => {
  const { wards, waiting } = await board(day);
  const http = day.desk('nurse');
  const taken = new Set<string>();
  let done = false;
  for (const { id, version, wardId, reserved } of waiting.slice(0, atOnce)) {
    const wished = wards.filter((it) => it.id === wardId);
    const others = wards.filter((it) => it.id !== wardId && it.level === 'general');
    const bed = [...wished, ...others].flatMap(freeIn).find((it) => !taken.has(it.id));
    if (!reserved && !bed) continue;
    if (!reserved && bed) taken.add(bed.id);
    const into = reserved || !bed ? {} : { bedId: bed.id };
    if (!(await unless(http.post(`/api/stays/${id}/admit`, into, { version }), ...overtaken))) continue;
    day.measured.add('admitted');
    done = true;
  }
  return done;
};

/** Who is well enough for a general ward moves there; who has been here as long as was planned goes home today. */
const makeRound = async (day: Day): Promise<boolean> => {
  const now = await board(day);
  const http = day.desk('doctor');
  let done = false;
  for (const { of, stay } of inBeds(now)) {
    const { id, version, status, plannedDischargeOn: planned } = stay;
    if (of.level === 'intensive' && day.chance.isIn100(8, 'better', id, day.date))
      done = (await move(day, now, stay)) || done;
    else if (status === 'admitted' && planned !== null && planned <= day.date) {
      if (!(await unless(http.post(`/api/stays/${id}/order-discharge`, {}, { version }), 'stay-status'))) continue;
      day.measured.add('discharges ordered');
      done = true;
    }
  }
  return done;
};

const move = async (day: Day, { wards }: api.BedBoard, { id, version }: api.Stay): Promise<boolean> => {
  const bed = wards.filter(({ level }) => level === 'general').flatMap(freeIn)[0];
  if (!bed) return false;
  const moved = await unless(
    day.desk('nurse').post(`/api/stays/${id}/transfer`, { bedId: bed.id }, { version }),
    ...overtaken,
  );
  if (moved) day.measured.add('transferred');
  return moved !== null;
};

/** The doctor says when nothing medical keeps them; the nurse says goodbye. */
const sendHome = async (day: Day, leaving: api.Stay[]): Promise<boolean> => {
  const stays = inBeds(await board(day)).map(({ stay }) => stay);
  const ordered = stays.filter((it) => it.status === 'discharge-ordered' && isPast(day, it.dischargeOrderedAt, 30));
  const cleared = stays.filter((it) => it.status === 'cleared' && isPast(day, it.clearedAt, 30));
  for (const { id, version } of ordered.slice(0, atOnce))
    if (await unless(day.desk('doctor').post(`/api/stays/${id}/clear`, {}, { version }), 'stay-status'))
      day.measured.add('medically cleared');
  for (const { id, version } of cleared.slice(0, atOnce)) {
    const disposition = day.chance.one(['home', 'home', 'home', 'home', 'rehab', 'snf'] as const, 'where to', id);
    const gone = await unless(
      day.desk('nurse').post(`/api/stays/${id}/discharge`, { disposition }, { version }),
      'stay-status',
    );
    if (!gone) continue;
    day.measured.add('discharged');
    leaving.push(gone);
  }
  return ordered.length + cleared.length > 0;
};

/** Their days in bed are on the invoice, a while after they have left. */
const bill = async (day: Day, leaving: api.Stay[]): Promise<boolean> => {
  const due = leaving.filter(({ dischargedAt }) => isPast(day, dischargedAt, 20));
  for (const stay of due) {
    leaving.splice(leaving.indexOf(stay), 1);
    const { patientId, encounterId } = stay;
    if (encounterId === null) continue;
    const invoice = await unless(
      day.desk('cashier').post('/api/invoices', { patientId, encounterId }, { key: randomUUID() }),
      'invoice-nothing-to-bill',
      'charge-needs-price',
    );
    if (!invoice) continue;
    day.measured.add('stays billed');
    const days = invoice.lines.filter(({ code }) => code.startsWith('BED'));
    day.measured.add(
      'bed-days charged',
      days.reduce((sum, { quantity }) => sum + quantity, 0),
    );
  }
  return leaving.length > 0 || due.length > 0;
};

const clean = async (day: Day): Promise<boolean> => {
  const dirty = (await board(day)).wards.flatMap(({ beds }) => beds.filter(({ state }) => state === 'H'));
  const due = dirty.filter(({ since }) => isPast(day, since, 15)).slice(0, atOnce);
  for (const { id, version } of due) {
    const clean = { state: 'U' } as const;
    if (await unless(day.desk('nurse').post(`/api/beds/${id}/state`, clean, { version }), 'bed-has-patient'))
      day.measured.add('beds cleaned');
  }
  return due.length > 0;
};
