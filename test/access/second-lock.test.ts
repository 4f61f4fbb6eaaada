import pg from 'pg';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { shipped } from '../../core/loader.ts';
import { startHms, type TestHms } from '../hms.ts';

/*
 * What PostgreSQL holds by itself, whatever the application forgets. That the role of patients sees nobody's rows without a context
 * and no others' with it, table by table: bound.test.ts.
 */
interface At {
  hms: TestHms;
  owner: pg.Client;
  patient: pg.Client;
}
const test = suite<At>('access: the second lock');
test.before(async (at) => {
  at.hms = await startHms(shipped(), { now: '2026-03-02T08:00:00Z', demo: { patients: 40, visitsPerPatient: 3 } });
  const open = async (connectionString: string) => {
    const client = new pg.Client({ connectionString });
    await client.connect();
    return client;
  };
  at.owner = await open(at.hms.hms.urls.owner!);
  at.patient = await open(at.hms.hms.urls.patient);
});
test.after(async ({ hms, owner, patient }) => {
  await owner?.end();
  await patient?.end();
  await hms?.stop();
});

const column = async (client: pg.Client, statement: string): Promise<string[]> =>
  (await client.query<{ it: string }>(statement)).rows.map(({ it }) => it);

test('of everything that a database keeps the application owns nothing, and may add nothing', async ({ owner }) => {
  const owned = `
    select pg_describe_object(classid, objid, objsubid) as it from pg_shdepend
    where deptype = 'o' and refclassid = 'pg_authid'::regclass and refobjid in ('app'::regrole, 'patient'::regrole)
      and dbid = (select oid from pg_database where datname = current_database())
    union all
    select datname from pg_database where datname = current_database() and datdba in ('app'::regrole, 'patient'::regrole)`;
  assert.equal(await column(owner, owned), []);
  const adds = `
    select role || ' in ' || nspname as it from pg_namespace, unnest(array['app', 'patient']) role
    where nspname !~ '^pg_' and nspname <> 'bullmq' and has_schema_privilege(role, oid, 'create')
    union all
    select role || ' in the database' from unnest(array['app', 'patient']) role
    where has_database_privilege(role, current_database(), 'create')`;
  assert.equal(await column(owner, adds), []);
});

test('what runs with the rights of its owner looks for names nowhere else than where it says', async ({ owner }) => {
  const loose = `
    select oid::regprocedure::text as it from pg_proc
    where prosecdef and pronamespace::regnamespace::text !~ '^(pg_|information_schema)'
      and not exists (select from unnest(proconfig) it where it like 'search_path=%')
    order by 1`;
  assert.equal(await column(owner, loose), []);
});

const released = (id: string) =>
  `exists (select from laboratory.result r where r.service_request_id = ${id} and r.released_at <= core.now())`;
/** Where being of this patient is not enough; kept by hand. */
const narrower: Record<string, string> = {
  'ehr.composition': `it.status in ('final', 'amended')`,
  'ehr.observation': 'it.withheld_until is null or it.withheld_until <= core.now()',
  'laboratory.service_request': released('it.id'),
  'laboratory.diagnostic_report': released('it.service_request_id'),
  'laboratory.result': 'it.released_at <= core.now()',
  'laboratory.correction':
    'exists (select from laboratory.result r where r.id = it.result_id and r.released_at <= core.now())',
  'laboratory.critical_result': 'false',
  'lab_adapter.outgoing': 'false',
  'lab_adapter.incoming': 'false',
  'portal.invitation': 'false',
};

test('each table with a rule of its own for patients is in the list', async ({ owner }) => {
  const own = `
    select polrelid::regclass::text as it from pg_policy
    where polname = 'patient_own' and pg_get_expr(polqual, polrelid) !~ '^\\(patient_id = \\( SELECT (core\\.)?current_patient\\(\\) AS current_patient\\)\\)$'
    order by 1`;
  assert.equal(await column(owner, own), Object.keys(narrower).sort());
});

test('notes before they are signed, orders, results and reports before something is released are nobody’s to read but the house’s', async ({
  hms,
  owner,
  patient,
}) => {
  const whoever = `(select patient_id from laboratory.result where released_at <= core.now() group by 1 order by count(*) desc, 1 limit 1)`;
  const [id] = await column(owner, `select ${whoever}::text as it`);
  // Something in each state: what triggers would refuse is put there past them.
  await hms.asAdmin(`
    begin;
    set local session_replication_role = replica;
    insert into ehr.composition (encounter_id, patient_id, status, title)
    select e.id, e.patient_id, new.status, 'Made by a test' from (select id, patient_id from ehr.encounter where patient_id = '${id}' limit 1) e,
      unnest(array['preliminary', 'entered-in-error', 'final']) new (status);
    update ehr.observation set withheld_until = 'infinity' where id in (select id from ehr.observation where patient_id = '${id}' order by id limit 1);
    update laboratory.result set released_at = 'infinity' where service_request_id in
      (select service_request_id from laboratory.result where patient_id = '${id}' order by 1 limit 1);
    commit`);
  const wrong: string[] = [];
  const [hidden, shown] = [new Set<string>(), new Set<string>()];
  for (const [table, rule] of Object.entries(narrower)) {
    const all = `select it.id::text as it from ${table} it where it.patient_id = '${id}'`;
    const theirs = await column(owner, `${all} and (${rule}) order by 1`);
    if ((await column(owner, all)).length > theirs.length) hidden.add(table);
    if (theirs.length > 0) shown.add(table);
    await patient.query('begin');
    await patient.query(`select set_config('openward.patient_id', $1, true)`, [id]);
    const seen = await column(patient, `select id::text as it from ${table} order by 1`);
    await patient.query('commit');
    if (seen.join() !== theirs.join()) wrong.push(`${table}: ${seen.length} rows instead of ${theirs.length}`);
  }
  assert.equal(wrong, []);
  for (const table of Object.keys(narrower).slice(0, 5))
    assert.ok(hidden.has(table) && shown.has(table), `${table} has both what is shown and what is not`);
});
test.run();
