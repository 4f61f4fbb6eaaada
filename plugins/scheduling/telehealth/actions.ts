import { z } from 'zod';
import { hospitalNow } from '../../../core/clock.ts';
import type { Config } from '../../../core/config.ts';
import { service } from '../../../core/actor.ts';
import { sql, type Db } from '../../../core/database.ts';
import type { Hms } from '../../../core/hms.ts';
import { refuse } from '../../../core/refuse.ts';
import { Instant } from '../../../core/shapes.ts';
import type { AppointmentStatus } from '../booking/model.ts';
import { joinUrl, windowOf } from './link.ts';
import { videoOf } from './settings.ts';

export const Join = z.strictObject({ url: z.string(), from: Instant, until: Instant }).meta({ id: 'Join' });
export type Join = z.infer<typeof Join>;

const open: readonly AppointmentStatus[] = ['booked', 'arrived', 'checked-in'];

/** The way in, while it is open. @throws refusals not_found (not by video), appointment_status, telehealth_not_set, telehealth_not_now */
export const join = async (
  db: Db,
  config: Pick<Config, 'settings'>,
  it: { id: string; status: string; telehealth: boolean; startsAt: string | null; endsAt: string | null },
): Promise<Join> => {
  if (!it.telehealth || it.startsAt === null || it.endsAt === null) throw refuse('not_found');
  if (!open.some((status) => status === it.status)) throw refuse('appointment_status', { status: it.status });
  const url = joinUrl(config, it.id);
  if (url === null) throw refuse('telehealth_not_set', { setting: 'OPENWARD_TELEHEALTH_URL' });
  const { from, until } = windowOf({ startsAt: it.startsAt, endsAt: it.endsAt });
  const now = await hospitalNow(db);
  if (Temporal.Instant.compare(now, from) < 0 || Temporal.Instant.compare(now, until) > 0)
    throw refuse('telehealth_not_now', { from, until });
  return { url, from, until };
};

/** Said at each start, for whoever decides on a booking. */
export const tellWhetherVideo = (hms: Hms): Promise<unknown> => {
  const configured = JSON.stringify({ configured: videoOf(hms.config) !== null });
  return hms.db(service('scheduling')).query(sql.unsafe`
    update core.setting set value = ${configured}::jsonb where name = 'scheduling.telehealth' and value is distinct from ${configured}::jsonb
  `);
};

export const hasVideo = (db: Db): Promise<boolean> =>
  db.exists(
    sql.unsafe`select from core.setting where name = 'scheduling.telehealth' and value -> 'configured' = 'true'`,
  );
