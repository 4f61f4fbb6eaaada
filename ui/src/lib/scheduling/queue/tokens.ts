import { session } from '../../session.svelte.ts';
import type { Id } from '../../types.ts';
import { getBoard } from './calls.ts';

/** Appointment → the number with which its patient waits or is called. */
export const tokensOf = async (): Promise<ReadonlyMap<Id, string>> => {
  const { tickets } = session.may('queue:read') ? await getBoard() : { tickets: [] };
  return new Map(tickets.flatMap((it) => (it.appointmentId ? [[it.appointmentId, it.token] as const] : [])));
};
