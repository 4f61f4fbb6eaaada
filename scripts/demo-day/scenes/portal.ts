import { randomUUID } from 'node:crypto';
import type * as api from '../../../generated/api/types.ts';
import type { Player } from '../agenda.ts';
import { textOf, timeOf, type Day, type Scene } from '../day.ts';
import { Refused, signIn, unless, type Desk } from '../desk.ts';

const minute = 60_000;
/** So many of those who owe something and of those who are here are given a letter with a code. */
const letters = 2;
const perHour = 1 / 4;
const password = 'four amber lanterns';

/** Patients at home: they take up an invitation, book, move and cancel, look at results and bills, pay, and see who has looked at their record. */
export const portal: Scene = {
  name: 'portal',
  needs: ['portal'],
  async open(day) {
    day.guest('the patient of the demo', day.opensAt + 25 * minute, async (me) => {
      const { url, password: usual } = day.wish;
      const home = await signIn(url, day.measured, { username: 'patient', password: usual });
      await atHome(day, me, home, 'patient');
      await payBills(day, me, home, 'patient');
    });
    const owing = await whoOwes(day);
    for (let n = 0; n < letters; n++)
      day.guest('somebody with a letter', day.opensAt + (5 + 15 * n) * minute, async (me) => {
        // Who has an access already needs no letter.
        for (let patient = owing.shift(); patient; patient = owing.shift()) if (await takeUp(day, me, patient)) return;
      });
    if (day.has('ehr')) inviteWhoIsHere(day);
  },
};

const adults = (day: Day, patients: readonly api.PatientSummary[]): api.PatientSummary[] => {
  const grownUp = Temporal.PlainDate.from(day.date).subtract({ years: 18 }).toString();
  return patients.filter(({ birthDate, deceasedAt }) => birthDate && birthDate < grownUp && !deceasedAt);
};

const whoOwes = async (day: Day): Promise<api.PatientSummary[]> => {
  if (!day.has('billing')) return [];
  const { items } = await day.desk('cashier').get('/api/till', { query: { limit: 50 } });
  const owing = items.filter(({ invoices }) => invoices.length > 0).map(({ patient }) => patient);
  return adults(day, owing);
};

/** Whoever likes is given a code on the way to the doctor, and pays at home. */
const inviteWhoIsHere = (day: Day): void => {
  const asked = new Set<string>();
  const most = Math.max(letters, Math.round(((day.closesAt - day.opensAt) / (60 * minute)) * perHour));
  day.attend('portal desk', 5, async () => {
    if (asked.size >= most || !day.isOpen) return false;
    const query = { date: day.date, status: 'arrived,triaged,in-progress', limit: 100 };
    const visits = (await day.desk('cashier').get('/api/encounters', { query })).items;
    const here = visits
      .filter((it) => it.class !== 'IMP' && it.arrivedAt !== null && timeOf(it.arrivedAt) >= day.opensAt)
      .map(({ patient: it }) => it);
    const patient = adults(day, here).find(({ id }) => !asked.has(id));
    if (!patient) return false;
    asked.add(patient.id);
    day.payAtHome.add(patient.id);
    day.guest('somebody who was invited', day.agenda.now, async (me) => void (await takeUp(day, me, patient)));
    return true;
  });
};

/** Reception hands out the code, the patient types it at home. Gives whether there was a code to hand out. */
const takeUp = async (
  day: Day,
  me: Player,
  { id: patientId, recordNumber, birthDate }: api.PatientSummary,
): Promise<boolean> => {
  day.payAtHome.add(patientId);
  const invited = await unless(
    day.desk('receptionist').post('/api/portal-invitations', { patientId, role: 'self', send: false }),
    'access-self-once',
  );
  if (!invited) {
    day.payAtHome.delete(patientId);
    return false;
  }
  day.measured.add('portal invitations');
  await me.wait(day.chance.between(5, 15, 'letter', recordNumber));
  const username = `home-${recordNumber}`.toLowerCase();
  const who = { code: invited.code, birthDate, username, password };
  // Typed wrong first: which of the two it was is not said.
  if (day.chance.isIn100(30, 'mistyped', recordNumber))
    await unless(enter(day, { ...who, birthDate: '1900-01-01' }), 'invitation-refused');
  const home = await enter(day, who);
  day.measured.add('portal invitations taken up');
  await atHome(day, me, home, recordNumber);
  // The bill of today's visit is written when the visit is over.
  for (let looked = 0; looked < 8 && !(await payBills(day, me, home, recordNumber)); looked++) await me.wait(15);
  return true;
};

const enter = (day: Day, who: { username: string } & Record<string, unknown>): Promise<Desk> =>
  signIn(day.wish.url, day.measured, who, '/api/portal/invitation/accept');

const atHome = async (day: Day, me: Player, http: Desk, about: string): Promise<void> => {
  const home = await http.get('/api/portal/home');
  await http.get('/api/portal/me');
  day.measured.add('portal sign-ins');
  if (home.mayBook) await book(day, me, http, about);
  if (day.has('laboratory')) await readResults(day, http);
  const { items: looks } = await http.get('/api/portal/looks');
  if (looks.length > 0) day.measured.add('looks at who looked');
  await http.get('/api/portal/home');
};

const readResults = async (day: Day, http: Desk): Promise<void> => {
  const { items } = await http.get('/api/portal/results');
  for (const { id } of items.slice(0, 3)) {
    await http.get(`/api/portal/results/${id}`);
    day.measured.add('results read at home');
  }
};

/** A time is found and booked, a better one found, and sometimes the whole is called off. */
const book = async (day: Day, me: Player, http: Desk, about: string): Promise<void> => {
  const services = (await http.get('/api/portal/services')).items;
  const { id: serviceId } = day.chance.one(services, 'service', about);
  const from = textOf(day.opensAt + day.chance.between(3, 9, 'days', about) * 24 * 60 * minute);
  const free = async () => (await http.get('/api/portal/slots', { query: { serviceId, from, limit: 10 } })).items;
  const visit = await firstOf(await free(), ({ practitionerId, start: startsAt, end: endsAt }) =>
    http.post(
      '/api/portal/visits',
      { serviceId, practitionerId, startsAt, endsAt, reason: 'Booked at home' },
      { key: randomUUID() },
    ),
  );
  if (!visit) return;
  day.measured.add('booked at home');
  await me.wait(day.chance.between(10, 25, 'thinks again', about));
  const moved = await firstOf((await free()).toReversed(), ({ practitionerId, start: startsAt, end: endsAt }) =>
    http.post(`/api/portal/visits/${visit.id}/move`, { practitionerId, startsAt, endsAt }, { version: visit.version }),
  );
  if (moved) day.measured.add('moved at home');
  if (!day.chance.isIn100(50, 'calls off at home', about)) return;
  await me.wait(5);
  const { id, version, mayChange } = await http.get(`/api/portal/visits/${visit.id}`);
  if (!mayChange) return;
  await http.post(`/api/portal/visits/${id}/cancel`, { reason: 'Something has come up' }, { version });
  day.measured.add('cancelled at home');
};

/** Tries one free time after the other; null when none of the first few is to be had. */
const firstOf = async <S, T>(slots: readonly S[], take: (slot: S) => Promise<T>): Promise<T | null> => {
  for (const slot of slots.slice(0, 4)) {
    try {
      return await take(slot);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.code === 'portal-bookings-limited') return null;
      if (!['occupancy-no-overlap', 'appointment-outside-availability', 'portal-too-soon'].includes(error.code))
        throw error;
    }
  }
  return null;
};

/** Gives whether there was something to pay; the card is refused to some at first. */
const payBills = async (day: Day, me: Player, http: Desk, about: string): Promise<boolean> => {
  if (!day.has('billing')) return true;
  const open = (await http.get('/api/portal/bills')).items.filter(
    ({ status, openMinor }) => status === 'issued' && openMinor > 0,
  );
  for (const { id } of open.slice(0, 2)) {
    await http.get(`/api/portal/bills/${id}`);
    if (day.chance.isIn100(30, 'card refused', about) && !(await pay(day, http, id, 1))) break;
    await me.wait(2);
    if (!(await pay(day, http, id, 0))) break;
  }
  return open.length > 0;
};

/** Through the provider's page, as a browser does it: the form is read and one of its buttons pressed. */
const pay = async (day: Day, http: Desk, bill: string, button: number): Promise<boolean> => {
  const begun = await unless(
    http.post(`/api/portal/bills/${bill}/payments`, {}),
    'payment-provider-away',
    'nothing-to-pay',
  );
  if (!begun) return false;
  const page = await (await fetch(begun.url)).text();
  const [, name = '', value = ''] = [...page.matchAll(/<button name="([^"]+)" value="([^"]+)"/g)][button] ?? [];
  if (!name) throw new Error(`The page of the payment provider has no button ${String(button + 1)}.`);
  await fetch(begun.url, { method: 'POST', body: new URLSearchParams({ [name]: value }), redirect: 'manual' });
  const { status } = await http.post(`/api/portal/payments/${begun.id}/check`, {});
  day.measured.add(`payments at home ${status}`);
  return true;
};
