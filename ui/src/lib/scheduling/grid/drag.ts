/** Dragging a visit by mouse or pen, or its end by its lower edge; a finger scrolls, and has "Move…" on the card. */
import type { Column, Hours, Visit } from '../day.ts';
import { stretched, type Moving } from './moving.ts';

interface Held {
  moving: Moving;
  x: number;
  y: number;
  /** How far below the visit's upper edge it was taken. */
  grip: number;
  /** By its lower edge. */
  stretches: boolean;
  going: boolean;
}
interface Where {
  lanes: () => HTMLElement[];
  hours: () => Hours;
  moving: () => Moving | undefined;
  /** It has begun: what was peeked at goes. */
  onstart: () => void;
  oncarry: (moving: Moving) => void;
  ondrop: (moving: Moving) => void;
  onstop: () => void;
}

export class Drag {
  /** The click that ends a drag opens nothing. */
  justDone = false;
  #held: Held | undefined;
  #where: Where;

  constructor(where: Where) {
    this.#where = where;
  }

  get isOn() {
    return this.#held !== undefined;
  }

  take(event: PointerEvent, visit: Visit, column: Column) {
    if (event.button !== 0 || event.pointerType === 'touch') return;
    const { top: above } = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const length = (visit.to - visit.from) / 60_000;
    this.#held = {
      moving: { appointment: visit.appointment, columnId: column.id, at: visit.from, length },
      x: event.clientX,
      y: event.clientY,
      grip: event.clientY - above,
      stretches: (event.target as Element).closest('.edge') !== null,
      going: false,
    };
  }

  carry(event: PointerEvent) {
    const held = this.#held;
    if (!held) return;
    if (!held.going && Math.hypot(event.clientX - held.x, event.clientY - held.y) < 6) return;
    if (!held.going) {
      held.going = true;
      this.#where.onstart();
    }
    event.preventDefault();
    const to = this.#under(event, held);
    if (to) this.#where.oncarry(to);
  }

  drop() {
    const moving = this.#where.moving();
    if (this.#held?.going && moving) {
      this.justDone = true;
      setTimeout(() => (this.justDone = false));
      this.#where.ondrop(moving);
    }
    this.letGo();
  }

  /** Nobody let go of it: the system took the pointer away. Nothing is moved. */
  cancel() {
    const isGoing = this.#held?.going;
    this.letGo();
    if (isGoing) this.#where.onstop();
  }

  letGo() {
    this.#held = undefined;
  }

  #under({ clientX, clientY }: PointerEvent, { moving, stretches, grip }: Held): Moving | undefined {
    const lane = this.#where.lanes().find((one) => {
      const { left, right } = one.getBoundingClientRect();
      return stretches ? one.dataset.lane === moving.columnId : clientX >= left && clientX < right;
    });
    if (!lane) return undefined;
    const hours = this.#where.hours();
    const box = lane.getBoundingClientRect();
    /** The time at this height, on so many minutes. */
    const at = (y: number, step: number) =>
      hours.from +
      Math.round((((y - box.top) / box.height) * (hours.to - hours.from)) / (step * 60_000)) * step * 60_000;
    if (stretches) return stretched(moving, (at(clientY, 5) - moving.at) / 60_000, hours);
    const last = hours.to - moving.length * 60_000;
    return {
      ...moving,
      columnId: lane.dataset.lane!,
      at: Math.max(hours.from, Math.min(last, at(clientY - grip, 15))),
    };
  }
}
