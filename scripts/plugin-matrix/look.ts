import { z } from 'zod';
import { sql } from '../../core/database.ts';
import type { LoadedPlugin } from '../../core/loader.ts';
import { schemaOf } from '../../core/plugin.ts';
import type { TestHms } from '../../test/hms.ts';

/** What of the plugins that are off can be found in this hospital: nothing, if all is well. */
export const tracesOfOthers = async (
  { hms, db, as, anonymous }: TestHms,
  all: readonly LoadedPlugin[],
): Promise<string[]> => {
  const on = new Set(hms.plugins.map(({ name }) => name));
  const off = all.filter(({ name }) => !on.has(name));
  const schemas = await db.anyFirst(
    sql.type(z.object({ name: z.string() }))`select nspname::text as name from pg_namespace`,
  );
  const { body: metadata } = await anonymous.get('/fhir/R4/metadata');
  const types = (metadata.rest[0].resource as { type: string }[]).map(({ type }) => type);
  const admin = await as('admin');
  const { body: platform } = await admin.get('/api/platform');
  const menu = (platform.navigation as { id: string }[]).map(({ id }) => id);
  const routes = new Set(hms.server.table().map(({ method, path }) => `${method} ${path}`.toLowerCase()));
  return off.flatMap((plugin) => [
    ...schemas.filter((name) => name === schemaOf(plugin.name)).map((name) => `schema ${name}`),
    ...(plugin.routes ?? [])
      .map(({ method, path }) => `${method} ${path}`)
      .filter((route) => routes.has(route.toLowerCase())),
    ...(plugin.fhir ?? []).map(({ type }) => type).filter((type) => types.includes(type)),
    ...Object.keys(plugin.permissions ?? {}).filter((permission) => hms.permissions.has(permission)),
    ...(plugin.navigation ?? [])
      .map(({ id }) => id)
      .filter((id) => menu.includes(id))
      .map((id) => `menu ${id}`),
  ]);
};

/** Rules that do not hold. */
export const brokenRules = async ({ hms, db }: TestHms): Promise<string[]> => {
  const broken: string[] = [];
  for (const plugin of hms.plugins)
    for (const [rule, query] of Object.entries(plugin.invariants ?? {}))
      if ((await db.any(query)).length > 0) broken.push(`${plugin.name}: ${rule}`);
  return broken;
};
