import { z } from 'zod';
import { sql, type Db } from '../../../../core/database.ts';
import type { Hms } from '../../../../core/hms.ts';
import type { Job } from '../../../../core/plugin.ts';
import { tellScreens } from '../actions.ts';
import { keptDays } from '../model.ts';
import { checkSome } from './check.ts';
import { takeAll } from './take.ts';

/** Milliseconds that one run works before others of the queue have their turn. */
const turn = 5_000;
const mostAttempts = 3;

const Work = z.strictObject({ id: z.uuid(), status: z.enum(['checking', 'taking']) });
type Work = z.infer<typeof Work>;

const nextWork = (db: Db): Promise<Work | null> =>
  db.maybeOne(sql.type(Work)`
    select id, status from patients.import where status in ('checking', 'taking') order by status = 'taking' desc, attempts, id limit 1
  `);

/**
 * Goes on with what is uploaded: a piece of lines a transaction while they are looked at, all in one when they are taken. One worker at a
 * time; a worker that dies leaves what it had committed, and the next goes on there.
 */
export const workImports = async (db: Db, hms: Hms): Promise<void> => {
  const until = performance.now() + turn;
  while (performance.now() < until && !hms.stopping) {
    const work = await nextWork(db);
    if (work === null) return;
    const isDone = await (work.status === 'taking' ? takeAll(db, hms, work.id) : checkSome(db, hms, work.id)).catch(
      (error: unknown) => giveUp(db, work, error),
    );
    if (!isDone) return;
    tellScreens(db, work.id);
  }
};

/** What fails again and again is given back, so that it does not stand before the others. */
const giveUp = async (db: Db, { id, status }: Work, error: unknown): Promise<never> => {
  await db
    .query(
      sql.unsafe`
        update patients.import
        set attempts = attempts + 1,
          status = case when attempts + 1 < ${mostAttempts} then status when ${status} = 'taking' then 'ready' else 'columns' end,
          note = case when attempts + 1 < ${mostAttempts} then note else 'failed' end,
          version = case when attempts + 1 < ${mostAttempts} then version else version + 1 end
        where id = ${id} and status = ${status}
      `,
    )
    .catch(() => {}); // the database may be what failed; the next run tries again
  tellScreens(db, id);
  throw error;
};

/** What nobody took, and what was taken long enough ago. The hashes of what was taken stay. */
export const forgetImports = (db: Db): Promise<unknown> =>
  db.query(sql.unsafe`
    delete from patients.import
    where status <> 'taking'
      and coalesce(taken_at + make_interval(days => ${keptDays.taken}), created_at + make_interval(days => ${keptDays.waiting})) <= core.now()
  `);

export const importJobs: Record<string, Job> = {
  'patients.work-imports': { every: 1_000, run: workImports },
  'patients.forget-imports': { every: 3_600_000, run: forgetImports },
};
