import { titles } from '../../../generated/messages/titles.js';

/** The sentence of a key that a plugin gives as data (menu entry, group). A plugin from outside brings the words themselves. */
export const title = (key: string): string => titles[key]?.() ?? key;
