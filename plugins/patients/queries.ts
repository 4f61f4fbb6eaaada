import { z } from 'zod';
import { maySee } from '../../core/access.ts';
import { sql, type Db } from '../../core/database.ts';
import { likeText } from '../../core/like.ts';
import type { PatientNames } from '../auth/api.ts';
import { Candidate, Patient, PatientSummary, type PatientInput } from './model.ts';
import { protectionJson } from './protection/queries.ts';

export const patientColumns = sql.fragment`
  it.id, it.record_number, it.active, it.family_name, it.given_name, it.prefix, it.preferred_name, it.gender, it.birth_date, it.deceased_at,
  it.phone, it.email, it.address_line, it.postal_code, it.city, it.country, it.language, it.version, it.updated_at
`;

export const summaryColumns = sql.fragment`
  it.id, it.record_number, it.family_name, it.given_name, it.prefix, it.gender, it.birth_date, it.deceased_at, it.phone, it.city
`;

export const getPatient = (db: Db, id: string): Promise<Patient> =>
  db.one(
    sql.type(Patient)`select ${patientColumns} from patients.patient it where it.id = ${id} and ${maySee(db, 'it.id')}`,
  );

export const patientExists = (db: Db, id: string): Promise<boolean> =>
  db.exists(sql.unsafe`select from patients.patient it where it.id = ${id} and ${maySee(db, 'it.id')}`);

/** Those of these that the asker may see, for lists of another plugin that holds ids. */
export const namesOf: PatientNames = (db, ids) =>
  db.any(sql.type(Named)`
    select it.id, it.family_name || ', ' || it.given_name as name, it.record_number
    from patients.patient it
    where it.id = any(${sql.array([...ids], 'uuid')}) and ${maySee(db, 'it.id')}
  `);
const Named = z.strictObject({ id: z.uuid(), name: z.string(), recordNumber: z.string() });

/**
 * Each word must occur somewhere in names, number or phone, in any order, without accents; a birth date may be one of the words.
 * Whole words at the start of the family name come first.
 */
export const searchPatients = (
  db: Db,
  words: readonly string[],
  birthDate: string | null,
  limit: number,
): Promise<readonly PatientSummary[]> =>
  db.any(sql.type(PatientSummary)`
    select ${summaryColumns}
    from patients.patient it
    where ${sql.and([
      ...words.map((word) => sql.fragment`it.found_by like '%' || patients.fold(${likeText(word)}) || '%'`),
      birthDate !== null && sql.fragment`it.birth_date = ${birthDate}`,
      maySee(db, 'it.id'),
    ])}
    order by ${words.length > 0 ? rank(words) : sql.fragment`0::integer`} desc, it.family_name, it.given_name, it.id
    limit ${limit}
  `);

/** A word with a slip of the finger finds its nearest names. Asked only when nothing was found as typed. */
export const searchSimilar = (db: Db, text: string, limit: number): Promise<readonly PatientSummary[]> =>
  db.any(sql.type(PatientSummary)`
    select ${summaryColumns}
    from patients.patient it
    where patients.fold(${text}) <% it.found_by and ${maySee(db, 'it.id')}
    order by patients.fold(${text}) <<-> it.found_by, it.id
    limit ${limit}
  `);

const rank = (words: readonly string[]) =>
  sql.join(
    words.map(
      (word) =>
        sql.fragment`(case when it.found_by like patients.fold(${likeText(word)}) || '%' then 2 when it.found_by like '% ' || patients.fold(${likeText(word)}) || '%' then 1 else 0 end)`,
    ),
    sql.fragment` + `,
  );

/** Who this might already be: names by trigrams, birth date, phone. Best first; below 0.5 nobody is shown. */
export const findDuplicates = (
  db: Db,
  by: { familyName: string; givenName: string; birthDate: string | null; phone: string | null },
): Promise<readonly Candidate[]> =>
  db.any(sql.type(Candidate)`
    select c.*, case when c.score >= 0.9 then 'certain' when c.score >= 0.7 then 'probable' else 'possible' end as grade
    from (
      select ${summaryColumns},
        round((
          0.5 * greatest(
            similarity(patients.fold(it.family_name || ' ' || it.given_name), patients.fold(${by.familyName + ' ' + by.givenName})),
            similarity(patients.fold(it.given_name || ' ' || it.family_name), patients.fold(${by.familyName + ' ' + by.givenName}))
          )
          + case when it.birth_date = ${by.birthDate}::date then 0.35 when abs(it.birth_date - ${by.birthDate}::date) <= 31 then 0.1 else 0 end
          + case when ${by.phone}::text <> '' and regexp_replace(coalesce(it.phone, ''), '\\D', '', 'g') = ${by.phone}::text then 0.15 else 0 end
        )::numeric, 3)::float8 as score
      from patients.patient it
      where ${maySee(db, 'it.id')}
        and (patients.fold(${by.familyName + ' ' + by.givenName}) <% it.found_by or (it.birth_date = ${by.birthDate}::date and it.found_by like '%' || patients.fold(${by.familyName}) || '%'))
    ) c
    where c.score >= 0.5
    order by c.score desc, c.id
    limit 5
  `);

const columnsOf = (it: PatientInput) => ({
  family_name: it.familyName,
  given_name: it.givenName,
  prefix: it.prefix ?? null,
  preferred_name: it.preferredName ?? null,
  gender: it.gender,
  birth_date: it.birthDate,
  deceased_at: it.deceasedAt ?? null,
  phone: it.phone,
  email: it.email ?? null,
  address_line: it.addressLine ?? null,
  postal_code: it.postalCode ?? null,
  city: it.city,
  country: it.country ?? null,
  language: it.language ?? null,
  active: it.active ?? true,
});

export const insertPatient = (tx: Db, it: PatientInput, id?: string): Promise<Patient> => {
  const c = columnsOf(it);
  return tx.one(sql.type(Patient)`
    insert into patients.patient as it
      (id, family_name, given_name, prefix, preferred_name, gender, birth_date, deceased_at, phone, email, address_line, postal_code, city, country, language, active)
    values (coalesce(${id ?? null}::uuid, uuidv7()), ${c.family_name}, ${c.given_name}, ${c.prefix}, ${c.preferred_name}, ${c.gender}, ${c.birth_date}, ${c.deceased_at},
      ${c.phone}, ${c.email}, ${c.address_line}, ${c.postal_code}, ${c.city}, ${c.country}, ${c.language}, ${c.active})
    returning ${patientColumns}
  `);
};

/** Null when the version is no longer that one. */
export const updatePatient = (tx: Db, id: string, version: number, it: PatientInput): Promise<Patient | null> => {
  const c = columnsOf(it);
  return tx.maybeOne(sql.type(Patient)`
    update patients.patient as it
    set family_name = ${c.family_name}, given_name = ${c.given_name}, prefix = ${c.prefix}, preferred_name = ${c.preferred_name}, gender = ${c.gender},
      birth_date = ${c.birth_date}, deceased_at = ${c.deceased_at}, phone = ${c.phone}, email = ${c.email}, address_line = ${c.address_line},
      postal_code = ${c.postal_code}, city = ${c.city}, country = ${c.country}, language = ${c.language}, active = ${c.active}
    where it.id = ${id} and it.version = ${version} and ${maySee(tx, 'it.id')}
    returning ${patientColumns}
  `);
};

/** One statement, answered as the text that PostgreSQL builds. No row when there is no such patient. */
export const getRecord = (
  db: Db,
  id: string,
  sections: readonly (readonly [string, ReturnType<typeof sql.fragment>])[],
): Promise<string> =>
  db.oneFirst(sql.type(z.strictObject({ record: z.string() }))`
    select json_build_object(
      'patient', json_build_object(
        'id', it.id, 'recordNumber', it.record_number, 'active', it.active, 'familyName', it.family_name, 'givenName', it.given_name, 'prefix', it.prefix,
        'preferredName', it.preferred_name, 'gender', it.gender, 'birthDate', it.birth_date, 'deceasedAt', core.json_time(it.deceased_at), 'phone', it.phone,
        'email', it.email, 'addressLine', it.address_line, 'postalCode', it.postal_code, 'city', it.city, 'country', it.country, 'language', it.language,
        'version', it.version, 'updatedAt', core.json_time(it.updated_at)
      ),
      'protection', ${protectionJson(db, sql.fragment`it.id`)}
      ${
        sections.length > 0
          ? sql.fragment`, ${sql.join(
              sections.map(([key, section]) => sql.fragment`${key}::text, (${section})`),
              sql.fragment`, `,
            )}`
          : sql.fragment``
      }
    )::text as record
    from patients.patient it
    where it.id = ${id} and ${maySee(db, 'it.id')}
  `);
