// Whether somebody is at this screen. What a page fetches by itself says so, and does not keep the session awake.
let lastInput = Date.now();

for (const kind of ['pointerdown', 'pointermove', 'keydown', 'input', 'wheel', 'touchmove'])
  addEventListener(kind, () => (lastInput = Date.now()), { capture: true, passive: true });

/** Long enough for what a click or a key sets going. */
const moment = 5_000;

export const attended = (): boolean => Date.now() - lastInput < moment;
/** Milliseconds of the device's clock: it goes on while a computer sleeps. */
export const lastPresence = (): number => lastInput;
