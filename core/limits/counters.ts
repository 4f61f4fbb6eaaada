import { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { Log } from '../log.ts';
import { limitClasses, type LimitClass, type Limits } from './classes.ts';

export interface Counters {
  /** Seconds until it may be tried again; null: go on. */
  take: (limit: LimitClass, key: string) => Promise<number | null>;
  giveBack: (limit: LimitClass, key: string) => Promise<void>;
  stop: () => void;
}

/** In Redis for all processes together where there is one; each for itself without, and while it is away. */
export const openCounters = (limits: Limits, redisUrl: string | null, name: string, log: Log): Counters => {
  const redis = redisUrl === null ? null : connect(redisUrl, log);
  const counters = new Map(
    limitClasses.map((limit) => {
      const { points, per: duration } = limits[limit];
      const options = { points, duration, keyPrefix: `${name}:${limit}` };
      const own = new RateLimiterMemory(options);
      return [limit, redis ? new RateLimiterRedis({ ...options, storeClient: redis, insuranceLimiter: own }) : own];
    }),
  );
  return {
    async take(limit, key) {
      try {
        await counters.get(limit)!.consume(key);
        return null;
      } catch (refused) {
        // Whatever else goes wrong with counting stops nobody's work.
        return refused instanceof RateLimiterRes ? Math.max(1, Math.ceil(refused.msBeforeNext / 1000)) : null;
      }
    },
    async giveBack(limit, key) {
      await counters
        .get(limit)!
        .reward(key)
        .catch(() => {});
    },
    stop: () => redis?.disconnect(),
  };
};

/** Answers at once or not at all: a request does not wait for a Redis that is away. */
const connect = (url: string, log: Log): Redis => {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: 250,
    connectTimeout: 2_000,
    retryStrategy: (times) => Math.min(times * 200, 5_000),
  });
  let isAway = false;
  redis.on('error', (error: Error) => {
    if (!isAway) log.warn({ err: error }, 'Redis is away: each process counts requests for itself');
    isAway = true;
  });
  redis.on('ready', () => (isAway = false));
  return redis;
};
