import { randomUUID } from 'node:crypto';
import type * as api from '../../../generated/api/types.ts';
import type { Day, Scene } from '../day.ts';
import { Refused } from '../desk.ts';

const atOnce = 6;

/** Whoever waits longest first; what the shelf lacks is received before it is handed out. */
export const pharmacy: Scene = {
  name: 'pharmacy',
  needs: ['pharmacy'],
  open(day) {
    day.attend('pharmacy', 4, async () => {
      const { items } = await day.desk('pharmacist').get('/api/dispense-queue', { query: { limit: 50 } });
      for (const item of items.slice(0, atOnce)) await handOut(day, item);
      return items.length > 0;
    });
    return Promise.resolve();
  },
};

const handOut = async (
  day: Day,
  { medicationRequest: it, remaining, available }: api.DispenseQueueItem,
): Promise<void> => {
  const http = day.desk('pharmacist');
  if (it.medicationId && available < remaining) await receive(day, it.medicationId, remaining);
  // The key belongs to the click: pressed twice, it hands out once.
  const key = randomUUID();
  const wish = { medicationRequestId: it.id, quantity: remaining };
  try {
    const given = await http.post('/api/medication-dispenses', wish, { key });
    day.measured.add('dispenses');
    if (!day.chance.isIn100(10, 'twice', given.medicationDisplay, String(given.quantity), day.nowText)) return;
    const again = await http.post('/api/medication-dispenses', wish, { key });
    if (again.id !== given.id) day.measured.errors.push('pharmacy: the same click has handed out twice');
  } catch (error) {
    // Cancelled by the doctor, or taken from the shelf by somebody else: the next look at the list knows.
    if (!(error instanceof Refused) || !['request-not-dispensable', 'stock-insufficient'].includes(error.code))
      throw error;
  }
};

const receive = async (day: Day, medicationId: string, quantity: number): Promise<void> => {
  const expiresOn = Temporal.PlainDate.from(day.date).add({ months: 14 }).toString();
  const lotNumber = `D${day.date.replaceAll('-', '')}`;
  const receipt = { medicationId, lotNumber, expiresOn, quantity: quantity + 200, unitCost: '0.12' };
  await day.desk('pharmacist').post('/api/stock/receipts', receipt, { key: randomUUID() });
  day.measured.add('deliveries received');
};
