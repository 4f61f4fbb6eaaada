import type { IconName } from '../icons.ts';
import { getLocale } from '../locale.svelte.ts';
import * as m from '../messages.js';
import type { Look } from '../statuses.ts';
import type { Payloads } from '../types.ts';
import type { LabRequest, Priority, ReportStatus } from './types.ts';

interface Named {
  display: string;
  names: Readonly<Partial<Record<string, string>>>;
}
/** In the reader's language, where the catalogue has it. */
export const named = ({ display, names }: Named): string => names[getLocale()] ?? display;

export const priorityLook = (priority: Priority | string): Look =>
  priority === 'stat'
    ? { colour: 'red', icon: 'triangle-alert', word: m.lab_priority_stat() }
    : priority === 'urgent'
      ? { colour: 'amber', icon: 'clock', word: m.lab_priority_urgent() }
      : { colour: 'grey', icon: 'circle', word: m.lab_priority_routine() };

const looks: Partial<Record<ReportStatus, readonly [Look['colour'], IconName, () => string]>> = {
  registered: ['grey', 'circle-dashed', m.lab_report_registered],
  partial: ['blue', 'circle-dot', m.lab_report_partial],
  preliminary: ['purple', 'hourglass', m.lab_report_preliminary],
  final: ['green', 'badge-check', m.lab_report_final],
  amended: ['amber', 'history', m.lab_report_amended],
  corrected: ['amber', 'history', m.lab_report_corrected],
  cancelled: ['grey', 'circle-x', m.lab_report_cancelled],
  'entered-in-error': ['grey', 'ban', m.lab_report_withdrawn],
};

/** How far a request is: what happens to its specimen says more than `registered`. */
export function requestLook(it: LabRequest): Look {
  const away = it.results.find((one) => one.sentTo !== null && (one.status === 'ordered' || one.status === 'entered'));
  if (it.reportStatus === 'registered' && away?.sentTo)
    return away.acknowledgedAt
      ? { colour: 'blue', icon: 'plug', word: m.lab_sent_to({ name: away.sentTo }) }
      : { colour: 'purple', icon: 'hourglass', word: m.lab_going_to({ name: away.sentTo }) };
  const step = it.results.some((one) => one.step === 'ordered')
    ? 'ordered'
    : it.results.some((one) => one.step === 'collected')
      ? 'collected'
      : 'received';
  if (it.reportStatus === 'registered' && step === 'ordered')
    return { colour: 'grey', icon: 'circle-dashed', word: m.lab_step_ordered() };
  if (it.reportStatus === 'registered' && step === 'collected')
    return { colour: 'purple', icon: 'test-tube', word: m.lab_step_collected() };
  if (it.reportStatus === 'registered') return { colour: 'blue', icon: 'flask-conical', word: m.lab_step_received() };
  const [colour, icon, word] = looks[it.reportStatus] ?? ['grey', 'circle', () => it.reportStatus];
  return { colour, icon, word: word() };
}

/** `''` is not chosen yet. */
export type Rejection = Payloads['POST']['/api/laboratory/specimens/{id}/reject']['reason'];
export const rejections = (): { value: Rejection; label: string }[] => [
  { value: 'haemolysed', label: m.lab_reject_haemolysed() },
  { value: 'clotted', label: m.lab_reject_clotted() },
  { value: 'insufficient', label: m.lab_reject_insufficient() },
  { value: 'wrong-container', label: m.lab_reject_wrong_container() },
  { value: 'unlabelled', label: m.lab_reject_unlabelled() },
  { value: 'mislabelled', label: m.lab_reject_mislabelled() },
  { value: 'leaked', label: m.lab_reject_leaked() },
  { value: 'too-old', label: m.lab_reject_too_old() },
  { value: 'lost', label: m.lab_reject_lost() },
  { value: 'other', label: m.lab_reject_other() },
];
