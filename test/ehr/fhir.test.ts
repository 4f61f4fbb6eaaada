import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { sql } from '../../core/database.ts';
import { clientOf, password } from '../hms.ts';
import { etag, first, startWard, type Ward } from './ward.ts';

const test = suite<{ hms: Ward }>('ehr: FHIR');
test.before(async (at) => {
  at.hms = await startWard();
});
test.after((at) => at.hms?.stop());

const type = { 'content-type': 'application/fhir+json' };
const send = async (hms: Ward, resource: { resourceType: string; [element: string]: unknown }) => {
  const answer = await hms.doctor.post(`/fhir/R4/${resource.resourceType}`, resource, type);
  assert.is(answer.status, 201, JSON.stringify(answer.body));
  return answer.body;
};
const search = async (hms: Ward, query: string): Promise<string[]> => {
  const { status, body } = await hms.doctor.get(`/fhir/R4/${query}`);
  assert.is(status, 200, JSON.stringify(body));
  return (body.entry ?? []).map((entry: { resource: { id: string } }) => entry.resource.id);
};
const told = (hms: Ward, id: string) =>
  hms.db.anyFirst(
    sql.type(z.strictObject({ name: z.string() }))`select name from core.outbox where subject_id = ${id} order by id`,
  );

test('what is written at a visit reads as R4 and is found', async ({ hms }) => {
  const patientId = await hms.patient();
  const { body: visit } = await hms.walkIn(patientId);
  const encounterId = visit.id;
  const { body: allergy } = await hms.nurse.post('/api/allergies', {
    patientId,
    display: 'Latex allergy',
    criticality: 'high',
    reaction: 'Hives',
  });
  const { body: diagnosis } = await hms.doctor.post('/api/conditions', { patientId, encounterId, code: 'I10' });
  const { body: vitals } = await hms.nurse.post('/api/vitals', {
    patientId,
    encounterId,
    systolic: 141,
    diastolic: 89,
    temperature: 37.4,
  });
  await hms.doctor.put(
    `/api/encounters/${encounterId}/note`,
    { reason: 'Dizzy <since> Monday', findings: 'Pressure high', plan: 'Control in a week' },
    first,
  );
  const { body: note } = await hms.doctor.post(`/api/encounters/${encounterId}/note/sign`, {}, etag(1));
  const { body: drugs } = await hms.doctor.get('/api/medications?text=ramipril 5');
  const { body: request } = await hms.doctor.post('/api/medication-requests', {
    patientId,
    encounterId,
    medicationId: drugs.items[0].id,
    dosageText: '1 capsule in the morning',
    quantity: 30,
  });

  const read = async (path: string) => (await hms.doctor.get(`/fhir/R4/${path}`)).body;
  const encounter = await read(`Encounter/${encounterId}`);
  assert.equal(
    [
      encounter.status,
      encounter.class.code,
      encounter.subject.reference,
      encounter.participant[0].individual.reference,
    ],
    ['arrived', 'AMB', `Patient/${patientId}`, `Practitioner/${hms.practitioner}`],
  );
  const condition = await read(`Condition/${diagnosis.id}`);
  assert.equal(condition.code.coding, [
    { system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'I10', display: 'Essential (primary) hypertension' },
  ]);
  assert.is(condition.encounter.reference, `Encounter/${encounterId}`);
  const [pressure] = vitals.items.filter((it: { code: string }) => it.code === '85354-9');
  const observation = await read(`Observation/${pressure.id}`);
  assert.equal(
    observation.component.map((it: { valueQuantity: object }) => it.valueQuantity),
    [
      { value: 141, unit: 'mm[Hg]', system: 'http://unitsofmeasure.org', code: 'mm[Hg]' },
      { value: 89, unit: 'mm[Hg]', system: 'http://unitsofmeasure.org', code: 'mm[Hg]' },
    ],
  );
  assert.is(observation.component[0].interpretation[0].coding[0].code, 'H');
  assert.equal((await read(`AllergyIntolerance/${allergy.id}`)).reaction, [{ manifestation: [{ text: 'Hives' }] }]);
  const prescription = await read(`MedicationRequest/${request.id}`);
  assert.equal(
    [prescription.medicationCodeableConcept.coding[0].code, prescription.dispenseRequest.quantity],
    ['198189', { value: 30, unit: 'capsule' }],
  );
  const composition = await read(`Composition/${note.id}`);
  assert.equal([composition.status, composition.attester[0].mode], ['final', 'legal']);
  assert.match(composition.section[0].text.div, /<p>Dizzy &lt;since&gt; Monday<\/p>/);

  assert.equal(await search(hms, `Encounter?patient=${patientId}&status=arrived`), [encounterId]);
  assert.equal(
    await search(hms, `Observation?patient=${patientId}&code=http://loinc.org|85354-9&category=vital-signs`),
    [pressure.id],
  );
  assert.equal(await search(hms, `Observation?patient=${patientId}&component-code=8480-6`), [pressure.id]);
  assert.is((await search(hms, `Observation?patient=${patientId}&combo-code=8480-6,8310-5`)).length, 2);
  assert.equal(await search(hms, `Observation?patient=${patientId}&value-quantity=gt37||Cel`), [
    vitals.items.find((it: { code: string }) => it.code === '8310-5').id,
  ]);
  assert.equal(await search(hms, `Condition?patient=${patientId}&clinical-status=active`), [diagnosis.id]);
  assert.equal(await search(hms, `MedicationRequest?patient=${patientId}&status=active&intent=order`), [request.id]);
  assert.equal(await search(hms, `Composition?patient=${patientId}&status=final`), [note.id]);
});

test('what other systems send comes back as it was sent, and stands in the record', async ({ hms }) => {
  const patientId = await hms.patient();
  const subject = { reference: `Patient/${patientId}` };
  const encounter = await send(hms, {
    resourceType: 'Encounter',
    status: 'finished',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'EMER', display: 'emergency' },
    subject,
    type: [{ coding: [{ system: 'http://snomed.info/sct', code: '50849002' }], text: 'Emergency room admission' }],
    period: { start: '2019-05-03T10:00:00+02:00', end: '2019-05-03T11:30:00+02:00' },
  });
  const observation = await send(hms, {
    resourceType: 'Observation',
    status: 'final',
    subject,
    encounter: { reference: `Encounter/${encounter.id}` },
    effectiveDateTime: '2019-05',
    category: [
      {
        coding: [
          {
            system: 'http://terminology.hl7.org/CodeSystem/observation-category',
            code: 'laboratory',
            display: 'Laboratory',
          },
        ],
      },
    ],
    code: { coding: [{ system: 'http://loinc.org', code: '2339-0', display: 'Glucose' }], text: 'Glucose' },
    valueQuantity: { value: 80.1, comparator: '<', unit: 'mg/dL', system: 'http://unitsofmeasure.org', code: 'mg/dL' },
    referenceRange: [{ low: { value: 70 }, high: { value: 110 }, text: '70-110' }],
  });
  const smoking = await send(hms, {
    resourceType: 'Observation',
    status: 'final',
    subject,
    effectiveDateTime: '2019-05-03T10:00:00+02:00',
    code: { coding: [{ system: 'http://loinc.org', code: '72166-2', display: 'Tobacco smoking status' }] },
    valueCodeableConcept: {
      coding: [{ system: 'http://snomed.info/sct', code: '266919005', display: 'Never smoker' }],
      text: 'Never smoker',
    },
  });
  const condition = await send(hms, {
    resourceType: 'Condition',
    subject,
    code: {
      coding: [{ system: 'http://snomed.info/sct', code: '444814009', display: 'Viral sinusitis' }],
      text: 'Viral sinusitis',
    },
    clinicalStatus: {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'resolved' }],
    },
    onsetDateTime: '2018',
    abatementDateTime: '2018-06-02',
  });
  for (const sent of [encounter, observation, smoking, condition]) {
    const { body } = await hms.doctor.get(`/fhir/R4/${sent.resourceType}/${sent.id}`);
    assert.equal(body, sent);
  }
  assert.equal(observation.valueQuantity.comparator, '<');
  assert.is(observation.effectiveDateTime, '2019-05');
  assert.is(observation.referenceRange[0].text, '70-110');

  const { body: record } = await hms.doctor.get(`/api/patients/${patientId}/record`);
  assert.equal(
    [record.encounters.items[0].class, record.encounters.items[0].startedAt],
    ['EMER', '2019-05-03T08:00:00Z'],
  );
  assert.equal(
    record.problems.items.map((it: { display: string; onsetOn: string }) => [it.display, it.onsetOn]),
    [['Viral sinusitis', '2018-01-01']],
  );
  const values = Object.fromEntries(
    record.observations.items.map((it: { code: string; value: string }) => [it.code, it.value]),
  );
  assert.equal(values, { '2339-0': '80.1', '72166-2': 'Never smoker' });
});

test('a visit or a prescription that comes by FHIR has the same consequences; an import has none', async ({ hms }) => {
  const patientId = await hms.patient();
  const subject = { reference: `Patient/${patientId}` };
  const visit = { resourceType: 'Encounter', status: 'arrived', class: { code: 'AMB' }, subject };
  const arrived = await send(hms, visit);
  const finished = await hms.doctor.put(
    `/fhir/R4/Encounter/${arrived.id}`,
    {
      ...visit,
      id: arrived.id,
      status: 'finished',
      period: { start: '2026-03-02T07:00:00Z', end: '2026-03-02T07:30:00Z' },
    },
    type,
  );
  assert.is(finished.status, 200, JSON.stringify(finished.body));
  assert.equal(await told(hms, arrived.id), ['ehr.encounter-arrived', 'ehr.encounter-finished']);

  await hms.nurse.post('/api/allergies', { patientId, display: 'Penicillin' });
  const order = {
    resourceType: 'MedicationRequest',
    status: 'active',
    intent: 'order',
    subject,
    dispenseRequest: { quantity: { value: 20 } },
    medicationCodeableConcept: { coding: [{ system: 'http://www.nlm.nih.gov/research/umls/rxnorm', code: '308192' }] },
  };
  const refused = await hms.doctor.post('/fhir/R4/MedicationRequest', order, type);
  assert.equal([refused.status, refused.body.resourceType], [409, 'OperationOutcome']);
  const metformin = await send(hms, {
    ...order,
    medicationCodeableConcept: { coding: [{ system: 'http://www.nlm.nih.gov/research/umls/rxnorm', code: '860975' }] },
  });
  assert.equal(await told(hms, metformin.id), ['ehr.medication-requested']);
  const { body } = await hms.doctor.get(`/api/medication-requests/${metformin.id}`);
  assert.ok(body.medicationId, 'a code of the formulary leads to its medication');

  await hms.db.query(
    sql.unsafe`insert into auth.role_permission (role, permission) values ('doctor', 'record:import') on conflict do nothing`,
  );
  const importing = { ...type, 'openward-origin': 'import' };
  const { body: signedIn } = await hms.anonymous.post('/api/auth/login', { username: 'doctor', password });
  const importer = clientOf(hms.url, signedIn.accessToken);
  const history = await importer.post(
    '/fhir/R4/Encounter',
    { ...visit, status: 'finished', period: { start: '2020-01-01' } },
    importing,
  );
  assert.is(history.status, 201, JSON.stringify(history.body));
  assert.equal(
    (await told(hms, history.body.id)).filter((name) => name.startsWith('ehr.')),
    [],
  );
  assert.is(
    (await importer.post('/fhir/R4/MedicationRequest', order, importing)).status,
    201,
    'history is not argued with',
  );
});

test('a signed note is not rewritten by this door either; nobody is deleted', async ({ hms }) => {
  const patientId = await hms.patient();
  const { body: visit } = await hms.walkIn(patientId);
  await hms.doctor.put(`/api/encounters/${visit.id}/note`, { reason: 'a', findings: 'b', plan: 'c' }, first);
  const { body: note } = await hms.doctor.post(`/api/encounters/${visit.id}/note/sign`, {}, etag(1));
  const { body: composition } = await hms.doctor.get(`/fhir/R4/Composition/${note.id}`);
  const rewritten = await hms.doctor.put(`/fhir/R4/Composition/${note.id}`, { ...composition, section: [] }, type);
  assert.ok([400, 409].includes(rewritten.status), JSON.stringify(rewritten.body));
  const changed = structuredClone(composition);
  changed.section[2].text.div = '<div xmlns="http://www.w3.org/1999/xhtml"><p>forged</p></div>';
  assert.is((await hms.doctor.put(`/fhir/R4/Composition/${note.id}`, changed, type)).status, 409);
  assert.is((await hms.doctor.del(`/fhir/R4/Encounter/${visit.id}`)).status, 405);
});

test.run();
