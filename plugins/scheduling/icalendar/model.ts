import Joi from 'joi';
import { z } from 'zod';
import { locales, type Locale } from '../../../core/messages.ts';
import { Instant } from '../../../core/shapes.ts';

export interface NewFeed {
  /** In which language the entries are. */
  locale: Locale;
}
export const NewFeed = Joi.object<NewFeed, true>({
  locale: Joi.string()
    .valid(...locales)
    .required(),
});

export const CalendarFeed = z
  .strictObject({
    locale: z.enum(locales),
    createdAt: Instant,
    /** When a calendar program read it last, to the hour. */
    readAt: Instant.nullable(),
  })
  .meta({ id: 'CalendarFeed' });
export type CalendarFeed = z.infer<typeof CalendarFeed>;

/** Null: there is none, or it was ended. */
export const FeedOf = z
  .strictObject({
    feed: CalendarFeed.nullable(),
    /** A link made through this door shows the initials of patients. */
    initials: z.boolean(),
  })
  .meta({ id: 'FeedOf' });

/** The address is told once, here: only the hash of its secret is kept. */
export const MadeFeed = CalendarFeed.extend({ address: z.string() }).meta({ id: 'MadeFeed' });

/** What the house lets out to calendar programs. */
export const CalendarRules = z.strictObject({
  /** The initials of patients stand in the entries. */
  initials: z.boolean(),
});
export type CalendarRules = z.infer<typeof CalendarRules>;
export const VersionedCalendarRules = CalendarRules.extend({ version: z.int() }).meta({ id: 'CalendarRules' });
export const NewCalendarRules = Joi.object<CalendarRules, true>({ initials: Joi.boolean().required() });
