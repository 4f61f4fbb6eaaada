import type * as api from '../../../generated/api/types.ts';
import { timeOf, type Day, type Scene } from '../day.ts';
import { unless } from '../desk.ts';

type Result = api.LaboratoryBenchResult;
const minute = 60_000;
/** What one pair of hands does before it looks at the list again. */
const atOnce = 12;

/** The bench: collected, received, measured, verified; and whoever asked hears of what is critical. */
export const laboratory: Scene = {
  name: 'laboratory',
  needs: ['laboratory'],
  open(day) {
    day.attend('phlebotomy', 5, () => work(day, 'collect', collect));
    day.attend('sample reception', 6, () => work(day, 'receive', receive));
    day.attend('bench', 7, () => work(day, 'results', measure));
    day.attend('critical results', 5, () => critical(day));
    return Promise.resolve();
  },
};

const work = async (
  day: Day,
  tab: 'collect' | 'receive' | 'results',
  each: (day: Day, specimen: api.LaboratorySpecimen) => Promise<boolean>,
): Promise<boolean> => {
  const { items } = await day.desk('labtech').get('/api/laboratory/worklist', { query: { tab } });
  let done = false;
  for (const specimen of items.slice(0, atOnce)) done = (await each(day, specimen)) || done;
  return done;
};

const collect = async (day: Day, { id, version }: api.LaboratorySpecimen): Promise<boolean> => {
  await day.desk('nurse').post(`/api/laboratory/specimens/${id}/collect`, {}, { version });
  day.measured.add('specimens collected');
  return true;
};

/** The label is scanned. One in thirty cannot be used, and another is asked for. */
const receive = async (day: Day, { accession }: api.LaboratorySpecimen): Promise<boolean> => {
  const http = day.desk('labtech');
  const { id, version } = await http.get(`/api/laboratory/accessions/${accession}`);
  if (day.chance.isIn100(3, 'haemolysed', accession)) {
    await http.post(`/api/laboratory/specimens/${id}/reject`, { reason: 'haemolysed', recollect: true }, { version });
    day.measured.add('specimens rejected');
  } else {
    await http.post(`/api/laboratory/specimens/${id}/receive`, {}, { version });
    day.measured.add('specimens received');
  }
  return true;
};

/** Entered one time, verified the next, when somebody has had a second look. What another laboratory performs is no work of this bench. */
const measure = async (day: Day, specimen: api.LaboratorySpecimen): Promise<boolean> => {
  const http = day.desk('labtech');
  const ours = specimen.results.filter(({ sentTo }) => sentTo === null);
  const open = ours.filter(({ status }) => status === 'ordered');
  if (open.length > 0) {
    const results = open.map((it) => entry(day, specimen, it));
    const [first] = open;
    const where = `/api/laboratory/specimens/${specimen.id}/results` as const;
    // A comma that was forgotten: what nobody can have is refused, and typed again.
    if (first?.highest && day.chance.isIn100(4, 'typo', specimen.accession)) {
      const value = String(Number(first.highest) * 10);
      await unless(
        http.post(where, { results: [{ id: first.id, version: first.version, value }] }),
        'result-implausible',
        'result-sent-out',
      );
    }
    // It may have been sent out since the list was looked at.
    if (await unless(http.post(where, { results }), 'result-sent-out'))
      day.measured.add('results entered', results.length);
    return true;
  }
  const entered = ours.filter(({ status }) => status === 'entered').map(({ id, version }) => ({ id, version }));
  if (entered.length === 0) return false;
  const verify = `/api/laboratory/specimens/${specimen.id}/verify` as const;
  if (await unless(http.post(verify, { results: entered }), 'result-sent-out'))
    day.measured.add('results verified', entered.length);
  return true;
};

const entry = (day: Day, { accession }: api.LaboratorySpecimen, it: Result) => {
  const { id, version } = it;
  if (it.kind === 'numeric') return { id, version, value: valueOf(day, accession, it) };
  if (it.kind === 'coded' && it.options?.[0]) return { id, version, valueCode: it.options[0].code };
  return { id, version, valueText: 'No growth after 48 hours.' };
};

/** Mostly within the range, sometimes beside it, rarely where somebody must be called. */
const valueOf = (day: Day, accession: string, it: Result): string => {
  const about = [accession, it.code];
  const [lowest, highest] = [Number(it.lowest ?? 0), Number(it.highest ?? 1000)];
  const low = Number(it.low ?? lowest);
  const high = Number(it.high ?? (low > 0 ? low * 2 : highest / 10));
  const chosen = day.chance.of('value', ...about);
  const inside = low + (high - low) * (0.1 + 0.8 * day.chance.of('inside', ...about));
  let value = inside;
  if (chosen > 0.97 && it.criticalHigh !== null) value = Number(it.criticalHigh) * 1.05;
  else if (chosen > 0.95 && it.criticalLow !== null) value = Number(it.criticalLow) * 0.95;
  else if (chosen > 0.8) value = high * 1.08;
  return Math.min(highest, Math.max(lowest, value)).toFixed(it.decimals);
};

/** The doctor who is signed in acknowledges their own, repeating the value; the others are called when they have not been seen for a while. */
const critical = async (day: Day): Promise<boolean> => {
  const mine = (await day.desk('doctor').get('/api/laboratory/critical-results')).items;
  let done = false;
  for (const it of mine.filter((each) => each.mine && each.acknowledgedAt === null)) {
    const where = `/api/laboratory/critical-results/${it.id}/acknowledge` as const;
    const say = (readBack: string) =>
      day.desk('doctor').post(where, { readBack, note: 'Patient called.' }, { version: it.version });
    // Misheard: what is repeated must be the value.
    if (day.chance.isIn100(15, 'misheard', it.value, it.display)) await unless(say('0.001'), 'read-back-is-the-value');
    await say(it.value);
    day.measured.add('critical results acknowledged');
    done = true;
  }
  const all = (await day.desk('labtech').get('/api/laboratory/critical-results')).items;
  for (const it of all.filter(
    (each) => each.acknowledgedAt === null && day.agenda.now - timeOf(each.raisedAt) > 10 * minute,
  )) {
    const practitionerId = it.ownerId;
    if (practitionerId === null) continue;
    const { version, value: readBack } = it;
    await day
      .desk('labtech')
      .post(`/api/laboratory/critical-results/${it.id}/call`, { practitionerId, readBack }, { version });
    day.measured.add('critical results called');
    done = true;
  }
  return done || all.some((each) => each.acknowledgedAt === null && each.ownerId !== null);
};
