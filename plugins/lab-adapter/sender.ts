import { service } from '../../core/actor.ts';
import type { Db } from '../../core/database.ts';
import { publish } from '../../core/events.ts';
import type { Hms } from '../../core/hms.ts';
import type { Service } from '../../core/plugin.ts';
import type { fhir } from '../../fhir/resource.ts';
import { sentOutArrived } from '../laboratory/api.ts';
import { raiseAlert } from '../messaging/api.ts';
import { fhirLine, Unreadable, type FhirLine } from './fhir/line.ts';
import { readAnswer } from './hl7/write.ts';
import { dial, type Line } from './mllp.ts';
import { markLine, shortConnections } from './queries/connections.ts';
import * as q from './queries/outgoing.ts';
import { fhirAddress, mllpAddress, patienceOf } from './settings.ts';

const lookEvery = 500;
const mostWait = 60;

/** 1, 2, 4 … seconds, at most a minute: a laboratory that comes back is not flooded, and nothing is given up. */
const growing = (attempts: number): number => Math.min(2 ** Math.min(attempts - 1, 10), mostWait);

/** It has the message and will not have it: a person must look. */
class Refused extends Error {}

/** Brings one message over. @returns the laboratory's name for it, if it has one. @throws Refused; anything else passes by itself */
type Carrier = { carry: (due: q.Due) => Promise<string | null>; close: () => void };

const byMllp = (hms: Hms): Carrier | null => {
  const address = mllpAddress(hms.config);
  if (!address) return null;
  let line: Line | undefined;
  const close = () => {
    line?.close();
    line = undefined;
  };
  return {
    close,
    async carry({ body, controlId }) {
      try {
        line ??= await dial(address, patienceOf(hms.config));
        const answer = readAnswer(await line.ask(body));
        if (!answer) throw new Error('the answer cannot be read');
        if (answer.controlId !== controlId) throw new Error('the answer is for another message');
        if (!answer.code.endsWith('A')) throw new Refused(`${answer.code} ${answer.reason}`.trim());
        return null;
      } catch (error) {
        if (!(error instanceof Refused)) close();
        throw error;
      }
    },
  };
};

const byFhir = (hms: Hms): Carrier | null => {
  const address = fhirAddress(hms.config);
  if (!address) return null;
  const line: FhirLine = fhirLine(address);
  return {
    close: () => {},
    async carry({ kind, body }) {
      const order = JSON.parse(body) as fhir.ServiceRequest;
      try {
        if (kind === 'order') return await line.order(order);
        await line.amend(order);
        return null;
      } catch (error) {
        const status = (error as { response?: { status?: number } }).response?.status;
        if (error instanceof Unreadable) throw new Refused(error.message);
        if (status !== undefined && status >= 400 && status < 500 && ![408, 425, 429].includes(status))
          throw new Refused(`HTTP ${String(status)}`);
        throw error;
      }
    },
  };
};

/** What kind of fault it was, never what a message said. */
const faultOf = (error: unknown): string => {
  const { code, message, response } = error as { code?: string; message: string; response?: { status?: number } };
  return response?.status ? `HTTP ${String(response.status)}` : (code ?? message).slice(0, 200);
};

const arrived = (db: Db, { id, kind, specimenId, laboratory }: q.Due, remoteId: string | null): Promise<void> =>
  db.transaction(async (tx) => {
    await q.markAcknowledged(tx, id, remoteId);
    if (kind === 'order' && specimenId) await sentOutArrived(tx, specimenId, laboratory);
    await publish(tx, 'lab-adapter.message-acknowledged', id);
  });

const refused = (db: Db, { id }: q.Due, why: string): Promise<void> =>
  db.transaction(async (tx) => {
    await q.markParked(tx, id, why);
    await publish(tx, 'lab-adapter.message-parked', id);
    await raiseAlert(tx, {
      to: { permission: 'lab-message:work' },
      kind: 'lab-adapter.order-refused',
      severity: 'warning',
      textKey: 'alert_lab_order_refused',
      path: '/lab-connections?show=out',
    });
  });

/** Everything that is due for one laboratory, one after the other. */
const work = async (hms: Hms, db: Db, connectionId: string, carrier: Carrier): Promise<void> => {
  const lease = patienceOf(hms.config) / 1000 + 30;
  for (let due = await q.takeFirst(db, connectionId, lease); due; due = await q.takeFirst(db, connectionId, lease)) {
    try {
      await arrived(db, due, await carrier.carry(due));
    } catch (error) {
      if (error instanceof Refused) await refused(db, due, error.message);
      else {
        await q.waitMore(db, due.id, growing(due.attempts), faultOf(error));
        await tellLine(db, connectionId, false, faultOf(error));
        return;
      }
    }
    await tellLine(db, connectionId, true, null);
    if (hms.stopping) return;
  }
};

const tellLine = async (db: Db, id: string, connected: boolean, error: string | null): Promise<void> => {
  if (await markLine(db, id, connected, error)) db.announce({ name: 'lab-adapter.line-changed', subjectId: id });
};

/** Sends what waits, in order for each laboratory; several processes share the queue without overtaking one another. */
export const sender: Service = {
  async start(hms) {
    const db = hms.db(service('lab-adapter'));
    const carriers = { mllp: byMllp(hms), fhir: byFhir(hms) };
    const busy = new Map<string, Promise<void>>();
    let stopped = false;
    const look = async (): Promise<void> => {
      for (const { id, kind, active } of await shortConnections(db)) {
        const carrier = carriers[kind];
        if (!carrier || !active || busy.has(id)) continue;
        const run = work(hms, db, id, carrier)
          .catch((error: unknown) => hms.log.warn({ err: error as Error }, 'orders could not be sent'))
          .finally(() => busy.delete(id));
        busy.set(id, run);
      }
    };
    let looking: Promise<void> | undefined;
    const wake = () => {
      if (stopped) return;
      looking ??= look()
        .catch((error: unknown) => hms.log.warn({ err: error as Error }, 'orders could not be looked for'))
        .finally(() => (looking = undefined));
    };
    const timer = setInterval(wake, lookEvery);
    hms.bus.onEvents((events) => {
      if (events.some(({ name }) => name === 'lab-adapter.message-queued')) wake();
    });
    wake();
    return {
      async stop() {
        stopped = true;
        clearInterval(timer);
        for (const carrier of Object.values(carriers)) carrier?.close();
        await looking;
        await Promise.all(busy.values());
      },
    };
  },
};
