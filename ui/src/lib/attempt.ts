import { newKey, Problem } from './api.ts';

/**
 * One act that must not happen twice. The key stays the same while nobody knows whether it happened (no answer, a failure on
 * the server); an answer ends it, and another body is another act.
 */
export class Attempt {
  #key = '';
  #body = '';

  async run<T>(body: unknown, send: (idempotencyKey: string) => Promise<T>): Promise<T> {
    const text = JSON.stringify(body);
    if (this.#key === '' || text !== this.#body) this.#key = newKey();
    this.#body = text;
    try {
      const answer = await send(this.#key);
      this.#key = '';
      return answer;
    } catch (error) {
      if (error instanceof Problem && error.status < 500) this.#key = '';
      throw error;
    }
  }
}
