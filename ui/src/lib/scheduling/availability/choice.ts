import type { LeaveImpact, NewLeave, Slot } from '../../types.ts';

/** What somebody chose for an appointment or a group: the place of a proposal in its list, or to cancel or keep it. */
export interface Choice {
  what: string;
  reason: string;
}

interface Affected {
  id: string;
  version: number;
  proposals: readonly Slot[];
}
const affectedBy = ({ groups, items }: LeaveImpact): readonly Affected[] => [
  ...groups.map(({ group: { id, version }, proposals }) => ({ id, version, proposals })),
  ...items.map(({ appointment: { id, version }, proposals }) => ({ id, version, proposals })),
];

/** The first place of each; what has none is cancelled. */
export const firstChoices = (impact: LeaveImpact): Record<string, Choice> =>
  Object.fromEntries(
    affectedBy(impact).map(({ id, proposals }) => [id, { what: proposals.length > 0 ? '0' : 'cancel', reason: '' }]),
  );

/** As the server takes them; without a reason of their own `usual` is told. */
export const outcomesOf = (
  impact: LeaveImpact,
  choices: Readonly<Record<string, Choice>>,
  usual: string,
): NonNullable<NewLeave['outcomes']> =>
  affectedBy(impact).map(({ id: appointmentId, version, proposals }) => {
    const { what, reason } = choices[appointmentId] ?? { what: 'cancel', reason: '' };
    const slot = proposals[Number(what)];
    if (slot)
      return {
        appointmentId,
        version,
        outcome: 'move' as const,
        to: { practitionerId: slot.practitionerId, startsAt: slot.start, endsAt: slot.end },
      };
    const outcome = what === 'keep' ? ('keep' as const) : ('cancel' as const);
    return { appointmentId, version, outcome, reason: reason.trim() || usual };
  });
