import { withBackend, createPostgresBackend, Queue, Worker, runMigrations } from 'bullmq';
import { Redis } from 'ioredis';
import pg from 'pg';
import { service } from './actor.ts';
import { z } from 'zod';
import { sql, type Db } from './database.ts';
import { faultOf } from './fault.ts';
import type { Hms } from './hms.ts';
import type { Job } from './plugin.ts';

export interface Scheduled {
  name: string;
  plugin: string;
  /** Milliseconds. */
  every: number;
  /** Null: the queue does not say. */
  nextAt: string | null;
}

export interface Jobs {
  list: () => Promise<Scheduled[]>;
  stop: () => Promise<void>;
}

const schema = 'bullmq';
const patience = 10_000;
const batch = 5_000;

/**
 * Deletes events that have reached everybody who wanted them, with their deliveries, when they are older than the hospital
 * keeps them. What is pending or parked stays, and its event with it.
 */
export const forgetEvents = async (db: Db, { config }: Pick<Hms, 'config'>): Promise<void> => {
  let forgotten: number;
  do {
    forgotten = await db.oneFirst(sql.type(z.strictObject({ count: z.int() }))`
      with old as (
        select id from core.outbox o
        where fanned_out_at < clock_timestamp() - make_interval(days => ${config.eventDays})
          and not exists (select from core.delivery d where d.event_id = o.id and d.status in ('pending', 'parked'))
        limit ${batch}
      ), gone as (delete from core.outbox using old where outbox.id = old.id returning outbox.id)
      select count(*)::int as count from gone
    `);
  } while (forgotten === batch);
};

/** What core does itself. A kept answer is promised for seven days, and holds what it answered: it is not kept for longer. */
export const coreJobs: Readonly<Record<string, Job>> = {
  'core.forget-answers': {
    every: 3_600_000,
    run: (db) =>
      db.query(sql.unsafe`delete from core.idempotency where created_at < clock_timestamp() - interval '7 days'`),
  },
  'core.forget-events': { every: 3_600_000, run: forgetEvents },
};

/** BullMQ on PostgreSQL, or on Redis where REDIS_URL is set. One queue: the jobs of a hospital are few and small. */
export const openJobs = async (hms: Hms, { work }: { work: boolean }): Promise<Jobs> => {
  const jobs = new Map(
    [{ name: 'core', jobs: coreJobs }, ...hms.plugins].flatMap((plugin) =>
      Object.entries(plugin.jobs ?? {}).map(([name, job]) => [name, { plugin: plugin.name, ...job }]),
    ),
  );
  const backend = hms.config.redisUrl ? onRedis(hms.config.redisUrl) : onPostgres(hms);
  const failed = (error: Error) => hms.log.warn({ err: error }, 'the job queue had an error');
  // A Redis may serve several hospitals; each has the name of its database.
  const queueName = `openward-${new URL(hms.urls.app).pathname.slice(1)}`;
  const queue = new backend.Queue(queueName, { connection: backend.connection as never });
  queue.on('error', failed);
  await inTime(queue.waitUntilReady(), 'The job queue does not answer. Is REDIS_URL right, and Redis there?');

  let worker: Worker | undefined;
  if (work) {
    worker = new backend.Worker(
      queueName,
      async ({ name }) => {
        const job = jobs.get(name);
        if (job) await noted(hms, name, () => job.run(hms.db(service(job.plugin)), hms));
      },
      { connection: backend.connection as never, concurrency: 2 },
    );
    worker.on('error', failed);
    worker.on('failed', (job, error) => hms.log.error({ err: error, job: job?.name }, 'job failed'));
    for (const [name, { every }] of jobs)
      await queue.upsertJobScheduler(
        name,
        { every },
        {
          name,
          opts: {
            removeOnComplete: 100,
            removeOnFail: 500,
            attempts: 5,
            backoff: { type: 'exponential', delay: 1000 },
          },
        },
      );
    // Of a plugin that is off nothing runs, not even for nothing.
    for (const { key } of await queue.getJobSchedulers()) if (!jobs.has(key)) await queue.removeJobScheduler(key);
  }

  return {
    async list() {
      const schedulers = await inTime(queue.getJobSchedulers(), 'The job queue does not answer.', 2_000).catch(
        () => [],
      );
      const next = new Map(schedulers.map((each) => [each.key, each.next]));
      return [...jobs].map(([name, { plugin, every }]) => {
        const at = next.get(name);
        return { name, plugin, every, nextAt: at === undefined ? null : new Date(at).toISOString() };
      });
    },
    async stop() {
      await worker?.close();
      await queue.close();
      await backend.stop();
    },
  };
};

/** Runs a job and writes down what came of it; in real time, as the queue's own. */
const noted = async (hms: Hms, name: string, run: () => Promise<unknown>): Promise<void> => {
  const begun = performance.now();
  const note = (error: unknown) => {
    const failedAt = error === undefined ? sql.fragment`null` : sql.fragment`clock_timestamp()`;
    return hms.db(service('jobs')).query(sql.unsafe`
      insert into core.job as j (name, ran_at, took_ms, failed_at, last_error)
      values (${name}, clock_timestamp(), ${Math.round(performance.now() - begun)}, ${failedAt}, ${error === undefined ? null : faultOf(error)})
      on conflict (name) do update set ran_at = excluded.ran_at, took_ms = excluded.took_ms,
        failed_at = coalesce(excluded.failed_at, j.failed_at), last_error = coalesce(excluded.last_error, j.last_error)
    `);
  };
  try {
    await run();
  } catch (error) {
    await note(error).catch(() => {}); // the database may be what failed; the queue tries again and the log has it
    throw error;
  }
  await note(undefined);
};

/** @throws Error with this sentence when nothing comes of it in time */
const inTime = async <T>(ready: Promise<T>, sentence: string, most = patience): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(sentence)), most);
  });
  return Promise.race([ready, late]).finally(() => clearTimeout(timer));
};

interface Backend {
  Queue: typeof Queue;
  Worker: typeof Worker;
  connection: unknown;
  stop: () => Promise<void>;
}

const onRedis = (url: string): Backend => {
  const connection = new Redis(url, { maxRetriesPerRequest: null });
  connection.on('error', () => {});
  return { Queue, Worker, connection, stop: async () => connection.disconnect() };
};

const onPostgres = (hms: Hms): Backend => {
  const pool = new pg.Pool({
    connectionString: hms.urls.app,
    max: 6,
    options: `-c search_path=${schema}`,
    keepAlive: true,
  });
  pool.setMaxListeners(0);
  pool.on('error', (error) => hms.log.warn({ err: error }, 'the job queue lost a connection'));
  const classes = withBackend(createPostgresBackend) as unknown as Pick<Backend, 'Queue' | 'Worker'>;
  return { ...classes, connection: pool, stop: () => pool.end() };
};

/** The queue's own tables belong to the owner; app works on them. */
export const migrateQueue = async (ownerUrl: string): Promise<void> => {
  const client = new pg.Client({
    connectionString: ownerUrl,
    options: `-c search_path=${schema} -c client_min_messages=warning`,
  });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock(20260103)');
    await client.query(`create schema if not exists ${schema}; grant usage on schema ${schema} to app;
      alter default privileges in schema ${schema} grant select, insert, update, delete on tables to app;
      alter default privileges in schema ${schema} grant usage on sequences to app;
      alter default privileges in schema ${schema} grant execute on functions to app;`);
    await runMigrations(client as never, schema);
  } finally {
    await client.end();
  }
};
