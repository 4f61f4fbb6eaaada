import { nobody } from '../../../core/actor.ts';
import type { Hms } from '../../../core/hms.ts';
import { say } from '../../../core/messages.ts';
import { getSetting } from '../../../core/settings.ts';
import { calendarText, entryStatus, uidOf, type Entry } from './calendar.ts';
import { CalendarRules } from './model.ts';
import { findReader, listBusy, noteReading, type Busy, type Reader } from './queries.ts';

export const settingName = 'scheduling.calendar';

interface Read {
  text: string;
  practitionerId: string;
  /** Whose initials stand in it. */
  patientIds: string[];
}

/** What the link shows; null: it shows nothing, or never did. */
export const readFeed = async (hms: Hms, secret: string): Promise<Read | null> => {
  const db = hms.db(nobody);
  const reader = await findReader(db, secret);
  if (reader === null) return null;
  const { value: rules } = await getSetting(db, settingName, CalendarRules);
  // Who made the link for somebody else knows it, and sees nobody with their eyes.
  const initials = rules.initials && reader.isOwn;
  const busy = await listBusy(sightOf(hms, reader), reader.practitionerId, { initials });
  if (reader.isStale) await noteReading(db, reader.id);
  const { locale } = reader;
  const { hospital, origin } = hms.config;
  return {
    practitionerId: reader.practitionerId,
    patientIds: [...new Set(busy.map(({ patientId }) => patientId).filter((id) => id !== null))],
    text: calendarText({
      locale,
      name: say('calendar_of', locale, { name: reader.practitionerName, hospital }),
      entries: busy.map((it) => entryOf(it, reader, origin)),
    }),
  };
};

/** Nobody is signed in. What is shown of patients is what the practitioner may see. */
const sightOf = (hms: Hms, { userId }: Reader) =>
  hms.db(userId === null ? nobody : { ...nobody, kind: 'user', id: userId });

const entryOf = (it: Busy, { locale }: Reader, origin: string): Entry => {
  const what =
    it.status === null ? say('calendar_away', locale) : (it.serviceName ?? say('calendar_appointment', locale));
  return {
    uid: uidOf(it.status === null ? 'leave' : 'appointment', it.id, origin),
    version: it.version,
    changedAt: it.changedAt,
    startsAt: it.startsAt,
    endsAt: it.endsAt,
    summary: it.initials === null ? what : `${what} (${it.initials})`,
    location: it.locationName,
    // Whoever did not come took the time all the same.
    status: it.status === null || it.status === 'noshow' ? 'confirmed' : entryStatus(it.status),
  };
};
