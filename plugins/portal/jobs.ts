import type { Db } from '../../core/database.ts';
import type { Hms } from '../../core/hms.ts';
import type { Job } from '../../core/plugin.ts';
import { openProvider } from './payment/http.ts';
import { ProviderAway, type PaymentPort } from './payment/port.ts';
import { settle } from './payment/settle.ts';
import { takeWaiting, type Waiting } from './queries/payments.ts';
import { providerOf } from './settings.ts';

/**
 * Asks the provider about every payment that has not ended: a callback that was lost loses nothing. Money that has to go back
 * is sent back until the provider says so.
 */
export const askProvider = async (db: Db, hms: Hms): Promise<void> => {
  const provider = providerOf(hms.config);
  if (!provider) return;
  const port = openProvider(provider);
  for (const waiting of await db.transaction(takeWaiting)) {
    if (hms.stopping) return;
    try {
      await ask(db, port, waiting);
    } catch (error) {
      if (!(error instanceof ProviderAway)) throw error;
      hms.log.warn({ payment: waiting.id }, 'the payment provider is away');
      return;
    }
  }
};

const ask = async (db: Db, port: PaymentPort, { id, status, amountMinor, isOld }: Waiting): Promise<void> => {
  if (status === 'refund-due') await port.refund(id);
  const said = await port.find(id);
  if (said) await db.transaction((tx) => settle(tx, said));
  // Its page was never opened, or was left a day ago: nobody pays there any more.
  if ((!said || said.status === 'open') && status === 'open' && isOld)
    await db.transaction((tx) =>
      settle(tx, { id, status: 'abandoned', amountMinor, currency: said?.currency ?? 'XXX' }),
    );
};

export const jobs: Record<string, Job> = { 'portal.ask-provider': { every: 5_000, run: askProvider } };
