import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startHms, type TestHms } from '../hms.ts';

const test = suite<{ hms: TestHms }>('facility: FHIR');
test.before(async (at) => {
  at.hms = await startHms(['auth', 'facility'], { now: '2026-03-02T08:00:00Z' });
});
test.after((at) => at.hms?.stop());

const root = '/fhir/R4';
const headers = { 'content-type': 'application/fhir+json', 'openward-origin': 'import' };
const withoutOurs = ({ id: _, meta: _meta, ...rest }: Record<string, unknown>) => rest;

const hospital = {
  resourceType: 'Organization',
  extension: [{ url: 'http://synthetichealth.github.io/synthea/utilization-encounters-extension', valueInteger: 7 }],
  identifier: [{ system: 'https://github.com/synthetichealth/synthea', value: '5e765f2b-e908-3888-9fc7-df2cb87beb58' }],
  active: true,
  type: [
    {
      coding: [
        {
          system: 'http://terminology.hl7.org/CodeSystem/organization-type',
          code: 'prov',
          display: 'Healthcare Provider',
        },
      ],
      text: 'Healthcare Provider',
    },
  ],
  name: 'STURDY MEMORIAL HOSPITAL',
  telecom: [{ system: 'phone', value: '5082225200' }],
  address: [{ line: ['211 PARK STREET'], city: 'ATTLEBORO', state: 'MA', postalCode: '02703', country: 'US' }],
};
const practitioner = {
  resourceType: 'Practitioner',
  extension: [{ url: 'http://synthetichealth.github.io/synthea/utilization-encounters-extension', valueInteger: 7 }],
  identifier: [{ system: 'http://hl7.org/fhir/sid/us-npi', value: '20' }],
  active: true,
  name: [{ family: 'Kemmer137', given: ['Xenia801'], prefix: ['Dr.'] }],
  telecom: [{ system: 'email', value: 'Xenia801.Kemmer137@example.com', use: 'work' }],
  gender: 'female',
};

test('organizations and practitioners of other systems come back as they were sent', async ({ hms }) => {
  const admin = await hms.as('admin');
  for (const sent of [hospital, practitioner]) {
    const made = await admin.post(`${root}/${sent.resourceType}`, sent, headers);
    assert.is(made.status, 201, JSON.stringify(made.body));
    assert.equal(withoutOurs((await admin.get(`${root}/${sent.resourceType}/${made.body.id}`)).body), sent);
  }
  assert.equal((await admin.get('/api/departments')).body.items, [], 'a foreign hospital is no department of ours');
  assert.is((await admin.get('/api/practitioners')).body.items[0].displayName, 'Dr. Kemmer137');
});

test('they are found by name, address and identifier', async ({ hms }) => {
  const admin = await hms.as('admin');
  const found = async (query: string): Promise<number> =>
    ((await admin.get(`${root}/${query}`)).body.entry ?? []).length;
  assert.is(await found('Organization?name=sturdy'), 1);
  assert.is(await found('Organization?address=attle'), 1);
  assert.is(await found('Organization?address-state=MA&active=true'), 1);
  assert.is(await found('Practitioner?identifier=http://hl7.org/fhir/sid/us-npi|20'), 1);
  assert.is(await found('Practitioner?name=xen'), 1);
  assert.is(await found('Practitioner?family=nobody'), 0);
});

test('a conditional create and a bundle with references between them', async ({ hms }) => {
  const admin = await hms.as('admin');
  const again = await admin.post(`${root}/Practitioner`, practitioner, {
    ...headers,
    'if-none-exist': 'identifier=http://hl7.org/fhir/sid/us-npi|20',
  });
  assert.is(again.status, 200);
  const bundle = {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      {
        fullUrl: 'urn:uuid:0a000000-0000-4000-8000-000000000003',
        request: { method: 'POST', url: 'PractitionerRole' },
        resource: {
          resourceType: 'PractitionerRole',
          active: true,
          practitioner: { reference: `Practitioner/${again.body.id}` },
          organization: { reference: 'urn:uuid:0a000000-0000-4000-8000-000000000001' },
          location: [{ reference: 'urn:uuid:0a000000-0000-4000-8000-000000000002' }],
          specialty: [{ coding: [{ system: 'http://snomed.info/sct', code: '394579002', display: 'Cardiology' }] }],
        },
      },
      {
        fullUrl: 'urn:uuid:0a000000-0000-4000-8000-000000000002',
        request: { method: 'POST', url: 'Location' },
        resource: {
          resourceType: 'Location',
          status: 'active',
          name: 'East wing',
          mode: 'kind',
          position: { longitude: -83.69471, latitude: 42.2565 },
          managingOrganization: { reference: 'urn:uuid:0a000000-0000-4000-8000-000000000001' },
        },
      },
      {
        fullUrl: 'urn:uuid:0a000000-0000-4000-8000-000000000001',
        request: { method: 'POST', url: 'Organization' },
        resource: { resourceType: 'Organization', name: 'Good Health Clinic', alias: ['GHC'] },
      },
      {
        fullUrl: 'urn:uuid:0a000000-0000-4000-8000-000000000004',
        request: { method: 'POST', url: 'HealthcareService' },
        resource: {
          resourceType: 'HealthcareService',
          name: 'Heart clinic',
          providedBy: { reference: 'urn:uuid:0a000000-0000-4000-8000-000000000001' },
          comment: 'By letter only',
        },
      },
    ],
  };
  const { status, body } = await admin.post(root, bundle, headers);
  assert.is(status, 200, JSON.stringify(body));
  const roles = (
    await admin.get(
      `${root}/PractitionerRole?practitioner=Practitioner/${again.body.id}&_include=PractitionerRole:organization`,
    )
  ).body.entry;
  assert.equal(roles.map((it: { resource: { resourceType: string } }) => it.resource.resourceType).sort(), [
    'Organization',
    'PractitionerRole',
  ]);
  const [service] = (await admin.get(`${root}/HealthcareService?name=heart`)).body.entry;
  assert.is(service.resource.comment, 'By letter only');
  const [place] = (await admin.get(`${root}/Location?name=east`)).body.entry;
  assert.is(place.resource.position.longitude, -83.69471);
  assert.is(place.resource.mode, 'kind');
});

test('a change at the other door shows, what has no column stays', async ({ hms }) => {
  const admin = await hms.as('admin');
  const made = await admin.post(`${root}/Practitioner`, { ...practitioner, identifier: undefined }, headers);
  const put = await admin.put(
    `/api/practitioners/${made.body.id}`,
    { familyName: 'Kemmer', givenName: 'Xenia', prefix: 'Prof.' },
    { 'if-match': 'W/"1"' },
  );
  assert.is(put.status, 200);
  const { body } = await admin.get(`${root}/Practitioner/${made.body.id}`);
  assert.equal(body.name, [{ family: 'Kemmer', given: ['Xenia'], prefix: ['Prof.'] }]);
  assert.equal(body.telecom, practitioner.telecom);
  assert.is(body.meta.versionId, '2');
});

test('a department of our hospital is a department at both doors', async ({ hms }) => {
  const admin = await hms.as('admin');
  const { body } = await admin.post('/api/departments', { name: 'Radiology' });
  const read = (await admin.get(`${root}/Organization/${body.id}`)).body;
  assert.is(read.type[0].coding[0].code, 'dept');
  const changed = await admin.put(`${root}/Organization/${body.id}`, { ...read, name: 'Imaging' }, headers);
  assert.is(changed.status, 200, JSON.stringify(changed.body));
  assert.is((await admin.get(`/api/departments/${body.id}`)).body.name, 'Imaging');
  assert.is((await admin.del(`${root}/Organization/${body.id}`)).status, 405);
});

test('equipment is a Device at both doors; what a patient wears stands in no list of the house', async ({ hms }) => {
  const admin = await hms.as('admin');
  const sent = {
    resourceType: 'Device',
    status: 'active',
    serialNumber: 'US-4711',
    deviceName: [{ name: 'Ultrasound 2', type: 'user-friendly-name' }],
    type: { text: 'Ultrasound' },
    modelNumber: 'E10',
  };
  const { body: made } = await admin.post(`${root}/Device`, sent, headers);
  assert.equal(withoutOurs(made), sent);
  const { body } = await admin.get(`/api/devices/${made.id}`);
  assert.equal([body.name, body.type, body.serialNumber, body.active], ['Ultrasound 2', 'Ultrasound', 'US-4711', true]);
  await admin.put(`/api/devices/${made.id}`, { name: 'Ultrasound 3', active: false }, { 'if-match': 'W/"1"' });
  const read = (await admin.get(`${root}/Device/${made.id}`)).body;
  assert.equal([read.status, read.deviceName[0].name, read.modelNumber], ['inactive', 'Ultrasound 3', 'E10']);
  assert.is((await admin.get(`${root}/Device?device-name=ultra`)).body.total, 1);
  assert.is((await admin.del(`${root}/Device/${made.id}`)).status, 405);
});

test.run();
