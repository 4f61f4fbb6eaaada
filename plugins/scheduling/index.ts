import { definePlugin } from '../../core/plugin.ts';
import { newestOf } from '../../core/shapes.ts';
import { Appointment } from './booking/model.ts';
import { recordSection } from './booking/read.ts';
import { demoSchedule } from './demo.ts';
import { resources } from './fhir/index.ts';
import { sweepHolds } from './holds/sweep.ts';
import { invariants } from './invariants.ts';
import { closeNoShows } from './noshow/jobs.ts';
import { queue } from './queue/index.ts';
import { routes } from './routes.ts';
import { tellWhetherVideo } from './telehealth/actions.ts';
import { settings } from './telehealth/settings.ts';
import { fillWaitlist } from './waitlist/jobs.ts';

export default definePlugin({
  name: 'scheduling',
  title: 'scheduling_title',
  dependencies: ['patients', 'facility'],
  permissions: {
    'appointment:read': 'permission_appointment_read',
    'appointment:write': 'permission_appointment_write',
    'appointment:override': 'permission_appointment_override',
    'availability:write': 'permission_availability_write',
    'availability:own': 'permission_availability_own',
    'calendar-feed:write': 'permission_calendar_feed_write',
    ...queue.permissions,
  },
  roles: {
    ...queue.roles,
    receptionist: ['appointment:read', 'appointment:write', 'availability:write', ...queue.roles.receptionist],
    nurse: ['appointment:read', ...queue.roles.nurse],
    doctor: [
      'appointment:read',
      'appointment:write',
      'appointment:override',
      'availability:own',
      ...queue.roles.doctor,
    ],
    admin: ['appointment:read', 'availability:write', 'calendar-feed:write', ...queue.roles.admin],
  },
  refusals: {
    occupancy_no_overlap: [409, 'refusal_time_taken'],
    appointment_in_past: [422, 'refusal_appointment_in_past'],
    appointment_too_soon: [422, 'refusal_appointment_too_soon'],
    appointment_too_far: [422, 'refusal_appointment_too_far'],
    appointment_in_clock_gap: [422, 'refusal_appointment_in_clock_gap'],
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
    availability_exception_no_overlap: [422, 'refusal_availability_overlap'],
    availability_exception_ends_after_start: [422, 'refusal_ends_after_start'],
    hold_expired: [410, 'refusal_hold_expired'],
    answer_of_nobody: [422, 'refusal_answer_of_nobody'],
    answer_not_participant: [422, 'refusal_answer_not_participant'],
    answer_times_differ: [422, 'refusal_answer_times_differ'],
    answer_ends_after_start: [422, 'refusal_ends_after_start'],
    waitlist_once: [409, 'refusal_waitlist_once'],
    waitlist_over: [409, 'refusal_waitlist_over'],
    waitlist_in_order: [422, 'refusal_waitlist_in_order'],
    waitlist_times_in_order: [422, 'refusal_waitlist_in_order'],
    waitlist_days_in_order: [422, 'refusal_waitlist_in_order'],
    offer_gone: [410, 'refusal_offer_gone'],
    leave_no_overlap: [422, 'refusal_leave_overlap'],
    leave_ends_after_start: [422, 'refusal_ends_after_start'],
    leave_without_outcome: [422, 'refusal_leave_without_outcome'],
    holiday_once: [409, 'refusal_holiday_once'],
    capacity_in_use: [409, 'refusal_capacity_in_use'],
    schedule_has_hours: [422, 'refusal_schedule_has_hours'],
    series_not_free: [409, 'refusal_series_not_free'],
    series_empty: [422, 'refusal_series_empty'],
    series_too_long: [422, 'refusal_series_too_long'],
    series_date_unknown: [422, 'refusal_series_date_unknown'],
    series_nothing_left: [409, 'refusal_series_nothing_left'],
    telehealth_not_set: [422, 'refusal_telehealth_not_set'],
    telehealth_not_now: [409, 'refusal_telehealth_not_now'],
    group_full: [409, 'refusal_group_full'],
    group_seat_once: [409, 'refusal_group_full'],
    appointment_of_another: [422, 'refusal_appointment_of_another'],
    booking_one_of_each: [422, 'refusal_booking_one_of_each'],
    group_as_a_whole: [422, 'refusal_group_as_a_whole'],
    group_hidden: [409, 'refusal_group_hidden'],
    group_elsewhere: [409, 'refusal_group_elsewhere'],
    zone_unknown: [422, 'refusal_zone_unknown'],
    schedule_zone_known: [422, 'refusal_zone_unknown'],
    ...queue.refusals,
  },
  routes: [...routes, ...queue.routes],
  fhir: resources,
  record: { appointments: { permission: 'appointment:read', response: newestOf(Appointment), query: recordSection } },
  on: queue.on,
  jobs: {
    ...queue.jobs,
    'scheduling.sweep-holds': { every: 60_000, run: sweepHolds },
    'scheduling.fill-waitlist': { every: 5_000, run: fillWaitlist },
    'scheduling.close-no-shows': { every: 60_000, run: closeNoShows },
  },
  settings,
  async register(server, hms) {
    queue.register(server, hms);
    await tellWhetherVideo(hms);
  },
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
      // After the page of each one's own work: the menu's first page is where they begin.
      order: 60,
    },
    {
      id: 'waitlist',
      title: 'nav_waitlist',
      path: '/waitlist',
      icon: 'hourglass',
      permission: 'appointment:read',
      order: 21,
    },
    {
      id: 'my-availability',
      title: 'nav_my_hours',
      path: '/my-availability',
      icon: 'clock',
      permission: 'availability:own',
      order: 22,
    },
    {
      id: 'availability',
      title: 'nav_hours',
      path: '/availability',
      icon: 'clock',
      permission: 'availability:write',
      needs: ['appointment:read', 'facility:read'],
      group: 'nav_group_house',
      order: 84,
    },
  ],
});
