import { readFileSync } from 'node:fs';
import Joi from 'joi';
import type { Config } from '../../core/config.ts';
import { givenSecret } from '../../core/secrets.ts';

const port = 'OPENWARD_MLLP_PORT';
const host = 'OPENWARD_MLLP_HOST';
const peers = 'OPENWARD_MLLP_PEERS';
const key = 'OPENWARD_MLLP_TLS_KEY';
const certificate = 'OPENWARD_MLLP_TLS_CERT';
const mllp = 'OPENWARD_LAB_MLLP_URL';
const fhir = 'OPENWARD_LAB_FHIR_URL';
const token = 'OPENWARD_LAB_FHIR_TOKEN';
const undo = 'OPENWARD_LAB_UNDO_SECONDS';
const patience = 'OPENWARD_LAB_PATIENCE_SECONDS';
const loopback = ['localhost', '127.0.0.1', '::1', '[::1]'];

/** Patient data leaves the machine encrypted or not at all. */
const encryptedElsewhere = (name: string, secure: string) => (value: string, helpers: Joi.CustomHelpers) => {
  const { protocol, hostname } = new URL(value);
  return protocol === secure || loopback.includes(hostname)
    ? value.replace(/\/$/, '')
    : helpers.message({ custom: `"${name}" must use ${secure.slice(0, -1)} elsewhere than on loopback` });
};

export const settings = {
  /** Where results arrive. Elsewhere than on loopback it takes certificate and key, and the addresses of those who may call. */
  [port]: Joi.number().port().when('NODE_ENV', { is: 'test', then: Joi.number().default(0), otherwise: Joi.number().default(2575) }), // prettier-ignore
  [host]: Joi.string().hostname().default('127.0.0.1'),
  [peers]: Joi.string().when(host, { is: Joi.valid(...loopback), otherwise: Joi.required() }),
  [key]: Joi.string().when(host, { is: Joi.valid(...loopback), otherwise: Joi.required() }),
  [certificate]: Joi.string().when(host, { is: Joi.valid(...loopback), otherwise: Joi.required() }),
  /** Where orders go, by HL7 v2 and by FHIR R4. Without an address orders wait. */
  [mllp]: Joi.string()
    .uri({ scheme: ['mllp', 'mllps'] })
    .custom(encryptedElsewhere(mllp, 'mllps:')),
  [fhir]: Joi.string()
    .uri({ scheme: ['http', 'https'] })
    .custom(encryptedElsewhere(fhir, 'https:')),
  [token]: givenSecret(token, 16),
  /** How long an order stays in the house after its specimen was collected: until then it can be taken back without a trace. */
  [undo]: Joi.number().integer().min(0).max(600).default(5),
  /** How long an answer is waited for before the order is sent again. */
  [patience]: Joi.number().min(0.1).max(120).default(15),
};

export interface Door {
  port: number;
  host: string;
  /** Addresses that may call; null: whoever reaches the loopback interface. */
  peers: ReadonlySet<string> | null;
  tls: { key: Buffer; cert: Buffer } | null;
}
export const doorOf = ({ settings: given }: Config): Door => ({
  port: given[port] as number,
  host: given[host] as string,
  peers: given[peers] ? new Set((given[peers] as string).split(',').map((it) => it.trim())) : null,
  tls:
    given[key] && given[certificate]
      ? { key: readFileSync(given[key] as string), cert: readFileSync(given[certificate] as string) }
      : null,
});

export interface Address {
  host: string;
  port: number;
  secure: boolean;
}
export const mllpAddress = ({ settings: given }: Config): Address | null => {
  if (!given[mllp]) return null;
  const url = new URL(given[mllp] as string);
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || 2575),
    secure: url.protocol === 'mllps:',
  };
};

export const fhirAddress = ({ settings: given }: Config): { url: string; token: string | null } | null =>
  given[fhir] ? { url: given[fhir] as string, token: (given[token] as string | undefined) ?? null } : null;

export const undoSeconds = ({ settings: given }: Config): number => Number(given[undo]);
export const patienceOf = ({ settings: given }: Config): number => Number(given[patience]) * 1000;
