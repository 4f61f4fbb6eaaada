import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Db } from '../../core/database.ts';
import { publish } from '../../core/events.ts';
import { refuse } from '../../core/refuse.ts';
import { putSetting } from '../../core/settings.ts';
import { requirePatient } from '../patients/api.ts';
import { alertOfFailure, audienceOf } from './events/alerts.ts';
import { tellScreens } from './events/plan.ts';
import type { DeliveryReport, Facts, Message, MessagePreference, MessageRules, NewPreference } from './model.ts';
import * as q from './queries.ts';
import { languageOf, wordsOf } from './words.ts';

interface Place {
  hospital: string;
  zone: string;
}

/** As it went out; what still waits, as it would go out now. */
export const showMessage = async (db: Db, id: string, place: Place): Promise<Message> => {
  const { item, facts, address, wantedLanguage } = await q.getMessage(db, id);
  if (item.body !== null || item.kind === null || item.channel === null) return item;
  const language = languageOf(wantedLanguage);
  const words = wordsOf(item.kind, item.channel, language, facts as Facts, place);
  return { ...item, ...words, recipient: item.recipient ?? address, language };
};

/** @throws 404; refusal version_stale, message_has_gone (what a worker has begun to send cannot be called back) */
export const withdraw = async (tx: Db, id: string, version: number): Promise<void> => {
  await expect(tx, id, version, ['planned', 'held', 'failed']);
  if ((await q.withdrawMessage(tx, id, version)) === null) throw refuse('version_stale');
  tellScreens(tx, id);
};

/** @throws 404; refusal version_stale, message_not_failed */
export const resend = async (tx: Db, id: string, version: number): Promise<void> => {
  await expect(tx, id, version, ['failed']);
  if ((await q.resendMessage(tx, id, version)) === null) throw refuse('version_stale');
  tellScreens(tx, id);
};

const expect = async (tx: Db, id: string, version: number, from: readonly string[]): Promise<void> => {
  const { item } = await q.getMessage(tx, id);
  if (item.version !== version) throw refuse('version_stale', { version: item.version });
  if (!from.includes(item.status)) throw refuse(from.length === 1 ? 'message_not_failed' : 'message_has_gone');
};

/** Nobody has been asked yet: version 0, and nothing agreed to. @throws 404 */
export const getPreference = async (db: Db, patientId: string): Promise<MessagePreference> => {
  await requirePatient(db, patientId);
  return (
    (await q.findPreference(db, patientId)) ?? {
      patientId,
      version: 0,
      email: false,
      sms: false,
      declined: [],
      language: null,
    }
  );
};

/** What is no longer agreed to stops at once; what is agreed to now is planned by whoever hears of it. @throws version_stale; 404 */
export const setPreference = async (
  tx: Db,
  patientId: string,
  version: number,
  wanted: NewPreference,
): Promise<MessagePreference> => {
  const before = await getPreference(tx, patientId);
  if (before.version !== version || (await q.putPreference(tx, patientId, version, wanted)) === null)
    throw refuse('version_stale', { version: before.version });
  await q.withdrawUnwished(tx, patientId);
  await publish(tx, 'messaging.preference-changed', patientId, {}, { permission: 'message:read' });
  return getPreference(tx, patientId);
};

/** Windows count from the next booking or move on; quiet hours at once. @throws version_stale */
export const setRules = async (tx: Db, version: number, rules: MessageRules): Promise<void> => {
  const reminderMinutes = [...rules.reminderMinutes].sort((a, b) => b - a);
  await putSetting(tx, 'messaging.rules', version, { ...rules, reminderMinutes });
  await q.releaseHeld(tx);
};

/** Whether the gateway wrote this body: `sha256=` and the HMAC of it, in hex. */
export const isSigned = (body: Buffer, signature: string | undefined, key: string | null): boolean => {
  if (key === null || signature === undefined) return false;
  const expected = Buffer.from(`sha256=${createHmac('sha256', key).update(body).digest('hex')}`);
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected);
};

/** Null when nothing was sent under this reference, or it is settled already. */
export const takeReport = async (tx: Db, report: DeliveryReport) => {
  const [id = '', round = '1'] = report.reference.split('.');
  const reported = await q.reportDelivery(tx, {
    id,
    round: Number(round),
    delivered: report.status === 'delivered',
    reason: `gateway-${report.code ?? 'failed'}`
      .toLowerCase()
      .replace(/[^a-z0-9-]+/g, '-')
      .slice(0, 60),
  });
  if (reported === null) return null;
  if (report.status === 'failed') await alertOfFailure(tx);
  tellScreens(tx, reported.id);
  return reported;
};

export const acknowledge = async (tx: Db, id: string): Promise<void> => {
  const alert = await q.acknowledgeAlert(tx, id);
  tx.announce({ name: 'messaging.alerts-changed', subjectId: id, only: audienceOf(alert) });
};
