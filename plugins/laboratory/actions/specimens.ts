import type { Db } from '../../../core/database.ts';
import { publish } from '../../../core/events.ts';
import { refuse } from '../../../core/refuse.ts';
import type { Rejection, Specimen } from '../model/specimens.ts';
import { cancelOpenResults } from '../queries/orders.ts';
import * as q from '../queries/specimens.ts';

type Move = { id: string; version: number };

/** By its number, as a scanner or a person reads it. @throws 404; refusal accession_misread */
export const findByAccession = async (db: Db, written: string): Promise<Specimen> => {
  const accession = written.trim().toUpperCase();
  if (!(await q.accessionHolds(db, accession))) throw refuse('accession_misread');
  return q.getSpecimen(db, { accession });
};

/** Gone on meanwhile, or changed: what it is now is said with the refusal. */
const notNow = async (tx: Db, { id, version }: Move, refusal: string): Promise<never> => {
  const now = await q.getSpecimen(tx, { id });
  throw now.version === version
    ? refuse(refusal, { step: now.step })
    : refuse('version_stale', { version: now.version });
};

const tell = async (tx: Db, id: string, what: string): Promise<Specimen> => {
  await publish(tx, `laboratory.specimen-${what}`, id, await q.factsOf(tx, id));
  return q.getSpecimen(tx, { id });
};

/** @throws 404, version_stale; refusal specimen_not_to_collect, collected_in_future */
export const collectSpecimen = async (tx: Db, at: Move, collectedAt?: string): Promise<Specimen> => {
  if (collectedAt !== undefined && (await q.isInFuture(tx, collectedAt))) throw refuse('collected_in_future');
  if ((await q.collect(tx, at, collectedAt ?? null)) === null) await notNow(tx, at, 'specimen_not_to_collect');
  return tell(tx, at.id, 'collected');
};

/** @throws 404, version_stale; refusal specimen_not_to_receive */
export const receiveSpecimen = async (tx: Db, at: Move): Promise<Specimen> => {
  if ((await q.receive(tx, at)) === null) await notNow(tx, at, 'specimen_not_to_receive');
  return tell(tx, at.id, 'received');
};

/** Its open tests go to a new specimen, or are cancelled. @throws 404, version_stale; refusal specimen_not_to_reject */
export const rejectSpecimen = async (tx: Db, at: Move, it: Rejection): Promise<Specimen> => {
  if ((await q.reject(tx, at, it)) === null) await notNow(tx, at, 'specimen_not_to_reject');
  if (it.recollect) await q.moveOpenResults(tx, at.id, await q.insertReplacement(tx, at.id));
  else {
    await cancelOpenResults(tx, { specimenId: at.id });
    await q.explainRejection(tx, at.id, it.note ?? it.reason);
  }
  return tell(tx, at.id, 'rejected');
};
