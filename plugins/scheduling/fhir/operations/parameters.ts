import type { OperationParameter } from '../../../../fhir/operation.ts';

const into = (name: string, type: string, documentation: string, min = 0, max = '1'): OperationParameter => ({
  name,
  use: 'in',
  min,
  max,
  type,
  documentation,
});
const bundle = (documentation: string): OperationParameter => ({
  name: 'return',
  use: 'out',
  min: 1,
  max: '1',
  type: 'Bundle',
  documentation,
});
const changed = bundle('The Appointment as it is now, and the Slot that it takes.');
const which = into('appointment-reference', 'Reference', 'Appointment that is kept here: the one that was held');

/** Names as Medplum has them, and beside them what this hospital can narrow by. */
export const ofFind: readonly OperationParameter[] = [
  into('service-type-reference', 'Reference', 'HealthcareService that is wanted'),
  into('service-type', 'string', 'The same by its code: code or system|code'),
  into('schedule', 'Reference', 'Schedule whose practitioner is wanted; of several, whoever is free', 0, '*'),
  into('practitioner', 'Reference', 'Practitioner who is wanted; of several, whoever is free', 0, '*'),
  into('location', 'Reference', 'Location, with all that lies in it'),
  into('patient', 'Reference', 'Patient who must be free too'),
  into('length', 'integer', 'Minutes; left out, as long as the service takes'),
  into('start', 'dateTime', 'The first time that may be proposed; left out, now'),
  into('end', 'dateTime', 'No time after this one; left out, 14 days later. Half a year at most'),
  into('_count', 'integer', 'How many at most: 20, or up to 1000'),
  into('count', 'integer', 'The same'),
  bundle('A searchset of proposed Appointments, each with the Slot that it would take.'),
];

const proposal = into(
  'appointment',
  'Appointment',
  'What is wished, as $find has proposed it; with its id when it is kept here already',
);
const patient = into('patient-reference', 'Reference', 'Patient, where the Appointment names none');
const slot = into('slot', 'Reference', 'Slot that is free, instead of an Appointment');
const service = [
  into('service-type-reference', 'Reference', 'HealthcareService, where the Appointment names none'),
  into('service-type', 'string', 'The same by its code'),
];

export const ofHold: readonly OperationParameter[] = [
  proposal,
  slot,
  patient,
  ...service,
  into('minutes', 'integer', 'How long the time is kept; left out, as the house has set'),
  changed,
];
export const ofBook: readonly OperationParameter[] = [proposal, which, slot, patient, ...service, changed];
export const ofConfirm: readonly OperationParameter[] = [changed];
export const ofCancel: readonly OperationParameter[] = [
  { ...which, min: 1, documentation: 'Appointment that is cancelled' },
  into('reason', 'string', 'Why; the patient may read it'),
  changed,
];
export const ofReschedule: readonly OperationParameter[] = [
  into('start', 'dateTime', 'When it starts instead', 1),
  into('end', 'dateTime', 'When it ends; left out, it takes as long as before'),
  into('schedule', 'Reference', 'Schedule of the practitioner who sees the patient instead'),
  into('practitioner', 'Reference', 'The same by the practitioner'),
  into('location', 'Reference', 'Location where it is instead'),
  changed,
];
