import { randomUUID } from 'node:crypto';
import type * as api from '../../../generated/api/types.ts';
import type { Day, Scene } from '../day.ts';
import { unless } from '../desk.ts';

const atOnce = 8;

/** What breaks no rule is sent; what a payer denies is corrected and sent again, left to the patient, or written off. */
export const claims: Scene = {
  name: 'claims office',
  needs: ['insurance'],
  open(day) {
    const sent = new Set<string>();
    day.attend('claims office', 10, async () => {
      const http = day.desk('cashier');
      await http.get('/api/claims/counts');
      await hear(day, sent);
      const ready = (await http.get('/api/claims', { query: { queue: 'ready', limit: 100 } })).items.slice(0, atOnce);
      for (const claim of ready) await submit(day, claim, sent);
      const denied = (await http.get('/api/claims', { query: { queue: 'denied', limit: 100 } })).items.slice(0, atOnce);
      for (const { id } of denied) await decide(day, await http.get(`/api/claims/${id}`), sent);
      return ready.length + denied.length > 0;
    });
    return Promise.resolve();
  },
};

const submit = async (day: Day, { id, version }: { id: string; version: number }, sent: Set<string>): Promise<void> => {
  const gone = await unless(
    day.desk('cashier').post(`/api/claims/${id}/submit`, {}, { version, key: randomUUID() }),
    'claim-breaks-rules',
    'claim-is-sent',
  );
  if (!gone) return;
  sent.add(id);
  day.measured.add('claims submitted');
};

/** Looks after those that were sent today until their payer has said something. */
const hear = async (day: Day, sent: Set<string>): Promise<void> => {
  for (const id of [...sent].slice(0, 2 * atOnce)) {
    const { workflow } = await day.desk('cashier').get(`/api/claims/${id}`);
    sent.delete(id);
    if (workflow === 'submitted' || workflow === 'accepted')
      sent.add(id); // at the end of those to look after
    else day.measured.add(`claims ${workflow === 'closed' ? 'paid' : workflow}`);
  }
};

/** The payer gave its number by telephone. */
const authorise = (day: Day, { id, version, number, lines }: api.Claim): Promise<api.Claim> =>
  day.desk('cashier').put(
    `/api/claims/${id}`,
    {
      lines: lines.map(({ sequence, diagnoses }) => ({ sequence, diagnoses, authorisation: `PA-${number}` })),
    },
    { version },
  );

/** The first time with the payer's number on a new claim; when that is denied too, the patient pays or nobody does. */
const decide = async (day: Day, claim: api.Claim, sent: Set<string>): Promise<void> => {
  const http = day.desk('cashier');
  const line = claim.lines.find(({ state }) => state === 'denied');
  if (!line) return;
  const { id, version, number } = claim;
  if (claim.replacesId === null && claim.payerReference !== null && line.nextAction === 'resubmit') {
    const again = await unless(
      http.post(`/api/claims/${id}/resubmit`, {}, { version, key: randomUUID() }),
      'claim-without-payer-reference',
      'line-not-denied',
    );
    if (again) {
      day.measured.add('claims corrected');
      const right = line.reason === 'no-authorisation' ? await authorise(day, again) : again;
      if (right.workflow === 'ready') await submit(day, right, sent);
      return;
    }
  }
  const decision = day.chance.isIn100(60, 'patient pays', number, line.sequence)
    ? ({ action: 'bill-patient' } as const)
    : ({ action: 'write-off', reason: 'Not worth an appeal.' } as const);
  await http.post(`/api/claims/${id}/lines/${String(line.sequence)}/decide`, decision, { version });
  day.measured.add(decision.action === 'bill-patient' ? 'denied lines billed to patients' : 'denied lines written off');
};
