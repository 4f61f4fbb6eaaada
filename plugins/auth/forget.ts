import { sql, type Db } from '../../core/database.ts';
import { deviceDays } from './devices.ts';

/**
 * What is kept for nobody any more goes: docs/sign-in.md says after which time. What happened stays in the audit.
 * Challenges are two minutes good, links half an hour; the rest is kept for whoever looks into what happened.
 */
export const forgetOld = async (db: Db): Promise<void> => {
  const older = (column: string, than: string) =>
    sql.fragment`${sql.identifier([column])} < clock_timestamp() - ${than}::interval`;
  await db.query(sql.unsafe`delete from auth.challenge where expires_at < clock_timestamp()`);
  await db.query(sql.unsafe`delete from auth.password_reset where expires_at < clock_timestamp()`);
  await db.query(sql.unsafe`delete from auth.forgotten where ${older('asked_at', '1 day')}`);
  await db.query(sql.unsafe`delete from auth.failed_login where ${older('failed_at', '1 day')}`);
  await db.query(sql.unsafe`delete from auth.session where ${older('ended_at', '30 days')}`);
  await db.query(sql.unsafe`delete from auth.known_device where ${older('seen_at', `${deviceDays} days`)}`);
};
