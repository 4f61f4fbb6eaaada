import { api } from '../api.ts';
import * as m from '../messages.js';
import { save } from '../save.ts';
import { toast } from '../toasts.svelte.ts';

/** Keeps an appointment as a file that calendar programs open. */
export async function keepForCalendar(path: string) {
  try {
    save(await api.file(path), 'appointment.ics');
  } catch (error) {
    toast(m.calendar_failed({ reason: (error as Error).message }));
  }
}
