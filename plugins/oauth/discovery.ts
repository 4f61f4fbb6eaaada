import type { Request } from '@hapi/hapi';
import { unauthorized } from '@hapi/boom';
import type { Hms } from '../../core/hms.ts';
import { headerOf, route } from '../../core/routes.ts';
import { findClaims } from './claims.ts';
import { oauthDb } from './provider.ts';
import { tokenEndpoint } from './settings.ts';
import { signingKeys } from './signing-keys.ts';
import { readOAuthToken } from './token.ts';

/** https://hl7.org/fhir/smart-app-launch/conformance.html */
const smartConfiguration = ({ config }: Hms) => ({
  issuer: config.origin,
  jwks_uri: `${config.origin}/oauth2/jwks`,
  authorization_endpoint: `${config.origin}/oauth2/auth`,
  token_endpoint: tokenEndpoint(config),
  introspection_endpoint: `${config.origin}/oauth2/introspect`,
  revocation_endpoint: `${config.origin}/oauth2/revoke`,
  grant_types_supported: ['authorization_code', 'client_credentials', 'refresh_token'],
  response_types_supported: ['code'],
  token_endpoint_auth_methods_supported: ['private_key_jwt', 'none'],
  token_endpoint_auth_signing_alg_values_supported: ['RS384', 'ES384'],
  code_challenge_methods_supported: ['S256'],
  scopes_supported: [
    ...['openid', 'fhirUser', 'online_access', 'offline_access', 'launch/patient'],
    ...['system/*.cruds', 'user/*.cruds', 'patient/*.cruds'],
  ],
  capabilities: [
    ...['launch-standalone', 'client-public', 'client-confidential-asymmetric', 'sso-openid-connect'],
    ...['context-standalone-patient', 'permission-offline', 'permission-online'],
    ...['permission-patient', 'permission-user', 'permission-v2'],
  ],
});

const userinfo = async (request: Request) => {
  const { hms } = request.server.app;
  const [, token] = /^Bearer ([\w-]+)$/i.exec(headerOf(request, 'authorization') ?? '') ?? [];
  const caller = token ? await readOAuthToken(hms, token) : null;
  const claims =
    caller?.userId && caller.scope.includes('openid') && (await findClaims(hms, caller.userId, caller.patientId));
  if (!claims) throw unauthorized('The token is not valid here', 'Bearer');
  const { fhirUser: _, ...rest } = claims;
  return caller.scope.includes('fhirUser') ? claims : rest;
};

const plain = (request: unknown): Request => request as Request;

export const discoveryRoutes = [
  route({
    method: 'GET',
    path: '/fhir/R4/.well-known/smart-configuration',
    options: {
      auth: false,
      app: { patientData: false, access: 'public', summary: 'SMART App Launch: where everything is' },
    },
    handler: (request, h) => h.response(smartConfiguration(plain(request).server.app.hms)).type('application/json'),
  }),
  route({
    method: 'GET',
    path: '/oauth2/jwks',
    options: {
      auth: false,
      app: { patientData: false, access: 'public', summary: 'The public keys of what is signed here' },
    },
    handler: async (request, h) => {
      const { hms } = plain(request).server.app;
      const { shown } = await signingKeys(oauthDb(hms), hms.config);
      return h.response({ keys: shown }).type('application/jwk-set+json');
    },
  }),
  route({
    method: 'GET',
    path: '/oauth2/userinfo',
    options: {
      auth: false,
      app: { patientData: false, access: 'public', summary: 'Who the person is in whose name a token was given' },
    },
    handler: (request) => userinfo(plain(request)),
  }),
];
