import type { DateText, Instant, SeriesDate } from '../../types.ts';
import type { Wanted } from './calls.ts';
import { whyNot } from './words.ts';

/** In a component: each date of the series that is wished for, looked up again whenever the wish changes. */
export class Previewed {
  dates = $state.raw<SeriesDate[]>();
  /** Why there are none. */
  failure = $state<string>();
  /** Other times that were chosen, by date. */
  instead = $state<Record<DateText, Instant | ''>>({});
  #looked = $state(0);

  constructor(wanted: () => Wanted | undefined, look: (wanted: Wanted, signal: AbortSignal) => Promise<SeriesDate[]>) {
    $effect(() => {
      const wish = wanted();
      void this.#looked;
      this.dates = undefined;
      this.failure = undefined;
      if (!wish) return;
      const current = new AbortController();
      const soon = setTimeout(() => {
        this.instead = {};
        look(wish, current.signal).then(
          (found) => current.signal.aborted || (this.dates = found),
          (error: unknown) => current.signal.aborted || (this.failure = whyNot(error)),
        );
      }, 250);
      return () => {
        clearTimeout(soon);
        current.abort();
      };
    });
  }

  again = () => void this.#looked++;
  agreed = $derived(agreedOf(this.dates ?? [], this.instead));
  asRuled: boolean = $derived(this.dates !== undefined && this.dates.every(({ problem }) => problem === null));
}

/** The free dates, and those for which another time was chosen. */
export const agreedOf = (
  dates: readonly SeriesDate[],
  instead: Record<DateText, Instant | ''>,
): { on: DateText; startsAt?: Instant }[] =>
  dates.flatMap(({ on, problem }) =>
    problem === null ? [{ on }] : instead[on] ? [{ on, startsAt: instead[on] }] : [],
  );
