import * as catalogue from '../generated/messages/messages.js';

export const locales = ['en', 'es', 'ar'] as const;
export type Locale = (typeof locales)[number];

type Say = (parameters: Record<string, unknown>, options: { locale: Locale }) => string;
const sentences = catalogue as unknown as Record<string, Say | undefined>;

/** A sentence for people. Keys come from plugins as data, so a missing one is found at the start (`hasMessage`). */
export const say = (key: string, locale: Locale, parameters: Record<string, unknown> = {}): string =>
  sentences[key]?.(parameters, { locale }) ?? key;

export const hasMessage = (key: string): boolean => typeof sentences[key] === 'function';

/** The first language of an Accept-Language header that we speak; English otherwise. */
export const localeOf = (header: string | undefined): Locale => {
  const wishes = (header ?? '')
    .split(',')
    .map((wish) => {
      const [tag = '', ...rest] = wish.trim().split(';');
      const quality = rest.find((part) => part.trim().startsWith('q='));
      return { language: tag.slice(0, 2).toLowerCase(), quality: quality ? Number(quality.split('=')[1]) : 1 };
    })
    .sort((a, b) => b.quality - a.quality);
  return (
    locales.find(
      (locale) => locale === wishes.find(({ language }) => locales.includes(language as Locale))?.language,
    ) ?? 'en'
  );
};
