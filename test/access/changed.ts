import type { House } from './hospital.ts';

/** They grow with every request, also one that is refused: who asked, and when somebody was last there. Reports count when asked. */
const grows = ['core.audit', 'core.audit_seal', 'core.audit_export', 'auth.session', 'core.idempotency'];

/** One checksum for each table with what stands in it. */
export const checksums = async (house: House): Promise<Map<string, string>> => {
  const tables = await house.rows(`
    select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and not c.relispartition and n.nspname not in ('pg_catalog', 'information_schema')
    order by 1`);
  const each = tables
    .filter(({ name }) => !grows.includes(name!) && !name!.startsWith('reports.'))
    .map(
      ({ name }) =>
        `select '${name}' as name, count(*) || ' ' || coalesce(sum(hashtextextended(it::text, 0)), 0) as sum from ${name} it`,
    );
  return new Map((await house.rows(each.join(' union all '))).map(({ name, sum }) => [name!, sum!]));
};

/** Tables whose content is another one. */
export const changedSince = async (house: House, before: ReadonlyMap<string, string>): Promise<string[]> =>
  [...(await checksums(house))].filter(([name, sum]) => before.get(name) !== sum).map(([name]) => name);
