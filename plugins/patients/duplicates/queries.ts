import { maySee } from '../../../core/access.ts';
import { sql, type Db, type Fragment } from '../../../core/database.ts';
import { Candidate, type Likeness } from '../model.ts';
import { summaryColumns } from '../queries.ts';
import { holders } from './by-identifier.ts';

/** The name words that these may be: as they are, by sound, with a slip. */
const meant = (names: string): Fragment => sql.fragment`array(
  select known.word
  from unnest(patients.words(${names})) typed (word)
  join patients.name_word known
    on known.word = typed.word or length(typed.word) >= 3 and known.slips && patients.slips(typed.word)
      or known.sounds && coalesce(daitch_mokotoff(typed.word), '{}')
  limit 200
)`;

/** Parts of a name are compared as they stand: 1 is the same, 0.85 at least when every word of it sounds the same. */
const alike = (column: string, name: string): Fragment => {
  const own = sql.identifier(['it', column]);
  return sql.fragment`greatest(
    similarity(patients.fold(${own}), patients.fold(${name})),
    case when (
      select bool_and(exists (
        select from unnest(patients.words(${own})) o (word)
        where o.word = typed.word or coalesce(daitch_mokotoff(o.word), '{}') && coalesce(daitch_mokotoff(typed.word), '{}')
      )) from unnest(patients.words(${name})) typed (word)
    ) then 0.85 else 0 end
  )`;
};

/**
 * Who this might already be, best first; `not` is whoever is compared. The score is the likeness of the names in either order (half of it), the
 * birth date (0.35; a part of it when day and month are swapped or one figure differs), the phone (0.15), the same street and
 * postal code (0.1), the same identifier or record number (0.7; half of it when it is no longer valid); 1 at most. Twins share all but the
 * given name, so whose given name is another is never `certain`, unless they have the number and the birth date. Who has the number is never left
 * out: a name may have changed, and whoever has typed a wrong number must see whose it is.
 * Grades as Patient/$match has them: certain from 0.9, probable from 0.7, possible from 0.5.
 */
export const findDuplicates = (
  db: Db,
  by: Likeness,
  { limit = 5, not }: { limit?: number; not?: string } = {},
): Promise<readonly Candidate[]> => {
  const digits = by.phone?.replace(/\D/g, '').replace(/^0+/, '') ?? '';
  const born = by.birthDate ?? null;
  const street = by.addressLine ?? '';
  const postalCode = by.postalCode ?? '';
  const number = by.recordNumber?.toUpperCase() ?? '';
  return db.any(sql.type(Candidate)`
    with family as materialized (select ${meant(by.familyName)} as words),
    given as materialized (select ${meant(by.givenName)} as words),
    numbered as materialized (${holders(by.identifiers ?? [])}),
    likely as (
      (select it.id from patients.patient it, family, given where it.birth_date = ${born}::date and (it.words && family.words or it.words && given.words) limit 200)
      union
      (select it.id from patients.patient it, family, given where it.words && family.words and it.words && given.words limit 200)
      union
      (select it.id from patients.patient it where length(${digits}) >= 6 and it.phone_digits <> '' and it.phone_digits = any (array[${digits}, '0' || ${digits}]) limit 50)
      union
      (select it.id from patients.patient it where it.record_number = ${number})
      union
      (select numbered.patient_id from numbered)
    ), compared as (
      select ${summaryColumns}, likely.id as found,
        greatest(
          ${alike('family_name', by.familyName)} + ${alike('given_name', by.givenName)},
          ${alike('family_name', by.givenName)} + ${alike('given_name', by.familyName)}
        ) / 2 as by_names,
        greatest(${alike('given_name', by.givenName)}, ${alike('family_name', by.givenName)}) as by_given,
        case
          when it.birth_date = ${born}::date then 0.35
          when to_char(it.birth_date, 'YYYY-DD-MM') = ${born}::text then 0.2
          when levenshtein(it.birth_date::text, ${born}::text) = 1 then 0.2
          else 0
        end as by_birth,
        case when length(${digits}) >= 6 and ltrim(it.phone_digits, '0') = ${digits} then 0.15 else 0 end as by_phone,
        case when ${street} <> '' and patients.fold(it.address_line) = patients.fold(${street}) and coalesce(it.postal_code, '') = ${postalCode} then 0.1 else 0 end as by_home,
        case when it.record_number = ${number} then 0.7 else coalesce(numbered.weight, 0) end as by_number
      from likely join patients.patient it on it.id = likely.id left join numbered on numbered.patient_id = it.id
      where it.active and it.id is distinct from ${not ?? null}::uuid and ${maySee(db, 'it.id')}
    ), scored as (
      select it.*, round(greatest(case when it.by_number > 0 then 0.5 end, least(
        case when it.by_given < 0.6 and not (it.by_number = 0.7 and it.by_birth = 0.35) then 0.89 else 1 end,
        0.5 * it.by_names + it.by_birth + it.by_phone + it.by_home + it.by_number
      ))::numeric, 3)::float8 as score
      from compared it
    ), best as (
      -- who has the number keeps a place among any number of people with the same name
      select it.* from scored it
      where it.score >= 0.5 and (it.by_names >= 0.4 or it.by_number > 0)
      order by row_number() over (order by it.score desc, it.id) > 1 and it.by_number = 0, it.score desc, it.id
      limit ${limit}
    )
    select ${summaryColumns}, it.score,
      case when it.score >= 0.9 then 'certain' when it.score >= 0.7 then 'probable' else 'possible' end as grade,
      array_remove(array[
        case when it.by_names > 0.95 then 'name' when it.by_names >= 0.7 then 'sound' end,
        case when it.by_birth = 0.35 then 'birth-date' when it.by_birth > 0 then 'birth-date-near' end,
        case when it.by_phone > 0 then 'phone' end,
        case when it.by_home > 0 then 'address' end,
        case when it.by_number > 0 then 'identifier' end
      ], null) as because
    from best it
    order by it.score desc, it.id
    limit ${limit}
  `);
};

/** Of two who register the same person at once the second waits, and then sees what the first did. */
export const oneAtATime = (tx: Db, { familyName, birthDate }: Likeness): Promise<unknown> =>
  tx.query(sql.unsafe`
    select pg_advisory_xact_lock(hashtextextended('patients.register ' || patients.fold(${familyName}) || ' ' || ${birthDate ?? ''}, 0))
  `);

export const insertNotSame = (tx: Db, patientId: string, others: readonly string[], reason: string): Promise<unknown> =>
  tx.query(sql.unsafe`
    insert into patients.not_same (patient_id, other_id, reason)
    select ${patientId}, unnest(${sql.array([...others], 'uuid')}), ${reason}
  `);
