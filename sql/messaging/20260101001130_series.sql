-- A change of a whole series is told once, not once for each of its appointments.
alter table messaging.message drop constraint message_kind_check;
alter table messaging.message add constraint message_kind_check check (kind in (
  'appointment-booked', 'appointment-rescheduled', 'appointment-cancelled', 'appointment-reminder', 'appointment-offer',
  'series-booked', 'series-rescheduled', 'series-cancelled', 'invoice-issued', 'portal-message', 'portal-invitation'
));
