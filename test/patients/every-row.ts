import type { TestHms } from '../hms.ts';

/**
 * Rows of every second patient in what the demo has of few or of nobody, by table. `filled` is who they are: some of a pair that is merged have
 * them, some have not, and some pairs have them twice.
 */
const rows: Record<string, string> = {
  'core.break_glass': `
    insert into core.break_glass (user_id, subject_id, reason, until)
    select u.id, f.id, 'Unconscious in the corridor', core.now() + interval '1 hour' from filled f, (select id from auth."user" order by id limit 1) u`,
  'ehr.medication_request_fill': `
    insert into ehr.medication_request_fill (event_id, medication_request_id, patient_id, quantity, filled_at)
    select -row_number() over (order by id), id, patient_id, 1, core.now() from ehr.medication_request where patient_id in (select id from filled)`,
  'facility.device': `insert into facility.device (name, patient_id) select 'Pacemaker', id from filled`,
  'fhir.resource, fhir.identifier': `
    with made as (
      insert into fhir.resource (type, patient_id, content)
      select 'Basic', id, json_build_object('resourceType', 'Basic', 'subject', json_build_object('reference', 'Patient/' || id))::text from filled
      returning id, patient_id
    )
    insert into fhir.identifier (resource_type, resource_id, system, value, patient_id) select 'Basic', id, 'urn:elsewhere', 'B-' || id, patient_id from made`,
  'insurance.claim_finding': `
    insert into insurance.claim_finding (claim_id, patient_id, rule, severity)
    select c.id, c.patient_id, r.code, 'warning' from insurance.claim c, (select code from insurance.rule order by code limit 1) r
    where c.patient_id in (select id from filled)`,
  'insurance.decision': `
    insert into insurance.decision (claim_line_id, patient_id, action)
    select id, patient_id, 'appeal' from insurance.claim_line where patient_id in (select id from filled)`,
  'insurance_adapter.message': `
    insert into insurance_adapter.message (kind, subject_id, identifier, patient_id, payer_id, body)
    select 'claim', c.id, 'C-' || c.id, c.patient_id, p.id, '{}' from insurance.claim c, (select id from insurance.payer order by id limit 1) p
    where c.patient_id in (select id from filled)`,
  'lab_adapter.incoming': `
    insert into lab_adapter.incoming (connection_id, digest, body, state, reason, code, answer, patient_id)
    select c.id, md5(f.id::text), 'OBX', 'parked', 'unknown-test', 'AA', 'ACK', f.id from filled f, (select id from lab_adapter.connection order by id limit 1) c`,
  'lab_adapter.outgoing': `
    insert into lab_adapter.outgoing (connection_id, kind, cause, patient_id, laboratory, body)
    select c.id, 'patient', 'amended ' || f.id, f.id, c.name, 'PID' from filled f, (select id, name from lab_adapter.connection order by id limit 1) c`,
  'laboratory.correction': `
    insert into laboratory.correction (result_id, patient_id, number, verified_at, reason)
    select id, patient_id, 1, core.now(), 'another tube' from laboratory.result where patient_id in (select id from filled) and status = 'verified'`,
  'laboratory.critical_result': `
    insert into laboratory.critical_result (result_id, patient_id, value, interpretation, due_at)
    select id, patient_id, '7.1', 'HH', core.now() + interval '1 hour' from laboratory.result where patient_id in (select id from filled) on conflict do nothing`,
  'messaging.alert': `
    insert into messaging.alert (id, permission, kind, text_key, patient_id, subject_id)
    select gen_random_uuid(), 'patient:read', 'laboratory.critical', 'nav_duplicates', id, gen_random_uuid() from filled`,
  'patients.contact': `
    insert into patients.contact (patient_id, relationship, related_id) select id, 'FRND', other_id from beside`,
  'patients.import, its lines, candidates and what was taken': `
    with made as (
      insert into patients.import (name, encoding, delimiter, columns, meanings, created_by)
      select 'patients.csv', 'utf-8', ',', '{Name}', '{familyName}', id from auth."user" order by id limit 1 returning id
    ), lines as (
      insert into patients.import_line (import_id, number, fields, patient_id)
      select made.id, row_number() over (order by f.id), '{Testa}', f.id from made, filled f returning import_id, number, patient_id
    ), candidates as (
      insert into patients.import_candidate (import_id, number, place, patient_id, score, grade)
      select import_id, number, 1, patient_id, 0.9, 'certain' from lines
    )
    insert into patients.import_taken (hash, patient_id, import_id) select md5(patient_id::text), patient_id, import_id from lines`,
  'patients.not_same': `
    insert into patients.not_same (patient_id, other_id, reason) select id, other_id, 'Another birth place' from beside`,
  'portal.access': `
    insert into portal.access (user_id, patient_id, role) select u.id, f.id, 'carer' from filled f, (select id from auth."user" order by id limit 1) u`,
  'portal.booking': `
    insert into portal.booking (appointment_id, patient_id, user_id)
    select a.id, a.patient_id, u.id from scheduling.appointment a, (select id from auth."user" order by id limit 1) u where a.patient_id in (select id from filled)`,
  'portal.invitation': `
    insert into portal.invitation (patient_id, role, display_name, code_hash, expires_at)
    select id, 'self', 'Whoever it is', md5(id::text), core.now() + interval '1 day' from filled`,
  'portal.payment': `
    insert into portal.payment (invoice_id, patient_id, user_id, amount_minor, currency)
    select i.id, i.patient_id, u.id, 100, 'EUR' from billing.invoice i, (select id from auth."user" order by id limit 1) u where i.patient_id in (select id from filled)
    on conflict do nothing`,
  'scheduling.appointment_response': `
    insert into scheduling.appointment_response (appointment_id, actor_type, patient_id, participant_status)
    select id, 'Patient', patient_id, 'tentative' from scheduling.appointment where patient_id in (select id from filled)`,
  'scheduling.series, scheduling.occurrence': `
    with made as (
      insert into scheduling.series (patient_id, practitioner_id, service_id, zone, start_on, start_time, minutes, frequency, every, last_on)
      select f.id, p.id, s.id, 'Europe/Berlin', '2026-04-01', '09:00', 30, 'daily', 1, '2026-04-02'
      from filled f, (select id from facility.practitioner order by id limit 1) p, (select id from facility.healthcare_service order by id limit 1) s
      returning id, patient_id
    )
    insert into scheduling.occurrence (series_id, occurs_on, patient_id) select id, '2026-04-01', patient_id from made`,
  'scheduling.group_participant': `
    insert into scheduling.group_participant (appointment_id, group_id, patient_id)
    select a.id, g.id, a.patient_id from scheduling.appointment a, (select id from scheduling.group_session order by id limit 1) g
    where a.patient_id in (select id from filled) on conflict do nothing`,
  'scheduling.waitlist_entry, scheduling.waitlist_offer': `
    with made as (
      insert into scheduling.waitlist_entry (patient_id, service_id)
      select f.id, s.id from filled f, (select id from facility.healthcare_service order by id limit 1) s on conflict do nothing returning id, patient_id
    )
    insert into scheduling.waitlist_offer (entry_id, patient_id, appointment_id, practitioner_id, starts_at, expires_at)
    select made.id, made.patient_id, a.id, p.id, core.now() + interval '1 day', core.now() + interval '1 hour'
    from made
    cross join lateral (select id from scheduling.appointment a where a.patient_id = made.patient_id order by id limit 1) a
    cross join (select id from facility.practitioner order by id limit 1) p`,
};

export const fillEveryTable = (hms: TestHms): Promise<unknown> =>
  hms.asAdmin(`
    create temp table filled as
    select id from (
      select id, row_number() over (order by id) as n from patients.patient p where not exists (select from core.subject_label l where l.subject_id = p.id)
    ) it where n % 2 = 0;
    create temp table beside as
    select id, other_id from (select id, lead(id) over (order by id) as other_id from filled) it where other_id is not null;
    ${Object.values(rows).join(';')}`);
