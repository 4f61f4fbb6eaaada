import { again, type PasskeyProof, type Proof } from './api.ts';
import { sessionTime } from './session-time.svelte.ts';

/** Why the session is over, as the server names it. */
export type Over = 'idle' | 'lifetime' | 'administrator' | 'reused';

let over = $state<Over>();
let waiting: Promise<void> | undefined;
let open: () => void = () => {};

/** The page stays as it is behind a lock; what was asked meanwhile waits and goes on when the same person is back. */
export const sessionLock = {
  get over() {
    return over;
  },
  /** Resolves when it is open again. */
  close(why: Over): Promise<void> {
    over ??= why;
    waiting ??= new Promise<void>((resolve) => (open = resolve));
    return waiting;
  },
  /** @throws Problem when the password is not the one */
  async open(proof: Proof | PasskeyProof) {
    await again(proof);
    this.opened();
  },
  opened() {
    over = undefined;
    waiting = undefined;
    open();
  },
};

const lockable: readonly string[] = ['idle', 'lifetime', 'administrator', 'reused'] satisfies Over[];

/** What of the server's reason the lock says; undefined: whoever signed out here has left, and the page goes. */
export const overFor = (reason: string | undefined): Over | undefined =>
  lockable.includes(reason ?? '')
    ? (reason as Over)
    : // The browser has thrown the cookie away while it slept: that is no sign-out.
      sessionTime.known && sessionTime.end <= Date.now()
      ? 'idle'
      : undefined;
