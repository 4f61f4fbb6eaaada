import type { Db } from '../../../core/database.ts';
import type { Hms } from '../../../core/hms.ts';
import { calendarFile } from '../../scheduling/api.ts';
import type { Kind } from '../model.ts';
import type { Claimed } from './claim.ts';

const kinds: readonly Kind[] = ['appointment-booked', 'appointment-rescheduled', 'appointment-cancelled'];

/**
 * The appointment as it is now, for the patient's calendar: with the letter that tells of it, moves it or takes it away. Null for other
 * messages, and for an appointment that has no time any more.
 */
export const calendarOf = async (
  db: Db,
  { config, plugins }: Hms,
  { kind, channel, subjectId, language }: Claimed,
): Promise<string | null> => {
  const isOn = plugins.some(({ name }) => name === 'scheduling');
  if (!isOn || channel !== 'email' || subjectId === null || !kinds.includes(kind)) return null;
  return (await calendarFile(db, subjectId, config, language))?.text ?? null;
};
