import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { sql } from '../../core/database.ts';
import { startHms, type TestHms } from '../hms.ts';

const test = suite<{ hms: TestHms }>('patients');
test.before(async (at) => {
  at.hms = await startHms(['auth', 'facility', 'patients'], { now: '2026-03-02T08:00:00Z' });
});
test.after((at) => at.hms?.stop());

const ines = {
  familyName: 'Morales',
  givenName: 'Inés María',
  birthDate: '1961-07-14',
  gender: 'female',
  phone: '+49 30 5550 1234',
  city: 'Lindenau',
};
const register = async (hms: TestHms, more = {}) =>
  (await (await hms.as('receptionist')).post('/api/patients', { ...ines, notSameReason: 'Of a test', ...more })).body;
const search = async (hms: TestHms, text: string) =>
  (await (await hms.as('receptionist')).post('/api/patients/search', { text })).body.items.map(
    (it: { familyName: string; givenName: string }) => `${it.familyName} ${it.givenName}`,
  );

test('registers with six fields and gives a record number whose check digit is right', async ({ hms }) => {
  const clerk = await hms.as('receptionist');
  const { status, body, headers } = await clerk.post('/api/patients', ines);
  assert.is(status, 201);
  assert.is(headers.get('etag'), 'W/"1"');
  assert.match(body.recordNumber, /^OW-\d{3}-\d{3}-\d$/);
  const digits = body.recordNumber.replace(/\D/g, '');
  const check = await hms.db.oneFirst(
    sql.type(z.object({ check: z.string() }))`select patients.check_digit(${digits.slice(0, -1)}) as check`,
  );
  assert.is(check, digits.at(-1));
  assert.equal((await clerk.get(`/api/patients/${body.id}`)).body, body);
});

test('record numbers go on after the millionth, with a check digit that finds every slip of one figure', async ({
  hms,
}) => {
  const numberOf = (n: number) =>
    hms.db.oneFirst(sql.type(z.object({ number: z.string() }))`select patients.record_number(${n}) as number`);
  assert.match(await numberOf(7), /^OW-000-007-\d$/);
  assert.match(await numberOf(1_234_567), /^OW-1234-567-\d$/);
  const many = await hms.db.anyFirst(sql.type(z.object({ number: z.string() }))`
    select patients.record_number(n) as number from generate_series(999000, 1001000) n
  `);
  assert.is(new Set(many).size, 2001);
});

test('each missing or impossible field is named', async ({ hms }) => {
  const clerk = await hms.as('receptionist');
  const { status, body } = await clerk.post('/api/patients', {
    familyName: ' ',
    birthDate: '1961-02-30',
    gender: 'f',
    phone: 'call me',
    city: 'x'.repeat(200),
  });
  assert.is(status, 400);
  assert.equal(body.errors.map((error: { path: string }) => error.path).sort(), [
    'birthDate',
    'city',
    'familyName',
    'gender',
    'givenName',
    'phone',
  ]);
});

test('is found by any part of name, number, phone or birth date, without accents, in any order', async ({ hms }) => {
  const { recordNumber } = await register(hms, {
    familyName: 'Łukasiewicz-Öztürk',
    givenName: 'Zoë',
    birthDate: '2001-12-03',
    phone: '0176 998877',
  });
  for (const text of [
    'lukasiewicz',
    'ozturk zoe',
    'zoë öz',
    'kasiew',
    recordNumber,
    recordNumber.replace(/\D/g, ''),
    '998877',
    '0176998877',
    'zoe 3.12.2001',
    '2001-12-03',
  ])
    assert.equal(await search(hms, text), ['Łukasiewicz-Öztürk Zoë'], text);
  assert.equal(await search(hms, '100%'), []);
  assert.equal(await search(hms, 'zoe 4.12.2001'), []);
});

test('a slip of the finger still finds the name', async ({ hms }) => {
  await register(hms, { familyName: 'Haraldsdottir', givenName: 'Sigrun' });
  assert.equal(await search(hms, 'haraldsdotir'), ['Haraldsdottir Sigrun']);
  assert.equal((await search(hms, 'sigurn haraldsdottir'))[0], 'Haraldsdottir Sigrun');
  await register(hms, { familyName: 'Whitby', givenName: 'John' });
  assert.equal(await search(hms, 'jhon whitby'), ['Whitby John'], 'two letters swapped');
});

test('a name is found by its sound', async ({ hms }) => {
  await register(hms, { familyName: 'Schwarzenegger', givenName: 'Philipp' });
  assert.equal(await search(hms, 'shvartsenegger filip'), ['Schwarzenegger Philipp']);
});

test('names that begin as typed come first, the family name before the given; other scripts and many words are found', async ({
  hms,
}) => {
  await register(hms, { familyName: 'Quinnell', givenName: 'Odette' });
  await register(hms, { familyName: 'Abbot', givenName: 'Quinn' });
  await register(hms, { familyName: 'Harlequin', givenName: 'Zed' });
  await register(hms, { familyName: 'de la Quinta Vega', givenName: 'María del Carmen' });
  assert.equal(await search(hms, 'quin'), [
    'Quinnell Odette',
    'Abbot Quinn',
    'de la Quinta Vega María del Carmen',
    'Harlequin Zed',
  ]);
  assert.equal(await search(hms, 'carmen quinta maria'), ['de la Quinta Vega María del Carmen']);
  assert.equal(await search(hms, 'quinta nobody'), []);
  await register(hms, { familyName: 'الهاشمي', givenName: 'ليلى' });
  assert.equal(await search(hms, 'ليلى'), ['الهاشمي ليلى']);
  assert.equal(await search(hms, 'هاشم'), ['الهاشمي ليلى']);
});

test('whoever is registered is found by the beginnings of their names in any order, with and without accents', async ({
  hms,
}) => {
  const name = fc.stringMatching(/^[A-ZÀÉÖÑ][a-zäöüßéèñçøłğ]{2,9}$/);
  await fc.assert(
    fc.asyncProperty(
      name,
      name,
      fc.integer({ min: 3, max: 10 }),
      fc.boolean(),
      async (family, given, length, first) => {
        await register(hms, { familyName: family, givenName: given });
        const words = [family.slice(0, length), given.slice(0, length)];
        const typed = (first ? words : words.reverse()).join(' ');
        for (const text of [typed, typed.toUpperCase(), typed.normalize('NFD')])
          assert.ok((await search(hms, text)).includes(`${family} ${given}`), text);
      },
    ),
    { numRuns: 25 },
  );
});

test('says who this might already be before anyone is registered twice', async ({ hms }) => {
  await register(hms, { familyName: 'Nakamura', givenName: 'Keiko', birthDate: '1988-05-06', phone: '030 111222' });
  const clerk = await hms.as('receptionist');
  const same = await clerk.post('/api/patients/duplicates', {
    familyName: 'Nakamura',
    givenName: 'Keiko',
    birthDate: '1988-05-06',
    phone: '030/111222',
  });
  assert.equal(
    same.body.items.map((it: { grade: string }) => it.grade),
    ['certain'],
  );
  const swapped = await clerk.post('/api/patients/duplicates', {
    familyName: 'Keiko',
    givenName: 'Nakamura',
    birthDate: '1988-05-06',
  });
  assert.is(swapped.body.items[0]?.grade, 'probable');
  const grade = async (more: object) =>
    (
      await clerk.post('/api/patients/duplicates', {
        familyName: 'Nakamura',
        givenName: 'Keiko',
        birthDate: '1988-05-06',
        phone: '030 111222',
        ...more,
      })
    ).body.items[0]?.grade;
  assert.is(await grade({ familyName: 'Nakamoura', givenName: 'Keyko' }), 'certain', 'by sound');
  assert.is(await grade({ birthDate: '1988-06-05' }), 'probable', 'day and month swapped');
  assert.is(await grade({ givenName: 'Haruto' }), 'probable', 'a twin is never certain');
  assert.is(await grade({ familyName: 'Sato', givenName: 'Ken' }), undefined, 'somebody else at the same phone');
  assert.equal(
    (
      await clerk.post('/api/patients/duplicates', {
        familyName: 'Andersson',
        givenName: 'Bo',
        birthDate: '1950-01-01',
      })
    ).body.items,
    [],
  );
});

test('amending needs the version that was read', async ({ hms }) => {
  const clerk = await hms.as('receptionist');
  const { id } = await register(hms);
  const amended = { ...ines, city: 'Seeheim', email: 'ines@example.org' };
  assert.is((await clerk.put(`/api/patients/${id}`, amended)).status, 428);
  const { status, body } = await clerk.put(`/api/patients/${id}`, amended, { 'if-match': 'W/"1"' });
  assert.equal([status, body.city, body.version], [200, 'Seeheim', 2]);
  assert.is((await clerk.put(`/api/patients/${id}`, amended, { 'if-match': 'W/"1"' })).status, 412);
  assert.is((await (await hms.as('cashier')).put(`/api/patients/${id}`, amended, { 'if-match': 'W/"2"' })).status, 403);
});

test('the record of a patient without visits is the patient, the same as read singly, and under no protection', async ({
  hms,
}) => {
  const nurse = await hms.as('nurse');
  const patient = await register(hms);
  assert.equal((await nurse.get(`/api/patients/${patient.id}/record`)).body, {
    patient,
    protection: { labels: [], glass: null },
    person: { identifiers: [], contacts: [], consents: [], photoTakenAt: null, children: [] },
  });
  assert.is(
    (await nurse.get(`/api/patients/${patient.id.replace(/.$/, (c: string) => (c === '0' ? '1' : '0'))}/record`))
      .status,
    404,
  );
});

test('who certainly is here already is registered again only with a reason, also by two at once', async ({ hms }) => {
  const clerk = await hms.as('receptionist');
  const twice = { ...ines, familyName: 'Ravensworth', phone: '+49 30 7770 4321', birthDate: '1975-10-09' };
  const both = await Promise.all([clerk.post('/api/patients', twice), clerk.post('/api/patients', twice)]);
  assert.equal(both.map(({ status }) => status).sort(), [201, 409]);
  const { body } = both.find(({ status }) => status === 409)!;
  assert.is(body.type, '/problems/patient-here-already');
  assert.not.match(JSON.stringify(body), /Ravensworth|OW-/, 'nobody is named in a refusal');
  const again = await clerk.post('/api/patients', { ...twice, notSameReason: 'Cousin with the same name and phone' });
  assert.is(again.status, 201);
  const kept = await hms.db.any(sql.type(z.strictObject({ patientId: z.uuid(), reason: z.string() }))`
    select patient_id, reason from patients.not_same where reason <> 'Of a test'
  `);
  assert.equal(kept, [{ patientId: again.body.id, reason: 'Cousin with the same name and phone' }]);
});

test('a search is one audit row with everybody it showed', async ({ hms }) => {
  const { id } = await register(hms, { familyName: 'Auditable' });
  await search(hms, 'auditable');
  const Row = z.object({ route: z.string(), object: z.string().nullable() });
  const rows = await hms.db.any(
    sql.type(
      Row,
    )`select route, object from core.audit where patient_ids @> array[${id}::uuid] order by at desc limit 1`,
  );
  assert.equal(rows, [{ route: 'post /api/patients/search', object: null }]);
});
test.run();
