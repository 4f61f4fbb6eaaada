import { z } from 'zod';
import { nobody } from './actor.ts';
import { databaseFor, openPool, sql, type Db } from './database.ts';

/** Hospital time as ISO text in UTC. Tests and demo days shift and speed it; audit, sessions and locks use real time. */
export const hospitalNow = (db: Db): Promise<string> =>
  db.oneFirst(sql.type(z.strictObject({ now: z.string() }))`select core.now() as now`);

/** What the clock shows and how fast it runs, so that screens can go along with it. */
export const hospitalClock = (db: Db): Promise<{ now: string; speed: number }> =>
  db.one(sql.type(z.strictObject({ now: z.string(), speed: z.number() }))`
    select core.now() as now, speed::float8 as speed from core.clock
  `);

/** Sets the hospital's clock to an instant; `speed` 0 stops it there. Needs the owner's connection; never in production. */
export const setClock = (owner: Db, at: string, speed = 0): Promise<unknown> =>
  owner.query(sql.unsafe`
    update core.clock
    set since = real.time, shift = ${at}::timestamptz - real.time, speed = ${speed}
    from (select clock_timestamp() as time) real
  `);

/** The clock runs on from what it shows, at another speed: no instant is skipped and none comes twice. Gives what it shows. */
export const paceClock = (owner: Db, speed: number): Promise<string> =>
  owner.oneFirst(sql.type(z.strictObject({ now: z.string() }))`
    update core.clock
    set since = real.time, shift = core.now() - real.time, speed = ${speed}
    from (select statement_timestamp() as time) real
    returning core.now() as now
  `);

/** Whether it shows the real time, as it must in production: a database of tests or of a demo day is no hospital's. */
export const showsRealTime = async (url: string): Promise<boolean> => {
  const pool = await openPool(url, { max: 1 });
  try {
    return await databaseFor(pool, { actor: nobody, policy: 'open' }).exists(
      sql.unsafe`select from core.clock where shift = '0' and speed = 1`,
    );
  } finally {
    await pool.end();
  }
};
