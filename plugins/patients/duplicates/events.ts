import type { Subscriber } from '../../../core/plugin.ts';
import { keepPairs } from './list.ts';

/** Whoever is registered, amended or parted from another is compared with those who are here. */
export const lookForDuplicates: Subscriber = async (tx, event) => {
  // Many thousands at once would stand before all other events. They were compared before they came, and the job finds the rest.
  if ('importId' in event.facts) return;
  await keepPairs(tx, [event.subjectId]);
};
