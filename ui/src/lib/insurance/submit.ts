import { api, newKey, Problem } from '../api.ts';
import * as m from '../messages.js';
import { toast } from '../toasts.svelte.ts';
import type { Claim } from '../types.ts';

/** Sends a claim; as long as the toast stands it can be taken back. `changed` is called when it was. */
export async function submitClaim(
  claim: { id: string; version: number; number: string },
  changed: () => void,
): Promise<Claim> {
  const path = `/api/claims/${claim.id}` as const;
  const sent = await api.post(`${path}/submit`, {}, { version: claim.version, idempotencyKey: newKey() });
  toast(m.claim_submitted({ number: claim.number }), () => {
    void api
      .post(`${path}/recall`, {}, { version: sent.version })
      .then(changed)
      .catch((error: unknown) => {
        // Too late: the list says what has become of it.
        if (error instanceof Problem) changed();
        else throw error;
      });
  });
  return sent;
}
