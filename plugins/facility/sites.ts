import type { Request } from '@hapi/hapi';
import Joi from 'joi';
import { z } from 'zod';
import { sql, type Db } from '../../core/database.ts';
import { refuse } from '../../core/refuse.ts';
import { dbOf, idParams, route, uuid } from '../../core/routes.ts';
import { itemsOf } from '../../core/shapes.ts';

/*
 * Who works at which site. Under the policy `sites` that says whose records somebody sees, so it is given by somebody else.
 */
const Site = z.strictObject({ id: z.uuid(), name: z.string() }).meta({ id: 'Site' });
const Person = z.strictObject({ id: z.uuid(), displayName: z.string() });
const SiteOfUsers = Site.extend({ users: z.array(Person.meta({ id: 'SiteUser' })) }).meta({ id: 'SiteOfUsers' });
const AccessPolicy = z
  .strictObject({
    /** `OPENWARD_SEE`, as this hospital was started. */
    policy: z.enum(['open', 'sites', 'care-relation']),
    sites: z.array(SiteOfUsers),
  })
  .meta({ id: 'AccessPolicy' });

const listSites = (db: Db): Promise<readonly z.infer<typeof SiteOfUsers>[]> =>
  db.any(sql.type(SiteOfUsers)`
    select l.id, l.name, coalesce((
      select json_agg(json_build_object('id', u.id, 'displayName', u.display_name) order by u.display_name, u.id)
      from core.user_site s join auth."user" u on u.id = s.user_id
      where s.site_id = l.id and u.active
    ), '[]') as users
    from facility.location l
    where l.kind = 'site' and l.status = 'active'
    order by l.name, l.id
    limit 500
  `);

const sitesOf = (db: Db, userId: string): Promise<readonly z.infer<typeof Site>[]> =>
  db.any(sql.type(Site)`
    select l.id, l.name from core.user_site s join facility.location l on l.id = s.site_id where s.user_id = ${userId} order by l.name, l.id limit 500
  `);

/** @throws refusal site_unknown */
const putSites = async (tx: Db, userId: string, siteIds: readonly string[]): Promise<void> => {
  const wanted = sql.array([...siteIds], 'uuid');
  const known = await tx.any(sql.type(z.strictObject({ id: z.uuid() }))`
    select id from facility.location where kind = 'site' and id = any(${wanted})
  `);
  if (known.length !== siteIds.length) throw refuse('site_unknown');
  await tx.query(sql.unsafe`delete from core.user_site where user_id = ${userId} and site_id <> all(${wanted})`);
  await tx.query(sql.unsafe`
    insert into core.user_site (user_id, site_id) select ${userId}, unnest(${wanted}) on conflict do nothing
  `);
};

const userThere = (db: Db, id: string): Promise<unknown> =>
  db.one(sql.type(z.strictObject({ id: z.uuid() }))`select id from auth."user" where id = ${id} and not patient_only`);

export const siteRoutes = [
  route({
    method: 'GET',
    path: '/api/access-policy',
    options: {
      auth: { scope: 'user:read' },
      app: {
        patientData: false,
        summary: 'By which rule people see records in this hospital, and who works at which site',
        response: AccessPolicy,
      },
    },
    handler: async (request) => ({
      policy: request.server.app.hms.config.seePolicy,
      sites: [...(await listSites(dbOf(request)))],
    }),
  }),
  route<{ Params: { id: string } }>({
    method: 'GET',
    path: '/api/users/{id}/sites',
    options: {
      auth: { scope: 'user:read' },
      validate: { params: idParams },
      app: { patientData: false, summary: 'The sites at which a user works', response: itemsOf(Site) },
    },
    handler: async (request) => {
      await userThere(dbOf(request), request.params.id);
      return { items: await sitesOf(dbOf(request), request.params.id) };
    },
  }),
  route<{ Params: { id: string }; Payload: { siteIds: string[] } }>({
    method: 'PUT',
    path: '/api/users/{id}/sites',
    options: {
      auth: { scope: 'user:write' },
      validate: {
        params: idParams,
        payload: Joi.object({ siteIds: Joi.array().items(uuid()).unique().max(500).required() }),
      },
      app: {
        patientData: false,
        recent: true,
        summary: 'Says at which sites a user works; never one’s own',
        response: itemsOf(Site),
        audit: (_result, request) => ({
          object: `User/${request.params.id}`,
          detail: `sites ${(request.payload as { siteIds: string[] }).siteIds.join(' ')}`.slice(0, 500),
        }),
      },
    },
    handler: async (request) => {
      const { id } = request.params;
      if ((request as unknown as Request).auth.credentials.user?.actor.id === id) throw refuse('access_own');
      const tx = dbOf(request);
      await userThere(tx, id);
      await putSites(tx, id, request.payload.siteIds);
      return { items: await sitesOf(tx, id) };
    },
  }),
];
