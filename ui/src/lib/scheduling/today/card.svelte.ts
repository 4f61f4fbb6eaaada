import type { Id, TimedAppointment } from '../../types.ts';

/** The card of a visit: under the pointer, at the focus, or pinned by a click or Enter; then it has the focus. */
export class OpenCard {
  open = $state.raw<{ id: Id; anchor: HTMLElement; pinned: boolean }>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #mayPeek: () => boolean;

  constructor(mayPeek: () => boolean) {
    this.#mayPeek = mayPeek;
  }

  peek = (it: TimedAppointment, anchor: HTMLElement, soon: boolean) => {
    this.stay();
    if (this.open?.pinned || !this.#mayPeek()) return;
    const show = () => (this.open = { id: it.id, anchor, pinned: false });
    if (soon) show();
    else this.#timer = setTimeout(show, 350);
  };
  unpeek = () => {
    this.stay();
    if (!this.open?.pinned) this.#timer = setTimeout(() => (this.open = undefined), 200);
  };
  pin = (it: TimedAppointment, anchor: HTMLElement) => {
    this.stay();
    this.open = { id: it.id, anchor, pinned: true };
  };
  /** What was about to come or go does not. */
  stay = () => clearTimeout(this.#timer);

  close = () => {
    this.stay();
    const back = this.open?.pinned ? this.open.anchor : undefined;
    this.open = undefined;
    if (back?.isConnected) back.focus();
    // The focus that has just come back must not show it again.
    this.stay();
    this.open = undefined;
  };
  /** A pinned one closes when something else is clicked. */
  closeUnless(on: Element) {
    if (this.open?.pinned && !on.closest?.('[data-card]') && !this.open.anchor.contains(on)) this.open = undefined;
  }
}
