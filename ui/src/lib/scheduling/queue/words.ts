import * as m from '../../messages.js';
import type { QueuePriority, ServicePoint, Ticket, VisitStage } from '../../types.ts';

const priorities: Record<string, () => string> = {
  emergency: m.queue_priority_emergency,
  urgent: m.queue_priority_urgent,
  pregnant: m.queue_priority_pregnant,
  elderly: m.queue_priority_elderly,
  disabled: m.queue_priority_disabled,
  child: m.queue_priority_child,
};
/** The house's own name, or the word of a usual code. */
export const priorityWord = (code: string, name: string | null): string => name ?? priorities[code]?.() ?? code;
export const priorityOf = (it: Ticket): string => (it.priority ? priorityWord(it.priority, it.priorityName) : '');
export const priorityOptions = (all: readonly QueuePriority[]) =>
  all.map((it) => ({ value: it.code, label: priorityWord(it.code, it.name) }));

const kinds: Record<ServicePoint['kind'], () => string> = {
  registration: m.queue_kind_registration,
  triage: m.queue_kind_triage,
  'consulting-room': m.queue_kind_consulting_room,
  cashier: m.queue_kind_cashier,
  laboratory: m.queue_kind_laboratory,
  pharmacy: m.queue_kind_pharmacy,
  other: m.queue_kind_other,
};
export const kindWord = (kind: ServicePoint['kind']): string => kinds[kind]();
export const kindOptions = () =>
  (Object.keys(kinds) as ServicePoint['kind'][]).map((value) => ({ value, label: kindWord(value) }));

const stages: Record<VisitStage['stage'], () => string> = {
  waiting: m.queue_waiting,
  'in-progress': m.queue_visits_seen,
  whole: m.queue_visits_whole,
};
export const stageWord = (stage: VisitStage['stage']): string => stages[stage]();

/** Whether somebody has to bring it back, or it waits out its minutes. */
export const isAside = (it: Ticket, now: number): boolean =>
  it.skipped && (it.backAt === null || Date.parse(it.backAt) > now);
