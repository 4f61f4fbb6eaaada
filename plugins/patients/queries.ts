import { z } from 'zod';
import { maySee } from '../../core/access.ts';
import { sql, type Db, type Fragment } from '../../core/database.ts';
import { refuse } from '../../core/refuse.ts';
import type { PatientNames } from '../auth/api.ts';
import { Patient, type PatientFacts } from './model.ts';
import { protectionJson } from './protection/queries.ts';

export const patientColumns = sql.fragment`
  it.id, it.record_number, it.active, it.family_name, it.given_name, it.name_kind, it.prefix, it.preferred_name, it.gender, it.birth_date,
  it.birth_precision, it.multiple_birth, it.deceased_at, it.deceased_precision, it.phone, it.email, it.address_line, it.postal_code, it.city,
  it.country, it.language, it.other_languages, it.interpreter_needed, it.version, it.updated_at
`;

export const summaryColumns = sql.fragment`
  it.id, it.record_number, it.family_name, it.given_name, it.name_kind, it.prefix, it.gender, it.birth_date, it.birth_precision, it.deceased_at,
  it.deceased_precision, it.phone, it.city
`;

export const getPatient = (db: Db, id: string): Promise<Patient> =>
  db.one(
    sql.type(Patient)`select ${patientColumns} from patients.patient it where it.id = ${id} and ${maySee(db, 'it.id')}`,
  );

/** Whether they are no longer alive; null when there is no such patient for this person. */
export const findDeceased = (db: Db, id: string): Promise<boolean | null> =>
  db.maybeOneFirst(sql.type(z.strictObject({ deceased: z.boolean() }))`
    select it.deceased_at is not null as deceased from patients.patient it where it.id = ${id} and ${maySee(db, 'it.id')}
  `);

/** A merged record gives the one that it leads to, which has another id. */
export const getLivingPatient = (db: Db, id: string): Promise<Patient> =>
  db.one(sql.type(Patient)`
    select ${patientColumns} from patients.patient it where it.id = patients.survivor(${id}) and ${maySee(db, 'it.id')}
  `);

/** The record that it was merged into; null when it was not, or for who may not see that one. */
export const findSurvivor = (db: Db, id: string): Promise<string | null> =>
  db.maybeOneFirst(sql.type(z.strictObject({ id: z.uuid() }))`
    select it.id from patients.patient it where it.id = patients.survivor(${id}) and it.id <> ${id} and ${maySee(db, 'it.id')}
  `);

export const patientExists = (db: Db, id: string): Promise<boolean> =>
  db.exists(sql.unsafe`select from patients.patient it where it.id = ${id} and ${maySee(db, 'it.id')}`);

/** @throws refusal not_found, for a patient who is not there and for one whom the asker may not see */
export const requirePatient = async (db: Db, id: string): Promise<void> => {
  if (!(await patientExists(db, id))) throw refuse('not_found');
};

/** Those of these that the asker may see, for lists of another plugin that holds ids. */
export const namesOf: PatientNames = (db, ids) =>
  db.any(sql.type(Named)`
    select it.id, it.family_name || ', ' || it.given_name as name, it.record_number
    from patients.patient it
    where it.id = any(${sql.array([...ids], 'uuid')}) and ${maySee(db, 'it.id')}
  `);
const Named = z.strictObject({ id: z.uuid(), name: z.string(), recordNumber: z.string() });

const columnsOf = (it: PatientFacts) => ({
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
  other_languages: sql.array([...(it.otherLanguages ?? [])], 'text'),
  interpreter_needed: it.interpreterNeeded ?? false,
  birth_precision: it.birthPrecision ?? 'day',
  name_kind: it.nameKind ?? 'own',
  multiple_birth: it.multipleBirth ?? null,
  deceased_precision: it.deceasedPrecision ?? 'time',
  active: it.active ?? true,
});

export const insertPatient = (tx: Db, it: PatientFacts, id?: string): Promise<Patient> => {
  const c = columnsOf(it);
  return tx.one(sql.type(Patient)`
    insert into patients.patient as it
      (id, family_name, given_name, prefix, preferred_name, gender, birth_date, deceased_at, phone, email, address_line, postal_code, city, country, language, other_languages,
      interpreter_needed, birth_precision, name_kind, multiple_birth, deceased_precision, active)
    values (coalesce(${id ?? null}::uuid, uuidv7()), ${c.family_name}, ${c.given_name}, ${c.prefix}, ${c.preferred_name}, ${c.gender}, ${c.birth_date}, ${c.deceased_at},
      ${c.phone}, ${c.email}, ${c.address_line}, ${c.postal_code}, ${c.city}, ${c.country}, ${c.language}, ${c.other_languages},
      ${c.interpreter_needed}, ${c.birth_precision}, ${c.name_kind}, ${c.multiple_birth}, ${c.deceased_precision}, ${c.active})
    returning ${patientColumns}
  `);
};

/** Null when the version is no longer that one. */
export const updatePatient = (tx: Db, id: string, version: number, it: PatientFacts): Promise<Patient | null> => {
  const c = columnsOf(it);
  return tx.maybeOne(sql.type(Patient)`
    update patients.patient as it
    set family_name = ${c.family_name}, given_name = ${c.given_name}, prefix = ${c.prefix}, preferred_name = ${c.preferred_name}, gender = ${c.gender},
      birth_date = ${c.birth_date}, deceased_at = ${c.deceased_at}, phone = ${c.phone}, email = ${c.email}, address_line = ${c.address_line},
      postal_code = ${c.postal_code}, city = ${c.city}, country = ${c.country}, language = ${c.language},
      other_languages = ${c.other_languages}, interpreter_needed = ${c.interpreter_needed}, birth_precision = ${c.birth_precision}, name_kind = ${c.name_kind},
      multiple_birth = ${c.multiple_birth}, deceased_precision = ${c.deceased_precision}, active = ${c.active}
    where it.id = ${id} and it.version = ${version} and ${maySee(tx, 'it.id')}
    returning ${patientColumns}
  `);
};

/** A whole Patient as JSON; `alias` is the query's name for patients.patient. */
export const patientJson = (alias: string): Fragment => {
  const of = (name: string) => sql.identifier([alias, name]);
  return sql.fragment`json_build_object(
    'id', ${of('id')}, 'recordNumber', ${of('record_number')}, 'active', ${of('active')}, 'familyName', ${of('family_name')}, 'givenName', ${of('given_name')},
    'nameKind', ${of('name_kind')}, 'prefix', ${of('prefix')}, 'preferredName', ${of('preferred_name')}, 'gender', ${of('gender')}, 'birthDate', ${of('birth_date')},
    'birthPrecision', ${of('birth_precision')}, 'multipleBirth', ${of('multiple_birth')}, 'deceasedAt', core.json_time(${of('deceased_at')}),
    'deceasedPrecision', ${of('deceased_precision')}, 'phone', ${of('phone')},
    'email', ${of('email')}, 'addressLine', ${of('address_line')}, 'postalCode', ${of('postal_code')}, 'city', ${of('city')}, 'country', ${of('country')}, 'language', ${of('language')},
    'otherLanguages', ${of('other_languages')}, 'interpreterNeeded', ${of('interpreter_needed')}, 'version', ${of('version')}, 'updatedAt', core.json_time(${of('updated_at')})
  )`;
};

/** One statement, answered as the text that PostgreSQL builds; of a merged record, the one it leads to. No row when there is no such patient. */
export const getRecord = (
  db: Db,
  id: string,
  sections: readonly (readonly [string, ReturnType<typeof sql.fragment>])[],
): Promise<string> =>
  db.oneFirst(sql.type(z.strictObject({ record: z.string() }))`
    select json_build_object(
      'patient', ${patientJson('it')},
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
    where it.id = patients.survivor(${id}) and ${maySee(db, 'it.id')}
  `);
