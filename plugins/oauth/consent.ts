import type { Request } from '@hapi/hapi';
import Joi from 'joi';
import { service } from '../../core/actor.ts';
import { writeAudit } from '../../core/audit/write.ts';
import type { Hms } from '../../core/hms.ts';
import { refuse } from '../../core/refuse.ts';
import { route } from '../../core/routes.ts';
import { findAlive } from '../auth/api.ts';
import { insertConsent } from './artifacts.ts';
import { AppRequest, GoesOn } from './model.ts';
import { libraryOf, oauthDb } from './provider.ts';
import { findClient } from './queries.ts';
import { isIdentityScope, readScope } from './scopes.ts';
import { fhirBase, offlineLifetime } from './settings.ts';

type Params = { uid: string };
const params = Joi.object({
  uid: Joi.string()
    .pattern(/^[\w-]{10,64}$/, 'an id')
    .required(),
});
const online = 12 * 3600;

/** What this person can give: staff what is theirs, who sees one record that record. The rest of what was asked for falls away. */
export const givable = (asked: readonly string[], isPatient: boolean): string[] =>
  asked.filter((text) => {
    const level = readScope(text)?.level;
    if (level) return level === (isPatient ? 'patient' : 'user');
    return text !== 'launch/patient' || isPatient;
  });

/** The request of an app that this browser came with. @throws refusal app_request_over */
const find = async (hms: Hms, request: Request, uid: string) => {
  const library = await libraryOf(hms);
  const { req, res } = request.raw;
  const details = await library.interactionDetails(req, res).catch(() => null);
  const client = details?.uid === uid ? await findClient(oauthDb(hms), String(details.params.client_id)) : null;
  if (!details || !client?.active) throw refuse('app_request_over');
  const actor = request.auth.credentials!.user!.actor;
  const asked = String(details.params.scope ?? '').split(' ');
  const scopes = givable(asked, actor.kind === 'patient');
  return { library, details, client, actor, asked, scopes };
};

export const noteOf = (what: string, { id }: { id: string }, scope = '') => ({
  action: 'E' as const,
  object: `Client/${id}`,
  detail: `${what} ${scope}`.trim().slice(0, 400),
});

/** A path of ours, whatever the library takes for our address. */
const pathOf = (address: string): string => new URL(address).pathname;

const look = route<{ Params: Params }>({
  method: 'GET',
  path: '/api/app-requests/{uid}',
  options: {
    validate: { params },
    app: {
      patientData: false,
      access: 'signed-in',
      patients: true,
      response: AppRequest,
      summary: 'Which app asks this person to let it in, and for what',
    },
  },
  handler: async (request): Promise<AppRequest> => {
    const plain = request as unknown as Request;
    const { details, client, actor, scopes } = await find(plain.server.app.hms, plain, request.params.uid);
    return {
      app: client.name,
      returnsTo: new URL(String(details.params.redirect_uri)).host,
      scopes,
      ownRecord: actor.kind === 'patient',
    };
  },
});

const allow = route<{ Params: Params }>({
  method: 'POST',
  path: '/api/app-requests/{uid}/allow',
  options: {
    validate: { params },
    app: {
      patientData: false,
      access: 'signed-in',
      patients: true,
      recent: true,
      transaction: false,
      response: GoesOn,
      summary: 'Lets the app in, in the name of who is signed in',
    },
  },
  handler: async (request) => {
    const plain = request as unknown as Request;
    const { hms } = plain.server.app;
    const { library, client, actor, asked, scopes } = await find(hms, plain, request.params.uid);
    if (!scopes.some((text) => readScope(text) ?? text === 'openid')) throw refuse('app_request_empty');
    const session = await findAlive(hms.db(service('oauth')), actor.sessionId!, actor.id!);
    if (!session) throw refuse('session_over', { reason: 'unknown' });
    const base = fhirBase(hms.config);
    const grant = new library.Grant({ accountId: actor.id!, clientId: client.id });
    grant.addOIDCScope(asked.filter(isIdentityScope).join(' '));
    grant.addResourceScope(base, scopes.join(' '));
    const rest = asked.filter((text) => !scopes.includes(text));
    if (rest.length > 0) grant.rejectResourceScope(base, rest.join(' '));
    const grantId = await grant.save();
    const offline = scopes.includes('offline_access');
    await insertConsent(oauthDb(hms), {
      grantId,
      clientId: client.id,
      userId: actor.id!,
      sessionId: actor.sessionId!,
      boundTo: session.boundTo,
      scopes,
      offline,
      seconds: offline ? offlineLifetime(hms.config) : online,
    });
    await writeAudit({ ...oauthDb(hms), actor }, plain, noteOf('app-let-in', client, scopes.join(' ')));
    const { req, res } = plain.raw;
    const result = { login: { accountId: actor.id!, remember: false }, consent: { grantId } };
    return { path: pathOf(await library.interactionResult(req, res, result, { mergeWithLastSubmission: false })) };
  },
});

const deny = route<{ Params: Params }>({
  method: 'POST',
  path: '/api/app-requests/{uid}/deny',
  options: {
    validate: { params },
    app: {
      patientData: false,
      access: 'signed-in',
      patients: true,
      transaction: false,
      response: GoesOn,
      summary: 'Lets the app not in: it hears that the person has said no',
    },
  },
  handler: async (request) => {
    const plain = request as unknown as Request;
    const { hms } = plain.server.app;
    const { library, client, actor } = await find(hms, plain, request.params.uid);
    await writeAudit({ ...oauthDb(hms), actor }, plain, noteOf('app-not-let-in', client));
    const { req, res } = plain.raw;
    const result = { error: 'access_denied', error_description: 'the person has said no' };
    return { path: pathOf(await library.interactionResult(req, res, result, { mergeWithLastSubmission: false })) };
  },
});

export const consentRoutes = [look, allow, deny];
