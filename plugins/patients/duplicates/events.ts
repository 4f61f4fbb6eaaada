import type { Subscriber } from '../../../core/plugin.ts';
import { keepPairs } from './list.ts';

/** Whoever is registered, amended or parted from another is compared with those who are here. */
export const lookForDuplicates: Subscriber = (tx, { subjectId }) => keepPairs(tx, [subjectId]);
