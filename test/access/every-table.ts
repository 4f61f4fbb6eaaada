import { fhirJson } from './fhir.ts';
import type { Client } from '../hms.ts';
import type { House } from './hospital.ts';

/** Columns by which a row belongs to a patient: a foreign key to one, or a name that says so, in any schema. */
const columnsOfPatients = `
  select c.oid::regclass::text as table, a.attname as column, a.atttypid = 'uuid[]'::regtype as many
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  where c.relkind in ('r', 'p') and not c.relispartition and n.nspname not in ('pg_catalog', 'information_schema')
    and (a.attname in ('patient_id', 'patient_ids') or (n.nspname = 'core' and a.attname = 'subject_id') or exists (
      select from pg_constraint f
      where f.contype = 'f' and f.conrelid = c.oid and f.confrelid = 'patients.patient'::regclass and a.attnum = any (f.conkey)
    ))
  order by 1, 2`;

export interface Place {
  table: string;
  column: string;
  /** As SQL: whether a row of it is of somebody under protection. */
  isHidden: string;
}

export const placesOf = async (house: House): Promise<Place[]> => {
  const hidden = 'array(select subject_id from core.subject_label)';
  return (await house.rows(columnsOfPatients)).map(({ table, column, many }) => ({
    table: table!,
    column: column!,
    isHidden: many ? `${column} && ${hidden}` : `${column} = any(${hidden})`,
  }));
};

/** What comes of working with protected records, and what the demo has not got of them. */
export const fillEveryTable = async (house: House): Promise<void> => {
  const cleared = house.caller('everything', true);
  const id = (await house.find('patients.patient', 'protected'))!;
  const subject = { reference: `Patient/${id}` };
  for (const resource of [
    { resourceType: 'Basic', code: { text: 'kept' }, subject },
    {
      resourceType: 'Condition',
      identifier: [{ system: 'urn:elsewhere', value: 'Verborgen-7' }],
      code: { coding: [{ system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'I10' }] },
      clinicalStatus: {
        coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'active' }],
      },
      subject,
    },
  ]) {
    const { status, body } = await cleared.post(
      `/fhir/R4/${resource.resourceType}`,
      JSON.stringify(resource),
      fhirJson,
    );
    if (status !== 201) throw new Error(JSON.stringify(body));
  }
  await amend(cleared, id);
  const ofHidden = 'patient_id in (select subject_id from core.subject_label)';
  await house.asAdmin(`
    delete from reports.counted;
    update billing.invoice set status = 'issued', paid_minor = paid_minor - 100
    where id = (select id from billing.invoice where status = 'balanced' and paid_minor > 100 and ${ofHidden} order by id limit 1);
    insert into ehr.medication_request_fill (event_id, medication_request_id, patient_id, quantity, filled_at)
    select -row_number() over (order by id), id, patient_id, 1, core.now() from ehr.medication_request where ${ofHidden} limit 3;
    insert into insurance.claim_finding (claim_id, patient_id, rule, severity)
    select c.id, c.patient_id, r.code, 'warning' from insurance.claim c, (select code from insurance.rule limit 1) r where ${ofHidden} limit 3;
    insert into insurance.decision (claim_line_id, patient_id, action) select id, patient_id, 'appeal' from insurance.claim_line where ${ofHidden} limit 3;
    insert into laboratory.correction (result_id, patient_id, number, verified_at, reason)
    select id, patient_id, 1, core.now(), 'another tube' from laboratory.result where ${ofHidden} and status = 'verified' limit 3;
    insert into portal.booking (appointment_id, patient_id, user_id)
    select id, patient_id, (select id from auth."user" where username = 'relative') from scheduling.appointment where ${ofHidden} limit 3;
    insert into patients.not_same (patient_id, other_id, reason)
    select pair.*, 'another birth place' from (select id from patients.patient where id <> '${id}' limit 1) other,
      lateral (values ('${id}'::uuid, other.id), (other.id, '${id}'::uuid)) pair;
    insert into patients.identifier (patient_id, system, value) select '${id}', 'urn:hidden', 'Verborgen-8';
    insert into patients.contact (patient_id, relationship, family_name) select '${id}', 'FRND', 'Verborgen';
    insert into patients.consent (patient_id, kind, decision, decided_at) select '${id}', 'research', 'given', core.now()
    where not exists (select from patients.consent where patient_id = '${id}' and kind = 'research');
    insert into patients.photo (patient_id, media_type, content) select '${id}', 'image/png', '\\x00' on conflict do nothing;
    with drawn as (
      insert into scheduling.ticket (day, prefix, number, point_id, patient_id, category, turn_at)
      select core.now()::date, 'ZZ', row_number() over (order by p.id), p.id, '${id}', 'walk-in', core.now() from scheduling.service_point p limit 2
    ) insert into scheduling.queue_display (name, point_ids, locale, secret_hash)
    select 'Hall', array_agg(id), 'en', decode('00', 'hex') from scheduling.service_point;
    insert into patients.duplicate (patient_id, other_id, score, grade)
    select least('${id}'::uuid, it.subject_id), greatest('${id}'::uuid, it.subject_id), 0.9, 'certain' from core.subject_label it where it.subject_id <> '${id}' limit 1;
    insert into patients.contact (patient_id, relationship, related_id)
    select '${id}', 'FRND', it.subject_id from core.subject_label it where it.subject_id <> '${id}' limit 1;
    insert into core.subject_site (subject_id, site_id)
    select '${id}', id from facility.location where kind = 'site' limit 1 on conflict do nothing`);
  await mergeTwo(house, cleared);
};

/** Somebody under protection who was registered twice. */
const mergeTwo = async (house: House, cleared: Client): Promise<void> => {
  const made: string[] = [];
  for (const givenName of ['Once', 'Twice']) {
    const { body, status } = await cleared.post('/api/patients', {
      familyName: 'Verborgen', givenName, birthDate: '1961-05-05', gender: 'female', phone: '+49 30 1', city: 'Hidden',
      notSameReason: 'it is the same',
    }); // prettier-ignore
    if (status !== 201) throw new Error(`${status} ${JSON.stringify(body)}`);
    made.push(body.id);
    await house.asAdmin(`insert into core.subject_label (subject_id, label) values ('${body.id}', 'restricted')`);
  }
  const [kept, gone] = made as [string, string];
  const merge = { otherId: gone, otherVersion: 1, reason: 'registered twice' };
  const { status, body } = await cleared.post(`/api/patients/${kept}/merge`, merge, { 'if-match': 'W/"1"' });
  if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
};

/** A change that others hear of. */
export const amend = async (cleared: Client, id: string): Promise<void> => {
  const { body } = await cleared.get(`/api/patients/${id}`);
  const { familyName, givenName, birthDate, gender, phone, version } = body;
  const amended = { familyName, givenName, birthDate, gender, phone, city: 'Verborgenheim' };
  const { status } = await cleared.put(`/api/patients/${id}`, amended, { 'if-match': `W/"${version}"` });
  if (status !== 200) throw new Error(`A protected record could not be amended: ${status}`);
};
