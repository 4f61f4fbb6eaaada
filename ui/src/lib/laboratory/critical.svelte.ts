import { api, Problem, Unreachable } from '../api.ts';
import type { CriticalResult } from './types.ts';

let items = $state.raw<readonly CriticalResult[]>([]);

/** The critical results that wait for the signed-in person, wherever in the interface they are. */
export const critical = {
  get items() {
    return items;
  },
  async refetch() {
    try {
      items = (await api.get('/api/laboratory/critical-results')).items;
    } catch (error) {
      // What is on the screen stays there; the next news or the next page tries again.
      if (!(error instanceof Problem || error instanceof Unreachable)) throw error;
    }
  },
};
