import type { Db } from '../database.ts';
import { hospitalClock } from '../clock.ts';
import type { Hms } from '../hms.ts';
import { localeOf, say, type Locale } from '../messages.ts';
import { refuse } from '../refuse.ts';
import { dbOf, headerOf, route } from '../routes.ts';
import { Changed, GiveUp, Operations, Which } from './model.ts';
import {
  countParked,
  getAuditChain,
  getBacklog,
  getDatabase,
  giveUp,
  listParked,
  listRuns,
  tryAgain,
} from './queries.ts';

const mostShown = 200;

const read = route({
  method: 'GET',
  path: '/api/operations',
  options: {
    auth: { scope: 'operations:read' },
    app: {
      patientData: false,
      response: Operations,
      summary: 'Health of the parts, events that wait or failed, jobs and database',
    },
  },
  handler: async (request): Promise<Operations> => {
    const { hms } = request.server.app;
    const db = dbOf(request);
    return {
      version: hms.version,
      clockSpeed: (await hospitalClock(db)).speed,
      database: await getDatabase(db),
      plugins: partsOf(hms, localeOf(headerOf(request, 'accept-language'))),
      backlog: await getBacklog(db),
      parked: [...(await listParked(db, mostShown))],
      parkedTotal: await countParked(db),
      jobs: await jobsOf(hms, db),
      audit: await getAuditChain(db),
    };
  },
});

const partsOf = (hms: Hms, locale: Locale): Operations['plugins'] =>
  hms.plugins.map(({ name, title, services = {} }) => ({
    name,
    title: say(title, locale),
    services: Object.keys(services).map((service) => {
      const running = hms.services.find((each) => each.plugin === name && each.name === service);
      return { name: service, state: !running ? 'elsewhere' : running.healthy() ? 'up' : 'down' };
    }),
  }));

const jobsOf = async (hms: Hms, db: Db): Promise<Operations['jobs']> => {
  const runs = new Map((await listRuns(db)).map((run) => [run.name, run]));
  const never = { failedAt: null, lastError: null };
  return (await hms.jobs.list()).map((job) => ({ ...never, ...runs.get(job.name), ...job }));
};

const settled = (tx: Db, event: string, deliveries: readonly { subjectId: string }[]): { changed: number } => {
  if (deliveries.length === 0) throw refuse('delivery_not_parked');
  for (const { subjectId } of deliveries)
    tx.announce({ name: `operations.${event}`, subjectId, only: { permission: 'operations:read' } });
  return { changed: deliveries.length };
};

const object = ({ subscriber, eventId }: Which): string => `Delivery/${eventId ?? '*'}/${subscriber}`;

const retry = route<{ Payload: Which }>({
  method: 'POST',
  path: '/api/operations/retry',
  options: {
    auth: { scope: 'operations:write' },
    validate: { payload: Which },
    app: {
      patientData: false,
      response: Changed,
      summary: 'Try a parked delivery again, or all of a subscriber',
      audit: (_result, request) => ({ object: object(request.payload as Which), purpose: 'HSYSADMIN' }),
    },
  },
  handler: async (request) => {
    const tx = dbOf(request);
    return settled(tx, 'delivery-retried', await tryAgain(tx, request.payload));
  },
});

const abandon = route<{ Payload: GiveUp }>({
  method: 'POST',
  path: '/api/operations/give-up',
  options: {
    auth: { scope: 'operations:write' },
    validate: { payload: GiveUp },
    app: {
      patientData: false,
      response: Changed,
      summary: 'Give a parked delivery up, with a reason',
      audit: (_result, request) => {
        const { reason, ...which } = request.payload as GiveUp;
        return { object: object(which), purpose: 'HSYSADMIN', detail: reason };
      },
    },
  },
  handler: async (request) => {
    const tx = dbOf(request);
    return settled(tx, 'delivery-given-up', await giveUp(tx, request.payload));
  },
});

export const routes = [read, retry, abandon];
