import type { MessageRules } from '../model.ts';
import { quietUntil } from '../quiet.ts';
import { languageOf, wordsOf } from '../words.ts';
import type { Due } from './claim.ts';

export type Verdict =
  | { do: 'send'; recipient: string; language: 'en' | 'es' | 'ar'; subject: string | null; body: string }
  | { do: 'hold'; until: string; reason: string }
  | { do: 'end'; status: 'withdrawn' | 'failed'; reason: string };

export interface Place {
  hospital: string;
  zone: string;
}

/** How long to wait after each attempt, in minutes; after the last one a person looks at it. */
export const waits: readonly number[] = [1, 5, 15, 60, 180, 360, 720];

/**
 * What becomes of a message whose time has come, by what is so now: consent, address, language, quiet hours. Its words are
 * settled with the first attempt, so that each attempt says the same.
 */
export const decide = (it: Due, rules: MessageRules, place: Place): Verdict => {
  const tooLate = it.uselessAfter !== null && Temporal.Instant.compare(it.uselessAfter, it.now) <= 0;
  // It may have gone out already: only the same message once more makes it sure.
  if (it.status === 'sending') return it.attempts > waits.length ? end('failed', 'worker-lost') : words(it, place);
  if (!it.isAlive) return end('withdrawn', 'patient-not-active');
  if (!it.isWished) return end('withdrawn', 'consent-withdrawn');
  if (tooLate) return it.attempts > 0 ? end('failed', 'too-late') : end('withdrawn', 'too-late');
  if (it.address === null) return end('failed', 'address-missing');
  const until = it.urgent ? null : quietUntil(it.now, place.zone, rules);
  return until === null ? words(it, place) : { do: 'hold', until, reason: 'quiet-hours' };
};

const end = (status: 'withdrawn' | 'failed', reason: string): Verdict => ({ do: 'end', status, reason });

const words = (it: Due, place: Place): Verdict => {
  if (it.body !== null && it.recipient !== null && it.language !== null)
    return { do: 'send', recipient: it.recipient, language: it.language, subject: it.subject, body: it.body };
  const language = languageOf(it.wantedLanguage);
  return {
    do: 'send',
    recipient: it.address ?? '',
    language,
    ...wordsOf(it.kind, it.channel, language, it.facts, place),
  };
};
