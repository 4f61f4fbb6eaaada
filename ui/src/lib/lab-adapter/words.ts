import * as m from '../messages.js';
import type { Look } from '../statuses.ts';
import type { LaboratoryMessage } from '../types.ts';

type State = LaboratoryMessage['state'];
const looks: Record<State, readonly [Look['colour'], Look['icon'], () => string]> = {
  waiting: ['purple', 'hourglass', m.lab_state_waiting],
  acknowledged: ['green', 'circle-check', m.lab_state_acknowledged],
  posted: ['green', 'circle-check', m.lab_state_posted],
  parked: ['amber', 'circle-alert', m.lab_state_parked_in],
  rejected: ['grey', 'circle-x', m.lab_state_rejected],
  refused: ['grey', 'ban', m.lab_state_refused],
  cancelled: ['grey', 'circle-x', m.lab_state_cancelled],
};
export const stateLook = ({ state, direction }: LaboratoryMessage): Look => {
  const [colour, icon, word] = looks[state];
  return { colour, icon, word: state === 'parked' && direction === 'out' ? m.lab_state_parked_out() : word() };
};

const reasons: Readonly<Record<string, () => string>> = {
  'unknown-order': m.lab_reason_unknown_order,
  'no-patient': m.lab_reason_no_patient,
  'patient-differs': m.lab_reason_patient_differs,
  'order-differs': m.lab_reason_order_differs,
  'test-not-ordered': m.lab_reason_test_not_ordered,
  'unit-differs': m.lab_reason_unit_differs,
  'value-unreadable': m.lab_reason_value_unreadable,
  'status-unknown': m.lab_reason_status_unknown,
  implausible: m.lab_reason_implausible,
  'final-differs': m.lab_reason_final_differs,
  'order-closed': m.lab_reason_order_closed,
  'not-collected': m.lab_reason_not_collected,
  'specimen-rejected': m.lab_reason_specimen_rejected,
  'control-id-reused': m.lab_reason_control_id_reused,
  'test-message': m.lab_reason_test_message,
  unreadable: m.lab_reason_unreadable,
  'not-hl7': m.lab_reason_not_hl7,
  'encoding-characters': m.lab_reason_encoding_characters,
  'several-messages': m.lab_reason_several_messages,
  'no-type': m.lab_reason_no_type,
  'unsupported-type': m.lab_reason_unsupported_type,
  'unsupported-version': m.lab_reason_unsupported_version,
  'unsupported-charset': m.lab_reason_unsupported_charset,
  'no-sender': m.lab_reason_no_sender,
  'no-control-id': m.lab_reason_no_control_id,
  'no-processing-id': m.lab_reason_no_processing_id,
  'frame-too-long': m.lab_reason_frame_too_long,
  'frame-cut': m.lab_reason_frame_cut,
  'not-in-charset': m.lab_reason_not_in_charset,
  'bad-segment': m.lab_reason_bad_segment,
  'no-obr': m.lab_reason_no_obr,
};
/** Ours in words; what a laboratory or the network said as it is. */
export const reasonWord = (reason: string): string => reasons[reason]?.() ?? reason;

const kinds: Readonly<Record<string, () => string>> = {
  order: m.lab_message_kind_order,
  cancel: m.lab_message_kind_cancel,
  patient: m.lab_message_kind_patient,
  'ORU^R01': m.lab_message_kind_result,
  DiagnosticReport: m.lab_message_kind_result,
};
export const kindWord = (kind: string | null): string => kinds[kind ?? '']?.() ?? kind ?? m.lab_message();
