import { z } from 'zod';
import { may } from './access.ts';
import { hospitalClock } from './clock.ts';
import type { Hms } from './hms.ts';
import { isPlatform } from './loader.ts';
import { localeOf, say } from './messages.ts';
import { dbOf, headerOf, route, type Route } from './routes.ts';
import { Instant } from './shapes.ts';

const Platform = z
  .strictObject({
    hospital: z.string(),
    plugins: z.array(z.strictObject({ name: z.string(), title: z.string() })),
    navigation: z.array(
      z
        .strictObject({
          id: z.string(),
          plugin: z.string(),
          title: z.string(),
          path: z.string(),
          icon: z.string(),
          group: z.string().optional(),
          order: z.number(),
        })
        .meta({ id: 'NavItem' }),
    ),
    permissions: z.array(z.string()),
    user: z.strictObject({ id: z.uuid().nullable(), displayName: z.string() }),
    locale: z.string(),
    zone: z.string(),
    currency: z.string(),
    demo: z.boolean(),
    /** Whose records people see: OPENWARD_SEE. */
    see: z.enum(['open', 'sites', 'care-relation']),
    now: Instant,
    /** How fast the hospital's clock runs: 1, except in tests and on demo days. */
    clockSpeed: z.number(),
  })
  .meta({ id: 'Platform' });

/** What is switched on, and of it what this person may do: the menu comes from the same table as the refusals. */
export const platformRoutes = (hms: Hms): Route[] => [
  route({
    method: 'GET',
    path: '/api/platform',
    options: {
      app: {
        patientData: false,
        access: 'signed-in',
        patients: true,
        response: Platform,
        summary: 'Enabled plugins, menu and permissions of the signed-in person',
      },
    },
    handler: async (request): Promise<z.infer<typeof Platform>> => {
      const { actor } = request.auth.credentials.user!;
      const locale = localeOf(headerOf(request, 'accept-language'));
      const { now, speed: clockSpeed } = await hospitalClock(dbOf(request));
      return {
        hospital: hms.config.hospital,
        plugins: hms.plugins
          .filter((plugin) => !isPlatform(plugin))
          .map(({ name, title }) => ({ name, title: say(title, locale) })),
        navigation: hms.plugins
          .flatMap((plugin) =>
            (plugin.navigation ?? [])
              .filter(({ permission, needs = [] }) => [permission, ...needs].every((it) => may(actor, it)))
              .map(({ permission: _, needs: __, ...item }) => ({ ...item, plugin: plugin.name })),
          )
          .sort((a, b) => a.order - b.order),
        permissions: [...actor.permissions].sort(),
        user: { id: actor.id, displayName: actor.displayName },
        locale,
        zone: hms.config.zone,
        currency: hms.config.currency,
        demo: hms.config.demo,
        see: hms.config.seePolicy,
        now,
        clockSpeed,
      };
    },
  }),
];
