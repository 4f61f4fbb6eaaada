import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { sql } from '../../core/database.ts';
import { invariants } from '../../plugins/ehr/invariants.ts';
import { etag, first, startWard, type Ward } from './ward.ts';

const test = suite<{ hms: Ward }>('ehr: the record');
test.before(async (at) => {
  at.hms = await startWard();
});
test.after((at) => at.hms?.stop());
test.after.each(async ({ hms }) => {
  for (const [rule, query] of Object.entries(invariants)) assert.equal(await hms.db.any(query), [], rule);
});

const medication = async ({ doctor }: Ward, text: string): Promise<string> => {
  const { body } = await doctor.get(`/api/medications?text=${encodeURIComponent(text)}`);
  assert.ok(body.items.length > 0, `nothing in the formulary for ${text}`);
  return body.items[0].id;
};

test('ICD-10-CM is found by code, by its beginning, by words in any order, with a typing error', async ({ hms }) => {
  const codes = async (text: string, limit = 5): Promise<string[]> => {
    const { status, body } = await hms.doctor.get(
      `/api/codes/icd-10-cm?text=${encodeURIComponent(text)}&limit=${limit}`,
    );
    assert.is(status, 200, JSON.stringify(body));
    return body.items.map(({ code }: { code: string }) => code);
  };
  assert.is((await codes('I10'))[0], 'I10');
  assert.is((await codes('e119'))[0], 'E11.9');
  assert.is((await codes('E11.9'))[0], 'E11.9');
  const below = await codes('E11.6', 10);
  assert.ok(below.every((code) => code.startsWith('E11.6')) && below.length === 10, below.join());
  assert.is((await codes('hypertension essential'))[0], 'I10');
  assert.is((await codes('fibrill atrial unspec'))[0], 'I48.91');
  assert.ok((await codes('hypertenshun essential', 20)).length > 0, 'a slip of the finger');
  const { body } = await hms.doctor.get('/api/codes/icd-10-cm?text=asthma&limit=100');
  const flags: boolean[] = body.items.map(({ billable }: { billable: boolean }) => billable);
  assert.equal(
    flags,
    [...flags].sort((a, b) => Number(b) - Number(a)),
    'billable ones first',
  );
  assert.equal(await codes("'; drop table & | ! :* ("), []);
  assert.is((await hms.doctor.get('/api/codes/icd-10-cm?text=')).status, 400);
});

test('a diagnosis is one of the list, once per visit, and is taken back, not deleted', async ({ hms }) => {
  const patientId = await hms.patient();
  const { body: visit } = await hms.walkIn(patientId);
  assert.is(
    (await hms.doctor.post('/api/conditions', { patientId, encounterId: visit.id, code: 'X99.Z' })).body.type,
    '/problems/code-unknown',
  );
  const made = await hms.doctor.post('/api/conditions', { patientId, encounterId: visit.id, code: 'e11.9' });
  assert.equal(
    [made.status, made.body.code, made.body.category, made.body.verificationStatus],
    [201, 'E11.9', 'encounter-diagnosis', 'confirmed'],
  );
  assert.is(
    (await hms.doctor.post('/api/conditions', { patientId, encounterId: visit.id, code: 'E11.9' })).body.type,
    '/problems/condition-once-per-visit',
  );
  assert.is(
    (await hms.doctor.post('/api/conditions', { patientId, code: 'E11.9' })).body.category,
    'problem-list-item',
  );
  assert.is((await hms.doctor.post(`/api/conditions/${made.body.id}/retract`)).status, 428);
  assert.is((await hms.doctor.post(`/api/conditions/${made.body.id}/retract`, {}, etag(7))).status, 412);
  const retracted = await hms.doctor.post(`/api/conditions/${made.body.id}/retract`, {}, etag(1));
  assert.equal([retracted.body.verificationStatus, retracted.body.clinicalStatus], ['entered-in-error', null]);
  assert.is(
    (await hms.doctor.post('/api/conditions', { patientId, encounterId: visit.id, code: 'E11.9' })).status,
    201,
    'and may be recorded again',
  );
  assert.equal((await hms.doctor.get(`/api/encounters/${visit.id}`)).body.conditions.length, 1);
});

test('vital signs are flagged by adult limits, both pressures are one observation', async ({ hms }) => {
  const patientId = await hms.patient();
  const { status, body } = await hms.nurse.post('/api/vitals', {
    patientId,
    systolic: 182,
    diastolic: 88,
    heartRate: 72,
    temperature: 38.4,
    oxygenSaturation: 88,
    respiratoryRate: 16,
    weight: 70.55,
    height: 171,
    pain: 4,
  });
  assert.is(status, 201, JSON.stringify(body));
  const by = Object.fromEntries(body.items.map((it: { code: string }) => [it.code, it]));
  assert.equal(
    [by['85354-9'].value, by['85354-9'].interpretation, by['85354-9'].effectiveAt],
    [null, 'HH', '2026-03-02T08:00:00Z'],
  );
  assert.equal(
    by['85354-9'].components.map((it: { code: string; value: string; unit: string; interpretation: string }) => [
      it.code,
      it.value,
      it.unit,
      it.interpretation,
    ]),
    [
      ['8480-6', '182', 'mm[Hg]', 'HH'],
      ['8462-4', '88', 'mm[Hg]', 'N'],
    ],
  );
  assert.equal(
    ['8867-4', '8310-5', '59408-5', '29463-7', '72514-3'].map((code) => [
      by[code].value,
      by[code].unit,
      by[code].interpretation,
    ]),
    [
      ['72', '/min', 'N'],
      ['38.4', 'Cel', 'H'],
      ['88', '%', 'LL'],
      ['70.55', 'kg', null],
      ['4', '{score}', 'H'],
    ],
  );
  assert.equal((await hms.nurse.get(`/api/observations/${by['8310-5'].id}`)).body, by['8310-5']);
  const trend = await hms.nurse.get(`/api/observations?patientId=${patientId}&code=8480-6`);
  assert.equal(
    trend.body.items.map(({ id }: { id: string }) => id),
    [by['85354-9'].id],
    'a component is found too',
  );
});

test('what cannot be is refused by its field, by age', async ({ hms }) => {
  const patientId = await hms.patient();
  const refused = await hms.nurse.post('/api/vitals', { patientId, temperature: 384, weight: 705, heartRate: 70 });
  assert.equal(
    [refused.status, refused.body.type, refused.body.errors.map(({ path }: { path: string }) => path)],
    [422, '/problems/vital-implausible', ['temperature', 'weight']],
  );
  assert.equal(refused.body.errors[0].message, 'Must be between 25 and 45 °C');
  const german = await hms.nurse.post('/api/vitals', { patientId, temperature: '37,5' });
  assert.equal([german.status, german.body.errors[0].path], [400, 'temperature'], 'numbers are numbers here');
  assert.is(
    (await hms.nurse.post('/api/vitals', { patientId, systolic: 80, diastolic: 120 })).body.errors[0].path,
    'diastolic',
  );
  assert.is((await hms.nurse.post('/api/vitals', { patientId })).status, 400);
  assert.is(
    (await hms.nurse.post('/api/vitals', { patientId, weight: 70, effectiveAt: '2026-03-03T00:00:00Z' })).body.type,
    '/problems/effective-in-future',
  );
  assert.is(
    (await hms.nurse.get(`/api/observations?patientId=${patientId}`)).body.items.length,
    0,
    'nothing of a refused reading is kept',
  );
  const baby = await hms.patient({ birthDate: '2025-11-02' });
  assert.is(
    (await hms.nurse.post('/api/vitals', { patientId: baby, weight: 70 })).body.errors[0].path,
    'weight',
    'ten times too heavy',
  );
  const fine = await hms.nurse.post('/api/vitals', { patientId: baby, weight: 7.2, heartRate: 140 });
  assert.equal(
    fine.body.items.map(({ interpretation }: { interpretation: string }) => interpretation),
    [null, null],
    'no adult limits for a child',
  );
});

test('an allergy is there once; "no known allergy" is said, and ends when one is found', async ({ hms }) => {
  const patientId = await hms.patient();
  const state = async () => (await hms.nurse.get(`/api/patients/${patientId}/record`)).body.allergies.state;
  assert.is(await state(), 'not-recorded');
  assert.is((await hms.nurse.post('/api/allergies', { patientId, noKnownAllergies: true })).status, 201);
  assert.is(await state(), 'none-known');
  assert.is((await hms.nurse.post('/api/allergies', { patientId, noKnownAllergies: true })).status, 409);
  const made = await hms.nurse.post('/api/allergies', {
    patientId,
    display: 'penicillin',
    criticality: 'high',
    reaction: 'Hives',
  });
  assert.equal(
    [made.status, made.body.display, made.body.code, made.body.clinicalStatus],
    [201, 'Penicillin', '70618', 'active'],
  );
  assert.is(await state(), 'recorded');
  assert.is(
    (await hms.nurse.post('/api/allergies', { patientId, display: 'Penicillin', code: '70618' })).body.type,
    '/problems/allergy-once-per-substance',
  );
  assert.is(
    (await hms.nurse.post('/api/allergies', { patientId, noKnownAllergies: true })).body.type,
    '/problems/allergies-recorded',
  );
  const retracted = await hms.nurse.post(`/api/allergies/${made.body.id}/retract`, {}, etag(1));
  assert.is(retracted.status, 200);
  assert.is(await state(), 'not-recorded');
  assert.is(
    (await hms.nurse.post('/api/allergies', { patientId, display: 'Penicillin' })).status,
    201,
    'and may be recorded again',
  );
  const many = await Promise.all(
    Array.from({ length: 6 }, () => hms.nurse.post('/api/allergies', { patientId, display: 'Latex allergy' })),
  );
  assert.equal(many.map(({ status }) => status).sort(), [201, 409, 409, 409, 409, 409]);
});

test('a recorded allergy stops the prescription by ingredient and by group, unless there is a reason', async ({
  hms,
}) => {
  const patientId = await hms.patient();
  const [amoxicillin, ibuprofen, metformin] = await Promise.all(
    ['amoxicillin 500', 'ibuprofen 200', 'metformin'].map((text) => medication(hms, text)),
  );
  const wish = (medicationId: string | undefined, more = {}) =>
    hms.doctor.post('/api/medication-requests', {
      patientId,
      medicationId,
      dosageText: '1 tablet three times a day',
      quantity: 21,
      ...more,
    });
  await hms.nurse.post('/api/allergies', { patientId, display: 'Penicillin', criticality: 'high' });
  await hms.nurse.post('/api/allergies', { patientId, display: 'Allergic to Aspirin since 1999' });

  const refused = await wish(amoxicillin);
  assert.equal(
    [refused.status, refused.body.type, refused.body.conflicts.map((it: { display: string }) => it.display)],
    [409, '/problems/allergy-conflict', ['Penicillin']],
  );
  assert.equal(
    (await wish(ibuprofen)).body.conflicts.map((it: { display: string }) => it.display),
    ['Allergic to Aspirin since 1999'],
    'written in words, of the same group',
  );
  const fine = await wish(metformin, { overrideReason: 'not needed' });
  assert.equal([fine.status, fine.body.allergyCheck, fine.body.overrideReason], [201, 'clear', null]);
  const overridden = await wish(amoxicillin, { overrideReason: 'Tolerated in 2024' });
  assert.equal(
    [overridden.status, overridden.body.allergyCheck, overridden.body.overrideReason, overridden.body.practitionerName],
    [201, 'overridden', 'Tolerated in 2024', 'Dr Diallo'],
  );
  assert.is((await wish(hms.service)).body.type, '/problems/medication-unknown');
  assert.is((await wish(metformin, { quantity: 1.5 })).status, 400);
});

const Told = z.strictObject({ facts: z.record(z.string(), z.unknown()) });

test('what pharmacy hands out is counted once, never beyond what was prescribed; the rest can be stopped', async ({
  hms,
}) => {
  const patientId = await hms.patient();
  const medicationId = await medication(hms, 'metformin');
  const { body: request } = await hms.doctor.post('/api/medication-requests', {
    patientId,
    medicationId,
    dosageText: '1 daily',
    quantity: 30,
  });
  const told = await hms.db.any(sql.type(Told)`select facts from core.outbox where subject_id = ${request.id}`);
  assert.equal(told[0]!.facts, { patientId, encounterId: null, medicationId, medicationCode: '860975', quantity: 30 });
  const read = async () => (await hms.doctor.get(`/api/medication-requests/${request.id}`)).body;
  const dispense = (quantity: number) =>
    hms.db.query(sql.unsafe`
    select core.publish('pharmacy.medication-dispensed', uuidv7(), jsonb_build_object('medicationRequestId', ${request.id}::text, 'quantity', ${quantity}::int), null, 'here')
  `);
  await dispense(20);
  await hms.settle();
  assert.equal([(await read()).dispensedQuantity, (await read()).status], [20, 'active']);
  await hms.db.query(
    sql.unsafe`update core.delivery set status = 'pending', attempts = 0 where subscriber = 'ehr:pharmacy.medication-dispensed'`,
  );
  await hms.settle();
  assert.is((await read()).dispensedQuantity, 20, 'delivered twice, counted once');
  await dispense(10);
  await hms.settle();
  assert.equal([(await read()).dispensedQuantity, (await read()).status], [30, 'completed']);
  await dispense(-10);
  await hms.settle();
  assert.equal([(await read()).dispensedQuantity, (await read()).status], [20, 'active'], 'some of it came back');
  const tooMuch = await hms.db
    .query(sql.unsafe`update ehr.medication_request set dispensed_quantity = 31 where id = ${request.id}`)
    .then(
      () => '',
      (error: Error) => String(error.cause),
    );
  assert.match(tooMuch, /dispensed_within_prescribed/);
  const { version } = await read();
  assert.is((await hms.doctor.post(`/api/medication-requests/${request.id}/cancel`, { reason: 'Nausea' })).status, 428);
  const stopped = await hms.doctor.post(
    `/api/medication-requests/${request.id}/cancel`,
    { reason: 'Nausea' },
    etag(version),
  );
  assert.equal([stopped.status, stopped.body.status], [200, 'stopped']);
  assert.is(
    (
      await hms.doctor.post(
        `/api/medication-requests/${request.id}/cancel`,
        { reason: 'x' },
        etag(stopped.body.version),
      )
    ).body.type,
    '/problems/medication-request-closed',
  );
});

test('each section of the record says the same as the single thing', async ({ hms }) => {
  const patientId = await hms.patient();
  const { body: visit } = await hms.walkIn(patientId);
  const encounterId = visit.id;
  await hms.nurse.post('/api/allergies', {
    patientId,
    display: 'Latex allergy',
    criticality: 'low',
    reaction: 'Itching',
  });
  await hms.doctor.post('/api/conditions', { patientId, encounterId, code: 'R00.2' });
  await hms.doctor.post('/api/conditions', { patientId, code: 'I10' });
  await hms.nurse.post('/api/vitals', { patientId, encounterId, systolic: 141, diastolic: 89, temperature: 37 });
  await hms.doctor.put(
    `/api/encounters/${encounterId}/note`,
    { reason: 'a "quoted"', findings: 'line\nbreak', plan: 'é' },
    first,
  );
  await hms.doctor.post('/api/medication-requests', {
    patientId,
    encounterId,
    medicationId: await medication(hms, 'bisoprolol'),
    dosageText: '1 daily',
    quantity: 30,
  });

  const { status, body: record } = await hms.doctor.get(`/api/patients/${patientId}/record`);
  assert.is(status, 200, JSON.stringify(record));
  const doors = {
    allergies: 'allergies',
    problems: 'conditions',
    medications: 'medication-requests',
    observations: 'observations',
    notes: 'notes',
  };
  for (const [section, path] of Object.entries(doors)) {
    assert.ok(record[section].items.length > 0, section);
    for (const item of record[section].items) {
      const single = await hms.doctor.get(`/api/${path}/${item.id}`);
      assert.is(single.status, 200, `${path}: ${JSON.stringify(single.body)}`);
      assert.equal(item, single.body, section);
    }
  }
  const { patient: _, ...head } = (await hms.doctor.get(`/api/encounters/${encounterId}`)).body.encounter;
  assert.equal(record.encounters, { items: [head], total: 1, next: null });
  assert.equal(
    record.problems.items.map(({ code }: { code: string }) => code),
    ['I10'],
    'what was diagnosed at a visit stands with the visit',
  );

  const { body: forPharmacist } = await (await hms.as('pharmacist')).get(`/api/patients/${patientId}/record`);
  assert.equal(
    Object.keys(forPharmacist)
      .filter((key) => key in record && !['patient', 'protection'].includes(key))
      .sort(),
    ['allergies', 'medications', 'person'],
  );
});

test('a record with a thousand visits gives the newest fifty at once, and says where the rest begins', async ({
  hms,
}) => {
  const patientId = await hms.patient();
  await hms.db.query(sql.unsafe`
    with made as (
      insert into ehr.encounter (patient_id, status, practitioner_id, arrived_at, started_at, ended_at)
      select ${patientId}, 'finished', ${hms.practitioner}, at, at, at + interval '20 minutes' from generate_series(1, 1000) n, lateral (select core.now() - n * interval '1 day' as at) t
      returning id, arrived_at
    ), diagnosed as (
      insert into ehr.condition (patient_id, encounter_id, code_system, code, display, category, recorded_at)
      select ${patientId}, id, 'http://hl7.org/fhir/sid/icd-10-cm', 'I10', 'Essential (primary) hypertension', 'encounter-diagnosis', arrived_at from made
    )
    insert into ehr.observation (patient_id, encounter_id, category, code, display, value, unit, effective_at)
    select ${patientId}, id, 'vital-signs', '29463-7', 'Body weight', 70, 'kg', arrived_at from made
  `);
  const times: number[] = [];
  for (let round = 0; round < 6; round += 1) {
    const begun = performance.now();
    const { body } = await hms.doctor.get(`/api/patients/${patientId}/record`);
    times.push(performance.now() - begun);
    assert.equal(
      [body.encounters.items.length, body.encounters.total, body.observations.items.length, body.observations.total],
      [50, 1000, 50, 1000],
    );
  }
  assert.ok(Math.min(...times) < 500, `the record took ${times.map(Math.round).join(', ')} ms`);

  const { body } = await hms.doctor.get(`/api/patients/${patientId}/record`);
  const seen = new Set<string>(body.encounters.items.map(({ id }: { id: string }) => id));
  let next: string | undefined = body.encounters.next;
  while (next) {
    const { body: page } = await hms.doctor.get(`/api/encounters?patientId=${patientId}&limit=100&cursor=${next}`);
    for (const { id } of page.items) seen.add(id);
    next = page.next;
  }
  assert.is(seen.size, 1000, 'each visit once');
  const { body: all } = await hms.doctor.get(`/api/patients/${patientId}/record?all=true`);
  assert.equal([all.encounters.items.length, all.encounters.next], [1000, null]);
  console.log(`    record of 1,000 visits: ${times.map((ms) => ms.toFixed(1)).join(' ')} ms`);
});

test.run();
