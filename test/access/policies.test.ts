import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { sql } from '../../core/database.ts';
import { startWard, type Ward } from '../ehr/ward.ts';

const test = suite<{ ward: Ward }>('access: care relation and sites');
test.before(async (at) => {
  at.ward = await startWard(['laboratory', 'inpatient', 'pharmacy', 'billing'], { OPENWARD_SEE: 'care-relation' });
});
test.after((at) => at.ward?.stop());

const sees = async (ward: Ward, role: string, patientId: string) =>
  (await (await ward.as(role)).get(`/api/patients/${patientId}`)).status;

test('whoever registers somebody sees the record, and nobody else does', async ({ ward }) => {
  const patientId = await ward.patient();
  assert.is(await sees(ward, 'receptionist', patientId), 200);
  for (const role of ['doctor', 'nurse', 'pharmacist', 'cashier', 'labtech', 'admin'])
    assert.is(await sees(ward, role, patientId), 404, role);
});

test('an appointment lets its practitioner see the record; when it is cancelled that ends', async ({ ward }) => {
  const patientId = await ward.patient();
  const booked = await ward.clerk.post('/api/appointments', {
    patientId, practitionerId: ward.practitioner, serviceId: ward.service,
    startsAt: '2026-03-02T10:00:00+01:00', endsAt: '2026-03-02T10:30:00+01:00',
  }); // prettier-ignore
  assert.is(booked.status, 201);
  assert.is(await sees(ward, 'doctor', patientId), 200);
  assert.is(await sees(ward, 'labtech', patientId), 404);
  const cancelled = await ward.clerk.post(
    `/api/appointments/${booked.body.id}/cancel`,
    { reason: 'ill' },
    { 'if-match': booked.headers.get('etag')! },
  );
  assert.is(cancelled.status, 200);
  assert.is(await sees(ward, 'doctor', patientId), 404);
});

test('an open visit lets those see who work in visits; the laboratory sees whose order waits', async ({ ward }) => {
  const patientId = await ward.patient();
  // The desk checks in whom it registered; a doctor without a relation cannot even begin a visit.
  assert.is((await ward.walkIn(patientId)).status, 404);
  await ward.db.query(sql.unsafe`
    insert into ehr.encounter (patient_id, practitioner_id, status, arrived_at) values (${patientId}, ${ward.practitioner}, 'in-progress', core.now())
  `);
  for (const role of ['doctor', 'nurse']) assert.is(await sees(ward, role, patientId), 200, role);
  assert.is(await sees(ward, 'labtech', patientId), 404);
  await ward.db.query(
    sql.unsafe`update ehr.encounter set status = 'finished', ended_at = core.now() where patient_id = ${patientId}`,
  );
  assert.is(await sees(ward, 'nurse', patientId), 404);
  assert.is(await sees(ward, 'doctor', patientId), 200);
});

test('rows in bulk make their relations in one go, and what is long over makes none', async ({ ward }) => {
  const kept = () =>
    ward.db.oneFirst(
      sql.type(z.object({ n: z.number() }))`select count(*)::int as n from core.access_relation where kind = 'visit'`,
    );
  const patients = await Promise.all([ward.patient(), ward.patient(), ward.patient()]);
  const before = await kept();
  await ward.db.query(sql.unsafe`
    insert into ehr.encounter (patient_id, practitioner_id, status, arrived_at, started_at, ended_at)
    select id, ${ward.practitioner}, 'finished', core.now() - interval '2 years', core.now() - interval '2 years', core.now() - interval '2 years'
    from unnest(${sql.array(patients, 'uuid')}) id
  `);
  assert.is(await kept(), before);
  await ward.db.query(sql.unsafe`
    insert into ehr.encounter (patient_id, practitioner_id, status, arrived_at)
    select id, ${ward.practitioner}, 'arrived', core.now() from unnest(${sql.array(patients, 'uuid')}) id
  `);
  assert.is(await kept(), before + 3);
});
test.run();
