import { sql, type Db } from '../../core/database.ts';
import { z } from 'zod';
import { publish } from '../../core/events.ts';
import type { Hms } from '../../core/hms.ts';
import {
  claimArrived, postRemittance, recordAnswer, recordEligibility, Unreadable, type PayerPayment, type PayerPort,
} from '../insurance/api.ts'; // prettier-ignore
import { fhirPayer } from './payer.ts';
import { findUnposted, markAnswered, markSent, park, promisedOf, takeDue, waitMore, type Due } from './queries.ts';
import { connectionOf } from './settings.ts';

const portOf = ({ config }: Hms): PayerPort | null => {
  const { url, token } = connectionOf(config);
  return url === null ? null : fhirPayer({ url, token });
};

/** Everything that is due: sent, or asked for its answer. Ends when nothing is. */
export const exchange = async (db: Db, hms: Hms): Promise<void> => {
  const payer = portOf(hms);
  if (!payer) return;
  for (let due = await takeDue(db); due && !hms.stopping; due = await takeDue(db)) await one(db, payer, due);
};

/** 2, 4, 8 … seconds, at most a quarter of an hour: a payer that comes back is not flooded, and nothing is given up. */
const growing = (attempts: number): number => Math.min(2 ** Math.min(attempts, 12), 900);

const one = async (db: Db, payer: PayerPort, due: Due): Promise<void> => {
  try {
    if (due.remoteId === null) await deliver(db, payer, due);
    else await hear(db, payer, { ...due, remoteId: due.remoteId });
  } catch (error) {
    if (needsPerson(error)) {
      await db.transaction(async (tx) => {
        await park(tx, due.id, reasonOf(error));
        await publish(tx, 'insurance-adapter.message-parked', due.id);
      });
    } else {
      await waitMore(db, due.id, growing(due.attempts), reasonOf(error));
    }
  }
};

const deliver = async (db: Db, payer: PayerPort, { id, kind, identifier, body, subjectId }: Due): Promise<void> => {
  const remoteId = await payer.deliver({ kind, identifier, body });
  await db.transaction(async (tx) => {
    await markSent(tx, id, remoteId);
    if (kind === 'claim') await claimArrived(tx, subjectId);
    await publish(tx, 'insurance-adapter.message-sent', id);
  });
};

const hear = async (db: Db, payer: PayerPort, due: Due & { remoteId: string }): Promise<void> => {
  const { id, kind, subjectId, remoteId, attempts } = due;
  if (kind === 'eligibility') {
    const answer = await payer.eligibilityAnswer(remoteId);
    if (!answer) return void (await waitMore(db, id, growing(attempts), null));
    return db.transaction(async (tx) => {
      await recordEligibility(tx, subjectId, answer);
      await markAnswered(tx, id);
    });
  }
  const answer = await payer.claimAnswer(remoteId);
  if (!answer) return void (await waitMore(db, id, growing(attempts), null));
  await db.transaction(async (tx) => {
    await recordAnswer(tx, subjectId, answer);
    await (answer.outcome === 'queued' ? waitMore(tx, id, growing(attempts), null) : markAnswered(tx, id));
  });
};

interface Failure {
  response?: { status?: number };
  refusal?: string;
  message?: string;
}
/** Refused by the payer, unreadable, or against our own rules. Overload and absence pass by themselves. */
const needsPerson = (error: unknown): boolean => {
  const { response, refusal } = error as Failure;
  const status = response?.status;
  return (
    error instanceof Unreadable ||
    refusal !== undefined ||
    (status !== undefined && status >= 400 && status < 500 && ![408, 425, 429].includes(status))
  );
};
/** What kind of fault it was, never what an answer said. */
const reasonOf = (error: unknown): string => {
  const { response, refusal, message } = error as Failure;
  if (response?.status !== undefined) return `HTTP ${String(response.status)}`;
  return (
    refusal ?? (error instanceof Unreadable ? (message ?? 'unreadable') : ((error as Error).name ?? 'unreachable'))
  );
};

// -- payments -----------------------------------------------------------------------------------------------------------

/** Payments of the last month that are not posted yet. One that cannot be posted is told in the log, holds up no other, and is tried again. */
export const collectPayments = async (db: Db, hms: Hms): Promise<void> => {
  const payer = portOf(hms);
  if (!payer) return;
  const since = await db.oneFirst(sql.type(z.strictObject({ day: z.string() }))`
    select to_char(core.now() - interval '31 days', 'YYYY-MM-DD') as day
  `);
  const payments = await payer.payments(since).catch((error: unknown) => {
    hms.log.warn({ fault: reasonOf(error) }, 'payments could not be asked for');
    return [];
  });
  for (const payment of payments)
    await post(db, payment).catch((error: unknown) => {
      hms.log.error({ fault: reasonOf(error), reference: payment.reference }, 'a payment could not be posted');
    });
};

/** Spread over what was promised of each claim; what is above that stays on its first line, where it is seen as too much. */
const post = (db: Db, payment: PayerPayment): Promise<void> =>
  db.transaction(async (tx) => {
    const payerId = await findUnposted(tx, payment.payerCode, payment.reference);
    if (payerId === null) return;
    const lines = [];
    for (const { claimReference, amountMinor } of payment.claims) {
      const parts: { sequence: number; amountMinor: number }[] = [];
      let left = amountMinor;
      for (const { sequence, leftMinor } of await promisedOf(tx, payerId, claimReference)) {
        const part = Math.min(left, leftMinor);
        if (part > 0) parts.push({ sequence, amountMinor: part });
        left -= part;
      }
      if (left > 0) {
        if (parts[0]) parts[0].amountMinor += left;
        else parts.push({ sequence: 1, amountMinor: left });
      }
      lines.push(...parts.map((part) => ({ claimReference, ...part })));
    }
    if (lines.length > 0) await postRemittance(tx, { ...payment, payerId, lines });
  });
