import { definePlugin, type Subscriber } from '../../core/plugin.ts';
import { demoMessages } from './demo.ts';
import { showAlert, showBrokenGlass, showCriticalVital } from './events/alerts.ts';
import { appointmentIsOver, heedConsent, planComing, tellOfAppointment } from './events/appointments.ts';
import { invoiceIsPaid, tellOfInvitation, tellOfInvoice, tellOfPortalMessage } from './events/others.ts';
import { communication } from './fhir.ts';
import { offerIsOver, tellOfOffer } from './events/offers.ts';
import { tellOfSeries } from './events/series.ts';
import { invariants } from './invariants.ts';
import { mailPlace } from '../auth/api.ts';
import { jobs } from './jobs/send.ts';
import { openLetters } from './letters.ts';
import { messages } from './record.ts';
import { routes } from './routes.ts';
import { settings } from './settings.ts';

const on: Record<string, Subscriber> = {
  'scheduling.appointment-booked': tellOfAppointment('booked'),
  'scheduling.appointment-rescheduled': tellOfAppointment('rescheduled'),
  'scheduling.appointment-cancelled': tellOfAppointment('cancelled'),
  'scheduling.appointment-reinstated': tellOfAppointment('reinstated'),
  'scheduling.appointment-checked-in': appointmentIsOver,
  'scheduling.appointment-noshow': appointmentIsOver,
  'scheduling.appointment-fulfilled': appointmentIsOver,
  'scheduling.series-booked': tellOfSeries('booked'),
  'scheduling.series-extended': tellOfSeries('extended'),
  'scheduling.series-rescheduled': tellOfSeries('rescheduled'),
  'scheduling.series-cancelled': tellOfSeries('cancelled'),
  'scheduling.series-reinstated': tellOfSeries('reinstated'),
  'scheduling.offer-made': tellOfOffer,
  'scheduling.offer-ended': offerIsOver,
  'billing.invoice-issued': tellOfInvoice,
  'billing.invoice-balanced': invoiceIsPaid,
  'patients.patient-amended': planComing,
  'patients.consent-recorded': heedConsent,
  'ehr.vital-critical': showCriticalVital,
  'patients.glass-broken': showBrokenGlass,
  'messaging.preference-changed': planComing,
  'messaging.portal-message-waiting': tellOfPortalMessage,
  'messaging.portal-invitation-made': tellOfInvitation,
  'messaging.alert-raised': showAlert,
};

export default definePlugin({
  name: 'messaging',
  title: 'messaging_title',
  dependencies: ['patients'],
  optional: ['scheduling', 'ehr', 'billing'],
  permissions: {
    'message:read': 'permission_message_read',
    'message:write': 'permission_message_write',
    'message:configure': 'permission_message_configure',
  },
  roles: {
    receptionist: ['message:read', 'message:write'],
    admin: ['message:read', 'message:write', 'message:configure'],
  },
  settings,
  refusals: {
    message_has_gone: [409, 'refusal_message_has_gone'],
    message_not_failed: [409, 'refusal_message_not_failed'],
    message_is_ours: [422, 'refusal_message_is_ours'],
    report_not_signed: [401, 'refusal_report_not_signed'],
  },
  routes,
  fhir: [communication],
  on,
  jobs,
  record: { messages },
  demo: demoMessages,
  offers: { [mailPlace]: openLetters },
  invariants,
  navigation: [
    { id: 'messages', title: 'nav_messages', path: '/messages', icon: 'mail', permission: 'message:read', order: 60 },
  ],
});
