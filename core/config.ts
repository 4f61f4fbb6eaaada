import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import Joi from 'joi';
import { proxiesSetting } from './address.ts';
import { limitsSetting, usualLimits, type Limits } from './limits/classes.ts';
import { givenSecret, samples, secretOf, secretsOf, weakPasswords } from './secrets.ts';

export type Role = 'all' | 'web' | 'worker';
export type SeePolicy = 'open' | 'sites' | 'care-relation';

export interface Config {
  port: number;
  host: string;
  origin: string;
  production: boolean;
  demo: boolean;
  home: string;
  role: Role;
  /** Plugin names, package names or paths, in the order given; null means all that ship with OpenWard. */
  plugins: string[] | null;
  seePolicy: SeePolicy;
  zone: string;
  currency: string;
  hospital: string;
  redisUrl: string | null;
  metricsToken: string | null;
  /** Addresses and networks whose word on where a request comes from is taken. */
  trustedProxies: readonly string[];
  limits: Limits;
  /** How long events that have reached everybody are kept. */
  eventDays: number;
  logLevel: string;
  /** Signs access tokens; at least 32 characters. */
  sessionKey: string;
  /** Keys the HMAC before bcrypt; at least 32 characters. */
  passwordPepper: string;
  /** Those of before: what was kept with them still opens, and is kept with today's the next time it does. */
  passwordPeppersBefore: readonly string[];
  /** bcrypt's cost: each one more takes twice as long. */
  passwordCost: number;
  /** Administrators need a second factor: always in production. */
  adminSecondFactor: boolean;
  /** Signs the heads of the audit's chain; at least 32 characters. */
  auditKey: string;
  /** Folder that the heads are written to. */
  auditHeads: string;
  /** All three, or null: the embedded server in `home`. */
  database: DatabaseUrls | null;
  /** What the plugins asked for, by the variable's name. */
  settings: Readonly<Record<string, unknown>>;
}

export interface DatabaseUrls {
  /** Migrates and owns everything; null in web and worker processes of a production that keeps it away from them. */
  owner: string | null;
  app: string;
  patient: string;
}

const url = (...scheme: string[]) => Joi.string().uri({ scheme });
const zones = () =>
  Joi.string().custom((zone: string, helpers) => {
    try {
      new Intl.DateTimeFormat('en', { timeZone: zone });
      return zone;
    } catch {
      return helpers.message({ custom: '"OPENWARD_ZONE" is not a time zone known to IANA' });
    }
  });

/** Names a secret without telling anything of it; kept with what was made with it. */
export const keyIdOf = (use: string, secret: string): string =>
  createHash('sha256').update(`openward ${use}: ${secret}`).digest('base64url').slice(0, 12);

const database = () => url('postgres', 'postgresql').when('NODE_ENV', { is: 'production', then: Joi.required() });

const schema = Joi.object({
  NODE_ENV: Joi.string().valid('production', 'development', 'test').empty('').default('development'),
  PORT: Joi.number().port().default(3000),
  HOST: Joi.string().hostname().default('127.0.0.1'),
  ORIGIN: url('http', 'https')
    .custom((origin: string, helpers) => {
      const { protocol, hostname } = new URL(origin);
      const loopback = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
      return protocol === 'https:' || loopback
        ? origin.replace(/\/$/, '')
        : helpers.message({ custom: '"ORIGIN" must use https elsewhere than on loopback' });
    })
    .when('NODE_ENV', { is: 'production', then: Joi.required() }),
  DATABASE_URL: database(),
  DATABASE_OWNER_URL: url('postgres', 'postgresql'),
  DATABASE_PATIENT_URL: database(),
  REDIS_URL: url('redis', 'rediss'),
  OPENWARD_HOME: Joi.string().default('.openward'),
  OPENWARD_PLUGINS: Joi.string().allow(''),
  OPENWARD_ROLE: Joi.string().valid('all', 'web', 'worker').default('all'),
  OPENWARD_DEMO: Joi.string().valid('0', '1'),
  OPENWARD_SEE: Joi.string().valid('open', 'sites', 'care-relation').default('open'),
  OPENWARD_ZONE: zones().default('Europe/Berlin'),
  OPENWARD_CURRENCY: Joi.string()
    .pattern(/^[A-Z]{3}$/, 'three capital letters')
    .default('EUR'),
  OPENWARD_HOSPITAL: Joi.string().min(1).max(120).default('OpenWard Demo Hospital'),
  OPENWARD_METRICS_TOKEN: givenSecret('OPENWARD_METRICS_TOKEN', 32),
  OPENWARD_TRUSTED_PROXIES: proxiesSetting(),
  OPENWARD_LIMITS: limitsSetting(),
  OPENWARD_EVENT_DAYS: Joi.number().integer().min(1).max(3650).default(30),
  OPENWARD_SESSION_KEY: secretOf('OPENWARD_SESSION_KEY'),
  OPENWARD_PASSWORD_PEPPER: secretOf('OPENWARD_PASSWORD_PEPPER'),
  OPENWARD_PASSWORD_PEPPERS_BEFORE: secretsOf('OPENWARD_PASSWORD_PEPPERS_BEFORE'),
  OPENWARD_PASSWORD_COST: Joi.number()
    .integer()
    .max(15)
    .default(12)
    .when('NODE_ENV', { is: 'production', then: Joi.number().min(12), otherwise: Joi.number().min(4) }),
  OPENWARD_ADMIN_SECOND_FACTOR: Joi.string().valid('0', '1'),
  OPENWARD_AUDIT_KEY: secretOf('OPENWARD_AUDIT_KEY'),
  OPENWARD_AUDIT_HEADS: Joi.string(),
  LOG_LEVEL: Joi.string().valid('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent').default('info'),
}).unknown();

/** Names of core's own settings: each is explained in docs/deployment.md. */
export const coreSettings = (): string[] => Object.keys(schema.describe().keys as object);

export type Environment = Record<string, string | undefined>;

/** A setting may also be a file of its name in OPENWARD_SECRETS_DIR, as container engines mount secrets. */
const withSecrets = (env: Environment, settings: readonly string[]): Environment => {
  const folder = env.OPENWARD_SECRETS_DIR;
  if (!folder) return env;
  const files = settings.filter((name) => !env[name] && existsSync(join(folder, name)));
  return {
    ...env,
    ...Object.fromEntries(files.map((name) => [name, readFileSync(join(folder, name), 'utf8').trim()])),
  };
};

const split = (names: string | undefined): string[] | null =>
  names
    ? names
        .split(',')
        .map((name) => name.trim())
        .filter(Boolean)
    : null;

/** Asked before everything else, for the plugins say which settings there are; null means all that ship with OpenWard. */
export const pluginNames = (env: Environment): string[] | null =>
  split(withSecrets(env, ['OPENWARD_PLUGINS']).OPENWARD_PLUGINS);

/** @throws ConfigError with every mistake at once, those in the plugins' settings too */
export const readConfig = (
  env: Environment,
  plugins: readonly { settings?: Readonly<Record<string, Joi.Schema>> }[] = [],
): Config => {
  const asked = Object.assign({}, ...plugins.map(({ settings }) => settings ?? {})) as Record<string, Joi.Schema>;
  const whole = schema.append(asked);
  const described = whole.describe().keys as Record<string, { metas?: { secret?: boolean }[] }>;
  const names = Object.keys(described);
  const given = Object.fromEntries(
    Object.entries(withSecrets(env, names)).filter(([, value]) => value !== undefined && value !== ''),
  );
  const { value, error } = whole.validate(given, { abortEarly: false });
  const mistakes = [...new Set(error?.details.map((detail) => detail.message))];
  const production = given.NODE_ENV === 'production';
  if (production && given.OPENWARD_DEMO === '1')
    mistakes.push('"OPENWARD_DEMO" cannot be 1 in production: its passwords are known');
  if (production && given.OPENWARD_ADMIN_SECOND_FACTOR === '0')
    mistakes.push('"OPENWARD_ADMIN_SECOND_FACTOR" cannot be 0 in production: a password alone is not enough there');
  const secrets = names.filter((name) => given[name] && described[name]!.metas?.some(({ secret }) => secret));
  if (production && new Set(secrets.map((name) => given[name])).size < secrets.length)
    mistakes.push(`${secrets.map((name) => `"${name}"`).join(', ')} must differ from each other`);
  if (production) mistakes.push(...weakPasswords(given));
  // Not a rule of the schema: joi asks such a rule only when every setting by itself is right.
  const databases = ['DATABASE_URL', 'DATABASE_PATIENT_URL'].filter((name) => given[name]);
  if (!production && (databases.length === 1 || (databases.length === 0 && given.DATABASE_OWNER_URL)))
    mistakes.push('"DATABASE_URL" and "DATABASE_PATIENT_URL" go together, and "DATABASE_OWNER_URL" with them');
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  const demo = value.OPENWARD_DEMO === undefined ? !production && !value.DATABASE_URL : value.OPENWARD_DEMO === '1';
  return {
    port: value.PORT,
    host: value.HOST,
    origin: value.ORIGIN ?? `http://localhost:${value.PORT}`,
    production,
    demo,
    home: resolve(value.OPENWARD_HOME),
    role: value.OPENWARD_ROLE,
    plugins: split(value.OPENWARD_PLUGINS),
    seePolicy: value.OPENWARD_SEE,
    zone: value.OPENWARD_ZONE,
    currency: value.OPENWARD_CURRENCY,
    hospital: value.OPENWARD_HOSPITAL,
    redisUrl: value.REDIS_URL ?? null,
    metricsToken: value.OPENWARD_METRICS_TOKEN ?? null,
    trustedProxies: value.OPENWARD_TRUSTED_PROXIES ?? [],
    limits: value.OPENWARD_LIMITS ?? usualLimits,
    eventDays: value.OPENWARD_EVENT_DAYS,
    logLevel: value.LOG_LEVEL,
    sessionKey: value.OPENWARD_SESSION_KEY ?? randomBytes(32).toString('base64url'),
    passwordPepper: value.OPENWARD_PASSWORD_PEPPER ?? samples.pepper,
    passwordPeppersBefore: value.OPENWARD_PASSWORD_PEPPERS_BEFORE ?? [],
    passwordCost: value.OPENWARD_PASSWORD_COST,
    adminSecondFactor:
      production ||
      (value.OPENWARD_ADMIN_SECOND_FACTOR === undefined ? !demo : value.OPENWARD_ADMIN_SECOND_FACTOR === '1'),
    auditKey: value.OPENWARD_AUDIT_KEY ?? samples.auditKey,
    auditHeads: resolve(value.OPENWARD_AUDIT_HEADS ?? join(value.OPENWARD_HOME, 'audit-heads')),
    database: value.DATABASE_URL
      ? { owner: value.DATABASE_OWNER_URL ?? null, app: value.DATABASE_URL, patient: value.DATABASE_PATIENT_URL }
      : null,
    settings: Object.fromEntries(Object.keys(asked).map((name) => [name, value[name]])),
  };
};

/** Every mistake at once, each naming its variable. */
export class ConfigError extends Error {
  readonly mistakes: string[];
  constructor(mistakes: string[]) {
    super(
      `The configuration has ${mistakes.length} ${mistakes.length === 1 ? 'mistake' : 'mistakes'}:\n${mistakes.map((m) => `  - ${m}`).join('\n')}`,
    );
    this.mistakes = mistakes;
  }
}
