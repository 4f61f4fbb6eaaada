import { createHmac } from 'node:crypto';
import type { Config } from '../../../core/config.ts';
import { videoOf } from './settings.ts';

/**
 * Where an appointment by video takes place; null without a video system. The room is the appointment's for as long as there is one: a move
 * does not change it, so that what was written to the patient before still leads there. Cancelled, nobody is led there any more; booked anew
 * it is another appointment, and another room. Nothing in it says who, what or when.
 */
export const joinUrl = (config: Pick<Config, 'settings'>, appointmentId: string): string | null => {
  const video = videoOf(config);
  if (!video) return null;
  const room = createHmac('sha256', video.key).update(`telehealth ${appointmentId}`).digest('base64url');
  return video.template.replaceAll('{room}', room);
};

/** The door opens a little earlier, and stays open for who is late. */
const before = { minutes: 15 };
const after = { minutes: 60 };
export const windowOf = ({
  startsAt,
  endsAt,
}: {
  startsAt: string;
  endsAt: string;
}): { from: string; until: string } => ({
  from: Temporal.Instant.from(startsAt).subtract(before).toString(),
  until: Temporal.Instant.from(endsAt).add(after).toString(),
});
