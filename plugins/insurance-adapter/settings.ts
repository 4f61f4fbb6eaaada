import Joi from 'joi';
import type { Config } from '../../core/config.ts';
import { givenSecret } from '../../core/secrets.ts';

const address = 'OPENWARD_PAYER_URL';
const token = 'OPENWARD_PAYER_TOKEN';
const loopback = ['localhost', '127.0.0.1', '[::1]'];

export const settings = {
  /** Where payers, or a clearing house for them, speak FHIR R4. Without it messages wait. */
  [address]: Joi.string()
    .uri({ scheme: ['http', 'https'] })
    .custom((value: string, helpers) => {
      const { protocol, hostname } = new URL(value);
      return protocol === 'https:' || loopback.includes(hostname)
        ? value.replace(/\/$/, '')
        : helpers.message({ custom: `"${address}" must use https elsewhere than on loopback` });
    }),
  [token]: givenSecret(token, 16),
};

export interface Connection {
  url: string | null;
  token: string | null;
}
export const connectionOf = ({ settings: given }: Config): Connection => ({
  url: (given[address] as string | undefined) ?? null,
  token: (given[token] as string | undefined) ?? null,
});
