/** Whoever and whatever an appointment takes. */
import * as m from '../messages.js';
import type { Id } from '../types.ts';

export interface Actor {
  id: Id;
  name: string;
  kind: 'doctor' | 'room' | 'device';
  /** In use, so that something can be set for it. */
  offered: boolean;
}

export const kindWord = (kind: Actor['kind']): string =>
  ({ doctor: m.day_doctor, room: m.book_room, device: m.book_equipment })[kind]();

/** What the number means, as a sentence. */
export const capacitySays = (count: number, name: string): string =>
  count === 1 ? m.capacity_says_one({ name }) : m.capacity_says({ count, name });
