export { AppointmentItem } from './booking/model.ts';
export { bookAppointment, cancelAppointment, fulfilAppointment, rescheduleAppointment } from './booking/actions.ts';
export { getAppointment } from './booking/read.ts';
export { Slot } from './slots/model.ts';
export { listSlots } from './slots/queries.ts';
export { linkVisit, startVisit } from './visits/actions.ts';
export { linkVisits } from './visits/queries.ts';
