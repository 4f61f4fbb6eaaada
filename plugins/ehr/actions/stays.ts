import type { Db } from '../../../core/database.ts';
import { publish } from '../../../core/events.ts';
import { refuse } from '../../../core/refuse.ts';
import type { Encounter } from '../model.ts';
import * as q from '../queries/encounters.ts';

/** The place where a plugin says that it leads a visit: then the visit's verbs are its own, and those of /api/encounters are refused. */
export const leadsVisitPlace = 'ehr.leads-visit';
export type LeadsVisit = (tx: Db, encounterId: string) => Promise<boolean>;

/** @throws encounter_led_by_stay */
export const demandOwnVisit = async (tx: Db, encounterId: string, leaders: readonly LeadsVisit[]): Promise<void> => {
  for (const leads of leaders) if (await leads(tx, encounterId)) throw refuse('encounter_led_by_stay');
};

const told: Partial<Record<Encounter['status'], string>> = {
  finished: 'finished',
  cancelled: 'cancelled',
  'entered-in-error': 'erased',
};

/** A visit of somebody who stays overnight begins. */
export const openStayVisit = async (tx: Db, it: q.StayVisit): Promise<string> => {
  const id = await q.insertStayVisit(tx, it);
  await publish(tx, 'ehr.encounter-started', id, await q.encounterFacts(tx, id));
  return id;
};

/**
 * The visit follows the stay: a new version in any case, for what others tell of it (`elements`) has changed.
 * Ended with `endedAt`, under way again without.
 */
export const followStay = async (
  tx: Db,
  id: string,
  to: { status: Encounter['status']; endedAt: string | null; departmentId?: string | null },
  elements: readonly string[],
): Promise<void> => {
  const before = await q.getEncounter(tx, id);
  await q.updateStayVisit(tx, id, to, elements);
  if (before.status === to.status) return;
  await publish(tx, `ehr.encounter-${told[to.status] ?? 'reopened'}`, id, await q.encounterFacts(tx, id));
};
