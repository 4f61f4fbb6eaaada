import { onMount } from 'svelte';
import { Problem, Unreachable } from '../../api.ts';
import * as format from '../../format.ts';
import * as m from '../../messages.js';
import { refreshOn } from '../../refresh-on.ts';
import { toast } from '../../toasts.svelte.ts';
import type { Id, QueueBoard, VisitStage } from '../../types.ts';
import * as calls from './calls.ts';

/** In a component: who waits at a point (at all when it gives none), kept fresh; acts happen at once and say how they went. */
export class LiveBoard {
  board = $state.raw<QueueBoard>({ stages: [], tickets: [] });
  /** Undefined where nobody keeps visits, or they are not shown to this person. */
  visits = $state.raw<readonly VisitStage[]>();
  now = $state(format.now().epochMilliseconds);
  problem = $state<string>();
  outOfDate = $state(false);
  busy = $state(false);
  #point: () => Id | undefined;

  constructor(first: QueueBoard, point: () => Id | undefined, visits?: readonly VisitStage[]) {
    this.board = first;
    this.visits = visits;
    this.#point = point;
    refreshOn(visits ? ['scheduling', 'ehr'] : ['scheduling'], () => void this.refresh());
    onMount(() => {
      // Who was skipped comes back by the clock alone.
      const clock = setInterval(() => void this.refresh(), 30_000);
      return () => clearInterval(clock);
    });
  }

  async refresh() {
    const point = this.#point();
    try {
      const [fresh, visits] = await Promise.all([calls.getBoard(point), this.visits && calls.getVisits()]);
      if (point === this.#point()) this.board = fresh;
      this.visits = visits;
      this.outOfDate = false;
    } catch (error) {
      if (!(error instanceof Problem || error instanceof Unreachable)) throw error;
      this.outOfDate = true;
    }
    this.now = format.now().epochMilliseconds;
  }

  /** True when it was done. `said` gives the sentence and how to take it back. */
  async act<T>(work: () => Promise<T>, said?: (after: T) => [string, (() => Promise<unknown>)?]): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.problem = undefined;
    try {
      const after = await work();
      if (said) {
        const [text, undo] = said(after);
        toast(text, undo && (() => void this.act(undo)));
      }
      return true;
    } catch (error) {
      if (!(error instanceof Problem || error instanceof Unreachable)) throw error;
      this.problem =
        error instanceof Unreachable
          ? m.error_offline_text()
          : error.status === 412
            ? m.queue_changed()
            : (error.detail ?? error.message);
      return false;
    } finally {
      // The next act need not wait until the list is here again.
      this.busy = false;
      await this.refresh();
    }
  }
}
