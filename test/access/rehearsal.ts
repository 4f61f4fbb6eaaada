import type { House } from './hospital.ts';
import type { Sent } from './observe.ts';

export interface Rehearsal {
  /** What succeeds meanwhile is taken back at its commit. */
  during: <T>(work: () => Promise<T>) => Promise<T>;
  /** Whether what was asked for would have been done. */
  succeeded: (sent: Sent) => boolean;
}

/**
 * In a rehearsal a request shows that it would do what it asks for, and things stay as they are for the next one: its commit is
 * refused as `/problems/rehearsed`. Every change writes its audit row in its transaction; where that row comes in one of its own,
 * the last, the answer is that it could not be written.
 */
export const openRehearsal = async (house: House): Promise<Rehearsal> => {
  house.hms.refusals.rehearsed = [409, 'refusal_busy'];
  await house.asAdmin(`
    create schema rehearsal;
    create table rehearsal.going as select false as on;
    create function rehearsal.take_back() returns trigger language plpgsql security definer as $$
      begin
        if (select g.on from rehearsal.going g) then raise exception 'rehearsed' using errcode = '23514', constraint = 'rehearsed'; end if;
        return null;
      end $$;
    grant usage on schema rehearsal to public;
    grant all on rehearsal.going to public;
    create constraint trigger rehearsed after insert on core.audit deferrable initially deferred
      for each row when (new.outcome = 0 and new.route not like 'get %') execute function rehearsal.take_back()`);
  const turn = (on: boolean) => house.rows(`update rehearsal.going set "on" = ${on}`);
  return {
    async during(work) {
      await turn(true);
      return work().finally(() => turn(false));
    },
    succeeded: ({ text }) => /rehearsed"|\/problems\/audit-unavailable/.test(text),
  };
};
