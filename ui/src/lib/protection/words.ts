import type { IconName } from '../icons.ts';
import * as m from '../messages.js';
import type { Colour, Look } from '../statuses.ts';

/** The kinds of protection; the server's `labels`. */
export const labels = ['restricted', 'psychiatric', 'hiv', 'staff'] as const;
export type Label = (typeof labels)[number];

const words: Readonly<Record<string, () => string>> = {
  restricted: m.label_restricted,
  psychiatric: m.label_psychiatric,
  hiv: m.label_hiv,
  staff: m.label_staff,
};
export const labelWord = (label: string): string => words[label]?.() ?? label;
export const labelOptions = () => labels.map((value) => ({ value, label: labelWord(value) }));

export type Verdict = 'accepted' | 'questioned' | 'escalated';
const looks: Readonly<Record<Verdict | 'none', readonly [Colour, IconName, () => string]>> = {
  none: ['amber', 'hourglass', m.glass_verdict_none],
  accepted: ['green', 'circle-check', m.glass_verdict_accepted],
  questioned: ['purple', 'message-square', m.glass_verdict_questioned],
  escalated: ['red', 'circle-alert', m.glass_verdict_escalated],
};
export const verdictLook = (verdict: Verdict | null): Look => {
  const [colour, icon, word] = looks[verdict ?? 'none'];
  return { colour, icon, word: word() };
};
