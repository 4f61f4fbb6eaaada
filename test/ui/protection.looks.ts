import type { Page } from 'playwright-core';
import type { Client, TestHms } from '../hms.ts';
import { looks, type Scene } from './looks.ts';
import { made, newPatient } from './people.ts';

const people: Record<string, { id: string; recordNumber: string }> = {};
const at = (who: string) => () => Promise.resolve(`/patients/${people[who]!.id}`);
const reason = 'Unconscious, brought in by ambulance; allergies and medicines must be known';

async function furnish(hms: TestHms) {
  const [admin, doctor, nurse] = await Promise.all([hms.as('admin'), hms.as('doctor'), hms.as('nurse')]);
  const { items } = (await admin.get('/api/users?limit=100')).body;
  const idOf = (username: string) =>
    items.find((user: { username: string }) => user.username === username).id as string;
  for (const [who, name] of Object.entries({ open: 'Abara', hidden: 'Olsen', cleared: 'Winter', seen: 'Santos' }))
    people[who] = await newPatient(hms, { familyName: name, phone: `+49 30 90182${name.length}` });
  const until = new Date(Date.now() + 40 * 86_400_000).toISOString();
  await made(admin, `/api/users/${idOf('doctor')}/clearances`, { label: 'hiv', reason: 'treats on the ward' });
  await made(admin, `/api/users/${idOf('doctor')}/clearances`, {
    label: 'staff',
    reason: 'stands in for the company doctor',
    until,
  });
  const protect = (who: string, label: string, why: string) =>
    made(doctor, `/api/patients/${people[who]!.id}/labels/${label}`, { reason: why });
  await protect('cleared', 'hiv', 'asked for it herself');
  await protect('cleared', 'staff', 'nurse on Cardiology ward');
  await protect('hidden', 'psychiatric', 'on the closed ward');
  await protect('seen', 'restricted', 'a politician');
  const broken = await breakGlass(nurse, 'hidden');
  await nurse.get(`/api/patients/${people.hidden!.id}/record`);
  await made(admin, `/api/break-glass/${broken.id}/review`, {
    verdict: 'questioned',
    note: 'Asked the head nurse; her answer is open',
  });
  await breakGlass(doctor, 'seen');
  await made(admin, '/fhir/R4/Location', site('Clinic South'), { 'content-type': 'application/fhir+json' });
  const { sites } = (await admin.get('/api/access-policy')).body;
  for (const username of ['doctor', 'nurse'])
    await admin.put(`/api/users/${idOf(username)}/sites`, { siteIds: sites.map(({ id }: { id: string }) => id) });
  await hms.settle();
}
const breakGlass = (who: Client, whom: string) =>
  made(who, '/api/break-glass', { recordNumber: people[whom]!.recordNumber, reason });
const site = (name: string) => ({
  resourceType: 'Location',
  name,
  status: 'active',
  physicalType: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/location-physical-type', code: 'si' }] },
});

const nurse = { as: 'nurse' };
const doctor = { as: 'doctor' };
const admin = { as: 'admin' };
const press = (name: string | RegExp) => async (page: Page) => {
  await page.getByRole('button', { name }).first().click();
  await page.getByRole('dialog').waitFor();
};
const scenes: Scene[] = [
  { page: 'emergency', state: 'empty', ...nurse, path: '/emergency' },
  {
    page: 'emergency',
    state: 'error',
    ...nurse,
    path: '/emergency',
    async arrange(page) {
      await page.getByRole('button', { name: 'By name and birth date' }).click();
      await page.getByRole('button', { name: 'Open record' }).click();
      await page.getByRole('alert').waitFor();
    },
  },
  { page: 'patient', state: 'glass-broken', ...nurse, path: at('hidden') },
  { page: 'patient', state: 'protected', ...doctor, path: at('cleared') },
  { page: 'patient', state: 'protect-dialog', ...doctor, path: at('open'), arrange: press('Put under protection') },
  {
    page: 'palette',
    state: 'nobody-emergency',
    ...nurse,
    path: '/emergency',
    async arrange(page) {
      await page.getByRole('button', { name: /Find a patient/ }).click();
      await page.locator('.palette-input').fill('qqzzx');
      await page.getByText(/qqzzx/).waitFor();
    },
  },
  {
    page: 'break-glass',
    state: 'filled',
    ...admin,
    path: '/break-glass',
    async arrange(page) {
      await page.getByRole('button', { name: 'What was done meanwhile' }).last().click();
      await page.locator('.looks').waitFor();
    },
  },
  { page: 'break-glass', state: 'review-dialog', ...admin, path: '/break-glass', arrange: press(/^Escalate/) },
  { page: 'break-glass', state: 'empty', ...admin, path: '/break-glass?show=decided' },
  { page: 'access', state: 'filled', ...admin, path: '/access' },
  { page: 'users', state: 'access-dialog', ...admin, path: '/users', arrange: press('Access of Doctor') },
];

looks('protection', scenes, furnish);
