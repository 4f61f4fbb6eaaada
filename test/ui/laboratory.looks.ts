import type { Page } from 'playwright-core';
import { z } from 'zod';
import { sql } from '../../core/database.ts';
import { looks, type At, type Scene } from './looks.ts';

const labtech = { as: 'labtech' };
const nurse = { as: 'nurse' };
const doctor = { as: 'doctor' };
const leave = (page: Page) => page.unrouteAll();

/** The first on that list of the bench. */
const firstOf = async ({ hms }: At, tab: 'collect' | 'receive' | 'results') =>
  (await (await hms.as('labtech')).get(`/api/laboratory/worklist?tab=${tab}`)).body.items[0];
const entry = async (at: At) => `/laboratory?tab=results&item=${(await firstOf(at, 'results')).id}`;
const entered = (page: Page) => page.locator('[data-result]').first().waitFor();
/** Somebody whose results are verified and can be seen. */
const withResults = async ({ hms }: At) =>
  `/patients/${await hms.db.oneFirst(sql.type(z.strictObject({ patientId: z.uuid() }))`
    select patient_id from laboratory.result
    where status = 'verified'
    group by patient_id
    order by count(*) desc, patient_id
    limit 1
  `)}`;

const scenes: Scene[] = [
  { page: 'laboratory', state: 'collect', ...nurse, path: '/laboratory' },
  { page: 'laboratory', state: 'receive', ...labtech, path: '/laboratory?tab=receive' },
  { page: 'laboratory', state: 'results', ...labtech, path: '/laboratory?tab=results' },
  { page: 'laboratory', state: 'entry', ...labtech, path: entry, arrange: entered },
  {
    page: 'laboratory',
    state: 'entry-implausible',
    ...labtech,
    path: entry,
    async arrange(page) {
      await entered(page);
      const field = page.locator('input[data-result]').first();
      await field.fill('99999');
      await field.press('Enter');
    },
  },
  {
    page: 'laboratory',
    state: 'empty',
    ...nurse,
    path: '/laboratory',
    async arrange(page) {
      await page.route('**/api/laboratory/worklist*', async (route) => {
        const response = await route.fetch();
        await route.fulfill({ response, json: { ...(await response.json()), items: [] } });
      });
      await page.reload();
      await page.locator('.empty').first().waitFor();
    },
    leave,
  },
  {
    page: 'laboratory',
    state: 'reject',
    ...labtech,
    path: '/laboratory?tab=receive',
    async arrange(page) {
      await page.getByRole('button', { name: 'Refuse' }).first().click();
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    page: 'laboratory-label',
    state: 'filled',
    ...nurse,
    path: '/laboratory',
    async arrange(page) {
      await page
        .getByRole('link', { name: /^Label of/ })
        .first()
        .click();
      await page.locator('svg').first().waitFor();
    },
  },
  {
    page: 'patient-results',
    state: 'filled',
    ...doctor,
    path: withResults,
    arrange: (page) => page.locator('#laboratory').scrollIntoViewIfNeeded(),
  },
  {
    page: 'patient-results',
    state: 'trend',
    ...doctor,
    path: withResults,
    async arrange(page) {
      await page.locator('#laboratory table button').first().click();
      await page.getByRole('dialog').waitFor();
    },
  },
  { page: 'catalogue', state: 'filled', ...labtech, path: '/laboratory/catalogue' },
  {
    page: 'catalogue',
    state: 'deputy',
    ...labtech,
    path: '/laboratory/catalogue',
    async arrange(page) {
      await page.getByRole('button', { name: 'Somebody is away' }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    page: 'catalogue',
    state: 'test-wrong',
    ...labtech,
    path: '/laboratory/catalogue',
    async arrange(page) {
      await page.getByRole('link', { name: 'Haemoglobin', exact: true }).click();
      await page.getByRole('button', { name: 'Add a range' }).click();
      await page.getByLabel('Low', { exact: true }).last().fill('1');
      await page.getByRole('button', { name: 'Add a range' }).click();
      await page.getByLabel('Low', { exact: true }).last().fill('2');
      await page.getByRole('button', { name: 'Save test' }).click();
      await page.getByRole('heading', { name: 'There is a problem' }).waitFor();
    },
  },
];

looks('laboratory', scenes);
