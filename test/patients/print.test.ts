import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sql } from '../../core/database.ts';
import { z } from 'zod';
import { startHms, type TestHms } from '../hms.ts';
import { cut, picturesOf, scan, wordsOf, type Picture } from './paper.ts';

const test = suite<{ hms: TestHms }>('patients: on paper');
test.before(async (at) => {
  at.hms = await startHms(['auth', 'facility', 'patients'], { now: '2026-03-02T08:00:00Z' });
});
test.after((at) => at.hms?.stop());

const forms = ['wristband', 'infant-wristband', 'label', 'label-sheet', 'card'];
const sizes: Record<string, [number, number]> = {
  wristband: [280, 25],
  'infant-wristband': [165, 17],
  label: [62, 29],
  'label-sheet': [210, 297],
  card: [85.6, 54],
};
const people = [
  { familyName: 'Morales', givenName: 'Inés María', birthDate: '1961-07-14', gender: 'female' },
  { familyName: 'الهاشمي', givenName: 'ليلى بنت عبد الله (أم كريم)', birthDate: '2026-02-20', gender: 'female' },
  {
    familyName: 'Wolfeschlegelsteinhausenbergerdorff-Schwarzenegger von und zu Hohenlohe',
    givenName: 'Adolph Blaine Charles David Earl Frederick Gerald Hubert Irvin John Kenneth Lloyd Martin',
    birthDate: '2024-12-31',
    gender: 'male',
  },
  {
    familyName: 'Łukasiewicz-Öztürk',
    givenName: 'Ελένη Наталья \u202eNguyễn',
    birthDate: '1926-01-01',
    gender: 'other',
  },
];

/** The 27 places of a sheet. */
const labelsOf = (page: Picture): Picture[] =>
  Array.from({ length: 27 }, (_, n) => cut(page, 7.2 + (n % 3) * 66.04, 15.3 + Math.floor(n / 3) * 29.6, 63.5, 29.6));

const register = async (hms: TestHms, person: object): Promise<{ id: string; recordNumber: string }> =>
  (
    await (
      await hms.as('receptionist')
    ).post('/api/patients', { phone: '+49 30 555 010', city: 'Lindenau', notSameReason: 'Of a test', ...person })
  ).body;
const printed = async (hms: TestHms, role: string, id: string, form: string, language = 'en'): Promise<Response> =>
  (await hms.as(role)).fetch(`/api/patients/${id}/print/${form}`, { headers: { 'accept-language': language } });

for (const [n, person] of people.entries())
  test(`each form has its size, and both of its codes scan back to the number (${n + 1})`, async ({ hms }) => {
    const { id, recordNumber } = await register(hms, person);
    for (const form of forms) {
      const response = await printed(hms, 'nurse', id, form, n === 1 ? 'ar' : 'en');
      assert.is(response.status, 200);
      assert.is(response.headers.get('content-type'), 'application/pdf');
      const pictures = await picturesOf(Buffer.from(await response.arrayBuffer()), 203);
      assert.is(pictures.length, 1, 'one page');
      for (const side of [0, 1] as const)
        assert.ok(Math.abs(pictures[0]!.paper[side] - sizes[form]![side]) < 0.4, `${form} is ${pictures[0]!.paper}`);
      const labels = form === 'label-sheet' ? labelsOf(pictures[0]!) : pictures;
      for (const each of labels)
        assert.equal(new Set(await scan(each)), new Set([`Code128 ${recordNumber}`, `QRCode ${recordNumber}`]), form);
    }
  });

test('a sheet that was used before is filled from its first free label on', async ({ hms }) => {
  const { id } = await register(hms, { ...people[0], familyName: 'Halb' });
  const nurse = await hms.as('nurse');
  const sheet = async (query: string) => {
    const response = await nurse.fetch(`/api/patients/${id}/print/label-sheet?${query}`);
    const [page] = await picturesOf(Buffer.from(await response.arrayBuffer()), 203);
    const codes = await Promise.all(labelsOf(page!).map(scan));
    return codes.flatMap((found, n) => (found.length > 0 ? [n + 1] : []));
  };
  assert.equal(await sheet('first=25'), [25, 26, 27]);
  assert.equal(await sheet('first=4&count=2'), [4, 5]);
  assert.is((await nurse.get(`/api/patients/${id}/print/label-sheet?first=28`)).status, 400);
  assert.is((await nurse.get(`/api/patients/${id}/print/poster`)).status, 400);
});

test('an estimated birth date is on paper what it is', async ({ hms }) => {
  const desk = await hms.as('receptionist');
  const { status, body } = await desk.post('/api/patients/unknown', { gender: 'male', age: 40, note: 'at the gate' });
  assert.is(status, 201, JSON.stringify(body));
  for (const form of ['wristband', 'label', 'card']) {
    const response = await printed(hms, 'nurse', body.id, form);
    const words = await wordsOf(Buffer.from(await response.arrayBuffer()));
    assert.match(words, /about 1986 \(40 years\)/, form);
    assert.not.match(words, /1986-|-1986/, form);
  }
});

test('is written down as printed, and only who may print prints', async ({ hms }) => {
  const { id } = await register(hms, { ...people[0], familyName: 'Audit' });
  await printed(hms, 'nurse', id, 'card');
  const entry = await hms.db.one(sql.type(
    z.object({ subtype: z.string(), detail: z.string(), patientIds: z.array(z.string()) }),
  )`
    select subtype, detail, patient_ids from core.audit where route like '%/print/%' and outcome = 0 order by at desc limit 1
  `);
  assert.equal(entry, { subtype: 'print', detail: 'card', patientIds: [id] });
  assert.is((await printed(hms, 'cashier', id, 'card')).status, 403);
  assert.is((await printed(hms, 'nurse', '00000000-0000-4000-8000-000000000000', 'card')).status, 404);
});
test.run();
