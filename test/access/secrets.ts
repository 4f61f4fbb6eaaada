import { createHash } from 'node:crypto';
import { placesOf } from './every-table.ts';
import type { House } from './hospital.ts';

/** What all of it is now, by table: of whoever is under protection. */
export const stateOf = async (house: House): Promise<Record<string, string>> => {
  const state: Record<string, string> = {};
  for (const { table, column, isHidden } of await placesOf(house)) {
    // The audit grows by being asked; what is sent on, what a job asks of the payment provider, and what it finds alike, is no change to a record.
    if (
      ['core.audit', 'core.delivery', 'portal.payment', 'patients.duplicate', 'patients.import_candidate'].includes(
        table,
      )
    )
      continue;
    const rows = await house.rows(`select to_jsonb(it)::text as row from ${table} it where ${isHidden} order by 1`);
    state[`${table}.${column}`] = createHash('sha1').update(JSON.stringify(rows)).digest('hex');
  }
  return state;
};

export interface Secrets {
  /** What of them stands in this text. */
  in: (text: string) => string[];
}

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** Gives everybody under protection a name, a birth date, a phone and an address that nobody else has, and knows them again. */
export const secretsOf = async (house: House): Promise<Secrets> => {
  await house.rows(`
    with hidden as (select subject_id as id, row_number() over (order by subject_id) as n from core.subject_label)
    update patients.patient p
    set given_name = case when p.family_name = 'Doppel' then p.given_name else 'Verborgen' || n end,
      birth_date = case when p.family_name = 'Doppel' then p.birth_date else date '1909-01-01' + n::int end,
      phone = '+49 987 65' || n, email = 'verborgen' || n || '@hidden.example', city = 'Verborgenheim'
    from hidden where hidden.id = p.id`);
  const numbers = new Set(
    [...house.numbers].flatMap(([number, id]) => (house.protectedPatients.has(id) ? [number] : [])),
  );
  const words = /Verborgen\w*|1909-0[1-4]-\d\d|\+49 987 65\d+|verborgen\d+@/g;
  return {
    in: (text) => [
      ...new Set([
        ...[...text.matchAll(uuid)].flatMap(([id]) =>
          house.protectedPatients.has(house.owners.get(id) ?? '') ? [id] : [],
        ),
        ...[...text.matchAll(/OW-\d{3}-\d{3}-\d/g)].flatMap(([number]) => (numbers.has(number) ? [number] : [])),
        ...[...text.matchAll(words)].map(([word]) => word),
      ]),
    ],
  };
};

/** Takes them out of every table, and then whatever hung on them. */
export const removeHidden = async (house: House): Promise<void> => {
  const places = (await placesOf(house)).filter(({ table }) => table !== 'core.subject_label');
  const links = await house.rows(`
    select f.conrelid::regclass::text as child, f.confrelid::regclass::text as parent,
      (select string_agg(format('p.%I = c.%I', pa.attname, ca.attname), ' and ') from unnest(f.conkey, f.confkey) k (child, parent)
        join pg_attribute ca on ca.attrelid = f.conrelid and ca.attnum = k.child join pg_attribute pa on pa.attrelid = f.confrelid and pa.attnum = k.parent) as same,
      (select string_agg(format('c.%I is not null', ca.attname), ' and ') from unnest(f.conkey) k (child)
        join pg_attribute ca on ca.attrelid = f.conrelid and ca.attnum = k.child) as refers
    from pg_constraint f where f.contype = 'f' and f.conparentid = 0`);
  await house.asAdmin(`
    set session_replication_role = replica;
    delete from reports.counted;
    delete from core.history where document ->> 'patient_id' in (select subject_id::text from core.subject_label);
    ${places.map(({ table, isHidden }) => `delete from ${table} where ${isHidden};`).join('\n    ')}
    do $$ declare gone bigint; n bigint; begin
      loop
        gone := 0;
        ${links.map(({ child, parent, same, refers }) => `delete from ${child} c where ${refers} and not exists (select from ${parent} p where ${same}); get diagnostics n = row_count; gone := gone + n;`).join('\n        ')}
        exit when gone = 0;
      end loop;
    end $$;`);
};
