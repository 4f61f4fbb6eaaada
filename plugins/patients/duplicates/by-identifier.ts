import { z } from 'zod';
import { sql, type Fragment } from '../../../core/database.ts';
import { uses, type LikeIdentifier } from '../identifiers/model.ts';

/** The numbers of somebody who is here, those too that were taken off them: it may have been done to give them to a second record. */
export const everyIdentifier = sql.fragment`(
  select coalesce(json_agg(json_build_object('system', i.system, 'value', i.value, 'use', i.use, 'endsOn', i.ends_on, 'active', i.active) order by i.id), '[]')
  from (select i.id, i.system, i.value, i.use, i.ends_on, i.active from patients.identifier i where i.patient_id = it.id order by i.id desc limit 50) i
) as identifiers`;

export const EveryIdentifier = z.array(
  z.strictObject({
    system: z.string(),
    value: z.string(),
    use: z.enum(uses),
    endsOn: z.string().nullable(),
    active: z.boolean(),
  }),
);

/**
 * Who has one of these numbers, as the rule that a number is one patient's compares them: 0.7. 0.35 when it is theirs no longer,
 * on either side. Whoever uses it asks maySee.
 */
export const holders = (identifiers: readonly LikeIdentifier[]): Fragment => sql.fragment`
  select held.patient_id, max(case when held.valid and asked.valid then 0.7 else 0.35 end) as weight
  from (
    select coalesce(t.system, w.system) as system, patients.number_key(w.value) as number, w.valid and coalesce(w.ends_on >= core.now()::date, true) as valid
    from ${sql.unnest(
      identifiers.map((it) => [
        it.typeId ?? null,
        it.system ?? null,
        it.value,
        it.use !== 'old' && it.active !== false,
        it.endsOn ?? null,
      ]),
      ['uuid', 'text', 'text', 'bool', 'date'],
    )} w (type_id, system, value, valid, ends_on)
    left join patients.identifier_type t on t.id = w.type_id
  ) asked
  cross join lateral (
    select i.patient_id, i.use <> 'old' and coalesce(i.ends_on >= core.now()::date, true) as valid
    from patients.identifier i where i.system = asked.system and i.number = asked.number and i.active
    union all
    (select i.patient_id, false from patients.identifier i where i.system = asked.system and i.number = asked.number and not i.active limit 50)
  ) held
  group by held.patient_id -- held by its parent
`;
