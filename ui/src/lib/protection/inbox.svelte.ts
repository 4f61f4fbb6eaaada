import { api, Problem, Unreachable } from '../api.ts';

let open = $state(0);

/** How many emergency accesses wait for whoever reviews them; the number beside the menu's entry. */
export const inbox = {
  get open() {
    return open;
  },
  async refetch() {
    try {
      open = (await api.get('/api/break-glass/count', { background: true })).open;
    } catch (error) {
      // The last number stands; the next news asks again.
      if (!(error instanceof Problem || error instanceof Unreachable)) throw error;
    }
  },
};
