import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startHospital, tuesday, type Hospital } from './hospital.ts';

const test = suite<{ hms: Hospital; ids: Record<'first' | 'second' | 'third', string>; patients: string[] }>(
  'scheduling: searching appointments by FHIR',
);
const root = '/fhir/R4';
const fhir = { 'content-type': 'application/fhir+json' };
const participant = (reference: string, status = 'accepted') => ({ actor: { reference }, status });

test.before(async (at) => {
  const hms = await startHospital();
  const patients = [await hms.patient(), await hms.patient()];
  const device = await hms.admin.post('/api/devices', { name: 'ECG 1', type: 'ECG', departmentId: hms.department });
  const make = async (time: string, n: 0 | 1, patient: string, more: object = {}, also: object[] = []) => {
    const { startsAt, endsAt } = tuesday(time);
    const { status, body } = await hms.clerk.post(
      `${root}/Appointment`,
      {
        resourceType: 'Appointment',
        status: 'booked',
        start: startsAt,
        end: endsAt,
        participant: [participant(`Patient/${patient}`), participant(`Practitioner/${hms.practitioners[n]}`), ...also],
        ...more,
      },
      fhir,
    );
    assert.is(status, 201, JSON.stringify(body));
    return body.id as string;
  };
  at.hms = hms;
  at.patients = patients;
  at.ids = {
    first: await make('09:00', 0, patients[0]!, {
      identifier: [{ system: 'urn:test', value: 'A-1' }],
      serviceType: [{ coding: [{ system: 'urn:openward:service-type', code: 'CONSULT' }] }],
    }),
    second: await make(
      '10:00',
      0,
      patients[1]!,
      { serviceType: [{ coding: [{ system: 'http://snomed.info/sct', code: '11429006' }] }] },
      [participant(`Practitioner/${hms.practitioners[1]}`, 'tentative'), participant(`Device/${device.body.id}`)],
    ),
    third: await make('14:00', 1, patients[0]!, { status: 'proposed' }),
  };
});
test.after((at) => at.hms?.stop());

type At = Parameters<Parameters<typeof test>[1]>[0];
const found = async ({ hms, ids }: At, asked: string): Promise<string[]> => {
  const { status, body } = await hms.clerk.get(`${root}/Appointment?_total=accurate&${asked}`);
  assert.is(status, 200, JSON.stringify(body));
  const named = new Map(Object.entries(ids).map(([name, id]) => [id, name]));
  const matches = (body.entry ?? []).filter((it: { search: { mode: string } }) => it.search.mode === 'match');
  assert.is(body.total, matches.length);
  return matches.map((it: { resource: { id: string } }) => named.get(it.resource.id)!).sort();
};

test('by who and where, as the first of their kind or besides', async (at) => {
  const { hms, patients } = at;
  const [marsh, rossi] = hms.practitioners;
  assert.equal(await found(at, `patient=${patients[0]}`), ['first', 'third']);
  assert.equal(await found(at, `practitioner=Practitioner/${marsh}`), ['first', 'second']);
  assert.equal(await found(at, `practitioner=${rossi}`), ['second', 'third']);
  assert.equal(await found(at, `practitioner=${marsh},${rossi}`), ['first', 'second', 'third']);
  assert.equal(await found(at, `actor=Practitioner/${rossi}`), ['second', 'third']);
  assert.equal(await found(at, `actor:Patient=${patients[1]}`), ['second']);
  assert.equal(await found(at, `actor=HealthcareService/${hms.service}`), ['first']);
  assert.equal(await found(at, `location=${hms.rooms[0]}`), ['first', 'second'], 'also where nobody has named it');
  const { body } = await hms.clerk.get(`${root}/Device?_count=1`);
  assert.equal(await found(at, `actor=Device/${body.entry[0].resource.id}`), ['second']);
  assert.equal(await found(at, `actor=Patient/${body.entry[0].resource.id}`), []);
  assert.equal(await found(at, 'identifier=urn:test|A-1'), ['first']);
});

test('by day, range and prefix; by status, and by what participants have answered', async (at) => {
  assert.equal(await found(at, 'date=2026-03-03'), ['first', 'second', 'third']);
  assert.equal(await found(at, 'date=ge2026-03-03T10:00:00%2B01:00'), ['second', 'third']);
  assert.equal(await found(at, 'date=gt2026-03-03T09:00:00%2B01:00&date=lt2026-03-03T14:00:00%2B01:00'), ['second']);
  assert.equal(await found(at, 'date=eb2026-03-03'), []);
  assert.equal(await found(at, 'status=proposed'), ['third']);
  assert.equal(await found(at, 'status:not=proposed'), ['first', 'second']);
  assert.equal(await found(at, 'status=http://hl7.org/fhir/appointmentstatus|booked,proposed'), [
    'first',
    'second',
    'third',
  ]);
  assert.equal(await found(at, 'part-status=tentative'), ['second']);
  assert.equal(await found(at, 'part-status=needs-action'), ['third']);
});

test('by the kind of service: the hospital’s code, a code that came in, its name, and what it is not', async (at) => {
  assert.equal(await found(at, 'service-type=CONSULT'), ['first']);
  assert.equal(await found(at, 'service-type=urn:openward:service-type|CONSULT'), ['first']);
  assert.equal(await found(at, 'service-type=urn:other|CONSULT'), []);
  assert.equal(await found(at, 'service-type=http://snomed.info/sct|11429006'), ['second']);
  assert.equal(await found(at, 'service-type=11429006,CONSULT'), ['first', 'second']);
  assert.equal(await found(at, 'service-type:not=CONSULT'), ['second', 'third']);
  assert.equal(await found(at, 'service-type:missing=true'), ['third']);
  assert.equal(await found(at, 'service-type:text=consult'), ['first']);
});

test('with whom and what it is about; a chain that nobody knows is refused, for it would answer with everybody', async (at) => {
  const { hms, ids } = at;
  const { body } = await hms.clerk.get(
    `${root}/Appointment?_id=${ids.first}&_include=Appointment:patient&_include=Appointment:practitioner&_include=Appointment:location`,
  );
  assert.equal(body.entry.map((it: { resource: { resourceType: string } }) => it.resource.resourceType).sort(), [
    'Appointment',
    'Location',
    'Patient',
    'Practitioner',
  ]);
  assert.is((await hms.clerk.get(`${root}/Appointment?patient.name=Testa`)).status, 400);
  assert.equal(await found(at, 'colour=red'), ['first', 'second', 'third']);
  const strict = await hms.clerk.get(`${root}/Appointment?colour=red`, { prefer: 'handling=strict' });
  assert.is(strict.status, 400);
});

test('the service reads as a serviceType with its code, its name and where it is', async ({ hms, ids }) => {
  const { body } = await hms.clerk.get(`/api/appointments/${ids.third}`);
  assert.is(body.serviceId, null);
  const booked = await hms.clerk.post('/api/appointments', {
    patientId: await hms.patient(),
    practitionerId: hms.practitioners[1],
    serviceId: hms.service,
    ...tuesday('15:00'),
  });
  const { body: read } = await hms.clerk.get(`${root}/Appointment/${booked.body.id}`);
  assert.equal(read.serviceType, [
    {
      extension: [
        {
          url: 'https://medplum.com/fhir/service-type-reference',
          valueReference: { reference: `HealthcareService/${hms.service}` },
        },
      ],
      coding: [{ system: 'urn:openward:service-type', code: 'CONSULT', display: 'Consultation' }],
      text: 'Consultation',
    },
  ]);
});
test.run();
