/** `npm start`: the interface is built, if its sources changed, while the database is made ready. */
import { ensureInterface } from './build.ts';
import { laboratoryOfDemo } from './lab-simulator.ts';
import { ensureMessages } from './messages.ts';
import { payerOfDemo } from './payer-simulator.ts';
import { paymentsOfDemo } from './payment-simulator.ts';

await ensureMessages();
// Only now: the server speaks the messages, so in a fresh clone it cannot even be loaded before.
const { cannotStart, start } = await import('../core/main.ts');
await Promise.all([payerOfDemo, paymentsOfDemo, laboratoryOfDemo].map((begin) => begin(process.env)));
const built = ensureInterface();
built.catch(() => {}); // start throws it
await start(built).catch(cannotStart);
