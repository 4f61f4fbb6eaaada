import type { Plugin } from '../../../core/plugin.ts';
import { on } from './events.ts';
import { invariants } from './invariants.ts';
import { closeForgotten } from './jobs.ts';
import { display } from './routes/display.ts';
import { setup } from './routes/setup.ts';
import { tickets } from './routes/tickets.ts';
import { openScreens } from './screens.ts';

const desk = ['queue:read', 'queue:write'];

/** Walk-ins, tokens, calls and what the waiting room sees: the part of scheduling that happens today. */
export const queue = {
  permissions: {
    'queue:read': 'permission_queue_read',
    'queue:write': 'permission_queue_write',
    'queue:configure': 'permission_queue_configure',
  },
  roles: {
    receptionist: desk,
    nurse: desk,
    doctor: desk,
    cashier: desk,
    labtech: desk,
    pharmacist: desk,
    admin: ['queue:read', 'queue:configure'],
  },
  refusals: {
    ticket_once_per_queue: [409, 'refusal_ticket_once_per_queue'],
    ticket_once_per_appointment: [409, 'refusal_ticket_once_per_appointment'],
    ticket_status: [409, 'refusal_ticket_status'],
    ticket_has_patient: [409, 'refusal_ticket_has_patient'],
    queue_empty: [409, 'refusal_queue_empty'],
    point_unknown: [422, 'refusal_point_unknown'],
    next_point_unknown: [422, 'refusal_next_point_unknown'],
    point_department_unknown: [422, 'refusal_point_department_unknown'],
    point_leads_elsewhere: [422, 'refusal_point_leads_elsewhere'],
    point_name_once: [409, 'refusal_point_name_once'],
    point_once_per_practitioner: [409, 'refusal_point_once_per_practitioner'],
    priority_unknown: [422, 'refusal_priority_unknown'],
    priority_needs_reason: [422, 'refusal_priority_needs_reason'],
  },
  routes: [...tickets, ...setup, ...display],
  on,
  jobs: { 'scheduling.close-forgotten-tickets': { every: 600_000, run: closeForgotten } },
  invariants,
  register: openScreens,
} satisfies Partial<Plugin>;
