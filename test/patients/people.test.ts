import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isRight, type Check } from '../../plugins/patients/identifiers/check-digits.ts';
import { startHms, type Client, type TestHms } from '../hms.ts';

const test = suite<{ hms: TestHms }>('patients: the person');
test.before(async (at) => {
  at.hms = await startHms(['auth', 'facility', 'patients', 'scheduling', 'messaging'], { now: '2026-03-02T08:00:00Z' });
});
test.after((at) => at.hms?.stop());

const six = {
  familyName: 'Brook',
  givenName: 'Ada',
  birthDate: '1990-05-17',
  gender: 'female',
  phone: '+49 30 555100',
  city: 'Lindenau',
};
const clerk = (hms: TestHms) => hms.as('receptionist');
const register = async (hms: TestHms, more: object = {}) => {
  const { status, body } = await (
    await clerk(hms)
  ).post('/api/patients', { ...six, notSameReason: 'Of a test', ...more });
  assert.is(status, 201, JSON.stringify(body));
  return body;
};
const typeOf = async (client: Client, code: string) =>
  (await client.get('/api/identifier-types')).body.items.find((it: { code: string }) => it.code === code);
const etag = ({ version }: { version: number }) => ({ 'if-match': `W/"${version}"` });
const found = async (hms: TestHms, text: string) =>
  (await (await clerk(hms)).post('/api/patients/search', { text })).body.items.map(({ id }: { id: string }) => id);

// -- identifiers --------------------------------------------------------------------------------------------------------

test('check digits: known numbers are right, and a slip of one figure never is', () => {
  const right: [Check, string][] = [
    ['luhn', '79927398713'],
    ['mod-11', '9434765919'],
    ['mod-11', '080442957X'],
    ['mod-97-10', '3214282912345698765432161182'],
    ['verhoeff', '2363'],
    ['verhoeff', '758722'],
  ];
  for (const [check, number] of right) {
    assert.ok(isRight(check, number), `${check} ${number}`);
    for (let place = 0; place < number.length; place++)
      for (const digit of '0123456789')
        if (digit !== number[place])
          assert.not.ok(
            isRight(check, number.slice(0, place) + digit + number.slice(place + 1)),
            `${check} ${number} ${place} ${digit}`,
          );
  }
  assert.not.ok(isRight('luhn', ''));
  assert.not.ok(isRight('mod-97-10', 'ABC'));
});

test('two figures swapped are found by Verhoeff and by mod 97-10', () => {
  const ends = { verhoeff: 1, 'mod-97-10': 2 } as const;
  for (const check of ['verhoeff', 'mod-97-10'] as const)
    fc.assert(
      fc.property(fc.stringMatching(/^\d{6,12}$/), fc.nat(4), (body, place) => {
        const whole = Array.from(
          { length: 10 ** ends[check] },
          (_, n) => body + String(n).padStart(ends[check], '0'),
        ).find((it) => isRight(check, it));
        if (!whole || whole[place] === whole[place + 1]) return;
        const swapped = whole.slice(0, place) + whole[place + 1] + whole[place] + whole.slice(place + 2);
        assert.not.ok(isRight(check, swapped), `${check} ${whole}`);
      }),
    );
});

test('a kind of number asks for its pattern and check digit, and names the field', async ({ hms }) => {
  const admin = await hms.as('admin');
  const made = await admin.post('/api/identifier-types', {
    code: 'SB',
    name: 'Health card',
    system: 'urn:test:health-card',
    pattern: '[0-9]{10}',
    checkDigit: 'mod-11',
  });
  assert.is(made.status, 201);
  const desk = await clerk(hms);
  assert.is((await desk.post('/api/identifier-types', { code: 'SB', name: null, system: 'urn:test:x' })).status, 403);
  assert.is(
    (await admin.post('/api/identifier-types', { code: 'SB', name: null, system: 'urn:test:health-card' })).status,
    409,
  );
  assert.is(
    (await admin.post('/api/identifier-types', { code: 'SB', name: null, system: 'urn:test:y', pattern: '(' })).status,
    400,
  );

  const { id } = await register(hms);
  const path = `/api/patients/${id}/identifiers`;
  const wrong = await desk.post(path, { typeId: made.body.id, value: '943 476 5918' });
  assert.is(wrong.status, 422);
  assert.is(wrong.body.type, '/problems/identifier-check-digit');
  assert.equal(
    wrong.body.errors.map((it: { path: string }) => it.path),
    ['value'],
  );
  const short = await desk.post(path, { typeId: made.body.id, value: '94347' });
  assert.is(short.body.type, '/problems/identifier-pattern');
  const right = await desk.post(path, { typeId: made.body.id, value: '943 476 5919', startsOn: '2020-01-01' });
  assert.is(right.status, 201);
  assert.is(right.body.code, 'SB');
  assert.equal((await desk.get(path)).body.items, [right.body]);

  // However it is written, nobody else gets it; whoever gave it up leaves it free.
  const other = await register(hms, { givenName: 'Bea' });
  const again = await desk.post(`/api/patients/${other.id}/identifiers`, {
    typeId: made.body.id,
    value: '943-476-5919',
  });
  assert.is(again.status, 409);
  assert.is(again.body.type, '/problems/identifier-of-one-patient');
  assert.equal(await found(hms, '943 476 5919'), [id]);
  assert.equal(await found(hms, '9434765'), [id]);

  const changed = await desk.put(
    `/api/identifiers/${right.body.id}`,
    { typeId: made.body.id, value: '0804429575' },
    etag(right.body),
  );
  assert.is(changed.status, 422);
  assert.is((await desk.post(`/api/identifiers/${right.body.id}/end`, {}, { 'if-match': 'W/"9"' })).status, 412);
  assert.is((await desk.post(`/api/identifiers/${right.body.id}/end`, {}, etag(right.body))).status, 200);
  assert.is(
    (await desk.post(`/api/patients/${other.id}/identifiers`, { typeId: made.body.id, value: '9434765919' })).status,
    201,
  );
  assert.equal(await found(hms, '943 476 5919'), [other.id]);
});

test('numbers come and go by FHIR, are found by system and value, and each version has its own', async ({ hms }) => {
  const desk = await clerk(hms);
  const json = { 'content-type': 'application/fhir+json' };
  const { id } = await register(hms, { givenName: 'Cleo' });
  const passport = await typeOf(desk, 'PPN');
  await desk.post(`/api/patients/${id}/identifiers`, { typeId: passport.id, value: 'C01X00T47' });
  const read = await desk.get(`/fhir/R4/Patient/${id}`);
  const own = read.body.identifier[1];
  assert.equal(own, {
    use: 'official',
    type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'PPN' }] },
    system: passport.system,
    value: 'C01X00T47',
  });
  const by = async (query: string) =>
    (await desk.get(`/fhir/R4/Patient?identifier=${encodeURIComponent(query)}`)).body.entry?.map(
      (it: { resource: { id: string } }) => it.resource.id,
    ) ?? [];
  assert.equal(await by(`${passport.system}|C01X00T47`), [id]);
  assert.equal(await by(`urn:other|C01X00T47`), []);
  const sent = { ...read.body, identifier: [read.body.identifier[0], { system: 'urn:elsewhere', value: 'E-77' }] };
  const put = await desk.fetch(`/fhir/R4/Patient/${id}`, {
    method: 'PUT',
    body: JSON.stringify(sent),
    headers: { ...json, 'if-match': read.headers.get('etag')! },
  });
  assert.is(put.status, 200);
  assert.equal(
    (await desk.get(`/api/patients/${id}/identifiers`)).body.items.map((it: { value: string }) => it.value),
    ['E-77'],
  );
  assert.equal(await by('urn:elsewhere|E-77'), [id]);
  assert.equal(await by(`${passport.system}|C01X00T47`), []);
  const before = await desk.get(`/fhir/R4/Patient/${id}/_history/${read.body.meta.versionId}`);
  assert.is(before.body.identifier[1].value, 'C01X00T47');
});

test('a patient is registered with numbers, contacts and answers in one step, or not at all', async ({ hms }) => {
  const desk = await clerk(hms);
  const type = await typeOf(desk, 'NI');
  const more = {
    givenName: 'Dora',
    identifiers: [{ typeId: type.id, value: 'N-1' }],
    contacts: [
      { relationship: 'SPS', familyName: 'Brook', givenName: 'Dan', phone: '+49 30 555101', isEmergency: true },
    ],
    consents: [{ kind: 'research', decision: 'refused' }],
    otherLanguages: ['fr'],
    language: 'de',
    interpreterNeeded: true,
  };
  const { id } = await register(hms, more);
  const { person } = (await desk.get(`/api/patients/${id}/record`)).body;
  assert.equal(
    [person.identifiers[0].value, person.contacts[0].givenName, person.consents[0].decision],
    ['N-1', 'Dan', 'refused'],
  );
  const clash = await desk.post('/api/patients', {
    ...six,
    givenName: 'Emil',
    identifiers: [{ typeId: type.id, value: 'n 1' }],
    notSameReason: 'Of a test',
  });
  assert.is(clash.status, 409);
  assert.equal(
    clash.body.errors.map((it: { path: string }) => it.path),
    ['identifiers.0.value'],
  );
  assert.equal(await found(hms, 'Emil Brook'), []);
  const fhir = (await desk.get(`/fhir/R4/Patient/${id}`)).body;
  assert.equal(
    fhir.communication.map((it: { language: { coding: { code: string }[] } }) => it.language.coding[0]!.code),
    ['de', 'fr'],
  );
  assert.equal(fhir.extension, [
    { url: 'http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired', valueBoolean: true },
  ]);
  assert.is(fhir.contact[0].name.given[0], 'Dan');
});

// -- contacts -----------------------------------------------------------------------------------------------------------

test('contacts are kept with their days and rights, and read and written by FHIR', async ({ hms }) => {
  const desk = await clerk(hms);
  const { id } = await register(hms, { givenName: 'Finn', birthDate: '2019-01-01' });
  const path = `/api/patients/${id}/contacts`;
  assert.is((await desk.post(path, { relationship: 'GUARD' })).status, 400);
  assert.is(
    (await desk.post(path, { relationship: 'GUARD', relatedId: id })).body.type,
    '/problems/contact-not-themselves',
  );
  const guardian = await desk.post(path, {
    relationship: 'GUARD',
    familyName: 'Reed',
    givenName: 'Gil',
    phone: '+49 30 555102',
    mayAct: true,
    endsOn: '2026-03-01',
  });
  assert.is(guardian.status, 201);
  assert.is(guardian.body.isCurrent, false);
  const wrong = await desk.put(
    `/api/contacts/${guardian.body.id}`,
    { relationship: 'GUARD', familyName: 'Reed', startsOn: '2026-03-02', endsOn: '2026-03-01' },
    etag(guardian.body),
  );
  assert.is(wrong.status, 422);
  const changed = await desk.put(
    `/api/contacts/${guardian.body.id}`,
    { relationship: 'GUARD', familyName: 'Reed', givenName: 'Gil', mayAct: true, endsOn: '2037-01-01' },
    etag(guardian.body),
  );
  assert.is(changed.body.isCurrent, true);

  const json = { 'content-type': 'application/fhir+json' };
  const read = (await desk.get(`/fhir/R4/RelatedPerson/${guardian.body.id}`)).body;
  assert.is(read.relationship[0].coding[0].code, 'GUARD');
  assert.is(read.relationship[1].coding[0].code, 'AGNT');
  const sent = {
    resourceType: 'RelatedPerson',
    patient: { reference: `Patient/${id}` },
    name: [{ family: 'Reed', given: ['Hal'] }],
    relationship: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-RoleCode', code: 'SIB' }] }],
  };
  const posted = await desk.fetch('/fhir/R4/RelatedPerson', {
    method: 'POST',
    body: JSON.stringify(sent),
    headers: json,
  });
  assert.is(posted.status, 201);
  assert.equal(
    (await desk.get(path)).body.items.map((it: { relationship: string }) => it.relationship),
    ['GUARD', 'SIB'],
  );
  assert.is((await desk.get(`/fhir/R4/RelatedPerson?patient=${id}&relationship=SIB`)).body.total, 1);
  assert.is((await desk.post(`/api/contacts/${guardian.body.id}/end`, {}, etag(changed.body))).status, 200);
  assert.equal((await desk.get(path)).body.items.length, 1);
});

// -- consents -----------------------------------------------------------------------------------------------------------

test('the newest answer holds, those before stay, and only what was given is withdrawn', async ({ hms }) => {
  const desk = await clerk(hms);
  const { id } = await register(hms, { givenName: 'Ida' });
  const path = `/api/patients/${id}/consents`;
  assert.is(
    (await desk.post(path, { kind: 'research', decision: 'withdrawn' })).body.type,
    '/problems/consent-not-given',
  );
  assert.is(
    (await desk.post(path, { kind: 'research', decision: 'given', decidedAt: '2026-03-03T00:00:00Z' })).status,
    422,
  );
  const given = await desk.post(path, { kind: 'research', decision: 'given', paper: 'Form R2, folder 7' });
  assert.is(given.status, 201);
  assert.is((await desk.post(path, { kind: 'research', decision: 'withdrawn' })).status, 201);
  const { items } = (await desk.get(path)).body;
  assert.equal(
    items.map((it: { decision: string; supersededAt: string | null }) => [it.decision, it.supersededAt === null]),
    [
      ['withdrawn', true],
      ['given', false],
    ],
  );
  assert.is(items[1].recordedBy !== null, true);
  const first = (await desk.get(`/fhir/R4/Consent/${given.body.id}`)).body;
  assert.equal(
    [first.status, first.scope.coding[0].code, first.sourceAttachment.title],
    ['inactive', 'research', 'Form R2, folder 7'],
  );
  assert.is((await desk.get(`/fhir/R4/Consent?patient=${id}`)).body.total, 2);
});

test('ten answers at once leave one that holds', async ({ hms }) => {
  const desk = await clerk(hms);
  const { id } = await register(hms, { givenName: 'Jan' });
  const all = await Promise.all(
    Array.from({ length: 10 }, () =>
      desk.post(`/api/patients/${id}/consents`, { kind: 'treatment', decision: 'given' }),
    ),
  );
  assert.equal([...new Set(all.map(({ status }) => status))], [201]);
  const { items } = (await desk.get(`/api/patients/${id}/consents`)).body;
  assert.is(items.filter((it: { supersededAt: string | null }) => it.supersededAt === null).length, 1);
});

// -- death, unknown, newborn --------------------------------------------------------------------------------------------

test('a death is kept as exactly as it is known, and taken back', async ({ hms }) => {
  const desk = await clerk(hms);
  let patient = await register(hms, { givenName: 'Karl' });
  const put = (deceased: boolean, at: string | null = null) =>
    desk.put(`/api/patients/${patient.id}/deceased`, { deceased, at }, etag(patient));
  assert.is((await put(true, '2026-03-03')).body.type, '/problems/deceased-in-future');
  assert.is((await put(true, '1990-05-16')).body.type, '/problems/deceased-before-birth');
  assert.is((await put(true, '1990')).status, 200);
  for (const [at, element] of [
    ['2026-03-01', { deceasedDateTime: '2026-03-01' }],
    ['2026-02', { deceasedDateTime: '2026-02' }],
    ['2026-03-01T22:15:00Z', { deceasedDateTime: '2026-03-01T22:15:00Z' }],
    [null, { deceasedBoolean: true }],
  ] as const) {
    patient = (await desk.get(`/api/patients/${patient.id}`)).body;
    assert.is((await put(true, at)).status, 200);
    const { deceasedDateTime, deceasedBoolean } = (await desk.get(`/fhir/R4/Patient/${patient.id}`)).body;
    assert.equal(
      { ...(deceasedDateTime && { deceasedDateTime }), ...(deceasedBoolean && { deceasedBoolean }) },
      element,
    );
  }
  patient = (await desk.get(`/api/patients/${patient.id}`)).body;
  assert.is((await put(false)).body.deceasedAt, null);
});

test('nothing is booked for somebody who has died', async ({ hms }) => {
  const desk = await clerk(hms);
  const patient = await register(hms, { givenName: 'Lea' });
  await desk.put(`/api/patients/${patient.id}/deceased`, { deceased: true, at: '2026-03-01' }, etag(patient));
  const booked = await desk.post('/api/appointments', {
    patientId: patient.id,
    practitionerId: patient.id,
    serviceId: patient.id,
    startsAt: '2026-03-03T09:00:00Z',
    endsAt: '2026-03-03T09:30:00Z',
  });
  assert.is(booked.status, 422);
  assert.is(booked.body.type, '/problems/patient-deceased');
});

test('somebody unknown is registered in one step and known once they have a name', async ({ hms }) => {
  const desk = await clerk(hms);
  const { status, body } = await desk.post('/api/patients/unknown', {
    gender: 'male',
    age: 40,
    note: 'found at the station',
  });
  assert.is(status, 201);
  assert.equal(
    [body.familyName, body.givenName, body.nameKind],
    ['Unknown', 'male, about 40, found at the station', 'unknown'],
  );
  assert.equal([body.birthDate, body.birthPrecision], ['1986-01-01', 'year']);
  const fhir = (await desk.get(`/fhir/R4/Patient/${body.id}`)).body;
  assert.equal([fhir.birthDate, fhir.name[0].use], ['1986', 'temp']);
  const phoned = await desk.put(
    `/api/patients/${body.id}`,
    { ...six, familyName: body.familyName, givenName: body.givenName, birthDate: body.birthDate, gender: 'male' },
    etag(body),
  );
  assert.equal([phoned.body.nameKind, phoned.body.birthPrecision], ['unknown', 'year']);
  const named = await desk.put(
    `/api/patients/${body.id}`,
    { ...six, familyName: 'Mann', givenName: 'Max', birthDate: '1985-02-03', gender: 'male' },
    etag(phoned.body),
  );
  assert.equal([named.body.nameKind, named.body.birthPrecision], ['own', 'day']);
});

test('newborns are registered in order, linked to the mother, and called after her until named', async ({ hms }) => {
  const desk = await clerk(hms);
  const mother = await register(hms, { familyName: 'Nova', givenName: 'Mia' });
  const path = `/api/patients/${mother.id}/newborns`;
  assert.is(
    (await desk.post(path, { bornOn: '2026-03-03', children: [{ gender: 'male' }] })).body.type,
    '/problems/newborn-in-future',
  );
  const { status, body } = await desk.post(path, {
    bornOn: '2026-03-02',
    children: [{ gender: 'female' }, { gender: 'male' }],
  });
  assert.is(status, 201);
  assert.equal(
    body.items.map((it: { givenName: string; multipleBirth: number }) => [it.givenName, it.multipleBirth]),
    [
      ['Baby girl 1 of Mia', 1],
      ['Baby boy 2 of Mia', 2],
    ],
  );
  const [girl] = body.items;
  assert.equal([girl.nameKind, girl.familyName, girl.city], ['newborn', 'Nova', 'Lindenau']);
  const { items } = (await desk.get(`/api/patients/${girl.id}/contacts`)).body;
  assert.equal(
    [items[0].relationship, items[0].relatedId, items[0].givenName, items[0].mayAct],
    ['MTH', mother.id, 'Mia', true],
  );
  const related = (await desk.get(`/fhir/R4/RelatedPerson?patient=${girl.id}`)).body.entry[0].resource;
  assert.equal([related.relationship[0].coding[0].code, related.name[0].family], ['MTH', 'Nova']);
  assert.is((await desk.get(`/fhir/R4/Patient/${girl.id}`)).body.multipleBirthInteger, 1);
  assert.is((await desk.get(`/api/patients/${mother.id}/record`)).body.person.children.length, 2);
});

// -- photo --------------------------------------------------------------------------------------------------------------

const tiny = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

test('a picture is kept by its content, without what a camera wrote, and never by a cache', async ({ hms }) => {
  const desk = await clerk(hms);
  const { id } = await register(hms, { givenName: 'Otto' });
  const path = `/api/patients/${id}/photo`;
  assert.is((await desk.get(path)).status, 404);
  const base64 = (bytes: Buffer) => ({ content: bytes.toString('base64') });
  for (const broken of [
    Buffer.from('GIF89a…'),
    Buffer.from('<svg onload="alert(1)"/>'),
    Buffer.from(tiny, 'base64').subarray(0, 40),
  ]) {
    const refused = await desk.put(path, base64(broken));
    assert.is(refused.body.type, '/problems/photo-unreadable');
  }
  assert.is((await desk.put(path, base64(Buffer.alloc(300_000, 1)))).body.type, '/problems/photo-too-large');
  // A JPEG's frame with a place of a camera and a comment in it.
  const segment = (marker: number, text: string) => {
    const head = Buffer.from([0xff, marker, 0, 0]);
    head.writeUInt16BE(text.length + 2, 2);
    return Buffer.concat([head, Buffer.from(text, 'latin1')]);
  };
  const jpeg = Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xe0, 'JFIF\0'),
    segment(0xe1, 'Exif\0\0GPS 52.5 13.4'),
    segment(0xfe, 'taken by me'),
    segment(0xc0, '\x08\0\x01\0\x01\x01\x01\x11\0'),
    segment(0xda, '\x01\x01\0\0\x3f\0'),
    Buffer.from([0x7f, 0xff, 0xd9]),
    Buffer.from('trailer'),
  ]);
  assert.is((await desk.put(path, base64(jpeg))).status, 204);
  const shown = await desk.fetch(path);
  assert.equal([shown.headers.get('content-type'), shown.headers.get('cache-control')], ['image/jpeg', 'no-store']);
  const kept = Buffer.from(await shown.arrayBuffer());
  assert.ok(kept.includes('JFIF') && kept.at(-1) === 0xd9);
  for (const word of ['Exif', 'GPS', 'taken by', 'trailer']) assert.not.ok(kept.includes(word), word);
  assert.is((await desk.put(path, { content: tiny })).status, 204);
  assert.is((await desk.fetch(path)).headers.get('content-type'), 'image/png');
  assert.is((await desk.del(path)).status, 204);
  assert.is((await desk.get(path)).status, 404);
});

test('no picture, however broken, is more than refused or kept readable', async () => {
  const { readImage } = await import('../../plugins/patients/photo/image.ts');
  const heads = [
    Buffer.from([0xff, 0xd8, 0xff]),
    Buffer.from(tiny, 'base64').subarray(0, 24),
    Buffer.from('RIFF\0\0\0\0WEBPVP8X', 'latin1'),
  ];
  fc.assert(
    fc.property(fc.constantFrom(...heads), fc.uint8Array({ maxLength: 200 }), (head, rest) => {
      const image = readImage(Buffer.concat([head, rest]));
      if (image) assert.equal(readImage(image.content)?.content, image.content);
    }),
    { numRuns: 2000 },
  );
});

test.run();
