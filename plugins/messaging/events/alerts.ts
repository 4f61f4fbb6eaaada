import { randomUUID } from 'node:crypto';
import { sql, type Audience, type Db } from '../../../core/database.ts';
import type { Event } from '../../../core/plugin.ts';

export interface AlertFacts {
  userId: string | null;
  permission: string | null;
  kind: string;
  severity: 'notice' | 'warning' | 'critical';
  textKey: string;
  facts: Record<string, unknown>;
  patientId: string | null;
  subjectId: string | null;
  path: string | null;
}

/** Shown once until it is acknowledged; its readers' screens look again. */
export const insertAlert = async (tx: Db, id: string, it: AlertFacts): Promise<void> => {
  const made = await tx.maybeOne(sql.unsafe`
    insert into messaging.alert (id, user_id, permission, kind, severity, text_key, facts, patient_id, subject_id, path)
    values (${id}, ${it.userId}, ${it.permission}, ${it.kind}, ${it.severity}, ${it.textKey}, ${JSON.stringify(it.facts)}::jsonb,
      ${it.patientId}, ${it.subjectId}, ${it.path})
    on conflict do nothing
    returning id
  `);
  if (made !== null) tx.announce({ name: 'messaging.alerts-changed', subjectId: id, only: audienceOf(it) });
};

export const audienceOf = (it: { userId: string | null; permission: string | null }): Audience =>
  it.userId === null ? { permission: it.permission ?? '' } : { userId: it.userId };

export const showAlert = async (tx: Db, event: Event<AlertFacts>): Promise<void> => {
  if (event.origin === 'here') await insertAlert(tx, event.subjectId, event.facts);
};

interface CriticalVital {
  patientId: string;
  encounterId: string | null;
  code: string;
  interpretation: string;
}

/** The observation's id is the alert's: one value, one alert. */
export const showCriticalVital = async (tx: Db, event: Event<CriticalVital>): Promise<void> => {
  if (event.origin === 'import') return;
  const { patientId, encounterId } = event.facts;
  await insertAlert(tx, event.subjectId, {
    userId: null,
    permission: 'encounter:write',
    kind: 'ehr.vital-critical',
    severity: 'critical',
    textKey: 'alert_vital_critical',
    facts: {},
    patientId,
    subjectId: event.subjectId,
    path: encounterId === null ? `/patients/${patientId}` : `/visits/${encounterId}`,
  });
};

/** The glass's id is the alert's. Without the patient: whoever reviews need not be cleared for the record. */
export const showBrokenGlass = (tx: Db, event: Event): Promise<void> =>
  insertAlert(tx, event.subjectId, {
    userId: null,
    permission: 'access:review',
    kind: 'patients.glass-broken',
    severity: 'critical',
    textKey: 'alert_glass_broken',
    facts: {},
    patientId: null,
    subjectId: event.subjectId,
    path: '/break-glass',
  });

/** One alert for as many as have failed, until somebody has looked. */
export const alertOfFailure = (db: Db): Promise<void> =>
  insertAlert(db, randomUUID(), {
    userId: null,
    permission: 'message:write',
    kind: 'messaging.message-failed',
    severity: 'warning',
    textKey: 'alert_message_failed',
    facts: {},
    patientId: null,
    subjectId: null,
    path: '/messages?status=failed',
  });
