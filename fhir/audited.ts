import { writeAudits } from '../core/audit/write.ts';
import { within, type At, type Note, type Result, type Whole } from './at.ts';

const noted = (note: Note): Note => (note.action ? note : { action: 'R', subtype: 'opened', ...note });

/** What was shown or changed is written down before it is answered, and with the change. */
export const audited = async <R extends Result | Whole>(at: At, work: () => Promise<R>): Promise<R> => {
  const result = await work();
  await writeAudits(at.db, at.request, [result.audit].flat().map(noted));
  return result;
};

/** A read: written down before it leaves. Patients read in a transaction: only there the database knows whose rows are theirs. */
export const reading = (at: At, work: (at: At) => Promise<Result>): Promise<Result> => {
  const read = (inside: At) => audited(inside, () => work(inside));
  return at.db.actor.kind === 'patient' ? at.db.transaction((tx) => read(within(at, tx))) : read(at);
};
