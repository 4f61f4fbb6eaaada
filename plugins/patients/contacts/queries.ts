import { z } from 'zod';
import { maySee } from '../../../core/access.ts';
import { sql, type Db, type Fragment } from '../../../core/database.ts';
import { Contact, type ContactColumns } from './model.ts';

const Id = z.strictObject({ id: z.uuid() });

/** Names and phone of somebody who is a patient here are theirs, for whoever may see them. */
const from = (db: Db): Fragment => sql.fragment`
  patients.contact c left join patients.patient r on r.id = c.related_id and ${maySee(db, 'r.id')}
`;
const columns = sql.fragment`
  c.id, c.patient_id, c.relationship, r.id as related_id, coalesce(c.family_name, r.family_name) as family_name,
  case when c.family_name is null then r.given_name else c.given_name end as given_name, coalesce(c.phone, r.phone) as phone,
  coalesce(c.email, r.email) as email, c.is_emergency, c.may_act, c.starts_on, c.ends_on,
  coalesce(c.starts_on <= core.now()::date, true) and coalesce(c.ends_on >= core.now()::date, true) as is_current, c.version
`;
const order = sql.fragment`c.is_emergency desc, c.may_act desc, c.id`;

export const contactsJson = (db: Db, patientId: Fragment): Fragment => sql.fragment`(
  select coalesce(json_agg(json_build_object(
    'id', c.id, 'patientId', c.patient_id, 'relationship', c.relationship, 'relatedId', r.id, 'familyName', coalesce(c.family_name, r.family_name),
    'givenName', case when c.family_name is null then r.given_name else c.given_name end, 'phone', coalesce(c.phone, r.phone),
    'email', coalesce(c.email, r.email), 'isEmergency', c.is_emergency, 'mayAct', c.may_act, 'startsOn', c.starts_on, 'endsOn', c.ends_on,
    'isCurrent', coalesce(c.starts_on <= core.now()::date, true) and coalesce(c.ends_on >= core.now()::date, true),
    'version', c.version) order by ${order}), '[]')
  from ${from(db)}
  where c.patient_id = ${patientId} and c.active and ${maySee(db, 'c.patient_id')}
)`;

/** Who is called first, then who decides, then the rest as they were written down. */
export const listContacts = (db: Db, patientId: string): Promise<readonly Contact[]> =>
  db.any(sql.type(Contact)`
    select ${columns} from ${from(db)}
    where c.patient_id = ${patientId} and c.active and ${maySee(db, 'c.patient_id')}
    order by ${order} limit 100
  `);

export const getContact = (db: Db, id: string): Promise<Contact> =>
  db.one(sql.type(Contact)`
    select ${columns} from ${from(db)} where c.id = ${id} and c.active and ${maySee(db, 'c.patient_id')}
  `);

export const insertContact = (
  tx: Db,
  patientId: string,
  it: ContactColumns,
  id: string | null = null,
): Promise<string> =>
  tx.oneFirst(sql.type(Id)`
    insert into patients.contact
      (id, patient_id, related_id, relationship, family_name, given_name, phone, email, is_emergency, may_act, starts_on, ends_on, active)
    values (coalesce(${id}::uuid, uuidv7()), ${patientId}, ${it.relatedId}, ${it.relationship}, ${it.familyName}, ${it.givenName}, ${it.phone}, ${it.email},
      ${it.isEmergency}, ${it.mayAct}, ${it.startsOn}, ${it.endsOn}, ${it.active ?? true})
    returning id
  `);

/** Null when the version is no longer that one. */
export const updateContact = (tx: Db, id: string, version: number, it: ContactColumns): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    update patients.contact c
    set related_id = ${it.relatedId}, relationship = ${it.relationship}, family_name = ${it.familyName}, given_name = ${it.givenName}, phone = ${it.phone},
      email = ${it.email}, is_emergency = ${it.isEmergency}, may_act = ${it.mayAct}, starts_on = ${it.startsOn}, ends_on = ${it.endsOn},
      active = ${it.active ?? true}
    where c.id = ${id} and c.version = ${version} and ${maySee(tx, 'c.patient_id')}
    returning c.id
  `);

/** Null when the version is no longer that one. */
export const endContact = (tx: Db, id: string, version: number): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    update patients.contact c set active = false
    where c.id = ${id} and c.version = ${version} and c.active and ${maySee(tx, 'c.patient_id')}
    returning c.id
  `);
