import Joi from 'joi';
import type { Db } from '../../../core/database.ts';
import type { Hms } from '../../../core/hms.ts';
import { isPlatform } from '../../../core/loader.ts';
import { say, type Locale } from '../../../core/messages.ts';
import type { WhoGives } from '../../../core/missing-permission.ts';
import { pageOf, pageQuery, readCursor } from '../../../core/paging.ts';
import { refuse } from '../../../core/refuse.ts';
import { dbOf, route } from '../../../core/routes.ts';
import { itemsOf, pageOfItems } from '../../../core/shapes.ts';
import { permissionsOfPatients } from './actions.ts';
import { Holder, OwnPermissions, Permission, type Grant, type RoleRow } from './model.ts';
import { listGivers, listGrants, listHolders, listRoles, type After } from './queries.ts';
import { localeFor, titleOf } from './routes.ts';

/** As many names as a sentence holds. */
const mostGivers = 3;

/** Every permission in words, with the words of the part that it belongs to, the hospital's before the platform's. */
const inWords = ({ plugins }: Hms, locale: Locale) =>
  [...plugins.filter((it) => !isPlatform(it)), ...plugins.filter(isPlatform)].flatMap((plugin) =>
    Object.entries(plugin.permissions ?? {}).map(([permission, key]) => ({
      permission,
      title: say(key, locale),
      plugin: say(plugin.title, locale),
    })),
  );

const titlesOf = (roles: readonly RoleRow[], locale: Locale): string[] => roles.map((role) => titleOf(role, locale));
const allow = (permission: string) => (role: { permissions: string[] }) => role.permissions.includes(permission);
const deny = (permission: string) => (role: { denied: string[] }) => role.denied.includes(permission);

/** What core says of a permission that was missing. */
export const whoGives: WhoGives = async (db, permission, locale) => {
  const roles = await listRoles(db);
  return { roles: titlesOf(roles.filter(allow(permission)), locale), people: await listGivers(db, mostGivers) };
};

/** The latest end of some grants: null when one of them has none. */
const latest = (grants: readonly Grant[]): string | null =>
  grants.some(({ until }) => until === null)
    ? null
    : grants.map(({ until }) => until!).reduce((a, b) => (Date.parse(a) > Date.parse(b) ? a : b));

/** Every permission as this person has it or not, and why. */
const ownPermissions = async (db: Db, hms: Hms, locale: Locale): Promise<OwnPermissions> => {
  const [roles, mine, people] = await Promise.all([
    listRoles(db),
    listGrants(db, db.actor.id!),
    listGivers(db, mostGivers + 1),
  ]);
  const byName = new Map(roles.map((role) => [role.name, role]));
  const ofPatients = permissionsOfPatients(hms);
  const mineWhere = (inForce: boolean, is: (role: RoleRow) => boolean) =>
    mine.filter((grant) => grant.inForce === inForce && is(byName.get(grant.role)!));
  const through = (grants: readonly Grant[]) =>
    grants.map((grant) => ({ title: titleOf(grant, locale), until: grant.until }));
  return {
    roles: mine.map((grant) => ({ ...grant, title: titleOf(grant, locale) })),
    items: inWords(hms, locale)
      .filter(({ permission }) => !ofPatients.has(permission))
      .map((it) => {
        const allowing = mineWhere(true, allow(it.permission));
        const denying = mineWhere(true, deny(it.permission));
        const held = allowing.length > 0 && denying.length === 0;
        return {
          ...it,
          held,
          until: held ? latest(allowing) : null,
          through: through(allowing),
          deniedBy: through(denying),
          ended: held ? [] : through(mineWhere(false, allow(it.permission))),
          allowedBy: titlesOf(roles.filter(allow(it.permission)), locale),
        };
      }),
    givers: people.slice(0, mostGivers),
    more: people.length > mostGivers,
  };
};

export const permissionRoutes = [
  route({
    method: 'GET',
    path: '/api/permissions',
    options: {
      auth: { scope: 'role:read' },
      app: {
        patientData: false,
        summary: 'Every permission in plain words, and which roles allow or deny it',
        response: itemsOf(Permission),
      },
    },
    handler: async (request) => {
      const { hms } = request.server.app;
      const locale = localeFor(request);
      const roles = await listRoles(dbOf(request));
      const ofPatients = permissionsOfPatients(hms);
      return {
        items: inWords(hms, locale).map((it) => ({
          ...it,
          ofPatients: ofPatients.has(it.permission),
          allowedBy: titlesOf(roles.filter(allow(it.permission)), locale),
          deniedBy: titlesOf(roles.filter(deny(it.permission)), locale),
        })),
      };
    },
  }),
  route<{ Params: { permission: string }; Query: { limit: number; cursor?: string } }>({
    method: 'GET',
    path: '/api/permissions/{permission}/holders',
    options: {
      auth: { scope: 'user:read' },
      validate: {
        params: Joi.object({
          permission: Joi.string()
            .pattern(/^[a-z-]+:[a-z-]+$/)
            .required(),
        }),
        query: Joi.object(pageQuery),
      },
      app: {
        patientData: false,
        summary: 'Who may do something, through which role, why and until when',
        response: pageOfItems(Holder),
      },
    },
    handler: async (request) => {
      const { permission } = request.params;
      const { limit, cursor } = request.query;
      if (!request.server.app.hms.permissions.has(permission)) throw refuse('not_found');
      const locale = localeFor(request);
      const holders = await listHolders(dbOf(request), permission, limit + 1, readCursor(cursor, 2) as After);
      return pageOf(
        holders.map((holder) => ({
          ...holder,
          through: holder.through.map((grant) => ({ ...grant, title: titleOf(grant, locale) })),
        })),
        limit,
        (last) => [last.displayName, last.userId],
      );
    },
  }),
  route({
    method: 'GET',
    path: '/api/auth/permissions',
    options: {
      app: {
        patientData: false,
        access: 'signed-in',
        summary: 'Why can I not? Every permission, whether and why one has it, and who can give it',
        response: OwnPermissions,
      },
    },
    handler: (request) => ownPermissions(dbOf(request), request.server.app.hms, localeFor(request)),
  }),
];
