import { randomUUID } from 'node:crypto';
import type * as api from '../../../generated/api/types.ts';
import { textOf, timeOf, type Day, type Scene } from '../day.ts';
import { Refused, unless } from '../desk.ts';
import { complaints, stranger } from '../people.ts';

const minute = 60_000;
/** Of the patients of a day, those who come without an appointment. */
const unexpected = 0.25;
const reasons = ['Feels better', 'Is away that week', 'Has no child care', 'Prefers another day'];

/** Who is expected comes, mostly; who is not expected comes too; and all day somebody telephones. */
export const reception: Scene = {
  name: 'reception',
  needs: ['patients', 'scheduling'],
  async open(day) {
    const { appointments } = await day.desk('receptionist').get('/api/schedule/day', { query: { date: day.date } });
    // Whoever was checked in before the play began.
    const early = appointments.filter(
      ({ status, visitStartedAt }) => status === 'checked-in' && visitStartedAt === null,
    );
    day.here += early.length;
    day.waiting += early.length;
    const booked = day.chance.shuffled(
      appointments.filter(({ status, startsAt }) => status === 'booked' && isWithin(day, startsAt)),
      'expected',
    );
    const patients = day.wish.patients ?? Math.round(booked.length / (1 - unexpected));
    const expected = booked.slice(0, Math.round(patients * (1 - unexpected)));
    for (const appointment of expected) expect(day, appointment);
    // A day with fewer patients than are expected begins with their calls.
    booked.slice(expected.length).forEach((appointment, n) => {
      const at = day.opensAt + day.chance.of('calls off', appointment.startsAt, n) * 20 * minute;
      day.guest('somebody who calls off', at, () => callToCancel(day, appointment, n));
    });
    for (let n = 0; n < patients - expected.length; n++)
      day.guest('somebody without an appointment', anytime(day, 'walk-in', n), () => walkIn(day, n));
    for (let n = 0; n < Math.ceil(patients / 3); n++)
      day.guest('somebody on the telephone', anytime(day, 'call', n), () => telephone(day, n));
  },
};

const isWithin = (day: Day, at: string) => timeOf(at) >= day.opensAt && timeOf(at) < day.closesAt;
/** Not in the last hour: then the doors are closed for who is not expected. */
const anytime = (day: Day, ...about: (string | number)[]): number =>
  day.opensAt + day.chance.of(...about) * Math.max(0, day.closesAt - day.opensAt - 60 * minute);

/** Most are early, some late, a few never come; of those, one turns up when nobody reckons with them any more. */
const expect = (day: Day, { id, startsAt, patient }: api.TimedAppointment): void => {
  const about = [patient.recordNumber, startsAt];
  const { chance } = day;
  const starts = timeOf(startsAt);
  const stays = chance.isIn100(6, 'noshow', ...about);
  const late = chance.isIn100(15, 'late', ...about);
  const arrives =
    starts + (late ? chance.between(4, 25, 'minutes', ...about) : -chance.between(2, 20, 'minutes', ...about)) * minute;
  day.guest('somebody expected', stays ? starts + 30 * minute : Math.max(day.opensAt, arrives), async (me) => {
    const http = day.desk('receptionist');
    const now = await http.get(`/api/appointments/${id}`);
    // Cancelled or moved by telephone meanwhile.
    if (now.status !== 'booked' || now.startsAt !== startsAt) return;
    if (!stays) return arrive(day, now, late ? 'late' : 'in time');
    const missed = await http.post(`/api/appointments/${id}/no-show`, {}, { version: now.version });
    day.measured.add('did not come');
    if (!chance.isIn100(25, 'after all', ...about)) return;
    await me.wait(15);
    const again = await unless(
      http.post(`/api/appointments/${id}/reinstate`, {}, { version: missed.version }),
      'occupancy-no-overlap',
    );
    if (again) await arrive(day, again, 'very late');
  });
};

const arrive = async (day: Day, { id, version }: { id: string; version: number }, how: string): Promise<void> => {
  await day.desk('receptionist').post(`/api/appointments/${id}/check-in`, {}, { version });
  day.measured.add(`arrived ${how}`);
  day.here++;
  day.waiting++;
};

/** Asked for twins first, registered, insured where that is known here, and given the next free time or a place in the queue. */
const walkIn = async (day: Day, n: number): Promise<void> => {
  const http = day.desk('receptionist');
  const who = stranger(day.chance, n, day.date);
  const { familyName, givenName, birthDate, phone } = who;
  const known = await http.post('/api/patients/duplicates', { familyName, givenName, birthDate, phone });
  const twin = known.items.find(({ grade }) => grade === 'certain');
  const patient = twin ?? (await http.post('/api/patients', who, { key: randomUUID() }));
  day.measured.add(twin ? 'came again' : 'registered');
  if (!twin) await insure(day, patient.id, n);
  const { reason } = day.chance.one(complaints, 'complaint', n);
  const adult = (await services(day)).filter(({ name }) => !/child|paed|vacc|ecg/i.test(name));
  const service = day.chance.one(adult, 'service', n);
  const { items } = await http.get('/api/slots', {
    query: { serviceId: service.id, from: textOf(day.agenda.now + minute), to: textOf(day.closesAt), limit: 5 },
  });
  const [slot] = items;
  const booked = slot && (await book(day, patient.id, service.id, slot, reason));
  if (booked) {
    const about = Math.max(day.agenda.now, timeOf(booked.startsAt) - 15 * minute);
    return day.guest('somebody who comes back', about, () => arrive(day, booked, 'without an appointment'));
  }
  if (!day.has('ehr')) return day.measured.add('sent home, no time left');
  const { practitioners } = await http.get('/api/schedule/day', { query: { date: day.date } });
  const atWork = practitioners.filter(({ windows }) => windows.some(({ end }) => timeOf(end) > day.agenda.now));
  if (atWork.length === 0) return day.measured.add('sent home, no time left');
  const practitionerId = day.chance.one(atWork, 'whom', n).id;
  await day
    .desk('nurse')
    .post('/api/encounters', { patientId: patient.id, practitionerId, reason }, { key: randomUUID() });
  day.measured.add('arrived without an appointment');
  day.here++;
  day.waiting++;
};

const insure = async (day: Day, patientId: string, n: number): Promise<void> => {
  if (!day.has('insurance') || !day.chance.isIn100(75, 'insured', n)) return;
  const http = day.desk('receptionist');
  const { items } = await http.get('/api/payers');
  const plans = items.flatMap(({ plans: of, subscriberPattern }) => of.map(({ id }) => ({ id, subscriberPattern })));
  if (plans.length === 0) return;
  const { id: planId, subscriberPattern } = day.chance.one(plans, 'plan', n);
  const startsOn = `${day.date.slice(0, 4)}-01-01`;
  const coverage = await http.post(
    '/api/coverages',
    {
      patientId,
      planId,
      subscriberId: numberLike(subscriberPattern, String(day.chance.of('member', n)).slice(2)),
      startsOn,
    },
    { key: randomUUID() },
  );
  await http.post(`/api/coverages/${coverage.id}/eligibility`, {}, { key: randomUUID() });
  day.measured.add('insured');
};

/** A member number of the payer's format, [A-Z][0-9]{9} say. */
const numberLike = (pattern: string | null, digits: string): string => {
  let at = 0;
  const digit = () => digits[at++ % digits.length] ?? '1';
  return (pattern ?? 'M-[0-9]{8}')
    .replace(/\[0-9\](?:\{(\d+)\})?/g, (_, many: string | undefined) =>
      Array.from({ length: Number(many ?? 1) }, digit).join(''),
    )
    .replaceAll('[A-Z]', () => String.fromCharCode(65 + Number(digit())));
};

const services = async (day: Day): Promise<api.Service[]> =>
  (await day.desk('receptionist').get('/api/services', { query: { active: true } })).items;

interface Free {
  practitionerId: string;
  locationId: string | null;
  start: string;
  end: string;
}
/** A time that somebody else has just taken is answered with the next ones: the first of them is taken. Null when there is none. */
const book = async (day: Day, patientId: string, serviceId: string, slot: Free, reason: string) => {
  const http = day.desk('receptionist');
  for (let wish: Free | undefined = slot, n = 0; wish && n < 3; n++) {
    const { practitionerId, locationId, start: startsAt, end: endsAt }: Free = wish;
    try {
      return await http.post(
        '/api/appointments',
        { patientId, practitionerId, serviceId, startsAt, endsAt, reason, ...(locationId ? { locationId } : {}) },
        { key: randomUUID() },
      );
    } catch (error) {
      wish = nextAfter(error);
    }
  }
  return null;
};

/** What the server proposes instead. @throws anything but a taken time */
const nextAfter = (error: unknown): Free | undefined => {
  if (!(error instanceof Refused)) throw error;
  if (error.code === 'appointment-in-past' || error.code === 'appointment-outside-availability') return undefined;
  if (error.code !== 'occupancy-no-overlap') throw error;
  return (error.body.next as Free[])[0];
};

const telephone = async (day: Day, n: number): Promise<void> => {
  const what = day.chance.of('call about', n);
  if (what < 0.6) return callToBook(day, n);
  const http = day.desk('receptionist');
  const from = Temporal.PlainDate.from(day.date).add({ days: day.chance.between(1, 6, 'day', n) });
  const at = from.toZonedDateTime(day.platform.zone).toInstant();
  const { items } = await http.get('/api/appointments', {
    query: { from: at.toString(), to: at.add({ hours: 72 }).toString(), limit: 100 },
  });
  const booked = items.filter(({ status }) => status === 'booked');
  if (booked.length === 0) return;
  const chosen = day.chance.one(booked, 'which', n);
  await http.get(`/api/patients/${chosen.patientId}`);
  return what < 0.8 ? callToMove(day, chosen, n) : callToCancel(day, chosen, n);
};

/** Half of them want a time that somebody has already. */
const callToBook = async (day: Day, n: number): Promise<void> => {
  const http = day.desk('receptionist');
  const found = await http.post('/api/patients/search', {
    text: day.chance.one(['an', 'ma', 'be', 'ko', 'sa'], 'name', n),
    limit: 20,
  });
  const living = found.items.filter(({ deceasedAt }) => deceasedAt === null);
  if (living.length === 0) return;
  const { id: patientId } = day.chance.one(living, 'caller', n);
  const service = day.chance.one(await services(day), 'service', 'call', n);
  const later = day.chance.between(0, 12, 'days', n);
  const from = later === 0 ? day.agenda.now + 30 * minute : day.opensAt + later * 24 * 60 * minute;
  const { items } = await http.get('/api/slots', { query: { serviceId: service.id, from: textOf(from), limit: 12 } });
  if (items.length === 0) return day.measured.add('called, no time was free');
  const slot = day.chance.one(items, 'slot', n);
  const taken = day.chance.isIn100(50, 'taken', n) ? await takenTimeOf(day, slot, n) : null;
  const { reason } = day.chance.one(complaints, 'call', n);
  const booked = await book(day, patientId, service.id, taken ?? slot, reason);
  if (!booked) return day.measured.add('called, no time was free');
  day.measured.add('booked by telephone');
  if (isWithin(day, booked.startsAt)) expect(day, booked);
};

const takenTimeOf = async (day: Day, slot: Free, n: number): Promise<Free | null> => {
  const date = Temporal.Instant.from(slot.start).toZonedDateTimeISO(day.platform.zone).toPlainDate().toString();
  const { appointments } = await day
    .desk('receptionist')
    .get('/api/schedule/day', { query: { date, practitionerId: slot.practitionerId } });
  const ahead = appointments.filter(
    ({ status, startsAt }) => status === 'booked' && timeOf(startsAt) > day.agenda.now + 10 * minute,
  );
  if (ahead.length === 0) return null;
  const { startsAt: start, endsAt: end } = day.chance.one(ahead, 'whose', n);
  return { ...slot, start, end };
};

const callToMove = async (day: Day, it: api.TimedAppointment, n: number): Promise<void> => {
  const http = day.desk('receptionist');
  const { practitionerId, serviceId, id, version } = it;
  if (!practitionerId) return;
  const query = {
    practitionerId,
    from: textOf(timeOf(it.startsAt) + 24 * 60 * minute),
    limit: 20,
    ...(serviceId ? { serviceId } : {}),
  };
  const { items } = await http.get('/api/slots', { query });
  if (items.length === 0) return day.measured.add('called, no time was free');
  const { start: startsAt, end: endsAt } = day.chance.one(items, 'new time', n);
  const move = (to: { startsAt: string; endsAt: string }) =>
    http.post(`/api/appointments/${id}/reschedule`, { ...to, practitionerId }, { version });
  await move({ startsAt, endsAt }).catch((error: unknown) => {
    const next = nextAfter(error);
    return next && move({ startsAt: next.start, endsAt: next.end });
  });
  day.measured.add('moved by telephone');
};

const callToCancel = async (day: Day, { id, version }: api.TimedAppointment, n: number): Promise<void> => {
  const reason = day.chance.one(reasons, 'why', n);
  await day.desk('receptionist').post(`/api/appointments/${id}/cancel`, { reason }, { version });
  day.measured.add('cancelled by telephone');
};
