export { AppointmentItem, Slot } from './model.ts';
export {
  bookAppointment,
  cancelAppointment,
  fulfilAppointment,
  linkVisit,
  rescheduleAppointment,
  startVisit,
} from './actions.ts';
export { getAppointment, linkVisits, listSlots } from './queries.ts';
