/** Asks 50 ms after the last key, and the next key aborts what is still on its way. */
export class TypeAhead<T> {
  items = $state.raw<T[]>([]);
  /** The text that `items` belong to; empty before the first answer. */
  answered = $state('');
  busy = $state(false);
  failure = $state<string>();

  #ask: (text: string, signal: AbortSignal) => Promise<T[]>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #flight: AbortController | undefined;

  constructor(ask: (text: string, signal: AbortSignal) => Promise<T[]>) {
    this.#ask = ask;
  }

  look(text: string) {
    clearTimeout(this.#timer);
    this.#flight?.abort();
    const wanted = text.trim();
    this.failure = undefined;
    this.busy = wanted !== '';
    if (wanted === '') {
      this.items = [];
      this.answered = '';
      return;
    }
    this.#timer = setTimeout(() => void this.now(wanted), 50);
  }

  /** At once, for whoever presses Enter before an answer is there. */
  async now(text: string): Promise<T[]> {
    clearTimeout(this.#timer);
    this.#flight?.abort();
    const flight = (this.#flight = new AbortController());
    try {
      const items = await this.#ask(text.trim(), flight.signal);
      if (flight.signal.aborted) return [];
      this.items = items;
      this.answered = text.trim();
    } catch (error) {
      if (flight.signal.aborted) return [];
      this.failure = (error as Error).message;
    }
    if (this.#flight === flight) this.busy = false;
    return this.items;
  }
}
