import type { Request } from '@hapi/hapi';
import Joi from 'joi';
import { z } from 'zod';
import { writeAudit } from '../../core/audit/write.ts';
import { sql, type Db } from '../../core/database.ts';
import { refuse } from '../../core/refuse.ts';
import { idParams, route } from '../../core/routes.ts';
import { itemsOf } from '../../core/shapes.ts';
import { endTokensOf, holds } from './artifacts.ts';
import { noteOf } from './consent.ts';
import { LetInApp } from './model.ts';
import { oauthDb } from './provider.ts';

const mostShown = 100;

/** What somebody has allowed and still holds, last allowed first. `boundTo`: the record in which they look. */
const listLetIn = (db: Db, userId: string, boundTo: string | null): Promise<readonly LetInApp[]> =>
  db.any(sql.type(LetInApp)`
    select k.id, c.name as app, k.scopes, k.offline, k.created_at as since, k.expires_at as until,
      k.bound_to is not distinct from ${boundTo}::uuid as this_record
    from oauth.consent k
    join oauth.client c on c.id = k.client_id and c.active
    join auth."user" u on u.id = k.user_id
    join auth.session s on s.id = k.session_id
    where k.user_id = ${userId} and ${holds}
    order by k.created_at desc, k.id
    limit ${mostShown}
  `);

/** Null: nothing of theirs. */
const findOwn = (tx: Db, userId: string, id: string) =>
  tx.maybeOne(sql.type(z.strictObject({ grantId: z.string(), clientId: z.uuid() }))`
    select grant_id, client_id from oauth.consent where id = ${id} and user_id = ${userId} for update
  `);

const own = { access: 'signed-in', patients: true, transaction: false } as const;
const actorOf = (request: { auth: unknown }) => (request as Request).auth.credentials.user!.actor;

export const letInRoutes = [
  route({
    method: 'GET',
    path: '/api/apps-let-in',
    options: {
      app: {
        patientData: false,
        ...own,
        summary: 'The apps that one has let in, for what, since when and until when; last let in first',
        response: itemsOf(LetInApp),
      },
    },
    handler: async (request) => {
      const { id, patientId = null } = actorOf(request);
      return { items: await listLetIn(oauthDb(request.server.app.hms), id!, patientId) };
    },
  }),
  route<{ Params: { id: string } }>({
    method: 'POST',
    path: '/api/apps-let-in/{id}/end',
    options: {
      validate: { params: idParams, payload: Joi.object({}) },
      app: {
        patientData: false,
        ...own,
        summary: 'Takes back what one has allowed an app: its tokens end at once',
        response: null,
      },
    },
    handler: async (request, h) => {
      const actor = actorOf(request);
      await oauthDb(request.server.app.hms).transaction(async (tx) => {
        const consent = await findOwn(tx, actor.id!, request.params.id);
        if (!consent) throw refuse('not_found');
        await endTokensOf(tx, { grantId: consent.grantId });
        await writeAudit(
          { ...tx, actor },
          request as unknown as Request,
          noteOf('app-put-out', { id: consent.clientId }),
        );
      });
      return h.response().code(204);
    },
  }),
];
