import type { OpenPost } from '../auth/api.ts';
import { openSmtp } from './ports/smtp.ts';
import { Undelivered } from './ports/port.ts';
import { addressesOf } from './settings.ts';

/** Letters about somebody's own sign-in: sent at once, shown on no page, for they hold what opens it. */
export const openLetters: OpenPost = (config) => {
  const { smtp } = addressesOf(config);
  if (smtp === null) return null;
  const port = openSmtp(smtp);
  return {
    send: async (letter) => {
      try {
        await port.send(letter);
        return 'sent';
      } catch (error) {
        if (!(error instanceof Undelivered)) throw error;
        return error.permanent ? 'never' : 'later';
      }
    },
    close: () => port.close(),
  };
};
