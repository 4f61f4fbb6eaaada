import Joi from 'joi';
import type { Config } from '../../core/config.ts';
import { givenSecret } from '../../core/secrets.ts';

const isLoopback = (url: string) => ['localhost', '127.0.0.1', '[::1]'].includes(new URL(url).hostname);
const needed = (schema: Joi.StringSchema) =>
  schema.when('OPENWARD_PAYMENT_URL', { is: Joi.exist(), then: Joi.required() });

/** The payment provider. Without one nothing is paid here; bills are shown all the same. */
export const settings = {
  OPENWARD_PAYMENT_URL: Joi.string()
    .uri({ scheme: ['http', 'https'] })
    .custom((url: string, helpers) =>
      url.startsWith('https:') || isLoopback(url)
        ? url.replace(/\/$/, '')
        : helpers.message({ custom: '"OPENWARD_PAYMENT_URL" must use https elsewhere than on loopback' }),
    ),
  OPENWARD_PAYMENT_KEY: needed(givenSecret('OPENWARD_PAYMENT_KEY', 16)),
  /** Signs what the provider reports. */
  OPENWARD_PAYMENT_CALLBACK_KEY: needed(givenSecret('OPENWARD_PAYMENT_CALLBACK_KEY', 32)),
};

export interface Provider {
  url: string;
  key: string;
  callbackKey: string;
}

export const providerOf = ({ settings: given }: Pick<Config, 'settings'>): Provider | null => {
  const read = (name: keyof typeof settings) => given[name] as string | undefined;
  const [url, key, callbackKey] = [
    read('OPENWARD_PAYMENT_URL'),
    read('OPENWARD_PAYMENT_KEY'),
    read('OPENWARD_PAYMENT_CALLBACK_KEY'),
  ];
  return url && key && callbackKey ? { url, key, callbackKey } : null;
};
