import * as m from '../messages.js';
import type { Colour, Look } from '../statuses.ts';
import type { IconName } from '../icons.ts';
import type { NextAction, Queue, Workflow } from './types.ts';
import { money } from '../format.ts';
import type { ClaimLine, PayerMessage, Remittance } from '../types.ts';

const look =
  <Code extends string>(table: Record<Code, readonly [Colour, IconName, () => string]>) =>
  (code: Code): Look => {
    const [colour, icon, word] = table[code];
    return { colour, icon, word: word() };
  };

export const workflow = look<Workflow>({
  draft: ['amber', 'file-pen', m.claim_state_draft],
  ready: ['blue', 'circle-check', m.claim_state_ready],
  submitted: ['purple', 'hourglass', m.claim_state_submitted],
  accepted: ['purple', 'inbox', m.claim_state_accepted],
  pended: ['purple', 'circle-pause', m.claim_state_pended],
  rejected: ['red', 'circle-x', m.claim_state_rejected],
  adjudicated: ['blue', 'badge-check', m.claim_state_adjudicated],
  closed: ['green', 'check', m.claim_state_closed],
  cancelled: ['grey', 'ban', m.claim_state_cancelled],
});
export const lineState = look<ClaimLine['state']>({
  open: ['grey', 'circle-dashed', m.claim_line_open],
  settled: ['green', 'check', m.claim_line_settled],
  denied: ['red', 'circle-x', m.claim_line_denied],
  appealed: ['purple', 'hourglass', m.claim_line_appealed],
  resubmitted: ['blue', 'refresh-cw', m.claim_line_resubmitted],
  resolved: ['grey', 'check', m.claim_line_resolved],
});
export const messageState = look<PayerMessage['state']>({
  waiting: ['purple', 'hourglass', m.payer_message_waiting],
  sent: ['blue', 'mail', m.payer_message_sent],
  answered: ['green', 'check', m.payer_message_answered],
  parked: ['red', 'triangle-alert', m.payer_message_parked],
  cancelled: ['grey', 'ban', m.payer_message_cancelled],
});

/** Payers and plans: may be chosen, or only stands in what was made with it. */
export const inUse = (active: boolean): Look =>
  active
    ? { colour: 'green', icon: 'circle-check', word: m.payer_in_use() }
    : { colour: 'grey', icon: 'ban', word: m.payer_not_in_use() };

export const applied = ({ unappliedMinor, currency }: Pick<Remittance, 'unappliedMinor' | 'currency'>): Look =>
  unappliedMinor === 0
    ? { colour: 'green', icon: 'check', word: m.remittance_applied() }
    : {
        colour: 'amber',
        icon: 'circle-alert',
        word: m.remittance_not_applied({ amount: money(unappliedMinor, currency) }),
      };

/** Why a payer denies, as our own list has it. */
export const reasons = [
  'not-covered', 'not-in-force', 'no-authorisation', 'diagnosis', 'code-unknown', 'subscriber-unknown', 'information', 'duplicate', 'too-late', 'above-agreed',
  'other',
] as const; // prettier-ignore
export const reasonWord = (reason: (typeof reasons)[number]): string =>
  sentence(`claim_reason_${reason.replaceAll('-', '_')}`);

const actions: Record<NextAction, () => string> = {
  resubmit: m.claim_do_resubmit,
  appeal: m.claim_do_appeal,
  'bill-patient': m.claim_do_bill_patient,
  'write-off': m.claim_do_write_off,
};
export const actionWord = (action: NextAction): string => actions[action]();

const names: Record<Queue, () => string> = {
  failing: m.claim_queue_failing,
  ready: m.claim_queue_ready,
  submitted: m.claim_queue_submitted,
  pended: m.claim_queue_pended,
  rejected: m.claim_queue_rejected,
  denied: m.claim_queue_denied,
  'awaiting-payment': m.claim_queue_awaiting_payment,
  closed: m.claim_queue_closed,
};
export const queueWord = (queue: Queue): string => names[queue]();

/** Sentences that the server names as data: why a rule is broken, why a line was denied. */
const sentences: Record<string, () => string> = {
  claim_rule_coverage_in_force: m.claim_rule_coverage_in_force,
  claim_rule_subscriber_id: m.claim_rule_subscriber_id,
  claim_rule_diagnosis: m.claim_rule_diagnosis,
  claim_rule_lines: m.claim_rule_lines,
  claim_rule_filed_in_time: m.claim_rule_filed_in_time,
  claim_rule_filed_soon: m.claim_rule_filed_soon,
  claim_rule_eligibility_known: m.claim_rule_eligibility_known,
  claim_rule_eligible: m.claim_rule_eligible,
  claim_rule_line_diagnosis: m.claim_rule_line_diagnosis,
  claim_rule_line_not_zero: m.claim_rule_line_not_zero,
  claim_rule_line_code: m.claim_rule_line_code,
  claim_rule_line_authorisation: m.claim_rule_line_authorisation,
  claim_reason_not_covered: m.claim_reason_not_covered,
  claim_reason_not_in_force: m.claim_reason_not_in_force,
  claim_reason_no_authorisation: m.claim_reason_no_authorisation,
  claim_reason_diagnosis: m.claim_reason_diagnosis,
  claim_reason_code_unknown: m.claim_reason_code_unknown,
  claim_reason_subscriber_unknown: m.claim_reason_subscriber_unknown,
  claim_reason_information: m.claim_reason_information,
  claim_reason_duplicate: m.claim_reason_duplicate,
  claim_reason_too_late: m.claim_reason_too_late,
  claim_reason_above_agreed: m.claim_reason_above_agreed,
  claim_reason_other: m.claim_reason_other,
};
export const sentence = (key: string): string => sentences[key]?.() ?? key;
