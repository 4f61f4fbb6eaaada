import pg from 'pg';
import { sql } from '../../core/database.ts';
import type { Bench } from './hospital.ts';

/**
 * The least that it can cost to have written down who looked before the answer leaves: one connection of `pg` kept for it, one
 * prepared statement into a table without an index, a check or a trigger. Those that come while one is being written go
 * together, as the audit's do.
 */
export const openLeastEntry = async ({ owner, hms }: Bench) => {
  await owner.query(sql.unsafe`create table core.least_entry (at timestamptz not null, patient_id uuid not null)`);
  await owner.query(sql.unsafe`grant insert on core.least_entry to app`);
  const client = new pg.Client({ connectionString: hms.urls.app });
  await client.connect();
  let waiting: string[] = [];
  let next: Promise<unknown> | undefined;
  const together = () => {
    const ids = waiting;
    waiting = [];
    next = undefined;
    return client.query({
      name: 'least-entry',
      text: 'insert into core.least_entry (at, patient_id) select clock_timestamp(), unnest($1::uuid[])',
      values: [ids],
    });
  };
  let running: Promise<unknown> = Promise.resolve();
  return {
    async write(patientId: string): Promise<void> {
      waiting.push(patientId);
      next ??= running = running.then(together);
      await next;
    },
    /** Of a statement whose `shown` are the patients it shows: no way to the database is made for the entry alone. */
    inTheSameStatement: sql.fragment`insert into core.least_entry (at, patient_id) select clock_timestamp(), id from shown`,
    stop: () => client.end(),
  };
};
