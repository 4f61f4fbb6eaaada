import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { service } from '../../core/actor.ts';
import { sql } from '../../core/database.ts';
import { cases, demoAllergies } from '../../plugins/ehr/demo/cases.ts';
import { invariants } from '../../plugins/ehr/invariants.ts';
import { startHms, type TestHms } from '../hms.ts';

const plugins = ['auth', 'facility', 'patients', 'scheduling', 'ehr'];
const plan = {
  patients: 120,
  visitsPerPatient: 8,
  passwordPepper: 'x'.repeat(32),
  zone: 'Europe/Berlin',
  currency: 'EUR',
  progress: () => {},
};

const test = suite<{ hms: TestHms }>('ehr: demo hospital');
test.before(async (at) => {
  // A Wednesday, 11:00 in Berlin.
  at.hms = await startHms(plugins, { now: '2026-03-04T10:00:00Z' });
  const owner = { ...at.hms.db, actor: service('demo') };
  for (const plugin of at.hms.hms.plugins) if (plugin.demo) await owner.transaction((tx) => plugin.demo!(tx, plan));
});
test.after((at) => at.hms?.stop());

const counts = (hms: TestHms, query: ReturnType<typeof sql.fragment>) =>
  hms.db.oneFirst(sql.type(z.strictObject({ n: z.int() }))`select count(*)::int as n ${query}`);

test('its codes are in the lists', async ({ hms }) => {
  const codes = [...new Set(cases.map(({ code }) => code))];
  const drugs = [...new Set(cases.flatMap((it) => (it.drugs ?? []).map(([code]) => code)))];
  assert.is(
    await counts(hms, sql.fragment`from ehr.code_icd10cm where billable and code = any(${sql.array(codes, 'text')})`),
    codes.length,
  );
  assert.is(
    await counts(hms, sql.fragment`from ehr.medication where formulary and code = any(${sql.array(drugs, 'text')})`),
    drugs.length,
  );
  assert.is(
    await counts(
      hms,
      sql.fragment`from ehr.substance where code = any(${sql.array(
        demoAllergies.map(([code]) => code),
        'text',
      )})`,
    ),
    demoAllergies.length,
  );
});

test('every appointment that was kept is a finished visit with its diagnosis and note; who is here today waits', async ({
  hms,
}) => {
  const kept = await counts(hms, sql.fragment`from scheduling.appointment where status = 'fulfilled'`);
  assert.ok(kept > 700, `${kept} visits`);
  assert.is(
    await counts(
      hms,
      sql.fragment`from ehr.encounter e join scheduling.visit v on v.encounter_id = e.id where e.status = 'finished' and e.ended_at <= core.now()`,
    ),
    kept,
  );
  const here = await counts(hms, sql.fragment`from scheduling.appointment where status = 'checked-in'`);
  const underWay = await counts(hms, sql.fragment`from ehr.encounter where status = 'in-progress'`);
  assert.is(await counts(hms, sql.fragment`from ehr.encounter where status = 'arrived'`), here - underWay);
  assert.ok(here > underWay && underWay <= 2, `${here} are here, ${underWay} just being seen`);
  assert.ok((await counts(hms, sql.fragment`from ehr.condition where category = 'encounter-diagnosis'`)) > kept * 0.9);
  assert.ok((await counts(hms, sql.fragment`from ehr.composition where status = 'final'`)) > kept * 0.9);
});

test('figures are as a hospital has them', async ({ hms }) => {
  const visits = await counts(hms, sql.fragment`from ehr.encounter where status = 'finished'`);
  const share = async (query: ReturnType<typeof sql.fragment>, whole: number) =>
    Math.round(((await counts(hms, query)) / whole) * 100);
  const prescribed = await share(sql.fragment`from ehr.medication_request`, visits);
  assert.ok(prescribed >= 35 && prescribed <= 60, `${prescribed} % of visits with a prescription`);
  const allergic = await share(
    sql.fragment`from (select distinct patient_id from ehr.allergy_intolerance where not none_known) a`,
    plan.patients,
  );
  assert.ok(allergic >= 12 && allergic <= 38, `${allergic} % with allergies`);
  const none = await share(sql.fragment`from ehr.allergy_intolerance where none_known`, plan.patients);
  assert.ok(none >= 35 && none <= 65, `${none} % without any`);
  assert.ok((await counts(hms, sql.fragment`from ehr.observation where interpretation = 'H'`)) > 10);
  assert.is(
    await counts(hms, sql.fragment`from ehr.observation where value is not null and (value < 0 or value > 300)`),
    0,
  );
  for (const [rule, query] of Object.entries(invariants)) assert.equal(await hms.db.any(query), [], rule);
});

test('the doctor finds a day with patients in it', async ({ hms }) => {
  const doctor = await hms.as('doctor');
  const { body } = await doctor.get('/api/encounters?date=2026-03-04&status=arrived,in-progress');
  assert.ok(body.items.length > 0);
  const { body: record } = await doctor.get(`/api/patients/${body.items[0].patient.id}/record`);
  assert.ok(record.encounters.total > 0);
});

test.run();
