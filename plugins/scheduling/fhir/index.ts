import { appointmentResponse } from './appointment-response.ts';
import { appointment } from './appointment.ts';
import { schedule } from './schedule.ts';
import { slot } from './slot.ts';
import { findSlots } from './slot-search.ts';

/** Targets of references first. */
export const resources = [schedule, { ...slot, find: findSlots }, appointment, appointmentResponse];
