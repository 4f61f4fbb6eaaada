import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startHms, type Client, type TestHms } from '../hms.ts';

/** Somebody comes with a number that a record here has: whoever it is, that record is shown. */
const test = suite<{ hms: TestHms; desk: Client; passport: { id: string; system: string } }>(
  'patients: the same number',
);
test.before(async (at) => {
  at.hms = await startHms(['auth', 'facility', 'patients', 'scheduling', 'messaging'], { now: '2026-03-02T08:00:00Z' });
  at.desk = await at.hms.as('receptionist');
  const { items } = (await at.desk.get('/api/identifier-types')).body;
  at.passport = items.find(({ code }: { code: string }) => code === 'PPN');
});
test.after((at) => at.hms?.stop());

const nora = { familyName: 'Nakamura', givenName: 'Nora', birthDate: '1971-08-09' };
const stranger = { familyName: 'Oyelaran', givenName: 'Bisi', birthDate: '1994-02-03' };

const register = async (desk: Client, more: object): Promise<string> => {
  const six = { ...nora, gender: 'female', phone: '+49 30 7100', city: 'Lindenau', notSameReason: 'Of a test' };
  const { status, body } = await desk.post('/api/patients', { ...six, ...more });
  assert.is(status, 201, JSON.stringify(body));
  return body.id;
};

interface Found {
  id: string;
  grade: string;
  score: number;
  because: string[];
}
const like = async (desk: Client, likeness: object): Promise<Found[]> => {
  const { status, body } = await desk.post('/api/patients/duplicates', likeness);
  assert.is(status, 200, JSON.stringify(body));
  return body.items;
};
const seen = (found: readonly Found[], id: string) => {
  const it = found.find((each) => each.id === id);
  return it && [it.grade, it.because.includes('identifier')];
};

test('it is certain with the name or the birth date, and probable when nothing else fits', async ({
  desk,
  passport,
}) => {
  const id = await register(desk, { identifiers: [{ typeId: passport.id, value: 'C01X-00T47' }] });
  const by = async (likeness: object, value = 'c01x 00t47') =>
    seen(await like(desk, { ...likeness, identifiers: [{ typeId: passport.id, value }] }), id);
  assert.equal(await by({ familyName: 'Nakamura', givenName: 'Nora' }), ['certain', true], 'name');
  assert.equal(await by({ ...stranger, givenName: 'Nora' }), ['certain', true], 'who has married keeps her given name');
  assert.equal(await by({ ...stranger, birthDate: nora.birthDate }), ['certain', true], 'birth date');
  assert.equal(await by(stranger), ['probable', true], 'nothing else');
  assert.equal(await by({ ...stranger, familyName: nora.familyName }), ['probable', true], 'one of the family');
  assert.is(await by(stranger, 'C01X00T48'), undefined, 'another number');
  const elsewhere = { ...stranger, identifiers: [{ system: 'urn:elsewhere', value: 'C01X00T47' }] };
  assert.is(seen(await like(desk, elsewhere), id), undefined, 'the number of another kind');
  const named = { ...stranger, identifiers: [{ system: passport.system, value: 'C01X00T47' }] };
  assert.equal(seen(await like(desk, named), id), ['probable', true], 'the kind said by its system');
  const both = { ...stranger, identifiers: [{ typeId: passport.id, system: passport.system, value: 'C01X00T47' }] };
  assert.is((await desk.post('/api/patients/duplicates', both)).status, 400);
});

test('who certainly has it already is registered with a reason only, and then without the number', async ({
  desk,
  passport,
}) => {
  await register(desk, { identifiers: [{ typeId: passport.id, value: 'REG-1' }] });
  const again = {
    ...{ ...stranger, birthDate: nora.birthDate, gender: 'female', phone: '+49 30 7101', city: 'Lindenau' },
    identifiers: [{ typeId: passport.id, value: 'REG1' }],
  };
  assert.is((await desk.post('/api/patients', again)).body.type, '/problems/patient-here-already');
  const told = await desk.post('/api/patients', { ...again, notSameReason: 'Of a test' });
  assert.is(told.body.type, '/problems/identifier-of-one-patient');
});

test('one that is over, or was taken off them, says less', async ({ hms, desk, passport }) => {
  const over = await register(desk, {
    identifiers: [{ typeId: passport.id, value: 'OLD-1', startsOn: '2011-01-01', endsOn: '2021-01-01' }],
  });
  const last = await register(desk, { identifiers: [{ typeId: passport.id, value: 'OLD-2', endsOn: '2026-03-02' }] });
  const off = await register(desk, { identifiers: [{ typeId: passport.id, value: 'OLD-3' }] });
  const [number] = (await desk.get(`/api/patients/${off}/identifiers`)).body.items;
  const ended = await desk.post(`/api/identifiers/${number.id}/end`, {}, { 'if-match': `W/"${number.version}"` });
  assert.is(ended.status, 200);
  const by = async (likeness: object, value: string, id: string, more: object = {}) =>
    seen(await like(desk, { ...likeness, identifiers: [{ typeId: passport.id, value, ...more }] }), id)?.[0];
  assert.is(await by(stranger, 'OLD2', last), 'probable', 'valid to the end of the day');
  assert.is(await by(stranger, 'OLD2', last, { endsOn: '2026-03-01' }), 'possible', 'as the one who comes has it');
  for (const [value, id] of [
    ['OLD1', over],
    ['OLD3', off],
  ] as const) {
    assert.is(await by(stranger, value, id), 'possible', value);
    assert.is(await by({ ...stranger, birthDate: nora.birthDate }, value, id), 'probable', value);
    assert.is(await by({ familyName: 'Nakamura', givenName: 'Nora' }, value, id), 'probable', value);
    assert.is(await by(nora, value, id), 'certain', value);
  }
  // Taken off to give it to a second record: the list has the two, whichever is compared.
  const second = await register(desk, { ...stranger, identifiers: [{ typeId: passport.id, value: 'OLD-3' }] });
  await hms.settle();
  const admin = await hms.as('admin');
  const listed = async () =>
    (await admin.get('/api/patients/duplicates?limit=100')).body.items
      .filter((it: { patient: Found; other: Found }) => it.patient.id === off && it.other.id === second)
      .map(({ grade, because }: Found) => [grade, ...because]);
  assert.equal(await listed(), [['possible', 'phone', 'identifier']]);
  const { body } = await desk.get(`/api/patients/${off}`);
  const amended = { ...nora, gender: 'female', phone: '+49 30 7102', city: 'Lindenau' };
  await desk.put(`/api/patients/${off}`, amended, { 'if-match': `W/"${body.version}"` });
  await hms.settle();
  assert.equal(await listed(), [['possible', 'identifier']]);
});

test('many with the same name do not push out who has the number', async ({ desk, passport }) => {
  const id = await register(desk, { identifiers: [{ typeId: passport.id, value: 'MANY-1' }] });
  const often = { familyName: 'Oftenson', givenName: 'Ola', birthDate: '1999-09-09', phone: '+49 30 7300' };
  for (let n = 0; n < 6; n++) await register(desk, often);
  const found = await like(desk, { ...often, identifiers: [{ typeId: passport.id, value: 'MANY-1' }] });
  assert.equal([found.length, found[0]?.grade, found.at(-1)?.id], [5, 'certain', id]);
});

test('whose record is hidden stays hidden', async ({ hms, desk, passport }) => {
  const id = await register(desk, { identifiers: [{ typeId: passport.id, value: 'HID-1' }] });
  const asked = { ...stranger, identifiers: [{ typeId: passport.id, value: 'HID-1' }] };
  assert.equal(seen(await like(desk, asked), id), ['probable', true]);
  await hms.asAdmin(`insert into core.subject_label (subject_id, label) values ('${id}', 'hiv')`);
  assert.is(seen(await like(desk, asked), id), undefined);
});

test('$match goes by every identifier that is sent, whatever its system', async ({ hms, desk, passport }) => {
  const json = { 'content-type': 'application/fhir+json' };
  const id = await register(desk, { identifiers: [{ typeId: passport.id, value: 'FHIR-1' }] });
  const { body: own } = await desk.get(`/fhir/R4/Patient/${id}`);
  const put = await desk.fetch(`/fhir/R4/Patient/${id}`, {
    method: 'PUT',
    body: JSON.stringify({ ...own, identifier: [...own.identifier, { system: 'urn:elsewhere', value: 'E-78' }] }),
    headers: { ...json, 'if-match': `W/"${own.meta.versionId}"` },
  });
  assert.is(put.status, 200);
  const admin = await hms.as('admin');
  const match = async (identifier: object[], more: object = {}) => {
    const resource = { resourceType: 'Patient', name: [{ family: 'Oyelaran', given: ['Bisi'] }], identifier, ...more };
    const asked = { resourceType: 'Parameters', parameter: [{ name: 'resource', resource }] };
    const { status, body } = await admin.post('/fhir/R4/Patient/$match', asked, json);
    assert.is(status, 200, JSON.stringify(body));
    const entry = (body.entry ?? []).find((it: { resource: { id: string } }) => it.resource.id === id);
    return entry?.search.extension[0].valueCode;
  };
  const [mr] = own.identifier;
  for (const sent of [mr, { system: passport.system, value: 'fhir 1' }, { system: 'urn:elsewhere', value: 'E78' }]) {
    const one = [{ system: 'urn:nobody', value: '1' }, sent];
    assert.is(await match(one), 'probable', sent.system);
    assert.is(await match(one, { birthDate: nora.birthDate }), 'certain', sent.system);
  }
  assert.is(await match([{ system: 'urn:elsewhere', value: 'E78', use: 'old' }]), 'possible');
  assert.is(await match([{ system: 'urn:nobody', value: 'E-78' }]), undefined);
});

test.run();
