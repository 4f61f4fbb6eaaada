import type { Db } from '../../core/database.ts';
import type { Event } from '../../core/plugin.ts';
import { getEncounter, type Encounter } from '../ehr/api.ts';
import { end, withdraw } from './actions/stays.ts';
import { inHouse, type Stay } from './model.ts';
import { findStayOfEncounter, lockStay } from './queries/stays.ts';

/** The stay of a visit that somebody else has ended, when it goes on here. A visit that is open again by now is not ended. */
const goingOn = async (tx: Db, encounterId: string, status: Encounter['status']): Promise<Stay | null> => {
  const found = await findStayOfEncounter(tx, encounterId);
  if (!found) return null;
  await lockStay(tx, found.id);
  const stay = await findStayOfEncounter(tx, encounterId);
  if (!stay || !inHouse.some((it) => it === stay.status)) return null;
  return (await getEncounter(tx, encounterId)).status === status ? stay : null;
};

/** A visit that another system has finished has left its bed; the job counts its days. What was discharged here is over already. */
export const endWithVisit = async (tx: Db, event: Event): Promise<void> => {
  const stay = await goingOn(tx, event.subjectId, 'finished');
  if (stay) await end(tx, stay, 'oth', null);
};

/** A visit that another system has cancelled never was. */
export const withdrawWithVisit = async (tx: Db, event: Event): Promise<void> => {
  const stay = await goingOn(tx, event.subjectId, 'cancelled');
  if (stay) await withdraw(tx, stay, 'cancelled elsewhere', null);
};
