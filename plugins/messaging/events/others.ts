import { hospitalNow } from '../../../core/clock.ts';
import type { Db } from '../../../core/database.ts';
import type { Event } from '../../../core/plugin.ts';
import type { Facts, Kind, Topic } from '../model.ts';
import { channelsFor, getRules, insertNotice, withdrawWaiting } from './plan.ts';

interface Wanted {
  patientId: string;
  kind: Kind;
  topic: Topic;
  facts: Facts;
}

const tell = async (tx: Db, event: Event<object>, it: Wanted): Promise<void> => {
  if (event.origin === 'import') return;
  const rules = await getRules(tx);
  const uselessAfter = Temporal.Instant.from(await hospitalNow(tx))
    .add({ hours: 7 * 24 })
    .toString();
  for (const channel of await channelsFor(tx, it.patientId, it.topic))
    await insertNotice(
      tx,
      {
        eventId: event.id,
        kind: it.kind,
        channel,
        patientId: it.patientId,
        subjectId: event.subjectId,
        facts: it.facts,
        uselessAfter,
      },
      rules,
    );
};

interface InvoiceIssued {
  patientId: string;
  totalMinor: number;
  currency: string;
}
export const tellOfInvoice = (tx: Db, event: Event<InvoiceIssued>): Promise<void> => {
  const { patientId, totalMinor, currency } = event.facts;
  return tell(tx, event, { patientId, kind: 'invoice-issued', topic: 'invoices', facts: { totalMinor, currency } });
};

/** Paid at the till a minute later: there is nothing to write about. */
export const invoiceIsPaid = (tx: Db, event: Event<object>): Promise<unknown> =>
  withdrawWaiting(tx, { subjectId: event.subjectId, reason: 'invoice-balanced', kind: 'invoice-issued' });

/** Sent at once or not at all: whoever stands at the desk waits for it. */
export const tellOfInvitation = (
  tx: Db,
  event: Event<{ patientId: string; code: string; origin: string }>,
): Promise<void> => {
  const { patientId, code, origin } = event.facts;
  return tell(tx, event, { patientId, kind: 'portal-invitation', topic: 'portal', facts: { code, origin } });
};

/** Something waits in the portal (`tellOfPortal` in api.ts); what it is stands there, behind the sign-in. */
export const tellOfPortalMessage = (tx: Db, event: Event<{ patientId: string }>): Promise<void> =>
  tell(tx, event, { patientId: event.facts.patientId, kind: 'portal-message', topic: 'portal', facts: {} });
