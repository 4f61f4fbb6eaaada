import { type z } from 'zod';
import { hospitalNow } from '../../../core/clock.ts';
import type { Db } from '../../../core/database.ts';
import type { Hms } from '../../../core/hms.ts';
import { getPatient } from '../../patients/api.ts';
import { listWaiting } from '../../scheduling/api.ts';
import type { Download, Home } from '../model.ts';
import { isOn } from '../on.ts';
import { getBill, listBills } from '../queries/bills.ts';
import { listOwnMessages } from '../queries/messages.ts';
import * as q from '../queries/own.ts';
import { listComingVisits, listServices } from '../queries/visits.ts';
import type { Self } from '../self.ts';
import { getRules } from './visits.ts';

/** Results count as new for this long after their release. */
const newDays = 14;

/** One after the other: they share the transaction that says whose rows there are. */
export const home = async (
  own: Db,
  hms: Hms,
  { patientId }: Self,
  language: string | undefined,
): Promise<z.infer<typeof Home>> => {
  const rules = await getRules(own);
  const books = isOn(hms, 'scheduling');
  const since = Temporal.Instant.from(await hospitalNow(own)).subtract({ hours: newDays * 24 });
  const isNew = ({ releasedAt }: { releasedAt: string }) => Temporal.Instant.compare(releasedAt, since) > 0;
  return {
    visits: books ? [...(await listComingVisits(own, rules, 3))] : null,
    waiting: books ? [...(await listWaiting(own, patientId))] : null,
    results: isOn(hms, 'laboratory') ? (await q.listResults(own, 6)).filter(isNew) : null,
    bills: isOn(hms, 'billing')
      ? (await listBills(own, patientId, isOn(hms, 'insurance'), 50)).filter(
          ({ status, openMinor }) => status === 'issued' && openMinor > 0,
        )
      : null,
    messages: isOn(hms, 'messaging') ? [...(await listOwnMessages(own, 2))] : null,
    looks: (await q.listLooks(own, { limit: 2, after: null }, language)).map(q.lookOf),
    mayBook: books && rules.openBookings > 0 && (await listServices(own, rules)).length > 0,
  };
};

/** What the portal shows, whole; what a plugin that is off would have shown is not there. */
export const download = async (
  own: Db,
  hms: Hms,
  { patientId }: Self,
  language: string | undefined,
): Promise<Download> => {
  const { version: _, ...patient } = await getPatient(own, patientId);
  const rules = await getRules(own);
  const insured = isOn(hms, 'insurance');
  const bills = isOn(hms, 'billing') ? await listBills(own, patientId, insured, 100) : [];
  const whole: Download['bills'] = [];
  for (const { id } of bills) whole.push(await getBill(own, id, insured));
  return {
    madeAt: await hospitalNow(own),
    patient,
    ...(isOn(hms, 'scheduling') ? { visits: [...(await listComingVisits(own, rules, 50))] } : {}),
    ...(isOn(hms, 'ehr')
      ? {
          pastVisits: [...(await q.listPastVisits(own, 500))],
          medicines: [...(await q.listMedicines(own, isOn(hms, 'pharmacy')))],
          allergies: await q.listAllergies(own),
        }
      : {}),
    ...(isOn(hms, 'laboratory') ? { results: [...(await q.listResults(own, 1000))] } : {}),
    ...(isOn(hms, 'billing') ? { bills: whole } : {}),
    whoLooked: await q.listAllLooks(own, language),
  };
};
