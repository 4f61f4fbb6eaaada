import { locales, overwriteGetLocale, type Locale } from '../../../generated/messages/runtime.js';
import { onStored, store, stored } from './stored.ts';

export { locales, type Locale };

/** Each language in its own words. */
export const languageNames: Record<Locale, string> = { en: 'English', es: 'Español', ar: 'العربية' };

const known = (tag: string | null | undefined) => locales.find((locale) => locale === tag?.slice(0, 2).toLowerCase());

let current = $state<Locale>(
  known(stored('locale')) ?? navigator.languages.map(known).find((locale) => locale !== undefined) ?? 'en',
);

// Messages ask for the language each time they are used, so a change redraws the page and keeps what was typed.
overwriteGetLocale(() => current);
onStored('locale', (tag) => (current = known(tag) ?? current));

export const getLocale = (): Locale => current;
export const direction = (): 'ltr' | 'rtl' => (current === 'ar' ? 'rtl' : 'ltr');

export function setLocale(locale: Locale) {
  current = locale;
  store('locale', locale);
}
