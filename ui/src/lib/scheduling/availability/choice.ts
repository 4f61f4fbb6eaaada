import type { LeaveImpact, NewLeave } from '../../types.ts';

/** What somebody chose for an appointment: the place of a proposal in its list, or to cancel or keep it. */
export interface Choice {
  what: string;
  reason: string;
}

/** As the server takes them; without a reason of their own `usual` is told. */
export const outcomesOf = (
  impact: LeaveImpact,
  choices: Readonly<Record<string, Choice>>,
  usual: string,
): NonNullable<NewLeave['outcomes']> =>
  impact.items.map(({ appointment: { id: appointmentId, version }, proposals }) => {
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
