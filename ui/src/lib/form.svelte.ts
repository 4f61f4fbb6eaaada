import { Problem, Unreachable } from './api.ts';
import * as m from './messages.js';

export type Errors<Values> = Partial<Record<keyof Values & string, string | undefined>>;

/**
 * The state of a form: what was typed, what is wrong, what the server refused. Nothing is wrong before the first submit;
 * from then on each field is checked as it changes. What the server refused counts until that field is changed.
 */
export class Form<Values extends Record<string, unknown>> {
  values: Values;
  busy = $state(false);
  /** A refusal that belongs to no field: the time is taken, the server does not answer. */
  problem = $state<string>();
  /** The refusal itself, for its `code` and `extra`. */
  refusal = $state.raw<Problem>();

  #tried = $state(false);
  #refused = $state.raw<Partial<Record<keyof Values, { message: string; value: unknown }>>>({});
  #check: (values: Values) => Errors<Values>;

  constructor(initial: Values, check: (values: Values) => Errors<Values>) {
    this.values = $state(initial);
    this.#check = check;
  }

  errors: Errors<Values> = $derived.by(() => {
    const errors: Errors<Values> = this.#tried ? this.#check(this.values) : {};
    for (const [key, refused] of Object.entries(this.#refused) as [
      keyof Values & string,
      { message: string; value: unknown },
    ][]) {
      if (this.values[key] === refused.value) errors[key] ??= refused.message;
    }
    return errors;
  });

  /** For the summary; the id of a control is its field's name. */
  list: { id: string; message: string }[] = $derived(
    Object.entries(this.errors)
      .filter((entry): entry is [string, string] => typeof entry[1] === 'string')
      .map(([id, message]) => ({ id, message })),
  );

  get wrong() {
    return this.list.length > 0 || this.problem !== undefined;
  }

  /** Sends when nothing is wrong. True when it was done; false leaves everything typed, with the reason. */
  async submit(send: () => Promise<void>): Promise<boolean> {
    this.#tried = true;
    return this.list.length > 0 ? false : this.attempt(send);
  }

  /** An act beside the fields: nothing is checked, a refusal is told the same way. */
  async attempt(send: () => Promise<void>): Promise<boolean> {
    if (this.busy) return false;
    this.problem = undefined;
    this.refusal = undefined;
    this.busy = true;
    try {
      await send();
      return true;
    } catch (error) {
      this.#tell(error);
      return false;
    } finally {
      this.busy = false;
    }
  }

  /** As before the first submit: for a form that is used again. */
  untouch() {
    this.#tried = false;
    this.#refused = {};
    this.problem = undefined;
  }

  #tell(error: unknown) {
    if (error instanceof Unreachable) {
      this.problem = m.error_offline_text();
      return;
    }
    if (!(error instanceof Problem)) throw error;
    this.refusal = error;
    // What is wrong with one of several (`scopes.2`) is said where all of them are typed.
    const known = error.errors
      .map(({ path, message }) => ({ path: path in this.values ? path : path.split('.')[0]!, message }))
      .filter(({ path }) => path in this.values);
    const refused: Partial<Record<string, { message: string; value: unknown }>> = {};
    for (const { path, message } of known) refused[path] = { message, value: this.values[path] };
    this.#refused = refused as Partial<Record<keyof Values, { message: string; value: unknown }>>;
    if (known.length === 0) this.problem = error.detail ?? error.message;
  }
}
