import type { Db } from '../../core/database.ts';
import type { Event } from '../../core/plugin.ts';
import { buildClaim, checkClaim } from './actions/claims.ts';
import { listUnsentOfVisit } from './queries/claims.ts';

/** What a payer owes of an invoice is asked for. History of other systems asks nobody. */
export const claimInvoice = async (tx: Db, event: Event): Promise<void> => {
  if (event.origin !== 'import') await buildClaim(tx, event.subjectId);
};

/** A diagnosis that is written after the bill still reaches the claim, as long as it is here. */
export const checkAgain = async (tx: Db, event: Event<{ encounterId?: string | null }>): Promise<void> => {
  const { encounterId } = event.facts;
  if (event.origin === 'import' || !encounterId) return;
  for (const id of await listUnsentOfVisit(tx, encounterId)) await checkClaim(tx, id);
};
