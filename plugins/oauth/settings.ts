import { hkdfSync } from 'node:crypto';
import Joi from 'joi';
import type { Config } from '../../core/config.ts';
import { secretOf } from '../../core/secrets.ts';

const sample = 'openward-development-oauth-key-is-no-secret';
const key = 'OPENWARD_OAUTH_KEY';
const days = 'OPENWARD_OAUTH_OFFLINE_DAYS';

export const settings = {
  /** Seals the keys that sign, and signs the cookies of a sign-in for an app. */
  [key]: secretOf(key, sample),
  /** How long an app that may go on after the session can do so, at most. */
  [days]: Joi.number().integer().min(1).max(90).default(30),
};

/** One secret, a key of its own for each purpose. */
export const keyFor = ({ settings: given }: Pick<Config, 'settings'>, purpose: 'signing keys' | 'cookies'): Buffer =>
  Buffer.from(hkdfSync('sha256', (given[key] as string | undefined) ?? sample, '', `openward oauth ${purpose}`, 32));

/** Seconds. */
export const offlineLifetime = ({ settings: given }: Pick<Config, 'settings'>): number => Number(given[days]) * 86_400;

/** Seconds: SMART's limit for backend services, and ours for everybody. */
export const tokenLifetime = 300;

export const fhirBase = ({ origin }: Pick<Config, 'origin'>): string => `${origin}/fhir/R4`;
export const tokenEndpoint = ({ origin }: Pick<Config, 'origin'>): string => `${origin}/oauth2/token`;
