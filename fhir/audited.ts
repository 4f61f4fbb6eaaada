import { writeAudit } from '../core/audit/write.ts';
import { within, type At, type Result } from './at.ts';

/** What was shown or changed is written down before it is answered, and with the change. */
export const audited = async (at: At, work: () => Promise<Result>): Promise<Result> => {
  const result = await work();
  await writeAudit(
    at.db,
    at.request,
    result.audit.action ? result.audit : { action: 'R', subtype: 'opened', ...result.audit },
  );
  return result;
};

/** A read: written down before it leaves. Patients read in a transaction: only there the database knows whose rows are theirs. */
export const reading = (at: At, work: (at: At) => Promise<Result>): Promise<Result> => {
  const read = (inside: At) => audited(inside, () => work(inside));
  return at.db.actor.kind === 'patient' ? at.db.transaction((tx) => read(within(at, tx))) : read(at);
};
