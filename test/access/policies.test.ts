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

test('a stay lets the wards see the record, and the discharge ends that at once', async ({ ward }) => {
  const patientId = await ward.patient();
  const [bedOf] = await ward.db.anyFirst(sql.type(z.object({ id: z.uuid() }))`
    with visit as (
      insert into ehr.encounter (patient_id, practitioner_id, status, arrived_at, class) values (${patientId}, ${ward.practitioner}, 'in-progress', core.now(), 'IMP') returning id
    )
    insert into inpatient.stay (patient_id, encounter_id, practitioner_id, status, admitted_at)
    select ${patientId}, id, ${ward.practitioner}, 'admitted', core.now() from visit returning id
  `);
  await ward.db.query(sql.unsafe`delete from core.access_circle where subject_id = ${patientId} and kind = 'visit'`);
  for (const role of ['nurse', 'doctor']) assert.is(await sees(ward, role, patientId), 200, role);
  assert.is(await sees(ward, 'labtech', patientId), 404);
  await ward.db.query(sql.unsafe`delete from core.access_relation where subject_id = ${patientId} and kind = 'visit'`);
  await ward.db.query(sql.unsafe`
    update inpatient.stay set status = 'discharged', discharged_at = core.now(), disposition = 'home' where id = ${bedOf!}
  `);
  for (const role of ['nurse', 'doctor']) assert.is(await sees(ward, role, patientId), 404, role);
});

test('an order lets the laboratory see the record; taken back that ends at once, done after a week', async ({
  ward,
}) => {
  const order = async (): Promise<{ id: string; patientId: string }> => {
    const patientId = await ward.patient();
    const id = await ward.db.oneFirst(sql.type(z.object({ id: z.uuid() }))`
      insert into laboratory.service_request (requisition_id, patient_id, test_id, authored_at)
      values (uuidv7(), ${patientId}, (select id from laboratory.test order by id limit 1), core.now()) returning id
    `);
    assert.is(await sees(ward, 'labtech', patientId), 200);
    assert.is(await sees(ward, 'cashier', patientId), 404);
    return { id, patientId };
  };
  const [back, done] = [await order(), await order()];
  await ward.db.query(sql.unsafe`update laboratory.service_request set status = 'revoked' where id = ${back.id}`);
  assert.is(await sees(ward, 'labtech', back.patientId), 404);
  await ward.db.query(sql.unsafe`update laboratory.service_request set status = 'completed' where id = ${done.id}`);
  assert.is(await sees(ward, 'labtech', done.patientId), 200, 'corrections come after');
  await ward.setClock('2026-03-09T07:00:00Z');
  assert.is(await sees(ward, 'labtech', done.patientId), 200);
  await ward.setClock('2026-03-09T09:00:00Z');
  assert.is(await sees(ward, 'labtech', done.patientId), 404);
});
test.run();
