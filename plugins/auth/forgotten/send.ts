import { createHash, randomBytes } from 'node:crypto';
import type { Db } from '../../../core/database.ts';
import type { Hms } from '../../../core/hms.ts';
import { localeOf, say } from '../../../core/messages.ts';
import { openPost, type Post } from '../mail.ts';
import { findAddressee, putReset, settleForgotten, takeForgotten } from './queries.ts';

const mostAttempts = 5;

export const hashOfToken = (token: string): string => createHash('sha256').update(token).digest('base64url');

type Asked = NonNullable<Awaited<ReturnType<typeof takeForgotten>>>;

/** Writes to everybody who has forgotten a password and can be written to. */
export const sendResets = async (db: Db, hms: Hms): Promise<void> => {
  const post = openPost(hms);
  if (post === null) return;
  try {
    for (let asked = await takeForgotten(db); asked && !hms.stopping; asked = await takeForgotten(db))
      await write(db, hms, post, asked);
  } finally {
    post.close();
  }
};

/** Each attempt makes a token of its own: the one before may have got lost on its way, and only its hash is here. */
const write = async (db: Db, hms: Hms, post: Post, { id, username, language, attempts }: Asked): Promise<void> => {
  const addressee = await findAddressee(db, username);
  if (addressee === null) return void (await settleForgotten(db, id, false));
  const token = randomBytes(32).toString('base64url');
  await putReset(db, addressee.id, hashOfToken(token));
  const { hospital, origin } = hms.config;
  const locale = localeOf(language);
  // After the #, which browsers keep to themselves: it stands in no log and no Referer.
  const words = { hospital, address: `${origin}/new-password#${token}` };
  const sent = await post.send({
    to: addressee.email,
    subject: say('reset_mail_subject', locale, words),
    body: say('reset_mail_text', locale, words),
    language: locale,
    reference: `reset-${id}-${attempts}`,
  });
  if (sent === 'later') hms.log.warn({ request: id, attempts }, 'a letter about a forgotten password was not sent');
  if (sent !== 'later' || attempts >= mostAttempts) await settleForgotten(db, id, sent === 'sent');
};
