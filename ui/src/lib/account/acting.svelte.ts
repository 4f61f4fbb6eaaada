import { toast } from '../toasts.svelte.ts';

/** One act at a time: done, it is said; refused, why. Either way `after` fetches again what it was about. */
export class Acting {
  busy = $state(false);
  failure = $state<string>();
  #after: () => unknown;

  constructor(after: () => unknown) {
    this.#after = after;
  }

  async run(work: () => Promise<unknown>, done?: string) {
    if (this.busy) return;
    this.busy = true;
    this.failure = undefined;
    try {
      await work();
      if (done) toast(done);
    } catch (error) {
      this.failure = (error as Error).message;
    } finally {
      this.busy = false;
      await this.#after();
    }
  }
}
