import type { Db } from '../../../core/database.ts';
import { publish } from '../../../core/events.ts';
import { refuse } from '../../../core/refuse.ts';
import { correct, verify, type Verified } from '../queries/results.ts';
import * as q from '../queries/outside.ts';
import { tellChart } from './results.ts';

/** What another laboratory says of one result of ours. */
export interface OutsideResult {
  resultId: string;
  status: 'preliminary' | 'final' | 'corrected' | 'withdrawn' | 'cancelled';
  value?: string;
  valueCode?: string;
  valueText?: string;
  /** How it marked the value: kept, never used. */
  flag: string | null;
  comment: string | null;
}

type Step = 'enter' | 'verify' | 'correct' | 'withdraw' | 'cancel' | 'keep';

/**
 * What becomes of a result. A preliminary value never goes over a final one; a final one that differs from what is
 * verified, and does not call itself a correction, is somebody's decision (`decided`).
 * @throws refusal outside_final_differs, outside_order_closed
 */
const stepOf = (before: q.Before, { status }: OutsideResult, decided: boolean): Step => {
  if (before.status === 'cancelled' || before.status === 'withdrawn') {
    if (status === 'preliminary' || status === 'cancelled' || (status === 'withdrawn' && before.status === 'withdrawn'))
      return 'keep';
    throw refuse('outside_order_closed');
  }
  if (before.status === 'verified') {
    if (status === 'preliminary') return 'keep';
    if (status === 'withdrawn') return 'withdraw';
    if (status === 'cancelled') {
      if (decided) return 'withdraw';
      throw refuse('outside_final_differs');
    }
    if (before.same) return 'keep';
    if (status === 'corrected' || decided) return 'correct';
    throw refuse('outside_final_differs');
  }
  if (status === 'cancelled') return 'cancel';
  return status === 'preliminary' || status === 'withdrawn' ? 'enter' : 'verify';
};

/**
 * Results of one specimen by another laboratory: all or nothing. Ours is the judgement of each value, and what is critical goes to
 * its owner as if it had been measured here.
 * @throws refusals of results, outside_final_differs, outside_order_closed
 */
export const receiveOutsideResults = async (
  tx: Db,
  specimenId: string,
  results: readonly OutsideResult[],
  { laboratory, reason, decided }: { laboratory: string; reason: string; decided: boolean },
): Promise<void> => {
  const before = new Map((await q.holdResults(tx, specimenId, results)).map((it) => [it.id, it]));
  const planned = results.map((it) => {
    const held = before.get(it.resultId);
    if (!held) throw refuse('not_found');
    return { it, held, step: stepOf(held, it, decided) };
  });
  const of = (...steps: Step[]) => planned.filter(({ step }) => steps.includes(step));

  const toEnter = of('enter', 'verify').map(({ it }) =>
    it.status === 'withdrawn' ? { resultId: it.resultId, status: it.status, flag: null, comment: null } : it,
  );
  if (toEnter.length > 0) {
    const entered = await q.enterOutside(tx, toEnter, laboratory);
    const final = new Set(of('verify').map(({ it }) => it.resultId));
    const toVerify = entered.filter(({ id }) => final.has(id));
    const open = entered.flatMap(({ id }) => (final.has(id) ? [] : [id]));
    if (open.length > 0) await publish(tx, 'laboratory.results-entered', specimenId, { results: open });
    if (toVerify.length > 0) await tellChart(tx, await verify(tx, specimenId, toVerify), 'verified');
  }
  const cancelled = of('cancel').map(({ it }) => it.resultId);
  if (cancelled.length > 0) {
    await q.cancelOutside(tx, cancelled, laboratory);
    await publish(tx, 'laboratory.results-cancelled', specimenId, { results: cancelled });
  }
  const corrected: Verified[] = [];
  for (const { it, held, step } of of('correct', 'withdraw')) {
    const { value, valueCode, valueText } = it;
    const what = step === 'withdraw' ? { withdraw: true as const } : { value, valueCode, valueText };
    const done = await correct(tx, it.resultId, held.version, { ...defined(what), reason });
    if (done === null) throw refuse('result_not_verified');
    await q.markFlag(tx, it.resultId, step === 'withdraw' ? null : it.flag);
    corrected.push(done);
  }
  if (corrected.length > 0) await tellChart(tx, corrected, 'corrected');
};

const defined = <T extends object>(it: T) =>
  Object.fromEntries(Object.entries(it).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };

/** These are no work of this laboratory any more: that one performs them. */
export const sendOut = async (
  tx: Db,
  specimenId: string,
  resultIds: readonly string[],
  laboratory: string,
): Promise<void> => {
  await q.markSentOut(tx, resultIds, laboratory);
  await publish(tx, 'laboratory.specimen-sent-out', specimenId);
};

/** It has said that it has the order. */
export const sentOutArrived = async (tx: Db, specimenId: string, laboratory: string): Promise<void> => {
  await q.markAcknowledged(tx, specimenId, laboratory);
  await publish(tx, 'laboratory.specimen-sent-out', specimenId);
};
