import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { z } from 'zod';
import { sql } from './database.ts';
import { service } from './actor.ts';
import type { Hms } from './hms.ts';
import { route, type Route } from './routes.ts';

export interface Metrics {
  registry: Registry;
  requests: Histogram<'method' | 'route' | 'status'>;
  refusals: Counter<'type'>;
  failedAuditExports: Counter;
  stop: () => void;
}

export const openMetrics = (): Metrics => {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return {
    registry,
    requests: new Histogram({
      name: 'http_request_duration_seconds',
      help: 'Time to the end of the answer',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers: [registry],
    }),
    refusals: new Counter({
      name: 'refusals_total',
      help: 'Requests refused, by problem type',
      labelNames: ['type'],
      registers: [registry],
    }),
    failedAuditExports: new Counter({
      name: 'audit_exports_failed_total',
      help: 'Heads of the audit that could not be written outside the database',
      registers: [registry],
    }),
    stop: () => registry.clear(),
  };
};

const Undelivered = z.strictObject({ pending: z.int(), parked: z.int() });

/** Looked up when somebody asks: what has not reached its plugin, and how busy the connections are. */
export const openGauges = (hms: Hms): void => {
  const registers = [hms.metrics.registry];
  const db = hms.db(service('metrics'));
  new Gauge({
    name: 'deliveries',
    help: 'Events on their way to a plugin, and those given up after the last try',
    labelNames: ['status'],
    registers,
    async collect() {
      this.reset(); // with the database away there is no number, and none is made up
      const found = await db
        .one(
          sql.type(Undelivered)`
          select (select count(*)::int from core.delivery where status = 'pending') as pending,
            (select count(*)::int from core.delivery where status = 'parked') as parked
        `,
        )
        .catch(() => ({}));
      for (const [status, number] of Object.entries(found)) this.set({ status }, number);
    },
  });
  new Gauge({
    name: 'database_connections',
    help: 'Connections of a pool, and requests that wait for one',
    labelNames: ['pool', 'state'],
    registers,
    collect() {
      for (const [name, pool] of Object.entries(hms.pools)) {
        const { acquiredConnections, idleConnections, waitingClients } = pool.state();
        this.set({ pool: name, state: 'busy' }, acquiredConnections);
        this.set({ pool: name, state: 'idle' }, idleConnections);
        this.set({ pool: name, state: 'awaited' }, waitingClients);
      }
    },
  });
};

const loopback = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);

/** Up or not, and nothing more; metrics on loopback or with their token. */
export const healthRoutes = (hms: Hms): Route[] => [
  route({
    method: 'GET',
    path: '/health/live',
    options: { auth: false, app: { patientData: false, access: 'public' } },
    handler: () => ({ status: 'up' }),
  }),
  route({
    method: 'GET',
    path: '/health/ready',
    options: { auth: false, app: { patientData: false, access: 'public' } },
    handler: async (_request, h) => {
      const ready =
        !hms.stopping &&
        (await hms
          .db(service('health'))
          .exists(sql.unsafe`select from core.clock`)
          .catch(() => false));
      return ready && hms.services.every(({ healthy }) => healthy())
        ? { status: 'up' }
        : h.response({ status: 'down' }).code(503).header('retry-after', '5');
    },
  }),
  route({
    method: 'GET',
    path: '/metrics',
    options: { auth: false, app: { patientData: false, access: 'public' } },
    handler: async (request, h) => {
      const { metricsToken } = hms.config;
      const allowed = metricsToken
        ? request.headers.authorization === `Bearer ${metricsToken}`
        : loopback.has(request.info.remoteAddress);
      if (!allowed) return h.response().code(404);
      return h.response(await hms.metrics.registry.metrics()).type(hms.metrics.registry.contentType);
    },
  }),
];
