import type { Request } from '@hapi/hapi';
import Joi from 'joi';
import type { Hms } from '../../../core/hms.ts';
import { localeOf, say, type Locale } from '../../../core/messages.ts';
import { pageOf, pageQuery, readCursor } from '../../../core/paging.ts';
import { dbOf, headerOf, ifMatch, route, versioned } from '../../../core/routes.ts';
import { itemsOf, pageOfItems } from '../../../core/shapes.ts';
import { changeRole, createRole, difference, isFixed, removeRole } from './actions.ts';
import { ChangedRole, Member, NewRole, Role, roleParams, RoleTitle, type RoleRow } from './model.ts';
import { getRole, listMembers, listRoles, type After } from './queries.ts';

/** Words of a role that ships; of one made here what its people call it. */
export const titleOf = ({ title, own }: { title: string; own: boolean }, locale: Locale): string =>
  own ? title : say(title, locale);

export const localeFor = (request: { headers: Record<string, unknown> }): Locale =>
  localeOf(headerOf(request, 'accept-language'));

/** As everybody reads it: in their language, and without what belongs to parts that are switched off. */
const shown = ({ id: _, ...role }: RoleRow, hms: Hms, locale: Locale): Role => ({
  ...role,
  title: titleOf(role, locale),
  permissions: role.permissions.filter((permission) => hms.permissions.has(permission)),
  denied: role.denied.filter((permission) => hms.permissions.has(permission)),
  fixed: isFixed(role.name),
});

/** Title and permissions before and after stand in the audit. */
const changes = new WeakMap<Request, string>();
const said = (what: string) => (result: unknown, request: Request) => {
  const name = (request.params.name as string | undefined) ?? (result as Role).name;
  return { object: `Role/${name}`, detail: [what, changes.get(request)].filter(Boolean).join(': ') };
};
const nothing: ChangedRole = { permissions: [], denied: [], secondFactor: false };

export const roleRoutes = [
  route({
    method: 'GET',
    path: '/api/roles',
    options: {
      auth: { scope: 'role:read' },
      app: { patientData: false, summary: 'The roles, and what each may do', response: itemsOf(Role) },
    },
    handler: async (request) => {
      const { hms } = request.server.app;
      return { items: (await listRoles(dbOf(request))).map((role) => shown(role, hms, localeFor(request))) };
    },
  }),
  route({
    method: 'GET',
    path: '/api/role-titles',
    options: {
      auth: { scope: 'user:read' },
      app: { patientData: false, summary: 'What the roles are called', response: itemsOf(RoleTitle) },
    },
    handler: async (request) => ({
      items: (await listRoles(dbOf(request))).map(({ name, own, title }) => ({
        name,
        own,
        title: titleOf({ own, title }, localeFor(request)),
        fixed: isFixed(name),
      })),
    }),
  }),
  route<{ Payload: NewRole }>({
    method: 'POST',
    path: '/api/roles',
    options: {
      auth: { scope: 'role:write' },
      validate: { payload: NewRole },
      app: {
        patientData: false,
        recent: true,
        summary: 'Makes a role of one’s own of permissions',
        audit: said('role made'),
        response: Role,
      },
    },
    handler: async (request, h) => {
      const { hms } = request.server.app;
      const role = await createRole(dbOf(request), hms, request.payload);
      changes.set(request as unknown as Request, difference(nothing, role));
      return versioned(h, shown(role, hms, localeFor(request)))
        .code(201)
        .location(`/api/roles/${role.name}`);
    },
  }),
  route<{ Params: { name: string } }>({
    method: 'GET',
    path: '/api/roles/{name}',
    options: {
      auth: { scope: 'role:read' },
      validate: { params: roleParams },
      app: { patientData: false, summary: 'One role, and what it may do', response: Role },
    },
    handler: async (request, h) =>
      versioned(
        h,
        shown(await getRole(dbOf(request), request.params.name), request.server.app.hms, localeFor(request)),
      ),
  }),
  route<{ Params: { name: string }; Payload: ChangedRole }>({
    method: 'PUT',
    path: '/api/roles/{name}',
    options: {
      auth: { scope: 'role:write' },
      validate: { params: roleParams, payload: ChangedRole },
      app: {
        patientData: false,
        recent: true,
        versioned: true,
        summary: 'Changes what a role may do, whether it needs a second factor, and of an own one its title',
        audit: said('role changed'),
        response: Role,
      },
    },
    handler: async (request, h) => {
      const { hms } = request.server.app;
      const { before, after } = await changeRole(
        dbOf(request),
        hms,
        request.params.name,
        ifMatch(request),
        request.payload,
      );
      changes.set(request as unknown as Request, difference(before, after));
      return versioned(h, shown(after, hms, localeFor(request)));
    },
  }),
  route<{ Params: { name: string } }>({
    method: 'DELETE',
    path: '/api/roles/{name}',
    options: {
      auth: { scope: 'role:write' },
      validate: { params: roleParams },
      app: {
        patientData: false,
        recent: true,
        versioned: true,
        summary: 'Deletes a role that was made here; whoever has it has it no longer',
        audit: said('role deleted'),
        response: null,
      },
    },
    handler: async (request, h) => {
      const role = await removeRole(dbOf(request), request.server.app.hms, request.params.name, ifMatch(request));
      changes.set(request as unknown as Request, `“${role.title}”`);
      return h.response().code(204);
    },
  }),
  route<{ Params: { name: string }; Query: { limit: number; cursor?: string } }>({
    method: 'GET',
    path: '/api/roles/{name}/members',
    options: {
      auth: { scope: 'user:read' },
      validate: { params: roleParams, query: Joi.object(pageQuery) },
      app: {
        patientData: false,
        summary: 'Who has a role, why, by whom and until when',
        response: pageOfItems(Member),
      },
    },
    handler: async (request) => {
      const { limit, cursor } = request.query;
      const role = await getRole(dbOf(request), request.params.name);
      const members = await listMembers(dbOf(request), role.name, limit + 1, readCursor(cursor, 2) as After);
      return pageOf(members, limit, (last) => [last.displayName, last.userId]);
    },
  }),
];
