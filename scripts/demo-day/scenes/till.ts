import { randomUUID } from 'node:crypto';
import type * as api from '../../../generated/api/types.ts';
import { timeOf, type Day, type Scene } from '../day.ts';
import { unless } from '../desk.ts';

/** A patient goes by the pharmacy and the laboratory first. */
const until = 20 * 60_000;

/** An invoice for each visit that is over; the patient's part is paid in cash, by card, or later. */
export const till: Scene = {
  name: 'till',
  needs: ['billing', 'ehr'],
  open(day) {
    const billed = new Set<string>();
    day.attend('till', 5, async () => {
      const http = day.desk('cashier');
      await http.get('/api/till', { query: { limit: 50 } });
      const finished = (await visitsOver(day)).filter(({ id }) => !billed.has(id));
      const ready = finished.filter(({ endedAt }) => endedAt && day.agenda.now - timeOf(endedAt) > until);
      for (const visit of ready) {
        billed.add(visit.id);
        await bill(day, visit);
      }
      return finished.length > 0;
    });
    return Promise.resolve();
  },
};

const visitsOver = async (day: Day): Promise<api.EncounterItem[]> => {
  const found: api.EncounterItem[] = [];
  for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
    const query = { date: day.date, status: 'finished', limit: 100, cursor };
    const page = await day.desk('cashier').get('/api/encounters', { query });
    found.push(...page.items);
    cursor = page.next;
  }
  return found;
};

const bill = async (day: Day, { id: encounterId, patientId, patient }: api.EncounterItem): Promise<void> => {
  const invoice = await unless(
    day.desk('cashier').post('/api/invoices', { patientId, encounterId }, { key: randomUUID() }),
    'invoice-nothing-to-bill',
    'charge-needs-price',
  );
  if (!invoice) return;
  day.measured.add('invoices');
  if (invoice.payerMinor > 0) day.measured.add('invoices shared with a payer');
  if (invoice.openMinor === 0 || day.payAtHome.has(patientId)) return;
  if (day.chance.isIn100(8, 'later', patient.recordNumber)) return;
  await pay(day, invoice, patient.recordNumber);
};

const pay = async (day: Day, { id: invoiceId, openMinor: amountMinor }: api.Invoice, about: string): Promise<void> => {
  const http = day.desk('cashier');
  const cash = day.chance.isIn100(45, 'cash', about);
  const note = Math.ceil(amountMinor / 1000) * 1000;
  // Counted wrong: too little on the counter is refused before anything is written.
  if (cash && amountMinor > 1 && day.chance.isIn100(5, 'short', about))
    await unless(
      http.post(
        '/api/payments',
        { invoiceId, method: 'cash', amountMinor, tenderedMinor: amountMinor - 1 },
        { key: randomUUID() },
      ),
      'payment-tendered-short',
    );
  const payment = cash
    ? { invoiceId, method: 'cash' as const, amountMinor, tenderedMinor: note }
    : { invoiceId, method: 'card' as const, amountMinor };
  await http.post('/api/payments', payment, { key: randomUUID() });
  day.measured.add(cash ? 'paid in cash' : 'paid by card');
};
