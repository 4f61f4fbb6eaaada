import { z } from 'zod';
import { service } from './actor.ts';
import { sql, type Db } from './database.ts';
import { faultOf } from './fault.ts';
import type { Hms } from './hms.ts';
import type { Event, Subscriber } from './plugin.ts';

export interface Relay {
  wake: () => void;
  /** Resolves when nothing is waiting that could be delivered now; for tests, demo days and graceful stop. */
  drain: () => Promise<void>;
  stop: () => Promise<void>;
}

const pollEvery = 250;
const mostAttempts = 8;
const batch = 200;

const Delivery = z.strictObject({
  subscriber: z.string(),
  attempts: z.int(),
  id: z.int(),
  name: z.string(),
  subjectId: z.uuid(),
  facts: z.record(z.string(), z.unknown()),
  actorId: z.uuid().nullable(),
  origin: z.enum(['here', 'import']),
  occurredAt: z.string(),
});
type Failed = Pick<z.infer<typeof Delivery>, 'id' | 'subjectId' | 'subscriber' | 'attempts'>;
const Id = z.strictObject({ id: z.int(), name: z.string(), subjectId: z.uuid() });

/**
 * Delivers events to the plugins that asked for them: at least once, one subject at a time, in order. A parked delivery stands
 * in nobody's way: later events of its subject go on without it. Tried again, it is the oldest of its subject once more, so
 * what that subscriber has not heard yet waits for it; what it has heard is not repeated. When it fails, it is parked at once.
 */
export const openRelay = (hms: Hms): Relay => {
  const subscribers = new Map<string, { name: string; plugin: string; run: Subscriber }[]>();
  for (const plugin of hms.plugins)
    for (const [event, run] of Object.entries(plugin.on ?? {})) {
      const list = subscribers.get(event) ?? [];
      list.push({ name: `${plugin.name}:${event}`, plugin: plugin.name, run });
      subscribers.set(event, list);
    }
  const handlers = new Map([...subscribers.values()].flat().map((subscriber) => [subscriber.name, subscriber]));
  const db = hms.db(service('relay'));

  /** One process at a time: a pending event is a row, not a position, so a late commit simply appears later. */
  const fanOut = (): Promise<number> =>
    db.transaction(async (tx) => {
      const events = await tx.any(sql.type(Id)`
        select id, name, subject_id from core.outbox
        where fanned_out_at is null and (select pg_try_advisory_xact_lock(20260102))
        order by id
        limit ${batch}
      `);
      if (events.length === 0) return 0;
      const rows = events.flatMap((event) =>
        (subscribers.get(event.name) ?? []).map((to) => [event.id, to.name, event.subjectId]),
      );
      if (rows.length > 0)
        await tx.query(sql.unsafe`
          insert into core.delivery (event_id, subscriber, subject_id)
          select * from ${sql.unnest(rows, ['int8', 'text', 'uuid'])}
          on conflict do nothing
        `);
      await tx.query(sql.unsafe`
        update core.outbox set fanned_out_at = clock_timestamp()
        where id = any(${sql.array(
          events.map((event) => event.id),
          'int8',
        )})
      `);
      return events.length;
    });

  /** Due, ours, and no earlier one of its subject is still pending. */
  const deliverable = sql.fragment`
    d.status = 'pending' and d.next_at <= clock_timestamp() and d.subscriber = any(${sql.array([...handlers.keys()], 'text')})
    and not exists (
      select from core.delivery earlier
      where earlier.status = 'pending' and earlier.subscriber = d.subscriber and earlier.subject_id = d.subject_id and earlier.event_id < d.event_id
    )
  `;

  /** Rows that another process holds are passed over. */
  const next = (tx: Db) =>
    tx.maybeOne(sql.type(Delivery)`
      select d.subscriber, d.attempts, o.id, o.name, o.subject_id, o.facts, o.actor_id, o.origin, o.occurred_at
      from core.delivery d
      join core.outbox o on o.id = d.event_id
      where ${deliverable}
      order by d.next_at, d.event_id
      limit 1
      for update of d skip locked
    `);

  const deliverOne = async (): Promise<boolean> => {
    let failed: Failed | undefined;
    try {
      return await db.transaction(async (tx) => {
        failed = undefined;
        const delivery = await next(tx);
        if (!delivery) return false;
        const { subscriber, attempts, ...event } = delivery;
        failed = { id: event.id, subjectId: event.subjectId, subscriber, attempts };
        const handler = handlers.get(subscriber)!;
        await handler.run(
          { ...tx, actor: service(handler.plugin, event.actorId), origin: event.origin },
          event as Event<never>,
          hms,
        );
        await tx.query(sql.unsafe`
          update core.delivery set status = 'done', attempts = attempts + 1 where event_id = ${event.id} and subscriber = ${subscriber}
        `);
        return true;
      });
    } catch (error) {
      if (!failed) throw error;
      await postpone(failed, error as Error);
      return true;
    }
  };

  const postpone = async ({ id, subjectId, subscriber, attempts }: Failed, error: Error): Promise<void> => {
    const parked = attempts + 1 >= mostAttempts;
    hms.log[parked ? 'error' : 'warn'](
      { err: error, event: id, subscriber, attempts: attempts + 1 },
      parked ? 'delivery parked' : 'delivery failed, will be tried again',
    );
    await db.query(sql.unsafe`
      update core.delivery
      set attempts = ${attempts + 1}, status = ${parked ? 'parked' : 'pending'}, last_error = ${faultOf(error)},
        parked_at = ${parked ? sql.fragment`coalesce(parked_at, core.now())` : sql.fragment`parked_at`}, next_at = clock_timestamp() + make_interval(secs => ${Math.min(0.2 * 3 ** attempts, 600)})
      where event_id = ${id} and subscriber = ${subscriber}
    `);
    if (parked) db.announce({ name: 'operations.delivery-parked', subjectId, only: { permission: 'operations:read' } });
  };

  let wanted = false;
  let stopped = false;
  let running: Promise<void> | undefined;
  const work = async (): Promise<void> => {
    do {
      wanted = false;
      try {
        while (!stopped && (await fanOut()) === batch);
        while (!stopped && (await deliverOne()));
        while (!stopped && (await fanOut()) > 0) wanted = true;
      } catch (error) {
        if (!stopped) hms.log.warn({ err: error }, 'the relay could not work');
      }
    } while (wanted && !stopped);
  };
  const wake = (): void => {
    wanted = true;
    if (stopped) return;
    running ??= work().finally(() => {
      running = undefined;
      if (wanted && !stopped) wake();
    });
  };
  const timer = setInterval(wake, pollEvery);
  hms.bus.onEvents(wake);
  wake();

  return {
    wake,
    async drain() {
      do {
        wake();
        await running;
      } while (
        running ??
        (await db.exists(sql.unsafe`
        select from core.outbox where fanned_out_at is null
        union all select from core.delivery d where ${deliverable} limit 1
      `))
      );
    },
    async stop() {
      stopped = true;
      clearInterval(timer);
      await running;
    },
  };
};
