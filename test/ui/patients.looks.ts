import type { Page } from 'playwright-core';
import type { TestHms } from '../hms.ts';
import { looks, type At, type Scene } from './looks.ts';
import { made, newPatient, writable } from './people.ts';

const people: Record<string, { id: string; version: number }> = {};
const at =
  (who: string, below = '') =>
  () =>
    Promise.resolve(`/patients/${people[who]!.id}${below}`);

async function furnish(hms: TestHms) {
  const [clerk, nurse] = await Promise.all([hms.as('receptionist'), hms.as('nurse')]);
  const allergic = (people.allergic = await newPatient(hms));
  const worst = [
    ['Penicillin', 'high', 'anaphylaxis'],
    ['Latex', 'high', 'rash'],
    ['Ibuprofen', 'low', 'hives'],
  ];
  for (const [display, criticality, reaction] of worst)
    await made(nurse, '/api/allergies', { patientId: allergic.id, display, criticality, reaction });
  people.unknown = await newPatient(hms, { familyName: 'Abara', givenName: 'Chidi', prefix: null, phone: '+49 30 1' });
  const none = (people.none = await newPatient(hms, { familyName: 'Olsen', givenName: 'Mette', phone: '+49 30 2' }));
  await made(nurse, '/api/allergies', { patientId: none.id, noKnownAllergies: true });
  const long = (people.long = await newPatient(hms, {
    familyName: 'Featherstonehaugh-Cholmondeley-Wittgenstein',
    givenName: 'Maximiliana Alexandrina Theodora',
    preferredName: 'Maxi',
    phone: '+49 30 3',
  }));
  await made(nurse, '/api/allergies', {
    patientId: long.id,
    display: 'Acetylsalicylic acid',
    reaction: 'bronchospasm',
  });
  const dead = (people.dead = await newPatient(hms, {
    familyName: 'Winter',
    givenName: 'Karl',
    prefix: 'Mr',
    gender: 'male',
    phone: '+49 30 4',
  }));
  const { status, body } = await clerk.put(
    `/api/patients/${dead.id}`,
    { ...writable(dead), deceasedAt: '2026-03-02T05:10:00Z' },
    { 'if-match': 'W/"1"' },
  );
  if (status !== 200) throw new Error(JSON.stringify(body));
  // Somebody with a long history.
  const { body: day } = await (await hms.as('doctor')).get('/api/encounters?date=2026-03-04&status=finished');
  people.known = {
    id: day.items.find((it: { patient: { allergyState: string } }) => it.patient.allergyState === 'recorded').patient
      .id,
    version: 1,
  };
}

const submitEmpty = async (page: Page) => {
  await page.locator('#familyName').fill('');
  await page.keyboard.press('Control+Enter');
  await page.getByRole('alert').getByRole('link').first().waitFor();
};

async function somebodyElseIsFaster(page: Page, { hms }: At) {
  const clerk = await hms.as('receptionist');
  const { body } = await clerk.get(`/api/patients/${people.none!.id}`);
  const { version, id } = body;
  await page.fill('#city', 'Hamburg');
  const theirs = { ...writable(body), phone: `+49 30 55${version}`, addressLine: 'Gartenstraße 12' };
  await clerk.put(`/api/patients/${id}`, theirs, { 'if-match': `W/"${version}"` });
  await page.keyboard.press('Control+Enter');
  await page.getByText('Somebody else changed this').waitFor();
}

const clerk = { as: 'receptionist' };
const doctor = { as: 'doctor' };
const scenes: Scene[] = [
  { page: 'register', state: 'empty', ...clerk, path: '/patients/new' },
  { page: 'register', state: 'error', ...clerk, path: '/patients/new', arrange: submitEmpty },
  {
    page: 'register',
    state: 'duplicate',
    ...clerk,
    path: '/patients/new',
    async arrange(page) {
      await page.fill('#familyName', 'morales');
      await page.fill('#givenName', 'Ines');
      await page.fill('#birthDate', '14.7.1961');
      await page.getByRole('link', { name: 'Open existing' }).first().waitFor();
    },
  },
  {
    page: 'register',
    state: 'certain',
    ...clerk,
    path: '/patients/new',
    async arrange(page) {
      await page.fill('#familyName', 'morales');
      await page.fill('#givenName', 'Ines');
      await page.fill('#birthDate', '14.7.1961');
      await page.fill('#phone', '+49 30 5550 1234');
      await page.locator('#notSameReason').waitFor();
    },
  },
  { page: 'summary', state: 'filled', ...doctor, path: at('known') },
  { page: 'summary', state: 'empty', ...doctor, path: at('unknown') },
  { page: 'summary', state: 'reception', ...clerk, path: at('known') },
  {
    page: 'summary',
    state: 'allergy-dialog',
    ...doctor,
    path: at('unknown'),
    async arrange(page) {
      await page.getByRole('button', { name: 'Record now' }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    page: 'banner',
    state: 'allergies',
    ...doctor,
    path: at('allergic'),
    arrange: (page) => page.getByRole('button', { name: /^\+1/ }).click(),
  },
  { page: 'banner', state: 'none-known', ...doctor, path: at('none') },
  { page: 'banner', state: 'deceased', ...doctor, path: at('dead') },
  { page: 'banner', state: 'long-name', ...doctor, path: at('long') },
  { page: 'edit', state: 'filled', ...clerk, path: at('known', '/edit') },
  { page: 'edit', state: 'error', ...clerk, path: at('known', '/edit'), arrange: submitEmpty },
  { page: 'edit', state: 'stale', ...clerk, path: at('none', '/edit'), arrange: somebodyElseIsFaster },
];

looks('patients', scenes, furnish);
