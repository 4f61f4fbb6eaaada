import { randomUUID } from 'node:crypto';
import type { Audience, Db } from '../../core/database.ts';
import { publish, type Fact } from '../../core/events.ts';

// Other plugins ask by event, so they need not know whether messaging is on: where it is off, nobody listens.

export { getPreference, setPreference } from './actions.ts';
export { MessagePreference, NewPreference } from './model.ts';

export interface NewAlert {
  to: Audience;
  /** Plugin and noun: 'pharmacy.stock-low'. The same of one subject is shown once until somebody acknowledges it. */
  kind: string;
  severity?: 'notice' | 'warning' | 'critical';
  /** Sentence of the message catalogue; `facts` fill its parameters: codes and numbers, no names. */
  textKey: string;
  facts?: Record<string, Fact>;
  patientId?: string | null;
  subjectId?: string | null;
  /** Where in the interface it leads: '/stock'. */
  path?: string;
}

/** On the screens of those it is for, within a second of the commit; others hear nothing of it. */
export const raiseAlert = (tx: Db, it: NewAlert): Promise<void> =>
  publish(
    tx,
    'messaging.alert-raised',
    randomUUID(),
    {
      userId: 'userId' in it.to ? it.to.userId : null,
      permission: 'permission' in it.to ? it.to.permission : null,
      kind: it.kind,
      severity: it.severity ?? 'notice',
      textKey: it.textKey,
      facts: it.facts ?? {},
      patientId: it.patientId ?? null,
      subjectId: it.subjectId ?? null,
      path: it.path ?? null,
    },
    it.to,
  );

/** Writes to the patient that something waits in the portal; not what. `subjectId` is that something. */
export const tellOfPortal = (tx: Db, it: { patientId: string; subjectId: string }): Promise<void> =>
  publish(
    tx,
    'messaging.portal-message-waiting',
    it.subjectId,
    { patientId: it.patientId },
    { permission: 'message:read' },
  );

/** The code of an invitation, to a patient who has agreed to be written to about the portal. Alone it opens nothing. */
export const tellOfInvitation = (
  tx: Db,
  it: { patientId: string; subjectId: string; code: string; origin: string },
): Promise<void> =>
  publish(
    tx,
    'messaging.portal-invitation-made',
    it.subjectId,
    { patientId: it.patientId, code: it.code, origin: it.origin },
    { permission: 'message:read' },
  );
