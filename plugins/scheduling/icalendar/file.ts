import type { Db } from '../../../core/database.ts';
import { localeOf, say, type Locale } from '../../../core/messages.ts';
import { calendarText, entryStatus, uidOf } from './calendar.ts';
import { getFiled } from './queries.ts';

export interface CalendarFile {
  text: string;
  patientId: string;
}

interface House {
  hospital: string;
  origin: string;
}

/**
 * One appointment for the patient's own calendar, in their language. Families, employers and telephones read along: it says when and at
 * which house, as messages do, and neither what for nor with whom. A later version stands instead of an earlier one, also when it was
 * cancelled. Null: it has no time. @throws refusal not_found
 */
export const calendarFile = async (
  db: Db,
  id: string,
  { hospital, origin }: House,
  language?: Locale,
): Promise<CalendarFile | null> => {
  const it = await getFiled(db, id);
  if (it.startsAt === null || it.endsAt === null) return null;
  const locale = language ?? localeOf(it.language ?? undefined);
  const { version, changedAt, startsAt, endsAt, place } = it;
  return {
    patientId: it.patientId,
    text: calendarText({
      locale,
      name: null,
      entries: [
        {
          uid: uidOf('appointment', id, origin),
          version,
          changedAt,
          startsAt,
          endsAt,
          summary: say('calendar_appointment_at', locale, { hospital }),
          location: place ?? hospital,
          status: entryStatus(it.status),
        },
      ],
    }),
  };
};
