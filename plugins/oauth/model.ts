import Joi from 'joi';
import { z } from 'zod';
import { text } from '../../core/routes.ts';
import { Instant } from '../../core/shapes.ts';

/** A system that works by itself, or an app in which people sign in. */
export const kinds = ['service', 'app'] as const;

const Key = z.looseObject({ kid: z.string(), kty: z.enum(['RSA', 'EC']), alg: z.enum(['RS384', 'ES384']) });

export const ClientRow = z.strictObject({
  id: z.uuid(),
  name: z.string(),
  kind: z.enum(kinds),
  scopes: z.array(z.string()),
  redirectUris: z.array(z.string()),
  keys: z.array(Key),
  active: z.boolean(),
  createdAt: Instant,
  version: z.int(),
});
export type ClientRow = z.infer<typeof ClientRow>;

/** A client system as it is shown: of its keys only what tells one from another. */
export const Client = ClientRow.omit({ keys: true })
  .extend({ keys: z.array(z.strictObject({ kid: z.string(), alg: z.string() })) })
  .meta({ id: 'ClientSystem' });
export type Client = z.infer<typeof Client>;

export const shown = ({ keys, ...it }: ClientRow): Client => ({
  ...it,
  keys: keys.map(({ kid, alg }) => ({ kid, alg })),
});

/** Scopes, addresses and keys come as people write them; what is wrong with one of them is said under its name. */
export interface NewClient {
  name: string;
  kind: (typeof kinds)[number];
  scopes: string[];
  redirectUris?: string[];
  keys?: string;
}
const scopes = Joi.array().items(Joi.string().max(200)).max(100);
const redirectUris = Joi.array().items(Joi.string().max(500)).max(10);
const keys = Joi.string().allow('').max(30_000);

export const NewClient = Joi.object<NewClient>({
  name: text(120).required(),
  kind: Joi.string()
    .valid(...kinds)
    .required(),
  scopes: scopes.required(),
  redirectUris,
  keys,
});

/** What is left out stays. New keys take the place of all before them. */
export interface ChangedClient {
  name?: string;
  scopes?: string[];
  redirectUris?: string[];
  keys?: string;
  active?: boolean;
}
export const ChangedClient = Joi.object<ChangedClient>({
  name: text(120),
  scopes,
  redirectUris,
  keys,
  active: Joi.boolean(),
}).min(1);

/** What a person is asked before an app gets in. */
export const AppRequest = z
  .strictObject({
    app: z.string(),
    /** Where the browser goes afterwards. */
    returnsTo: z.string(),
    /** What this person can give of what was asked for. */
    scopes: z.array(z.string()),
    /** For whose record, where the person sees nothing but one. */
    ownRecord: z.boolean(),
  })
  .meta({ id: 'AppRequest' });
export type AppRequest = z.infer<typeof AppRequest>;

/** Where the browser goes on, a path of ours. */
export const GoesOn = z.strictObject({ path: z.string() }).meta({ id: 'AppRequestGoesOn' });

/** An app that somebody has let in. */
export const LetInApp = z
  .strictObject({
    id: z.uuid(),
    app: z.string(),
    scopes: z.array(z.string()),
    /** It may go on after the session in which it was let in. */
    offline: z.boolean(),
    /** For somebody who sees one record at a time: it is about the one in which they are now. */
    thisRecord: z.boolean(),
    since: Instant,
    until: Instant,
  })
  .meta({ id: 'LetInApp' });
export type LetInApp = z.infer<typeof LetInApp>;
