import { api } from './api.ts';
import type { PatientSummary } from './types.ts';

/** Type-ahead over patients: asks 120 ms after the last key, and the next key aborts what is still on its way. */
export class PatientSearch {
  items = $state.raw<PatientSummary[]>([]);
  /** The text that `items` belong to; empty before the first answer. */
  answered = $state('');
  busy = $state(false);
  failure = $state<string>();

  #timer: ReturnType<typeof setTimeout> | undefined;
  #flight: AbortController | undefined;

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
    this.#timer = setTimeout(() => void this.#ask(wanted), 120);
  }

  async #ask(text: string) {
    const flight = (this.#flight = new AbortController());
    try {
      const { items } = await api.post('/api/patients/search', { text, limit: 8 }, { signal: flight.signal });
      this.items = items;
      this.answered = text;
    } catch (error) {
      if (flight.signal.aborted) return;
      this.failure = (error as Error).message;
    }
    if (this.#flight === flight) this.busy = false;
  }
}

// The patients opened in this tab, in memory only: nothing about them is kept on the device.
let recent = $state.raw<PatientSummary[]>([]);
export const recentPatients = {
  get all() {
    return recent;
  },
  opened(patient: PatientSummary) {
    recent = [patient, ...recent.filter((other) => other.id !== patient.id)].slice(0, 6);
  },
  forget() {
    recent = [];
  },
};
