import type { Configuration, KoaContextWithOIDC } from 'oidc-provider';
import { service } from '../../core/actor.ts';
import type { Db } from '../../core/database.ts';
import type { Hms } from '../../core/hms.ts';
import { artifactsOf, findBinding } from './artifacts.ts';
import { findClaims } from './claims.ts';
import { errors, Provider } from './library.ts';
import type { ClientRow } from './model.ts';
import { findClient } from './queries.ts';
import { isWithin, narrow, readScope, resourceScopes } from './scopes.ts';
import { fhirBase, keyFor, offlineLifetime, tokenEndpoint, tokenLifetime } from './settings.ts';
import { signingKeys, signingKids } from './signing-keys.ts';

export type { Provider } from 'oidc-provider';
type Library = InstanceType<typeof Provider>;

export const oauthDb = (hms: Hms): Db => hms.db(service('oauth'));

/** FHIR types that somebody serves here. */
export const servedTypes = (hms: Hms): ReadonlySet<string> =>
  new Set(hms.plugins.flatMap(({ fhir = [] }) => fhir.map(({ type }) => type)));

/** Seconds that clocks may differ. */
const skew = 5;
const online = 12 * 3600;
/** Seconds in which somebody signs in and says yes or no. */
const patience = 600;

/** As the library wants to read it. Undefined: there is none, or it is switched off. */
const asMetadata = ({ id, name, kind, redirectUris, keys }: ClientRow): Record<string, unknown> => ({
  client_id: id,
  client_name: name,
  id_token_signed_response_alg: 'RS256',
  ...(keys.length > 0
    ? { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys } }
    : { token_endpoint_auth_method: 'none' }),
  ...(kind === 'service'
    ? { grant_types: ['client_credentials'], response_types: [], redirect_uris: [] }
    : { grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'], redirect_uris: redirectUris }),
});

const isId = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
const findActive = async (db: Db, id: string): Promise<ClientRow | null> => {
  const client = isId(id) ? await findClient(db, id) : null;
  return client?.active ? client : null;
};

const clientsOf = (db: Db) => ({
  ...artifactsOf(db, 'Client'),
  find: async (id: string) => {
    const client = await findActive(db, id);
    return client ? (asMetadata(client) as never) : undefined;
  },
});

/** Of a request for scopes: what the client may have of it. @throws InvalidScope for what nobody knows or it may not have */
const grantable = (hms: Hms, client: ClientRow, asked: string | undefined): string => {
  const wanted = (asked ?? '').split(' ').filter(Boolean);
  if (wanted.length === 0) throw new errors.InvalidScope('say which scopes', '');
  const types = servedTypes(hms);
  const unknown = wanted.filter((text) => {
    const type = readScope(text)?.type;
    return type !== undefined && type !== '*' && !types.has(type);
  });
  const { granted, refused } = narrow(wanted, client.scopes);
  const no = [...new Set([...unknown, ...refused])];
  if (no.length > 0)
    throw new errors.InvalidScope('unknown, written otherwise, or not allowed for this client', no.join(' '));
  return granted.join(' ');
};

/** Where scopes are asked for they are narrowed; where a token comes of an earlier yes, what is no longer allowed falls away. */
const scopeAt = async (hms: Hms, ctx: KoaContextWithOIDC, clientId: string): Promise<string> => {
  const client = await findActive(oauthDb(hms), clientId);
  if (!client) throw new errors.InvalidClient('client is switched off', '');
  const { params, route, entities } = ctx.oidc;
  const asks = route === 'authorization' || params?.grant_type === 'client_credentials';
  if (!asks)
    return (entities.Grant?.getResourceScope(fhirBase(hms.config)) ?? String(params?.scope ?? ''))
      .split(' ')
      .filter((text) => isWithin(text, client.scopes))
      .join(' ');
  const scope = grantable(hms, client, params?.scope as string | undefined);
  params!.scope = scope;
  return scope;
};

/** RFC 7523 and SMART: five minutes at most, for our token endpoint alone, and it says which key signed it. */
const assertAssertion = (
  hms: Hms,
  claims: { exp?: unknown; aud?: unknown; sub?: unknown },
  header: { kid?: unknown; crit?: unknown },
): void => {
  if (claims.aud !== tokenEndpoint(hms.config))
    throw new errors.InvalidClientAuth('aud must be the token endpoint and nothing else');
  if (typeof claims.exp !== 'number' || claims.exp > Date.now() / 1000 + tokenLifetime + skew)
    throw new errors.InvalidClientAuth('exp must not be more than five minutes ahead');
  if (typeof header.kid !== 'string') throw new errors.InvalidClientAuth('kid must name the key');
};

const configurationOf = (hms: Hms, jwk: object): Configuration => {
  const { config } = hms;
  const db = oauthDb(hms);
  const base = fhirBase(config);
  return {
    adapter: (kind: string) => (kind === 'Client' ? clientsOf(db) : artifactsOf(db, kind)),
    jwks: { keys: [jwk as never] },
    routes: {
      authorization: '/oauth2/auth',
      token: '/oauth2/token',
      introspection: '/oauth2/introspect',
      revocation: '/oauth2/revoke',
      jwks: '/oauth2/jwks',
      userinfo: '/oauth2/userinfo',
      end_session: '/oauth2/end',
    },
    scopes: ['openid', 'fhirUser', 'online_access', 'offline_access', 'launch/patient'],
    claims: { openid: ['sub', 'name'], fhirUser: ['fhirUser'], auth_time: null },
    responseTypes: ['code'],
    discovery: { userinfo_endpoint: `${config.origin}/oauth2/userinfo` },
    clientAuthMethods: ['private_key_jwt', 'none'],
    enabledJWA: { clientAuthSigningAlgValues: ['RS384', 'ES384'], idTokenSigningAlgValues: ['RS256'] },
    clockTolerance: skew,
    pkce: { required: () => true },
    features: {
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      userinfo: { enabled: false }, // the library gives it for tokens without an audience; ours have one
      clientCredentials: { enabled: true },
      introspection: {
        enabled: true,
        // Of one's own tokens, and only who has proved who it is.
        allowedPolicy: (_ctx, client, token) =>
          client.clientAuthMethod !== 'none' && token.clientId === client.clientId,
      },
      revocation: { enabled: true, allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => base,
        useGrantedResource: () => true,
        getResourceServerInfo: async (ctx, resource, client) => {
          if (resource !== base) throw new errors.InvalidTarget('there is no other resource than FHIR here');
          // Not a JWT: a token that is looked up can be taken back at once, and tells its reader nothing.
          return {
            audience: base,
            scope: await scopeAt(hms, ctx, client.clientId),
            accessTokenFormat: 'opaque',
            accessTokenTTL: tokenLifetime,
          };
        },
      },
    },
    extraParams: {
      // SMART: the app says for which FHIR server it asks, so that it hands our token to nobody else.
      aud: (ctx, value) => {
        const asked = resourceScopes(String(ctx.oidc.params?.scope ?? '').split(' '));
        if (value === undefined ? asked.length > 0 : value !== base)
          throw new errors.InvalidRequest('aud must be our FHIR base');
      },
    },
    ttl: {
      AccessToken: tokenLifetime,
      ClientCredentials: tokenLifetime,
      IdToken: tokenLifetime,
      AuthorizationCode: 60,
      Interaction: patience,
      Session: 60,
      Grant: offlineLifetime(config),
      // From the first one on, however often it was replaced.
      RefreshToken: (_ctx, token) => {
        const lifetime = token.scopes.has('offline_access') ? offlineLifetime(config) : online;
        const begun = (token as { iiat?: number }).iiat ?? Math.floor(Date.now() / 1000);
        return Math.max(1, begun + lifetime - Math.floor(Date.now() / 1000));
      },
    },
    issueRefreshToken: (_ctx, client, source) =>
      client.grantTypeAllowed('refresh_token') &&
      (source.scopes.has('offline_access') || source.scopes.has('online_access')),
    rotateRefreshToken: () => true,
    expiresWithSession: () => false, // that of the house decides: artifacts.ts
    clientBasedCORS: (_ctx, origin, client) =>
      (client.redirectUris ?? []).some((uri) => URL.parse(uri)?.origin === origin),
    findAccount: async (ctx, id, token) => {
      // Of a token, or of the yes that was just said.
      const grantId = (token as { grantId?: string } | undefined)?.grantId ?? ctx.oidc.result?.consent?.grantId;
      const claims = await findClaims(hms, id, grantId === undefined ? null : await findBinding(db, grantId));
      return claims ? { accountId: id, claims: () => Promise.resolve(claims) } : undefined;
    },
    assertJwtClientAuthClaimsAndHeader: (_ctx, claims, header) => assertAssertion(hms, claims, header),
    interactions: { url: (_ctx, interaction) => `/connect/${interaction.uid}` },
    cookies: {
      names: { session: 'openward-oauth', interaction: 'openward-connect', resume: 'openward-connect-back' },
      keys: [keyFor(config, 'cookies')],
      long: { httpOnly: true, sameSite: 'lax', signed: true, path: '/oauth2' },
      short: { httpOnly: true, sameSite: 'lax', signed: true, path: '/' },
    },
    renderError: (ctx, out) => {
      // Nobody who came by a browser can go back: the page of ours says so. Everything else is in RFC form.
      if (ctx.oidc?.route === 'authorization' || ctx.oidc?.route === 'resume')
        ctx.redirect(`/connect/refused?error=${encodeURIComponent(out.error)}`);
      else ctx.body = out;
    },
  };
};

/** Its page that sends itself needs a script in it, which our policy refuses. */
const withoutForms = (library: Library): void => {
  library.use(async (ctx, next) => {
    if (ctx.path === '/oauth2/auth' && ctx.query.response_mode === 'form_post')
      return ctx.redirect('/connect/refused?error=unsupported_response_mode');
    await next();
    if (ctx.path === '/.well-known/openid-configuration' && ctx.status === 200)
      (ctx.body as Record<string, unknown>).response_modes_supported = ['query', 'fragment'];
  });
};

/** SMART: whose record it is about stands beside the token. */
const addPatient = (hms: Hms, library: Library): void => {
  library.use(async (ctx, next) => {
    await next();
    const { oidc } = ctx as unknown as KoaContextWithOIDC;
    const grantId = ctx.path === '/oauth2/token' && ctx.status === 200 ? oidc.entities.Grant?.jti : undefined;
    const patient = grantId && (await findBinding(oauthDb(hms), grantId));
    if (patient) (ctx.body as Record<string, unknown>).patient = patient;
  });
};

interface Opened {
  library: Library;
  kids: string;
}
const opened = new WeakMap<Hms, Opened>();

/** The library, with the key that signs now: made anew when that has changed, on whatever process. */
export const libraryOf = async (hms: Hms): Promise<Library> => {
  const known = opened.get(hms);
  const kids = (await signingKids(oauthDb(hms))).join(' ');
  if (known && kids === known.kids) return known.library;
  const { signs, shown } = await signingKeys(oauthDb(hms), hms.config);
  const library = new Provider(hms.config.origin, configurationOf(hms, signs));
  library.proxy = true; // the door writes the headers of a proxy itself: door.ts
  withoutForms(library);
  addPatient(hms, library);
  library.on('server_error', (_ctx, error) => hms.log.error({ err: error as Error }, 'unexpected error in OAuth'));
  opened.set(hms, { library, kids: shown.map(({ kid }) => kid).join(' ') });
  return library;
};
