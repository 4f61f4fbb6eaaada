/** One colour, one drawing and one word for each status, the same on every screen: in lists, banner and calendar blocks. */
import type { IconName } from './icons.ts';
import * as m from './messages.js';
import type { AppointmentStatus, EncounterStatus, InvoiceHead, MedicationRequest, Note } from './types.ts';

/** grey planned · blue active · purple waiting · amber late, needs attention · green done, normal · red critical, cancelled by us */
export type Colour = 'grey' | 'blue' | 'purple' | 'amber' | 'green' | 'red';
export interface Look {
  colour: Colour;
  icon: IconName;
  word: string;
}
type Table<Status extends string> = Record<Status, readonly [Colour, IconName, () => string]>;

const look =
  <Status extends string>(table: Table<Status>) =>
  (status: Status): Look => {
    // An outside system may send a code of FHIR that none of our screens makes: it is shown as it is.
    const [colour, icon, word] = table[status] ?? ['grey', 'circle', () => status];
    return { colour, icon, word: word() };
  };

export const appointmentStatus = look<AppointmentStatus>({
  proposed: ['grey', 'circle-dashed', m.status_proposed],
  pending: ['grey', 'circle-dashed', m.status_pending],
  waitlist: ['grey', 'clipboard-list', m.status_waitlist],
  booked: ['grey', 'calendar', m.status_booked],
  arrived: ['purple', 'door-open', m.status_arrived],
  'checked-in': ['purple', 'user-check', m.status_checked_in],
  fulfilled: ['green', 'circle-check', m.status_fulfilled],
  cancelled: ['grey', 'circle-x', m.status_cancelled],
  noshow: ['amber', 'user-x', m.status_noshow],
  'entered-in-error': ['grey', 'ban', m.status_entered_in_error],
});

export const encounterStatus = look<EncounterStatus>({
  planned: ['grey', 'calendar', m.status_planned],
  arrived: ['purple', 'door-open', m.status_arrived],
  triaged: ['purple', 'clipboard-list', m.status_triaged],
  'in-progress': ['blue', 'circle-play', m.status_in_progress],
  onleave: ['grey', 'circle-pause', m.status_on_leave],
  finished: ['green', 'circle-check', m.status_finished],
  cancelled: ['grey', 'circle-x', m.status_cancelled],
  'entered-in-error': ['grey', 'ban', m.status_entered_in_error],
  unknown: ['grey', 'circle', m.status_unknown],
});

export const medicationStatus = look<MedicationRequest['status']>({
  draft: ['grey', 'file-pen', m.status_draft],
  active: ['blue', 'pill', m.status_active],
  'on-hold': ['amber', 'circle-pause', m.status_on_hold],
  completed: ['green', 'circle-check', m.status_completed],
  stopped: ['grey', 'circle-x', m.status_stopped],
  cancelled: ['grey', 'circle-x', m.status_cancelled],
  'entered-in-error': ['grey', 'ban', m.status_entered_in_error],
  unknown: ['grey', 'circle', m.status_unknown],
});

export const invoiceStatus = look<InvoiceHead['status']>({
  draft: ['grey', 'file-pen', m.status_draft],
  issued: ['amber', 'receipt', m.status_issued],
  balanced: ['green', 'circle-check', m.status_paid],
  cancelled: ['grey', 'circle-x', m.status_cancelled],
  'entered-in-error': ['grey', 'ban', m.status_entered_in_error],
});

export const noteStatus = look<Note['status']>({
  preliminary: ['blue', 'file-pen', m.status_preliminary],
  final: ['green', 'badge-check', m.status_signed],
  amended: ['green', 'history', m.status_amended],
  'entered-in-error': ['grey', 'ban', m.status_entered_in_error],
});
