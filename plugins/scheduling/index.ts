import { definePlugin } from '../../core/plugin.ts';
import { newestOf } from '../../core/shapes.ts';
import { demoSchedule } from './demo.ts';
import { resources } from './fhir/index.ts';
import { invariants } from './invariants.ts';
import { Appointment } from './model.ts';
import { recordSection } from './queries.ts';
import { queue } from './queue/index.ts';
import { routes } from './routes.ts';

export default definePlugin({
  name: 'scheduling',
  title: 'scheduling_title',
  dependencies: ['patients', 'facility'],
  permissions: {
    'appointment:read': 'permission_appointment_read',
    'appointment:write': 'permission_appointment_write',
    'availability:write': 'permission_availability_write',
    ...queue.permissions,
  },
  roles: {
    ...queue.roles,
    receptionist: ['appointment:read', 'appointment:write', ...queue.roles.receptionist],
    nurse: ['appointment:read', ...queue.roles.nurse],
    doctor: ['appointment:read', 'appointment:write', ...queue.roles.doctor],
    admin: ['appointment:read', 'availability:write', ...queue.roles.admin],
  },
  refusals: {
    occupancy_no_overlap: [409, 'refusal_time_taken'],
    appointment_in_past: [422, 'refusal_appointment_in_past'],
    appointment_outside_availability: [422, 'refusal_appointment_outside_availability'],
    appointment_status: [422, 'refusal_appointment_status'],
    appointment_ends_after_start: [422, 'refusal_ends_after_start'],
    appointment_both_times: [422, 'refusal_appointment_has_time'],
    appointment_has_time: [422, 'refusal_appointment_has_time'],
    visit_started: [409, 'refusal_visit_started'],
    practitioner_unknown: [422, 'refusal_practitioner_unknown'],
    service_unknown: [422, 'refusal_service_unknown'],
    place_unknown: [422, 'refusal_place_unknown'],
    device_unknown: [422, 'refusal_device_unknown'],
    availability_no_overlap: [422, 'refusal_availability_overlap'],
    availability_ends_after_start: [422, 'refusal_ends_after_start'],
    availability_valid_in_order: [422, 'refusal_ends_after_start'],
    schedule_has_hours: [422, 'refusal_schedule_has_hours'],
    zone_unknown: [422, 'refusal_zone_unknown'],
    schedule_zone_known: [422, 'refusal_zone_unknown'],
    ...queue.refusals,
  },
  routes: [...routes, ...queue.routes],
  fhir: resources,
  record: { appointments: { permission: 'appointment:read', response: newestOf(Appointment), query: recordSection } },
  on: queue.on,
  jobs: queue.jobs,
  register: queue.register,
  demo: demoSchedule,
  invariants: { ...invariants, ...queue.invariants },
  navigation: [
    {
      id: 'today',
      title: 'nav_today',
      path: '/today',
      icon: 'calendar-days',
      permission: 'appointment:read',
      order: 20,
    },
    {
      id: 'queue',
      title: 'nav_queue',
      path: '/queue',
      icon: 'users',
      permission: 'queue:read',
      order: 25,
    },
  ],
});
