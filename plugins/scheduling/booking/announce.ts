import type { Db } from '../../../core/database.ts';
import { publish } from '../../../core/events.ts';
import { factsOf } from './queries.ts';

/** Tells the others, with the coded facts of the appointment as it is now. */
export const announce = async (
  tx: Db,
  what: string,
  id: string,
  more: Record<string, string | null> = {},
): Promise<void> => {
  const { alsoTaken: _, status: _status, partStatus: _answers, ...facts } = await factsOf(tx, id);
  await publish(tx, `scheduling.appointment-${what}`, id, { ...facts, ...more });
};
