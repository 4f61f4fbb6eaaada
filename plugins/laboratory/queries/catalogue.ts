import { z } from 'zod';
import { sql, type Db } from '../../../core/database.ts';
import { LabTest, Orderable, type Ranges } from '../model/catalogue.ts';

const testJson = sql.fragment`json_build_object(
  'id', t.id, 'version', t.version, 'code', t.code, 'loinc', t.loinc, 'display', t.display, 'names', t.names, 'section', t.section,
  'container', (select json_build_object('code', c.code, 'display', c.display, 'names', c.names, 'colour', c.colour) from laboratory.container c where c.code = t.container_code),
  'kind', t.kind, 'unit', t.unit, 'decimals', t.decimals, 'lowest', t.lowest::text, 'highest', t.highest::text, 'options', t.options,
  'release', t.release, 'releaseDays', t.release_days, 'escalateMinutes', t.escalate_minutes, 'active', t.active,
  'ranges', (
    select coalesce(json_agg(json_build_object('gender', g.gender, 'fromMonth', lower(g.ages), 'toMonth', upper(g.ages), 'low', g.low::text, 'high', g.high::text,
      'criticalLow', g.critical_low::text, 'criticalHigh', g.critical_high::text) order by lower(g.ages), g.gender), '[]')
    from laboratory.reference_range g
    where g.test_id = t.id and g.valid @> core.now()
  )
)`;

/** In the order of the laboratory; all there are. */
export const listTests = (db: Db): Promise<readonly LabTest[]> =>
  db.anyFirst(sql.type(z.strictObject({ it: LabTest }))`
    select ${testJson} as it from laboratory.test t order by t.position, t.id limit 1000
  `);

export const getTest = (db: Db, id: string): Promise<LabTest> =>
  db.oneFirst(
    sql.type(z.strictObject({ it: LabTest }))`select ${testJson} as it from laboratory.test t where t.id = ${id}`,
  );

/** Panels before tests, those whose short name or name begins with the words first. Names of every language are searched. */
export const listOrderables = (db: Db, by: { text: string; limit: number }): Promise<readonly Orderable[]> =>
  db.anyFirst(sql.type(z.strictObject({ it: Orderable }))`
    with thing as (
      select 'panel' as kind, p.id, p.code, p.display, p.names, p.section, p.position, 0 as rank,
        (select array_agg(distinct t.container_code) from laboratory.panel_test m join laboratory.test t on t.id = m.test_id where m.panel_id = p.id) as containers,
        (select json_agg(json_build_object('id', t.id, 'display', t.display, 'names', t.names) order by m.position)
          from laboratory.panel_test m join laboratory.test t on t.id = m.test_id where m.panel_id = p.id) as tests
      from laboratory.panel p
      where p.active
      union all
      select 'test', t.id, t.code, t.display, t.names, t.section, t.position, 1, array[t.container_code],
        json_build_array(json_build_object('id', t.id, 'display', t.display, 'names', t.names))
      from laboratory.test t
      where t.active
    )
    select json_build_object('kind', thing.kind, 'id', thing.id, 'code', thing.code, 'display', thing.display, 'names', thing.names, 'section', thing.section,
      'containers', (select json_agg(json_build_object('display', c.display, 'names', c.names) order by c.position) from laboratory.container c where c.code = any(thing.containers)), 'tests', thing.tests) as it
    from thing
    where position(lower(${by.text}) in lower(concat_ws(' ', thing.code, thing.display, thing.names ->> 'es', thing.names ->> 'ar'))) > 0
    order by lower(thing.code) = lower(${by.text}) desc, lower(thing.display) like lower(${by.text}) || '%' or lower(thing.code) like lower(${by.text}) || '%' desc,
      thing.rank, thing.position
    limit ${by.limit}
  `);

/** Null when somebody has changed the test since. The ranges of until now stay, closed; results keep their own copy anyway. */
export const updateTest = async (tx: Db, id: string, version: number, it: Ranges): Promise<string | null> => {
  const held = await tx.maybeOneFirst(sql.type(z.strictObject({ id: z.uuid() }))`
    update laboratory.test set release = coalesce(${it.release ?? null}, release), release_days = coalesce(${it.releaseDays ?? null}::smallint, release_days),
      escalate_minutes = coalesce(${it.escalateMinutes ?? null}::smallint, escalate_minutes), active = coalesce(${it.active ?? null}::boolean, active),
      lowest = coalesce(${it.lowest ?? null}::numeric, lowest), highest = coalesce(${it.highest ?? null}::numeric, highest)
    where id = ${id} and version = ${version}
    returning id
  `);
  if (held === null) return null;
  // Two changes at the same instant: the first has never been in force.
  await tx.query(
    sql.unsafe`delete from laboratory.reference_range where test_id = ${id} and lower(valid) >= core.now()`,
  );
  await tx.query(sql.unsafe`
    update laboratory.reference_range set valid = tstzrange(lower(valid), core.now()) where test_id = ${id} and upper_inf(valid)
  `);
  await tx.query(sql.unsafe`
    insert into laboratory.reference_range (test_id, gender, ages, low, high, critical_low, critical_high)
    select ${id}, r.gender, int4range(r.from_month, r.to_month), r.low, r.high, r.critical_low, r.critical_high
    from jsonb_to_recordset(${JSON.stringify(
      it.ranges.map((r) => ({
        gender: r.gender,
        from_month: r.fromMonth,
        to_month: r.toMonth,
        low: r.low,
        high: r.high,
        critical_low: r.criticalLow,
        critical_high: r.criticalHigh,
      })),
    )}::jsonb) r (gender text, from_month integer, to_month integer, low numeric, high numeric, critical_low numeric, critical_high numeric)
  `);
  return held;
};
