import type { Page } from 'playwright-core';
import type { TestHms } from '../hms.ts';
import { looks, type Scene } from './looks.ts';
import { newPatient } from './people.ts';

const people = { one: { id: '' }, two: { id: '' }, three: { id: '' } };

async function furnish(hms: TestHms) {
  const same = { birthDate: '1961-07-14', phone: '+49 30 5558812', notSameReason: 'Of the demo' };
  people.one = await newPatient(hms, { familyName: 'Lindqvist', givenName: 'Anna Maria', ...same, city: 'Lindenau' });
  people.two = await newPatient(hms, {
    familyName: 'Lindkvist',
    givenName: 'Anna Marie',
    ...same,
    email: 'a.l@example.org',
    city: 'Seeheim',
  });
  people.three = await newPatient(hms, { familyName: 'Linkvist', givenName: 'Anna', ...same, city: 'Lindenau' });
  const admin = await hms.as('admin');
  const { body } = await admin.get(`/api/patients/${people.one.id}/merge?otherId=${people.three.id}`);
  await admin.post(
    `/api/patients/${people.one.id}/merge`,
    { otherId: people.three.id, otherVersion: body.other.version, reason: 'The same passport' },
    { 'if-match': `W/"${body.patient.version}"` },
  );
  await hms.settle();
  await hms.hms.plugins
    .find(({ name }) => name === 'patients')!
    .jobs!['patients.find-duplicates']!.run(hms.db, hms.hms);
}

const admin = { as: 'admin' };
const compare = () => Promise.resolve(`/duplicates/compare?patient=${people.one.id}&other=${people.two.id}`);
const press = (name: string | RegExp) => async (page: Page) => {
  await page.getByRole('button', { name }).first().click();
  await page.getByRole('dialog').waitFor();
};
const scenes: Scene[] = [
  { page: 'duplicates', state: 'filled', ...admin, path: '/duplicates' },
  { page: 'duplicates', state: 'empty', ...admin, path: '/duplicates?grade=certain' },
  {
    page: 'duplicates',
    state: 'not-same-dialog',
    ...admin,
    path: '/duplicates',
    arrange: press(/not the same person$/),
  },
  { page: 'duplicates', state: 'compare', ...admin, path: compare },
  { page: 'duplicates', state: 'merge-dialog', ...admin, path: compare, arrange: press(/^Merge/) },
  { page: 'patient', state: 'merged-from', ...admin, path: () => Promise.resolve(`/patients/${people.one.id}`) },
];

looks('duplicates', scenes, furnish);
