import Joi from 'joi';
import type { Config } from '../../core/config.ts';
import { givenSecret } from '../../core/secrets.ts';

const isLoopback = (url: string) => ['localhost', '127.0.0.1', '[::1]'].includes(new URL(url).hostname);

/** Where messages go. Without an address they are shown on the page and go nowhere. */
export const settings = {
  OPENWARD_SMTP_URL: Joi.string().uri({ scheme: ['smtp', 'smtps'] }),
  OPENWARD_MAIL_FROM: Joi.string()
    .email({ tlds: false })
    .when('OPENWARD_SMTP_URL', { is: Joi.exist(), then: Joi.required() }),
  OPENWARD_SMS_URL: Joi.string()
    .uri({ scheme: ['http', 'https'] })
    .custom((url: string, helpers) =>
      url.startsWith('https:') || isLoopback(url)
        ? url
        : helpers.message({ custom: '"OPENWARD_SMS_URL" must use https elsewhere than on loopback' }),
    ),
  OPENWARD_SMS_TOKEN: givenSecret('OPENWARD_SMS_TOKEN', 16).when('OPENWARD_SMS_URL', {
    is: Joi.exist(),
    then: Joi.required(),
  }),
  /** Who is told by mail of each record that was opened in an emergency; without it the bell alone tells. */
  OPENWARD_PRIVACY_EMAIL: Joi.string()
    .email({ tlds: false })
    .when('OPENWARD_SMTP_URL', { not: Joi.exist(), then: Joi.forbidden() }),
  /** Signs the delivery reports of the gateway; without it none are taken. */
  OPENWARD_SMS_REPORT_KEY: givenSecret('OPENWARD_SMS_REPORT_KEY', 32),
};

export interface Addresses {
  smtp: { url: URL; from: string; isLoopback: boolean } | null;
  sms: { url: string; token: string } | null;
  reportKey: string | null;
}

export const addressesOf = ({ settings: given }: Config): Addresses => {
  const read = (name: keyof typeof settings) => (given[name] as string | undefined) ?? null;
  const [smtp, from, sms, token] = [
    read('OPENWARD_SMTP_URL'),
    read('OPENWARD_MAIL_FROM'),
    read('OPENWARD_SMS_URL'),
    read('OPENWARD_SMS_TOKEN'),
  ];
  return {
    smtp: smtp && from ? { url: new URL(smtp), from, isLoopback: isLoopback(smtp) } : null,
    sms: sms && token ? { url: sms, token } : null,
    reportKey: read('OPENWARD_SMS_REPORT_KEY'),
  };
};
