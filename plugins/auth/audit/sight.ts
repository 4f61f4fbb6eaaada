import { sql, type Fragment } from '../../../core/database.ts';

/**
 * What hides a patient from whoever looks. Whoever reviews the audit has to do with all of them, under each policy: of this hospital
 * only what is under protection is hidden from them, as `mayCount` says.
 */
type See = (column: string) => Fragment;

/** What an entry can be about without being about a patient: of these the id may always be read. */
const nobodys = `^(${[
  '[Uu]sers?', '[Rr]oles?', '[Cc]lients?', 'departments', 'locations', 'practitioners', 'services', 'devices', 'medications', 'payers', 'insurance-plans', 'wards', 'beds',
  'lab-connections', 'tests', 'lots', 'Organization', 'Location', 'Practitioner', 'PractitionerRole', 'HealthcareService', 'Medication', 'Schedule',
].join('|')})/`; // prettier-ignore

const patientIds = (alias: string): Fragment => sql.fragment`${sql.identifier([alias, 'patient_ids'])}`;

/** Of the patients in an entry those whom the reader may see, in their order. */
export const seenPatients = (alias: string, see: See): Fragment =>
  sql.fragment`array(select p.id from unnest(${patientIds(alias)}) with ordinality p (id, n) where ${see('p.id')} order by p.n)`;

/** What it was about; without the id where that may be a thing of somebody whom the reader may not see. */
export const seenObject = (alias: string, see: See): Fragment => {
  const object = sql.fragment`${sql.identifier([alias, 'object'])}`;
  return sql.fragment`case
    when ${object} !~* '/[0-9a-f]{8}-[0-9a-f-]{27}' or ${object} ~ ${nobodys} then ${object}
    when cardinality(${patientIds(alias)}) > 0 and not exists (select from unnest(${patientIds(alias)}) p (id) where not ${see('p.id')}) then ${object}
    else split_part(${object}, '/', 1) end`;
};

/** Why it was done; its first word alone where it may be about somebody whom the reader may not see, for reasons tell much. */
export const seenDetail = (alias: string, see: See): Fragment => {
  const detail = sql.fragment`${sql.identifier([alias, 'detail'])}`;
  return sql.fragment`case
    when exists (select from unnest(${patientIds(alias)}) p (id) where not ${see('p.id')}) then split_part(${detail}, ' ', 1)
    else ${detail} end`;
};

/** Whether this patient is in it, under whichever number before a merge, asked by somebody who may know. */
export const showsPatient = (alias: string, id: string, see: See): Fragment =>
  sql.fragment`(${patientIds(alias)} && core.same_subject(${id}::uuid) and exists (select from (select ${id}::uuid as id) asked where ${see('asked.id')}))`;
