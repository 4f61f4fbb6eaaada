import { createTransport, type NodemailerError } from 'nodemailer';
import type { Addresses } from '../settings.ts';
import { Undelivered, type Port } from './port.ts';

const seconds = 1000;

export const openSmtp = ({ url, from, isLoopback }: NonNullable<Addresses['smtp']>): Port => {
  const secure = url.protocol === 'smtps:';
  const mailer = createTransport({
    pool: true,
    maxConnections: 5,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port) || (secure ? 465 : 587),
    secure,
    requireTLS: !secure && !isLoopback, // addresses and password never cross a network in the clear
    ignoreTLS: isLoopback && !secure,
    ...(url.username
      ? { auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) } }
      : {}),
    connectionTimeout: 10 * seconds,
    greetingTimeout: 10 * seconds,
    socketTimeout: 20 * seconds,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const domain = from.split('@').at(-1)!;
  return {
    transport: 'smtp',
    async send({ to, subject, body, reference, language, calendar }) {
      // One mailbox, whatever was written into the field: a comma would address more.
      if (!/^[^\s@<>,;:"()]+@[^\s@<>,;:"()]+$/.test(to)) throw new Undelivered('address-unusable', true);
      try {
        await mailer.sendMail({
          from,
          to: { name: '', address: to },
          envelope: { from, to: [to] },
          subject: (subject ?? '').replace(/[\r\n]+/g, ' '),
          text: body,
          ...(calendar === undefined
            ? {}
            : {
                attachments: [
                  { filename: 'appointment.ics', content: calendar, contentType: 'text/calendar; charset=utf-8' },
                ],
              }),
          messageId: `<${reference}@${domain}>`,
          headers: { 'Auto-Submitted': 'auto-generated', 'Content-Language': language },
        });
        return null;
      } catch (error) {
        throw undelivered(error as NodemailerError);
      }
    },
    close: () => mailer.close(),
  };
};

/** A refused mailbox or text is refused for good; a refused sign-in or a server that is away is not the message's fault. */
const undelivered = ({ code, responseCode }: NodemailerError): Undelivered => {
  const ofMessage = code === 'EENVELOPE' || code === 'EMESSAGE';
  const permanent = ofMessage && responseCode !== undefined && responseCode >= 500;
  return new Undelivered(responseCode ? `smtp-${responseCode}` : (code ?? 'smtp'), permanent);
};
