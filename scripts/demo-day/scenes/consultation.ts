import { randomUUID } from 'node:crypto';
import type * as api from '../../../generated/api/types.ts';
import type { Player } from '../agenda.ts';
import type { Day, Scene } from '../day.ts';
import { Refused, unless } from '../desk.ts';
import { complaints, type Complaint } from '../people.ts';

const findings = [
  'In good general condition, no fever.',
  'Chest clear, heart sounds normal.',
  'Tender on pressure, no redness.',
];
const allergens = ['Penicillin', 'Aspirin', 'Sulfamethoxazole', 'Latex'];

/** Every doctor of the day sees who waits for them, one after the other: measured by the nurse, written up, coded, prescribed, signed. */
export const consultation: Scene = {
  name: 'consultation',
  needs: ['ehr'],
  async open(day) {
    for (const { id, displayName } of await doctorsOf(day))
      day.attend(`consulting room of ${displayName}`, 3, async (me) => {
        const query = { practitionerId: id, date: day.date, status: 'arrived,triaged', limit: 100 };
        const { items } = await day.desk('doctor').get('/api/encounters', { query });
        const first = items.sort((a, b) => (a.arrivedAt ?? '').localeCompare(b.arrivedAt ?? ''))[0];
        if (!first) return false;
        await see(day, me, first).finally(() => {
          day.here--;
        });
        return true;
      });
  },
};

const doctorsOf = async (day: Day): Promise<{ id: string; displayName: string }[]> => {
  if (day.has('scheduling'))
    return (await day.desk('receptionist').get('/api/schedule/day', { query: { date: day.date } })).practitioners;
  return (await day.desk('receptionist').get('/api/practitioners', { query: { active: true } })).items;
};

const see = async (day: Day, me: Player, visit: api.EncounterItem): Promise<void> => {
  const { chance, measured } = day;
  const http = day.desk('doctor');
  const about = [visit.patient.recordNumber, day.date];
  const { id: encounterId, patientId } = visit;
  day.waiting--;
  await measure(day, visit, about);
  await me.wait(chance.between(1, 3, 'corridor', ...about));
  await http.get(`/api/patients/${patientId}/record`);
  const started = await http.post(`/api/encounters/${encounterId}/start`, {}, { version: visit.version });
  measured.add('visits begun');
  const complaint =
    complaints.find(({ reason }) => reason === visit.reason) ?? chance.one(complaints, 'complaint', ...about);
  const write = `/api/encounters/${encounterId}/note` as const;
  const text = { reason: visit.reason ?? complaint.reason, findings: '', plan: '' };
  const draft = await http.put(write, text, { isFirst: true });
  await me.wait(chance.between(2, 5, 'findings', ...about));
  const found = { ...text, findings: chance.one(findings, 'found', ...about) };
  const second = await http.put(write, found, { version: draft.version });
  await diagnose(day, visit, complaint);
  if (chance.isIn100(12, 'allergy', ...about))
    await noteAllergy(day, visit, chance.one(allergens, 'allergen', ...about));
  await me.wait(chance.between(1, 4, 'talk', ...about));
  if (chance.isIn100(65, 'medicine', ...about)) await prescribe(day, visit, complaint);
  if (day.has('laboratory') && complaint.tests.length > 0 && chance.isIn100(55, 'tests', ...about))
    await order(day, visit, complaint, about);
  if (day.has('inpatient') && chance.isIn100(8, 'bed', ...about)) await requestBed(day, visit, complaint);
  const plan = 'Explained, agreed. Back if it does not get better.';
  const last = await http.put(write, { ...found, plan }, { version: second.version });
  await me.wait(chance.between(1, 4, 'end', ...about));
  await http.post(`${write}/sign`, {}, { version: last.version });
  const now = await http.get(`/api/encounters/${encounterId}`);
  await http.post(`/api/encounters/${encounterId}/finish`, {}, { version: now.encounter.version });
  measured.add('visits finished');
  if (started.appointmentId) measured.add('appointments fulfilled');
};

/** One in thirty has so little oxygen that everybody who may act is alerted. */
const measure = async (day: Day, { patientId, id: encounterId }: api.EncounterItem, about: string[]): Promise<void> => {
  const between = (least: number, most: number, what: string) => day.chance.between(least, most, what, ...about);
  const vitals = {
    systolic: between(104, 168, 'systolic'),
    diastolic: between(60, 98, 'diastolic'),
    heartRate: between(54, 104, 'pulse'),
    temperature: between(361, 389, 'temperature') / 10,
    oxygenSaturation: day.chance.isIn100(3, 'breathless', ...about) ? 82 : between(94, 99, 'oxygen'),
  };
  await day.desk('nurse').post('/api/vitals', { patientId, encounterId, ...vitals }, { key: randomUUID() });
  day.measured.add('measured');
};

const diagnose = async (day: Day, { patientId, id: encounterId }: api.EncounterItem, { code: text }: Complaint) => {
  const http = day.desk('doctor');
  const { items } = await http.get('/api/codes/icd-10-cm', { query: { text, limit: 10 } });
  const code = items.find(({ billable }) => billable)?.code;
  if (!code) return day.measured.errors.push(`consultation: no diagnosis is found for "${text}"`);
  await http.post(
    '/api/conditions',
    { patientId, encounterId, code, category: 'encounter-diagnosis' },
    { key: randomUUID() },
  );
  day.measured.add('diagnoses');
};

const noteAllergy = async (day: Day, { patientId }: api.EncounterItem, text: string): Promise<void> => {
  const http = day.desk('doctor');
  const { items } = await http.get('/api/codes/substances', { query: { text, limit: 5 } });
  const [known] = items;
  const what = known ? { display: known.display, code: known.code, system: known.system } : { display: text };
  const noted = await unless(
    http.post('/api/allergies', { patientId, ...what, criticality: 'high', reaction: 'Rash' }, { key: randomUUID() }),
    'allergy-once-per-substance',
  );
  if (noted) day.measured.add('allergies');
};

/** What an allergy speaks against is not prescribed: something else is, or nothing. */
const prescribe = async (
  day: Day,
  { patientId, id: encounterId }: api.EncounterItem,
  complaint: Complaint,
): Promise<void> => {
  const http = day.desk('doctor');
  for (const text of [complaint.medicine, 'acetaminophen', 'cetirizine']) {
    const { items } = await http.get('/api/medications', { query: { text, limit: 10 } });
    const [medicine] = items;
    if (!medicine) continue;
    const wish = { patientId, encounterId, medicationId: medicine.id, dosageText: '1-0-1 for five days', quantity: 10 };
    try {
      await http.post('/api/medication-requests', wish, { key: randomUUID() });
      return day.measured.add('prescriptions');
    } catch (error) {
      if (!(error instanceof Refused) || error.code !== 'allergy-conflict') throw error;
    }
  }
};

/** Tests that the patient waits for already are not ordered twice, unless there is a reason. */
const order = async (
  day: Day,
  visit: api.EncounterItem,
  { tests, reason }: Complaint,
  about: string[],
): Promise<void> => {
  const http = day.desk('doctor');
  const items: { testId?: string; panelId?: string }[] = [];
  for (const text of tests) {
    const found = await http.get('/api/laboratory/orderables', { query: { text, limit: 5 } });
    const [first] = found.items;
    if (first) items.push(first.kind === 'panel' ? { panelId: first.id } : { testId: first.id });
  }
  if (items.length === 0) return;
  const wish = {
    patientId: visit.patientId,
    encounterId: visit.id,
    items,
    reason,
    priority: day.chance.one(['routine', 'routine', 'urgent', 'stat'] as const, 'priority', ...about),
    ...(visit.practitionerId ? { responsibleId: visit.practitionerId } : {}),
  };
  const placed = await unless(
    http.post('/api/laboratory/orders', wish, { key: randomUUID() }),
    'open-test-once',
    'test-ordered-twice',
  );
  if (placed) day.measured.add('laboratory orders');
};

/** Too ill to go home. */
const requestBed = async (
  day: Day,
  { patientId, id: originId }: api.EncounterItem,
  { reason }: Complaint,
): Promise<void> => {
  const plannedDischargeOn = Temporal.PlainDate.from(day.date).add({ days: 3 }).toString();
  const wish = { patientId, originId, source: 'outp' as const, reason, plannedDischargeOn };
  const asked = await unless(
    day.desk('doctor').post('/api/stays', wish, { key: randomUUID() }),
    'stay-one-open-per-patient',
  );
  if (asked) day.measured.add('beds asked for');
};
