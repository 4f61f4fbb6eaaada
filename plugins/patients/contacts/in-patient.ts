import { sql, type Db } from '../../../core/database.ts';
import type { ChildRows, fhir } from '../../../fhir/resource.ts';
import type { See } from '../../../fhir/search/parameter.ts';
import { columnsOf, elementsOf, type Related } from './fhir.ts';
import type { ContactColumns } from './model.ts';
import { insertContact, listContacts } from './queries.ts';

export const relatedOf = (rows: ChildRows, see: See) => sql.fragment`(
  select coalesce(json_agg(json_build_object(
    'relationship', c.relationship, 'familyName', coalesce(c.family_name, r.family_name),
    'givenName', case when c.family_name is null then r.given_name else c.given_name end, 'phone', coalesce(c.phone, r.phone),
    'email', coalesce(c.email, r.email), 'isEmergency', c.is_emergency, 'mayAct', c.may_act, 'startsOn', c.starts_on, 'endsOn', c.ends_on) order by c.id), '[]')
  from ${rows('patients.contact')} c left join patients.patient r on r.id = c.related_id and ${see('r.id')}
  where c.patient_id = it.id and c.active
) as contacts`;

export const contactsOf = (all: readonly Related[]): fhir.PatientContact[] | undefined =>
  all.length === 0 ? undefined : all.map(elementsOf);

/** Those with a name; an organization alone is kept as it was sent. */
export const readContacts = (sent: readonly fhir.PatientContact[] | undefined): ContactColumns[] =>
  (sent ?? []).map(columnsOf).filter(({ familyName }) => familyName !== null);

/** Who is not there yet is added. Nobody is taken off: they are ended as the RelatedPerson that they are. */
export const takeContacts = async (
  tx: Db,
  patientId: string,
  sent: readonly ContactColumns[],
  isNew: boolean,
): Promise<void> => {
  const key = (it: Pick<Related, 'familyName' | 'givenName' | 'relationship'>) =>
    JSON.stringify([it.relationship, it.familyName, it.givenName ?? '']);
  const known = new Set(isNew || sent.length === 0 ? [] : (await listContacts(tx, patientId)).map(key));
  for (const it of sent) if (!known.has(key(it))) await insertContact(tx, patientId, it);
};
