import type { Request } from '@hapi/hapi';
import { service } from './actor.ts';
import type { Db } from './database.ts';
import type { Problem } from './errors.ts';
import type { Hms } from './hms.ts';
import { localeOf, say, type Locale } from './messages.ts';
import { offered } from './plugin.ts';
import { headerOf } from './routes.ts';

/** The place where a plugin says who could give a permission: titles of roles that hold it, names of people who give roles. */
export const whoGivesPlace = 'core.who-gives-permission';
export type WhoGives = (
  db: Db,
  permission: string,
  locale: Locale,
) => Promise<{ roles: readonly string[]; people: readonly string[] }>;

/**
 * Whoever is refused for want of a permission reads its plain words and who can give it. It follows from the permission alone,
 * never from what was asked about: so it says nothing of a record that is hidden.
 */
export const explainMissing = async (hms: Hms, request: Request, problem: Problem): Promise<Problem> => {
  const permission = problem.permission;
  const key = typeof permission === 'string' ? hms.permissions.get(permission) : undefined;
  // Who sees nothing but a record learns nothing about those who work here.
  if (problem.status !== 403 || key === undefined || request.auth.credentials?.user?.actor.kind !== 'user')
    return problem;
  const locale = localeOf(headerOf(request, 'accept-language'));
  const title = say(key, locale);
  const given = await Promise.all(
    offered<WhoGives>(hms.plugins, whoGivesPlace).map((whoGives) =>
      whoGives(hms.db(service('core')), permission as string, locale),
    ),
  ).catch((error: unknown) => {
    hms.log.warn({ err: error as Error }, 'who could give a permission is not known');
    return [];
  });
  const people = given.flatMap((it) => it.people);
  const roles = given.flatMap((it) => it.roles);
  const names = new Intl.ListFormat(locale, { type: 'disjunction' }).format(people);
  const sentence = people.length > 0 ? 'refusal_permission_missing_ask' : 'refusal_permission_missing_title';
  return {
    ...problem,
    ...(problem.type === '/problems/permission-missing'
      ? { detail: say(sentence, locale, { title, permission, names }) }
      : {}),
    permissionTitle: title,
    roles,
    givers: people,
  };
};
