import { getLocale } from '../../locale.svelte.ts';

/** Monday first, in the language of the page. */
export const weekdays = (): string[] =>
  Array.from({ length: 7 }, (_, n) =>
    new Intl.DateTimeFormat(getLocale(), { weekday: 'long', timeZone: 'UTC' }).format(Date.UTC(2026, 0, 5 + n)),
  );
