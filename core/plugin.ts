import type { Request, Server } from '@hapi/hapi';
import type { Schema } from 'joi';
import type { ZodType } from 'zod';
import type { Actor } from './actor.ts';
import type { Db, Fragment, Query } from './database.ts';
import type { Hms } from './hms.ts';
import type { Refusals } from './refuse.ts';
import type { Route } from './routes.ts';

export interface NavItem {
  id: string;
  /** Key of the message catalogue, as every sentence for people. */
  title: string;
  path: string;
  /** Name of a lucide icon. */
  icon: string;
  permission: string;
  /** What its page asks for besides: without these too nobody finds it. */
  needs?: readonly string[];
  group?: string;
  /** Ascending; a role's first entry is its start page. */
  order: number;
}

/** What has happened, as its subscribers hear it: ids and coded facts, never names or free text. */
export interface Event<Facts = Record<string, unknown>> {
  id: number;
  name: string;
  subjectId: string;
  facts: Facts;
  actorId: string | null;
  origin: 'here' | 'import';
  occurredAt: string;
}

/** Runs in a transaction of its own, at least once, in order per subject: safe to repeat. */
export type Subscriber = (tx: Db, event: Event<never>, hms: Hms) => Promise<unknown>;

export interface Job {
  /** Milliseconds between runs; one process runs it at a time. */
  every: number;
  run: (db: Db, hms: Hms) => Promise<unknown>;
}

export interface Service {
  start: (hms: Hms) => Promise<{ stop: () => Promise<void>; healthy?: () => boolean }>;
}

/**
 * A section of the complete record: an SQL expression that gives one JSON value for one patient.
 * `limit` is null when everything was asked for, else how many of the newest to give.
 */
export interface RecordSection {
  /** Who lacks it gets the record without this section. */
  permission: string;
  /** Shape of that value. */
  response: ZodType;
  query: (db: Db, at: { patientId: Fragment; limit: number | null }) => Fragment;
}

/** Set-based SQL that fills a hospital of any size; runs as owner, never in a request. Deterministic for one plan. */
export interface DemoPlan {
  patients: number;
  visitsPerPatient: number;
  passwordPepper: string;
  zone: string;
  currency: string;
  /** Its name, as letters and messages say it. */
  hospital?: string;
  progress: (step: string) => void;
}

export interface Plugin {
  name: string;
  title: string;
  /** Plugins that must be on; naming one names what it needs. */
  dependencies?: readonly string[];
  /** Plugins whose api is used when they are on. */
  optional?: readonly string[];
  /** Permission → message key of its plain description. */
  permissions?: Readonly<Record<string, string>>;
  /** Default grants: role → permissions, of this plugin only. */
  roles?: Readonly<Record<string, readonly string[]>>;
  routes?: readonly Route[];
  refusals?: Refusals;
  /** Environment variable → joi schema: addresses and secrets. Read from `hms.config.settings`, checked with core's at the start. */
  settings?: Readonly<Record<string, Schema>>;
  /** Resources made by fhir's defineResource; core only carries them. */
  fhir?: readonly { readonly type: string }[];
  on?: Readonly<Record<string, Subscriber>>;
  /**
   * What it does for plugins that it names, inside their own transactions: name of the place → function, both as that plugin's
   * api.ts gives them. For what must be decided with the change; everything else is an event.
   */
  offers?: Readonly<Record<string, unknown>>;
  jobs?: Readonly<Record<string, Job>>;
  services?: Readonly<Record<string, Service>>;
  record?: Readonly<Record<string, RecordSection>>;
  demo?: (owner: Db, plan: DemoPlan) => Promise<void>;
  /** Runs as owner after each migration, with all plugins of the deployment: what must be there before the first request. */
  setUp?: (owner: Db, plugins: readonly Plugin[]) => Promise<void>;
  /** Sentence of a rule → query that must return no row. */
  invariants?: Readonly<Record<string, Query>>;
  navigation?: readonly NavItem[];
  /** Turns a bearer token into who asks; null when it is not this plugin's token. */
  authenticate?: (hms: Hms, token: string, request: Request) => Promise<Actor | null>;
  /** Whatever hapi offers beyond routes. */
  register?: (server: Server, hms: Hms) => Promise<void> | void;
}

export const definePlugin = (plugin: Plugin): Plugin => {
  if (!/^[a-z][a-z0-9-]*$/.test(plugin.name))
    throw new Error(`A plugin's name is lower case with dashes, not "${plugin.name}".`);
  return plugin;
};

/** Permission → message key of its description, of all of them. */
export const permissionsOf = (plugins: readonly Plugin[]): ReadonlyMap<string, string> =>
  new Map(plugins.flatMap((plugin) => Object.entries(plugin.permissions ?? {})));

/** The plugin's own PostgreSQL schema. */
export const schemaOf = (plugin: string): string => plugin.replaceAll('-', '_');

/** What the plugins that are on do at this place, dependencies first. */
export const offered = <Offer>(plugins: readonly Plugin[], place: string): Offer[] =>
  plugins.flatMap(({ offers }) => (offers?.[place] === undefined ? [] : [offers[place] as Offer]));
