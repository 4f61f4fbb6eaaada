import { Problem } from '../../api.ts';
import * as format from '../../format.ts';
import * as m from '../../messages.js';
import { toast } from '../../toasts.svelte.ts';
import type { Id, Slot, TimedAppointment } from '../../types.ts';
import type { Verb } from '../AppointmentCard.svelte';
import * as calls from '../calls.ts';
import { freeKey } from '../day.ts';
import { enterRoom } from '../enter-room.ts';
import * as series from '../series/calls.ts';
import { whyNot } from '../series/words.ts';
import type { OpenCard } from './card.svelte.ts';
import type { Today } from './today.svelte.ts';

/** What is done to a visit: at once, with undo; a refusal stays until it is answered. */
export class Acts {
  /** Why something was refused, and when there are free times instead, how one of them is taken. */
  refusal = $state.raw<{ text: string; next: Slot[]; take?: (slot: Slot) => void }>();
  #undo: (() => void) | undefined;
  #today: Today;
  #card: OpenCard;

  constructor(today: Today, card: OpenCard) {
    this.#today = today;
    this.#card = card;
  }

  async act(work: () => Promise<unknown>, take?: (slot: Slot) => void): Promise<boolean> {
    this.refusal = undefined;
    try {
      await work();
      return true;
    } catch (error) {
      const next = error instanceof Problem ? ((error.extra.next ?? []) as Slot[]) : [];
      const isStale = error instanceof Problem && error.status === 412;
      this.refusal = { text: isStale ? m.day_changed() : whyNot(error), next, ...(take && { take }) };
      return false;
    } finally {
      await this.#today.refresh();
    }
  }
  say(text: string, undo?: () => void) {
    this.#undo = undo;
    toast(text, undo);
  }
  undoLast = () => {
    this.#undo?.();
    this.#undo = undefined;
  };

  #words: Record<Verb, (it: TimedAppointment) => string> = {
    confirm: (it) => m.day_done_confirmed({ name: format.name(it.patient), time: this.#today.at(it) }),
    // The number that is told to whoever stands there.
    'check-in': (it) => {
      const name = format.name(it.patient);
      const token = this.#today.tokens.get(it.id);
      return token ? m.day_done_check_in_token({ name, token }) : m.day_done_check_in({ name });
    },
    'undo-check-in': (it) => m.day_done_check_in_undone({ name: format.name(it.patient), time: this.#today.at(it) }),
    'no-show': (it) => m.day_done_no_show({ name: format.name(it.patient) }),
    reinstate: (it) => m.day_done_reinstated({ name: format.name(it.patient), time: this.#today.at(it) }),
  };
  #calls: Record<Verb, (it: TimedAppointment) => Promise<{ id: string; version: number }>> = {
    confirm: calls.confirm,
    'check-in': (it) => calls.checkIn(it),
    'undo-check-in': calls.reinstate,
    'no-show': calls.noShow,
    reinstate: calls.reinstate,
  };
  /** These are taken back by reinstating. */
  static readonly #undone: readonly Verb[] = ['check-in', 'no-show'];

  verb = (it: TimedAppointment, which: Verb) => this.#do(it, which, () => this.#calls[which](it));
  checkInWith = (it: TimedAppointment, practitionerId: Id) =>
    this.#do(it, 'check-in', () => calls.checkIn(it, practitionerId));
  async #do(it: TimedAppointment, which: Verb, work: () => Promise<{ id: string; version: number }>) {
    this.#card.close();
    let after: { id: string; version: number } | undefined;
    if (!(await this.act(async () => void (after = await work())))) return;
    const back = after!;
    if (which === 'check-in') await this.#numbered(it.id);
    this.say(
      this.#words[which](it),
      Acts.#undone.includes(which) ? () => void this.act(() => calls.reinstate(back)) : undefined,
    );
  }
  /** Where the hospital gives numbers, one is drawn a moment after the check-in. */
  async #numbered(id: TimedAppointment['id']) {
    const isMissing = () => this.#today.tokens.size > 0 && !this.#today.tokens.has(id);
    for (let look = 0; look < 8 && isMissing(); look++) await new Promise((resolve) => setTimeout(resolve, 250));
  }
  cancel = async (it: TimedAppointment, reason: string, reach: series.Reach) => {
    this.#card.close();
    await this.act(async () => {
      if (it.series && reach.scope !== 'this') {
        const after = await series.cancel(it.series, reach, reason);
        this.say(
          m.series_done_cancelled({ name: format.name(it.patient), count: after.cancelledLast }),
          () => void this.act(() => series.reinstate(after)),
        );
        return;
      }
      const after = await calls.cancel(it, reason);
      this.say(
        m.day_done_cancelled({ name: format.name(it.patient), time: this.#today.at(it) }),
        () => void this.act(() => calls.reinstate(after)),
      );
    });
    // Where it was is free now.
    if (it.practitionerId) void this.#today.grid?.focus(freeKey(it.practitionerId, it.startsAt));
  };

  join = async (it: TimedAppointment) => {
    this.#card.close();
    await this.act(() => enterRoom(() => calls.join(it)));
  };
}
