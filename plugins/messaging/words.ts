import { localeOf, say, type Locale } from '../../core/messages.ts';
import type { Channel, Facts, Kind } from './model.ts';

export interface Words {
  /** E-mail only. */
  subject: string | null;
  body: string;
}

interface Place {
  hospital: string;
  zone: string;
}

const sentences: Record<Kind, string> = {
  'appointment-booked': 'notice_booked',
  'appointment-rescheduled': 'notice_rescheduled',
  'appointment-cancelled': 'notice_cancelled',
  'appointment-reminder': 'notice_reminder',
  'appointment-offer': 'notice_offer',
  'series-booked': 'notice_series_booked',
  'series-rescheduled': 'notice_series_rescheduled',
  'series-cancelled': 'notice_series_cancelled',
  'invoice-issued': 'notice_invoice',
  'portal-message': 'notice_portal',
  'portal-invitation': 'notice_invitation',
};

/** The language of a tag such as `es-MX` that the hospital writes in; English otherwise. */
export const languageOf = (tag: string | null): Locale => localeOf(tag ?? undefined);

/**
 * The words of a message: hospital, day and time. No name, doctor, department or reason: whoever else reads the phone learns
 * nothing about health. Amounts are told by e-mail only.
 */
export const wordsOf = (kind: Kind, channel: Channel, language: Locale, facts: Facts, place: Place): Words => {
  const parameters = {
    hospital: place.hospital,
    day: dayOf(facts.startsAt, language, place.zone),
    time: timeOf(facts.startsAt, place.zone),
    previousDay: dayOf(facts.previousStartsAt, language, place.zone),
    previousTime: timeOf(facts.previousStartsAt, place.zone),
    untilDay: dayOf(facts.expiresAt, language, place.zone),
    untilTime: timeOf(facts.expiresAt, place.zone),
    amount: amountOf(facts, language),
    count: facts.count ?? 1,
    join: facts.joinUrl ?? '',
    code: facts.code ?? '',
    address: `${facts.origin ?? ''}${kind === 'appointment-offer' ? '/portal' : '/portal/invitation'}`,
  };
  const sentence = (key: string) => say(key, language, parameters);
  const plain = sentence(`${sentences[kind]}_text`);
  const text = facts.joinUrl === undefined ? plain : `${plain} ${sentence('notice_join')}`;
  if (channel === 'sms') return { subject: null, body: text };
  const amount = parameters.amount === '' ? [] : [sentence('notice_invoice_amount')];
  return {
    subject: sentence(`${sentences[kind]}_subject`),
    body: [sentence('notice_greeting'), text, ...amount, sentence('notice_footer')].join('\n\n'),
  };
};

/** Digits are Western in every language, days come before months: as on the hospital's screens. */
const tagOf = (language: Locale) => `${language === 'en' ? 'en-GB' : language}-u-nu-latn-ca-gregory`;

const dayOf = (at: string | undefined, language: Locale, timeZone: string): string =>
  at === undefined
    ? ''
    : new Intl.DateTimeFormat(tagOf(language), {
        timeZone,
        weekday: 'long',
        day: 'numeric',
        month: 'long',
        year: 'numeric',
      }).format(Temporal.Instant.from(at).epochMilliseconds);

const timeOf = (at: string | undefined, zone: string): string =>
  at === undefined
    ? ''
    : Temporal.Instant.from(at).toZonedDateTimeISO(zone).toPlainTime().toString({ smallestUnit: 'minute' });

const amountOf = ({ totalMinor, currency }: Facts, language: Locale): string => {
  if (totalMinor === undefined || currency === undefined) return '';
  const format = new Intl.NumberFormat(tagOf(language), { style: 'currency', currency });
  return format.format(totalMinor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
};
