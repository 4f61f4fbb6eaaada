import type { Config } from '../../core/config.ts';
import type { Hms } from '../../core/hms.ts';
import { offered } from '../../core/plugin.ts';

/** The place where a plugin offers to carry letters about somebody's own sign-in. */
export const mailPlace = 'auth.mail';

export interface Letter {
  to: string;
  subject: string;
  body: string;
  language: string;
  /** One letter, however often it is tried. */
  reference: string;
}

/** `later`: trying again may help. */
export type Sent = 'sent' | 'later' | 'never';

export interface Post {
  send: (letter: Letter) => Promise<Sent>;
  close: () => void;
}

/** Null: this house sends no mail. */
export type OpenPost = (config: Config) => Post | null;

export const openPost = ({ plugins, config }: Hms): Post | null => {
  for (const open of offered<OpenPost>(plugins, mailPlace)) {
    const post = open(config);
    if (post) return post;
  }
  return null;
};

export const sendsMail = (hms: Hms): boolean => {
  const post = openPost(hms);
  post?.close();
  return post !== null;
};
