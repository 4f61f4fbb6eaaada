import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { canonical, parseJson, type Json } from '../../fhir/json.ts';
import { potassium, startBench, type Bench } from './bench.ts';

const test = suite<{ bench: Bench }>('laboratory: FHIR');
test.before(async (at) => {
  at.bench = await startBench();
});
test.after((at) => at.bench?.stop());

const root = '/fhir/R4';
type Resource = Record<string, unknown> & { id: string; status: string };
const found = async ({ doctor }: Bench, query: string): Promise<Resource[]> => {
  const { status, body } = await doctor.get(`${root}/${query}`);
  assert.is(status, 200, JSON.stringify(body));
  return (body.entry ?? []).map((entry: { resource: Resource }) => entry.resource);
};

test('an order is read as request, specimen, report and observation that refer to each other', async ({ bench }) => {
  const at = await bench.visit();
  const it = await bench.measured(at, 'K', { [potassium]: '5.6' });
  const [request] = await found(
    bench,
    `ServiceRequest?patient=${at.patientId}&status=completed&code=http://loinc.org|${potassium}`,
  );
  const [specimen] = await found(bench, `Specimen?patient=${at.patientId}&status=available`);
  const [report] = await found(
    bench,
    `DiagnosticReport?encounter=${at.encounterId}&status=final&date=2026-03-02&code=${potassium}`,
  );
  const [observation] = await found(bench, `Observation?patient=${at.patientId}&category=laboratory`);
  assert.ok(request && specimen && report && observation);
  assert.equal(
    [request.intent, request.priority, request.subject, request.encounter],
    ['order', 'routine', { reference: `Patient/${at.patientId}` }, { reference: `Encounter/${at.encounterId}` }],
  );
  assert.equal(specimen.request, [{ reference: `ServiceRequest/${request.id}` }]);
  assert.equal(report.basedOn, [{ reference: `ServiceRequest/${request.id}` }]);
  assert.equal(report.result, [{ reference: `Observation/${observation.id}` }]);
  assert.equal(report.specimen, [{ reference: `Specimen/${specimen.id}` }]);
  assert.equal(observation.valueQuantity, {
    value: 5.6,
    unit: 'mmol/L',
    system: 'http://unitsofmeasure.org',
    code: 'mmol/L',
  });
  const { value } = specimen.accessionIdentifier as { value: string };
  assert.equal(
    (await found(bench, `Specimen?identifier=${value}`)).map(({ id }) => id),
    [specimen.id],
  );
  assert.equal(
    (await found(bench, `DiagnosticReport?based-on=${request.id}`)).map(({ id }) => id),
    [report.id],
  );
  assert.is(it.interpretation, 'H');
});

test('a request for what we offer is an order; for anything else it is written down', async ({ bench }) => {
  const at = await bench.visit();
  const request = (code: string, display: string) => ({
    resourceType: 'ServiceRequest',
    status: 'active',
    intent: 'order',
    priority: 'asap',
    code: { coding: [{ system: 'http://loinc.org', code, display }] },
    subject: { reference: `Patient/${at.patientId}` },
    encounter: { reference: `Encounter/${at.encounterId}` },
    extension: [{ url: 'http://example.org/fasting', valueBoolean: true }],
  });
  const ours = await bench.doctor.post(`${root}/ServiceRequest`, request('24326-1', 'Electrolytes'));
  assert.is(ours.status, 201, JSON.stringify(ours.body));
  assert.equal(ours.body.extension, [{ url: 'http://example.org/fasting', valueBoolean: true }], 'and loses nothing');
  const { items } = (await bench.nurse.get('/api/laboratory/worklist?tab=collect')).body;
  assert.ok(
    items.some(
      (it: { patient: { id: string }; priority: string }) => it.patient.id === at.patientId && it.priority === 'urgent',
    ),
  );
  const again = await bench.doctor.post(`${root}/ServiceRequest`, request('24326-1', 'Electrolytes'));
  assert.is(again.status, 409);
  assert.match(JSON.stringify(again.body), 'OperationOutcome');
  const other = await bench.doctor.post(`${root}/ServiceRequest`, request('24627-2', 'CT chest'));
  assert.is(other.status, 201);
  assert.is((await bench.nurse.post(`${root}/ServiceRequest`, request('24326-1', 'Electrolytes'))).status, 403);

  const change = await bench.doctor.put(`${root}/ServiceRequest/${ours.body.id}`, { ...ours.body, priority: 'stat' });
  assert.is(change.status, 409, 'ours changes at the bench');
  const revoked = await bench.doctor.put(`${root}/ServiceRequest/${ours.body.id}`, { ...ours.body, status: 'revoked' });
  assert.equal([revoked.status, revoked.body.status], [200, 'revoked'], JSON.stringify(revoked.body));
});

test('reports and specimens of others come back whole, by every parameter', async ({ bench }) => {
  const patientId = await bench.patient();
  const subject = { reference: `Patient/${patientId}` };
  const report = {
    resourceType: 'DiagnosticReport',
    identifier: [{ system: 'urn:elsewhere', value: 'R-17' }],
    status: 'amended',
    category: [
      { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0074', code: 'RAD' }] },
      { text: 'Imaging' },
    ],
    code: { text: 'CT chest', coding: [{ system: 'http://loinc.org', code: '24627-2' }] },
    subject,
    effectivePeriod: { start: '2026-02-01T10:00:00+01:00', end: '2026-02-01T10:20:00+01:00' },
    issued: '2026-02-01T12:00:00.250+01:00',
    result: [{ display: 'No node' }],
    conclusion: 'Nothing new.',
    presentedForm: [{ contentType: 'text/plain', data: 'bm90ZQ==' }],
  };
  const specimen = {
    resourceType: 'Specimen',
    identifier: [{ system: 'urn:elsewhere', value: 'S-17' }],
    accessionIdentifier: { system: 'urn:elsewhere', value: 'A-1' },
    status: 'unsatisfactory',
    type: { coding: [{ system: 'http://snomed.info/sct', code: '122555007' }] },
    subject,
    receivedTime: '2026-02-01',
    collection: { collectedPeriod: { start: '2026-02-01' }, quantity: { value: 6.0, unit: 'mL' } },
  };
  for (const sent of [report, specimen]) {
    const made = await bench.labtech.post(`${root}/${sent.resourceType}`, sent);
    assert.is(made.status, 201, JSON.stringify(made.body));
    const { id, meta, ...kept } = (await bench.labtech.get(`${root}/${sent.resourceType}/${made.body.id}`)).body;
    assert.ok(id && meta);
    assert.equal(kept, sent);
    const parameters = [`identifier=${sent.identifier[0]?.value}`, `patient=${patientId}`, `status=${sent.status}`];
    for (const query of [
      ...parameters,
      ...(sent === report ? ['date=2026-02-01', 'category=RAD', 'code=24627-2'] : ['collected=2026-02']),
    ])
      assert.ok(
        (await found(bench, `${sent.resourceType}?${query}`)).some((it) => it.id === id),
        query,
      );
    const changed = await bench.labtech.put(`${root}/${sent.resourceType}/${id}`, {
      ...sent,
      id,
      status: sent === report ? 'final' : 'available',
    });
    assert.is(changed.status, 200, JSON.stringify(changed.body));
    assert.is((await bench.labtech.get(`${root}/${sent.resourceType}/${id}/_history/1`)).body.status, sent.status);
    assert.is((await bench.labtech.del(`${root}/${sent.resourceType}/${id}`)).status, 405);
  }
});

const example = parseJson(
  readFileSync(join(import.meta.dirname, '../data/laboratory/Specimen-101.json'), 'utf8'),
) as Json;

test('HL7’s example of a specimen loses nothing, whatever is added to it', async ({ bench }) => {
  const ownOf = ({ id: _, meta: _m, ...own }: Json) => canonical(own);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.stringMatching(/^-?[1-9]\d{0,3}(\.\d{1,8})?$/), { minLength: 1, maxLength: 4 }),
      async (decimals) => {
        const extension = decimals.map((valueDecimal) => ({
          url: 'http://example.org/x',
          valueDecimal: JSON.rawJSON(valueDecimal),
        }));
        const sent = { ...example, extension };
        const made = await bench.labtech.fetch(`${root}/Specimen`, {
          method: 'POST',
          body: JSON.stringify(sent),
          headers: { 'content-type': 'application/fhir+json' },
        });
        assert.is(made.status, 201);
        const { id } = (await made.json()) as { id: string };
        const read = await bench.labtech.fetch(`${root}/Specimen/${id}`);
        assert.is(ownOf(parseJson(await read.text()) as Json), ownOf(parseJson(JSON.stringify(sent)) as Json));
      },
    ),
    { numRuns: 20 },
  );
});

test('what is measured here is not written over from outside', async ({ bench }) => {
  const at = await bench.visit();
  await bench.measured(at, 'K', { [potassium]: '4.4' });
  for (const type of ['DiagnosticReport', 'Specimen', 'Observation']) {
    const [resource] = await found(bench, `${type}?patient=${at.patientId}`);
    // Of these the laboratory may write what is its own; observations are written at the bedside.
    const writer = type === 'Observation' ? await bench.as('doctor') : bench.labtech;
    const { status } = await writer.put(`${root}/${type}/${resource?.id}`, {
      ...resource,
      status: 'entered-in-error',
    });
    assert.is(status, 409, type);
  }
});
test.run();
