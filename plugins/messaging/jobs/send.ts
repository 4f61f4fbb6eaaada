import type { Db } from '../../../core/database.ts';
import type { Hms } from '../../../core/hms.ts';
import type { Job } from '../../../core/plugin.ts';
import { alertOfFailure } from '../events/alerts.ts';
import { getRules } from '../events/plan.ts';
import { referenceOf, type Channel } from '../model.ts';
import { openPorts, Undelivered, type Port } from '../ports/index.ts';
import { calendarOf } from './calendar.ts';
import { claimDue, recordResult, type Claimed } from './claim.ts';
import { decide, waits } from './decide.ts';
import { tellOfficer } from './officer.ts';

/**
 * Sends everything that is due. At least once: a worker that dies between sending and writing it down leaves the message
 * to the next, which sends it again under the same reference; a gateway that knows references makes that exactly once.
 */
export const sendDue = async (db: Db, hms: Hms): Promise<void> => {
  const place = { hospital: hms.config.hospital, zone: hms.config.zone };
  const rules = await getRules(db);
  const ports = openPorts(hms.config);
  try {
    for (;;) {
      const { claimed, settled } = await claimDue(db, (due) => decide(due, rules, place));
      await Promise.all(claimed.map((message) => attempt(db, hms, ports, message)));
      if (claimed.length + settled === 0 || hms.stopping) return;
    }
  } finally {
    for (const port of Object.values(ports)) port.close();
  }
};

const attempt = async (db: Db, hms: Hms, ports: Record<Channel, Port>, message: Claimed): Promise<void> => {
  const port = ports[message.channel];
  const calendar = await calendarOf(db, hms, message);
  try {
    const providerId = await port.send({
      to: message.recipient,
      subject: message.subject,
      body: message.body,
      reference: referenceOf(message),
      language: message.language,
      ...(calendar === null ? {} : { calendar }),
    });
    await recordResult(db, message, { status: 'sent', transport: port.transport, providerId });
  } catch (error) {
    if (!(error instanceof Undelivered)) throw error;
    await postpone(db, hms, message, error);
  }
};

const postpone = async (db: Db, hms: Hms, message: Claimed, { code, permanent }: Undelivered): Promise<void> => {
  const waitMinutes = permanent ? undefined : waits[message.attempts - 1];
  hms.log.warn({ message: message.id, channel: message.channel, code, attempts: message.attempts }, 'message not sent');
  if (waitMinutes !== undefined) {
    await recordResult(db, message, { status: 'planned', reason: code, waitMinutes });
    return;
  }
  if (await recordResult(db, message, { status: 'failed', reason: code })) await alertOfFailure(db);
};

/** Two seconds are what a person who watches the page waits for. */
export const jobs: Record<string, Job> = {
  'messaging.send-messages': { every: 2000, run: sendDue },
  'messaging.tell-officer': { every: 5000, run: tellOfficer },
};
