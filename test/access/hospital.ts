import './switch.ts';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { Client, TestHms } from '../hms.ts';
import { staff } from './columns.ts';

const { startHms, clientOf } = await import('../hms.ts');
const { shipped } = await import('../../core/loader.ts');
const { startProvider } = await import('../../scripts/payment-simulator.ts');

/** Monday; the demo hospital is made as of then. */
export const now = '2026-03-02T08:00:00Z';
export { columns, type Column } from './columns.ts';

/** Whose thing a request names: the signed-in patient's, somebody's, somebody's under protection, or one that nobody has. */
export type Whose = 'own' | 'foreign' | 'protected' | 'nowhere';

export interface House extends TestHms {
  /** As the column's role; `cleared`: may see what is protected. `everything` holds every permission. */
  caller: (column: string, cleared?: boolean) => Client;
  /** Id of a row; null where there is none. `where` narrows, alias `it`. */
  find: (table: string, whose: Whose, which?: Which) => Promise<string | null>;
  rows: (statement: string) => Promise<Record<string, string>[]>;
  /** Patient of each row of each table with patient data, by the row's id. */
  owners: Map<string, string>;
  /** After more was written. */
  learnOwners: () => Promise<void>;
  protectedPatients: ReadonlySet<string>;
  own: string;
  /** Something that is there for everybody and is neither a patient nor of one. */
  otherKind: string;
  /** When the patient may come, where somebody has looked that up. */
  slot?: { serviceId: string; practitionerId: string; startsAt: string; endsAt: string };
  /** Record numbers and their patients. */
  numbers: Map<string, string>;
  /** Patients whom the portal's user may look at. */
  ofPortalUser: ReadonlySet<string>;
}

export interface Which {
  where?: string | undefined;
  column?: string;
  /** Of this patient, where there is one. */
  patient?: string | undefined;
  /** Instead of the first; it begins again where there are no more. */
  nth?: number;
}
export const at = <T>(list: readonly T[], nth: number): T | undefined => list[nth % list.length];

/** A hospital with every plugin and the demo's data in which every second patient is under protection. */
export const openHouse = async (env: Record<string, string> = {}): Promise<House> => {
  const provider = await startProvider({ port: 0 });
  const hms = await startHms(shipped(), {
    now,
    demo: { patients: 80, visitsPerPatient: 4 },
    env: {
      ...env,
      OPENWARD_TELEHEALTH_URL: 'https://video.hospital.example/{room}',
      OPENWARD_TELEHEALTH_KEY: 'a-key-that-only-tests-know-0123456789',
      OPENWARD_PAYMENT_URL: provider.url,
      OPENWARD_PAYMENT_KEY: provider.key,
      OPENWARD_PAYMENT_CALLBACK_KEY: provider.callbackKey,
    },
  });
  const looking = new pg.Client({ connectionString: hms.hms.urls.owner! });
  await looking.connect();
  const rows = async (statement: string) => (await looking.query<Record<string, string>>(statement)).rows;
  const signIn = await hms.anonymous.post('/api/auth/login', { username: 'patient', password: 'openward-demo' });
  const own = signIn.body.boundTo as string;
  if (!own) throw new Error('The demo patient is bound to no record.');

  await hms.asAdmin(`
    insert into core.subject_label (subject_id, label)
    select id, 'restricted' from (
      select id, row_number() over (order by exists (select from inpatient.bed_stay b where b.patient_id = p.id and b.status = 'active') desc, exists (select from ${hasMost('p.id')}) desc, id) n
      from patients.patient p where id not in (select patient_id from portal.access where user_id = (select id from auth."user" where username = 'patient'))
    ) it where n % 2 = 0`);
  await addWhatTheDemoLacks(hms);
  await hms.asAdmin(`
    insert into auth.role (name, title) values ('everything', 'Everything'), ('bare', 'Nothing') on conflict do nothing;
    insert into auth.role_permission select 'everything', it from unnest(array['${[...hms.hms.permissions.keys()].join("','")}']) it;
    insert into auth.role_permission select name, '${forAll}' from auth.role;
    insert into auth."user" (username, display_name, password_hash)
    select name || suffix, name, (select password_hash from auth."user" where username = 'admin')
    from unnest(array['${[...staff, 'everything', 'bare'].join("','")}']) name, unnest(array['-plain', '-cleared']) suffix;
    insert into auth.user_role (user_id, role)
    select id, substring(username::text from '^[a-z]+') from auth."user" where username::text ~ '-(plain|cleared)$';
    with made as (insert into auth."user" (username, display_name, password_hash, patient_only)
        select 'bare-patient', 'Bare', password_hash, true from auth."user" where username = 'admin' returning id),
      role as (insert into auth.user_role (user_id, role) select id, 'bare' from made)
    insert into portal.access (user_id, patient_id, role) select id, '${own}', 'carer' from made;
    insert into core.break_glass (user_id, subject_id, reason, until)
    select id, '${own}', 'Unconscious in the corridor', now() + interval '1 hour' from auth."user" where username = 'everything-plain';
    insert into core.clearance (user_id, label) select id, 'restricted' from auth."user" where username::text ~ '-cleared$';
    update facility.practitioner p set user_id = it.user_id
    from (select id, row_number() over (order by id) n from facility.practitioner where user_id is null) free,
      (select id as user_id, row_number() over (order by id) n from auth."user" where username::text ~ '^(doctor|nurse|everything)-') it
    where free.n = it.n and p.id = free.id`);

  const callers = new Map<string, Client>([['nobody', hms.anonymous]]);
  callers.set('patient', clientOf(hms.url, signIn.body.accessToken as string));
  for (const role of [...staff, 'everything', 'bare'])
    for (const suffix of ['-plain', '-cleared']) callers.set(role + suffix, await hms.as(role + suffix));

  callers.set('bare-patient', await hms.as('bare-patient'));
  // Asking everybody everything takes longer than a sign-in counts as a recent proof.
  await rows(`update auth.session set proved_at = 'infinity'`);

  const owners = new Map<string, string>();
  const learnOwners = async (): Promise<void> => {
    const tables = await rows(`
      select c.oid::regclass::text as name from pg_class c
      where c.relkind in ('r', 'p') and not c.relispartition
        and (select count(*) from pg_attribute a where a.attrelid = c.oid and a.attname in ('id', 'patient_id')) = 2`);
    const each = tables.map(({ name }) => `select id, patient_id from ${name} where patient_id is not null`);
    const orders = 'select requisition_id, patient_id from laboratory.service_request where requisition_id is not null';
    for (const row of await rows([...each, orders].join(' union all '))) owners.set(row.id!, row.patient_id!);
  };
  await learnOwners();
  const numbers = new Map(
    (await rows('select id, record_number as number from patients.patient')).map(({ id, number }) => [number!, id!]),
  );
  for (const id of numbers.values()) owners.set(id, id);
  const access = await rows(
    `select patient_id as id from portal.access where user_id = (select id from auth."user" where username = 'patient')`,
  );
  const labelled = await rows('select subject_id as id from core.subject_label');
  const protectedPatients = new Set(labelled.map(({ id }) => id!));

  const whoseIs = {
    own: `= '${own}'`,
    foreign: `not in (select subject_id from core.subject_label union select patient_id from portal.access where user_id = (select id from auth."user" where username = 'patient'))`,
    protected: 'in (select subject_id from core.subject_label)',
  };
  const prefer = new Map<string, string>();
  const find: House['find'] = async (table, whose, { where = 'true', column = 'id', patient, nth = 0 } = {}) => {
    if (whose === 'nowhere') return randomUUID();
    const of = table === 'patients.patient' ? 'it.id' : 'it.patient_id';
    const first = `${of} = '${prefer.get(whose) ?? own}' desc, it.id`;
    // One after the other in every state that there is.
    const inTurn =
      nth > 0
        ? `row_number() over (partition by to_jsonb(it) ->> 'status', to_jsonb(it) ->> 'step', to_jsonb(it) ->> 'workflow' order by ${first}),`
        : '';
    const found = await rows(`
      select it.${column} as id, ${of} as patient from ${table} it where ${where} and ${of} ${whoseIs[whose]}
      order by ${inTurn} ${first} limit 2000`);
    // Of the patient that the others are of, if there is one.
    const same = found.filter((it) => it.patient === patient);
    return at(same.length > 0 ? same : found, nth)?.id ?? null;
  };
  // One patient of each kind has as much as possible, so that what a body names together belongs together.
  for (const whose of ['foreign', 'protected'] as const) {
    const [row] = await rows(`
      select p.id from patients.patient p where p.id ${whoseIs[whose]} order by exists (select from ${hasMost('p.id')}) desc, p.id limit 1`);
    prefer.set(whose, row!.id!);
    await rows(
      `update patients.patient set family_name = 'Doppel', given_name = 'Ganger', birth_date = '1990-01-01' where id = '${row!.id!}'`,
    );
  }
  return {
    ...hms,
    caller: (column, cleared = false) =>
      callers.get(
        ['nobody', 'patient', 'bare-patient'].includes(column) ? column : column + (cleared ? '-cleared' : '-plain'),
      )!,
    rows,
    find,
    owners,
    learnOwners,
    protectedPatients,
    own,
    otherKind: (await rows('select id from ehr.medication order by id limit 1'))[0]!.id!,
    numbers,
    ofPortalUser: new Set(access.map(({ id }) => id!)),
    async stop() {
      await looking.end();
      await hms.stop();
      await provider.stop();
    },
  };
};

/** One row where this patient has a visit, a coverage, a claim, a stay, a prescription and a haemoglobin. */
const hasMost = (patient: string): string =>
  `(select ${['ehr.encounter', 'insurance.coverage', 'insurance.claim', 'inpatient.stay', 'ehr.medication_request']
    .map((table) => `exists (select from ${table} it where it.patient_id = ${patient})`)
    .concat(
      `exists (select from laboratory.result r join laboratory.test t on t.id = r.test_id where r.patient_id = ${patient} and r.status = 'verified' and t.loinc = '718-7')`,
    )
    .join(' and ')} as most) it where most`;

/** A permission that every role holds here: what a mutant asks for instead of the right one. */
export const forAll = 'test:everybody';

const addWhatTheDemoLacks = (hms: TestHms): Promise<unknown> =>
  hms.asAdmin(`
    insert into patients.photo (patient_id, media_type, content) select id, 'image/png', '\\x00' from patients.patient on conflict do nothing;
    insert into patients.identifier (patient_id, code, system, value) select id, 'MR', 'urn:openward:other-hospital', id::text from patients.patient;
    insert into patients.contact (patient_id, relationship, family_name) select id, 'FRND', 'Somebody' from patients.patient;
    insert into patients.contact (patient_id, relationship, related_id)
    select id, 'MTH', coalesce(lead(id) over (order by id), first_value(id) over (order by id)) from (select subject_id as id from core.subject_label) hidden;
    insert into patients.consent (patient_id, kind, decision, decided_at) select id, 'reminders-email', 'given', core.now() from patients.patient;
    insert into insurance_adapter.message (kind, subject_id, identifier, patient_id, payer_id, body, state)
    select 'claim', c.id, c.id::text, c.patient_id, (select id from insurance.payer limit 1), '{}', 'parked' from insurance.claim c;
    insert into lab_adapter.outgoing (connection_id, kind, cause, patient_id, laboratory, body, state, last_error)
    select (select id from lab_adapter.connection where kind = 'mllp'), 'order', s.id::text, s.patient_id, 'Reference', 'MSH', 'parked', 'refused'
    from laboratory.specimen s where s.patient_id is not null;
    insert into lab_adapter.incoming (connection_id, digest, body, state, reason, code, answer, patient_id, specimen_id)
    select (select id from lab_adapter.connection where kind = 'mllp'), md5(s.id::text), 'MSH|^~\\&|', 'parked', 'unknown-test', 'AA', 'MSA', s.patient_id, s.id
    from laboratory.specimen s where s.patient_id is not null;
    insert into oauth.client (name, kind, scopes, redirect_uris) values ('Some app', 'app', '{openid}', '{https://app.example/back}');
    insert into portal.invitation (patient_id, role, display_name, code_hash, expires_at)
    select id, 'carer', 'Somebody', md5(id::text), now() + interval '10 years' from patients.patient;
    with relative as (insert into auth."user" (username, display_name, password_hash, patient_only) values ('relative', 'Relative', '', true) returning id)
    insert into portal.access (user_id, patient_id, role) select relative.id, p.id, 'carer' from relative, patients.patient p;
    insert into portal.payment (invoice_id, patient_id, user_id, amount_minor, currency)
    select i.id, i.patient_id, (select id from auth."user" where username = 'patient'), 100, 'EUR' from billing.invoice i;
    insert into portal.payment (invoice_id, patient_id, user_id, amount_minor, currency, status)
    select i.id, i.patient_id, (select id from auth."user" where username = 'patient'), 100, 'EUR', 'disputed' from billing.invoice i;
    with transfer as (
      insert into insurance.remittance (payer_id, reference, paid_on, amount_minor, currency)
      select id, 'nobody knows what for', '2026-03-01', 1000, 'EUR' from insurance.payer limit 1 returning id
    )
    insert into insurance.remittance_line (remittance_id, sequence, patient_id, claim_reference, amount_minor)
    select transfer.id, row_number() over (order by p.id), p.id, 'unknown', 100 from transfer, patients.patient p;
    insert into messaging.alert (id, permission, kind, text_key, patient_id, subject_id)
    select gen_random_uuid(), '${forAll}', 'test.alert', 'alert_vital_critical', id, id from patients.patient;
    update insurance.claim_line set live = false;
    insert into laboratory.critical_result (result_id, patient_id, value, interpretation, due_at)
    select distinct on (patient_id) id, patient_id, '1', 'LL', core.now() + interval '1 hour' from laboratory.result where status = 'verified' order by patient_id, id
    on conflict do nothing;
    insert into messaging.preference (patient_id) select id from patients.patient on conflict do nothing;
    update messaging.preference set email = true, sms = true, language = 'es';
    with spare as (insert into auth."user" (username, display_name, password_hash) values ('spare', 'Spare', '') returning id),
      clear as (insert into core.clearance (user_id, label) select id, 'restricted' from spare),
      role as (insert into auth.user_role (user_id, role) select id, 'nurse' from spare)
    insert into core.break_glass (user_id, subject_id, reason, until)
    select spare.id, (select subject_id from core.subject_label order by 1 limit 1), 'Unconscious in the corridor', now() + interval '1 hour' from spare;
    update scheduling.appointment set status = 'noshow' where id = (
      select a.id from scheduling.appointment a join core.subject_label l on l.subject_id = a.patient_id
      where a.status in ('fulfilled', 'noshow') and a.starts_at between core.now() - interval '20 days' and core.now()
      order by a.status = 'noshow' desc, a.id limit 1);
    insert into scheduling.queue_display (name, point_ids, locale, secret_hash)
    select 'Hall ' || n, (select array_agg(id) from scheduling.service_point), 'en', decode(md5(n::text), 'hex') from generate_series(1, 60) n;
    with service as (insert into facility.healthcare_service (name) select 'Waited for ' || n from generate_series(1, 4) n returning id),
      practitioner as (select id from facility.practitioner order by id limit 1),
      wait as (
        insert into scheduling.waitlist_entry (patient_id, service_id, looks, earliest_on)
        select p.id, service.id, false, '2027-01-01' from patients.patient p, service returning id, patient_id, service_id
      ),
      kept as (
        insert into scheduling.appointment (patient_id, practitioner_id, service_id, status, starts_at, ends_at, held_until)
        select p.id, practitioner.id, service.id, 'pending', core.now() + interval '300 days' + make_interval(mins => 30 * n), core.now() + interval '300 days' + make_interval(mins => 30 * n + 30), core.now() + interval '200 days'
        from patients.patient p cross join generate_series(1, 3) n, service, practitioner returning id, patient_id, service_id, practitioner_id, starts_at
      )
    insert into scheduling.waitlist_offer (entry_id, patient_id, appointment_id, practitioner_id, starts_at, expires_at)
    select distinct on (wait.id) wait.id, wait.patient_id, kept.id, kept.practitioner_id, kept.starts_at, core.now() + interval '200 days'
    from wait join kept on kept.patient_id = wait.patient_id and kept.service_id = wait.service_id order by wait.id, kept.starts_at;
    insert into patients.import (name, status, encoding, delimiter, columns, meanings, lines, done, checked_at, taken_at, created_by)
    select 'patients.csv', status, 'utf-8', ',', '{Family name,Given names,Birth date,Sex}', '{familyName,givenName,birthDate,gender}', 1, 1, core.now(),
      case status when 'taken' then core.now() end, (select id from auth."user" where username = 'admin')
    from unnest('{ready,ready,ready,ready,ready,ready,ready,ready,taken}'::text[]) status;
    insert into patients.import_line (import_id, number, fields, checked, person, hash, patient_id)
    select i.id, p.n + 1, array['Line', p.n::text, '1980-01-01', 'f'], true,
      '{"familyName": "Line", "givenName": "Some", "birthDate": "1980-01-01", "gender": "female", "identifiers": []}',
      case when p.n % 4 < 2 then md5(p.id::text) end, case i.status when 'taken' then p.id end
    from patients.import i, (select id, row_number() over (order by id) as n from patients.patient) p;
    insert into patients.import_candidate (import_id, number, place, patient_id, score, grade)
    select i.id, p.n + 1, 1, p.id, 0.8, 'probable' from patients.import i, (select id, row_number() over (order by id) as n from patients.patient) p;
    insert into patients.import_taken (hash, patient_id, import_id)
    select md5(p.id::text), p.id, i.id from patients.import i, patients.patient p where i.status = 'taken';
    insert into scheduling.appointment_response (appointment_id, patient_id, actor_type, participant_status)
    select distinct on (a.patient_id) a.id, a.patient_id, 'Patient', 'accepted' from scheduling.appointment a
    where a.status in ('booked', 'pending') and a.starts_at > core.now() and a.patient_id is not null order by a.patient_id, a.status, a.starts_at;
    insert into scheduling.calendar_feed (practitioner_id, locale, secret_hash) select id, 'en', sha256(id::text::bytea) from facility.practitioner;
    with video as (insert into facility.healthcare_service (name, telehealth) values ('By video', true) returning id)
    insert into scheduling.appointment (patient_id, practitioner_id, service_id, status, starts_at, ends_at)
    select p.id, (select min(id::text)::uuid from facility.practitioner), video.id, 'booked', core.now() - interval '1 minute', core.now() + interval '1 day'
    from patients.patient p cross join video;
    with made as (
      insert into scheduling.appointment (practitioner_id, service_id, status, starts_at, ends_at)
      select (select min(id::text)::uuid from facility.practitioner), (select min(id::text)::uuid from facility.healthcare_service), 'booked', at, at + interval '1 hour'
      from generate_series('2027-07-06T07:00Z'::timestamptz, '2027-07-06T10:00Z', interval '1 hour') at returning id
    )
    insert into scheduling.group_session (id, places) select id, 100 from made;
    with session as (
        select a.id, a.practitioner_id, a.service_id, a.starts_at, a.ends_at
        from scheduling.appointment a join scheduling.group_session g on g.id = a.id order by a.starts_at limit 1
      ),
      who as (
        insert into scheduling.appointment (patient_id, practitioner_id, service_id, status, starts_at, ends_at)
        select p.id, s.practitioner_id, s.service_id, 'booked', s.starts_at, s.ends_at from patients.patient p cross join session s returning id, patient_id
      )
    insert into scheduling.group_participant (appointment_id, group_id, patient_id) select who.id, session.id, who.patient_id from who cross join session;
    with session as (select a.* from scheduling.appointment a join scheduling.group_session g on g.id = a.id where a.starts_at = '2027-07-06T09:00Z'),
      who as (
        insert into scheduling.appointment (patient_id, practitioner_id, service_id, status, starts_at, ends_at)
        select p.id, s.practitioner_id, s.service_id, 'booked', s.starts_at, s.ends_at from patients.patient p cross join session s returning id, patient_id
      )
    insert into scheduling.group_participant (appointment_id, group_id, patient_id, seat, blocking)
    select who.id, session.id, who.patient_id, row_number() over (), true from who cross join session;
    insert into scheduling.appointment (patient_id, practitioner_id, service_id, status, starts_at, ends_at)
    select p.id, (select min(id::text)::uuid from facility.practitioner), (select min(id::text)::uuid from facility.healthcare_service), 'booked',
      '2027-07-06T12:00Z', '2027-07-06T12:30Z'
    from patients.patient p;
    with works as (select practitioner_id, start_time from scheduling.availability where weekday = 2 and valid_to is null and service_id is null order by id limit 1)
    insert into scheduling.series (patient_id, practitioner_id, service_id, zone, start_on, start_time, minutes, frequency, every, weekdays, last_on)
    select p.id, works.practitioner_id, (select id from facility.healthcare_service where desk_lead_minutes is null order by id limit 1), 'Europe/Berlin',
      '2027-06-01', works.start_time, 15, 'weekly', 1, '{2}', '2027-06-01'
    from patients.patient p cross join works cross join generate_series(1, 8);
    with booked as (
      insert into scheduling.appointment (id, patient_id, practitioner_id, service_id, status, starts_at, ends_at)
      select s.id, s.patient_id, s.practitioner_id, s.service_id, case when row_number() over (partition by s.patient_id order by s.id) % 2 = 0 then 'cancelled' else 'booked' end,
        at, at + interval '15 minutes'
      from scheduling.series s cross join lateral (select (s.start_on + s.start_time) at time zone s.zone as at) i
      returning id, patient_id, practitioner_id, starts_at, ends_at
    )
    insert into scheduling.occurrence (series_id, occurs_on, patient_id, appointment_id, starts_at, ends_at, practitioner_id)
    select id, '2027-06-01', patient_id, id, starts_at, ends_at, practitioner_id from booked;
    update scheduling.series s set cancelled_last = array[s.id] where exists (select from scheduling.appointment a where a.id = s.id and a.status = 'cancelled');
    insert into patients.duplicate (patient_id, other_id, score, grade)
    select least(it.id, it.next), greatest(it.id, it.next), 0.8, 'probable'
    from (select p.id, lead(p.id) over (partition by l.subject_id is null order by p.id) as next
      from patients.patient p left join core.subject_label l on l.subject_id = p.id) it
    where it.next is not null;
    update ehr.medication_request set authored_at = core.now() - interval '3 days' where status = 'active' and fhir_extra is null;
    insert into facility.device (name, patient_id) select 'Pump', id from patients.patient;
    insert into laboratory.deputy (practitioner_id, deputy_id, during)
    select (select min(id::text)::uuid from facility.practitioner), (select max(id::text)::uuid from facility.practitioner), tstzrange(core.now(), core.now() + interval '1 day')`);
