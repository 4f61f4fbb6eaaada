import { z } from 'zod';
import { maySee } from '../../../core/access.ts';
import { sql, type Db, type Fragment } from '../../../core/database.ts';
import { Identifier, IdentifierType, type IdentifierColumns, type NewIdentifierType } from './model.ts';

const typeColumns = sql.fragment`t.id, t.code, t.name, t.system, t.pattern, t.check_digit, t.active, t.version`;

/** Those in use first; by code. */
export const listTypes = (db: Db): Promise<readonly IdentifierType[]> =>
  db.any(sql.type(IdentifierType)`
    select ${typeColumns} from patients.identifier_type t order by t.active desc, t.code, t.name, t.id limit 200
  `);

export const getType = (db: Db, id: string): Promise<IdentifierType> =>
  db.one(sql.type(IdentifierType)`select ${typeColumns} from patients.identifier_type t where t.id = ${id}`);

export const findTypes = (db: Db, systems: readonly string[]): Promise<readonly IdentifierType[]> =>
  db.any(sql.type(IdentifierType)`
    select ${typeColumns} from patients.identifier_type t where t.system = any(${sql.array([...systems], 'text')}) order by t.id
  `);

/** Null when the system is another type's. */
export const insertType = (tx: Db, it: NewIdentifierType): Promise<IdentifierType | null> =>
  tx.maybeOne(sql.type(IdentifierType)`
    insert into patients.identifier_type as t (code, name, system, pattern, check_digit, active)
    values (${it.code}, ${it.name}, ${it.system}, ${it.pattern}, ${it.checkDigit}, ${it.active})
    on conflict on constraint identifier_type_system_unique do nothing
    returning ${typeColumns}
  `);

/** Null when the version is no longer that one. A system stays: numbers stand under it. */
export const updateType = (
  tx: Db,
  id: string,
  version: number,
  it: NewIdentifierType,
): Promise<IdentifierType | null> =>
  tx.maybeOne(sql.type(IdentifierType)`
    update patients.identifier_type as t
    set code = ${it.code}, name = ${it.name}, pattern = ${it.pattern}, check_digit = ${it.checkDigit}, active = ${it.active}
    where t.id = ${id} and t.version = ${version} returning ${typeColumns}
  `);

const columns = sql.fragment`
  i.id, i.patient_id, t.id as type_id, t.name as type_name, i.code, i.system, i.value, i.use, i.starts_on, i.ends_on, i.version
`;
const from = sql.fragment`patients.identifier i left join patients.identifier_type t on t.system = i.system`;

export const identifiersJson = (db: Db, patientId: Fragment): Fragment => sql.fragment`(
  select coalesce(json_agg(json_build_object(
    'id', i.id, 'patientId', i.patient_id, 'typeId', t.id, 'typeName', t.name, 'code', i.code, 'system', i.system, 'value', i.value, 'use', i.use,
    'startsOn', i.starts_on, 'endsOn', i.ends_on, 'version', i.version) order by i.id), '[]')
  from ${from} where i.patient_id = ${patientId} and i.active and ${maySee(db, 'i.patient_id')}
)`;

/** In the order they were written down. */
export const listIdentifiers = (db: Db, patientId: string): Promise<readonly Identifier[]> =>
  db.any(sql.type(Identifier)`
    select ${columns} from ${from}
    where i.patient_id = ${patientId} and i.active and ${maySee(db, 'i.patient_id')}
    order by i.id limit 100
  `);

export const getIdentifier = (db: Db, id: string): Promise<Identifier> =>
  db.one(sql.type(Identifier)`
    select ${columns} from ${from} where i.id = ${id} and i.active and ${maySee(db, 'i.patient_id')}
  `);

/** Null when somebody has that number. */
export const insertIdentifier = (tx: Db, patientId: string, it: IdentifierColumns): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(z.strictObject({ id: z.uuid() }))`
    insert into patients.identifier (patient_id, code, system, value, use, starts_on, ends_on)
    values (${patientId}, ${it.code}, ${it.system}, ${it.value}, ${it.use}, ${it.startsOn}, ${it.endsOn})
    on conflict (system, number) where active do nothing
    returning id
  `);

/** Whether another one of the hospital has the number: asked of all, for numbers are nobody's twice. */
export const isTaken = (tx: Db, it: IdentifierColumns, but: string): Promise<boolean> =>
  tx.exists(sql.unsafe`
    -- shows no patient
    select from patients.identifier i
    where i.system = ${it.system} and i.number = patients.number_key(${it.value}) and i.active and i.id <> ${but}
  `);

/** Null when the version is no longer that one. */
export const updateIdentifier = (tx: Db, id: string, version: number, it: IdentifierColumns): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(z.strictObject({ id: z.uuid() }))`
    update patients.identifier i
    set code = ${it.code}, system = ${it.system}, value = ${it.value}, use = ${it.use}, starts_on = ${it.startsOn}, ends_on = ${it.endsOn}
    where i.id = ${id} and i.version = ${version} and i.active and ${maySee(tx, 'i.patient_id')}
    returning i.id
  `);

/** Null when the version is no longer that one. */
export const endIdentifier = (tx: Db, id: string, version: number): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(z.strictObject({ id: z.uuid() }))`
    update patients.identifier i set active = false
    where i.id = ${id} and i.version = ${version} and i.active and ${maySee(tx, 'i.patient_id')}
    returning i.id
  `);
