import type { Page } from 'playwright-core';
import type { TestHms } from '../hms.ts';
import { looks, type Scene } from './looks.ts';
import { newPatient } from './people.ts';

const cashier = { as: 'cashier' };
const receptionist = { as: 'receptionist' };
const admin = { as: 'admin' };
const dialog = (page: Page) => page.getByRole('dialog').waitFor();

const claims: Record<string, string> = {};
let insured = '';
let invoice = '';
/** Somebody new, whom nobody has asked yet. */
let asked = '';

/** One claim of each list of the demo hospital. */
async function furnish(hms: TestHms) {
  const desk = await hms.as('cashier');
  for (const view of ['ready', 'pended', 'denied', 'all']) {
    const [first] = (await desk.get(`/api/claims?queue=${view}&limit=1`)).body.items;
    claims[view] = first.id;
  }
  const denied = (await desk.get(`/api/claims/${claims.denied}`)).body;
  insured = denied.patient.id;
  invoice = denied.invoiceId;
  asked = (await newPatient(hms)).id;
}

const scenes: Scene[] = [
  ...['failing', 'ready', 'pended', 'denied', 'all'].map((view) => ({
    page: 'claims',
    state: view,
    ...cashier,
    path: `/claims?view=${view}`,
  })),
  { page: 'claim', state: 'ready', ...cashier, path: () => Promise.resolve(`/claims/${claims.ready}`) },
  { page: 'claim', state: 'denied', ...cashier, path: () => Promise.resolve(`/claims/${claims.denied}`) },
  {
    page: 'claim',
    state: 'decide',
    ...cashier,
    path: () => Promise.resolve(`/claims/${claims.denied}`),
    async arrange(page) {
      await page
        .getByRole('button', { name: /^Decide/ })
        .first()
        .click();
      await dialog(page);
      await page.selectOption('#action', 'write-off');
    },
  },
  {
    page: 'claim',
    state: 'letter',
    ...cashier,
    path: () => Promise.resolve(`/claims/${claims.pended}`),
    async arrange(page) {
      // As if no connection had brought it to the payer.
      await page.route('**/api/payer-messages*', (route) => route.fulfill({ json: { items: [] } }));
      await page.reload();
      await page.getByRole('button', { name: 'Enter payer’s answer' }).click();
      await dialog(page);
      await page.locator('#benefit-1').waitFor();
    },
    leave: (page) => page.unroute('**/api/payer-messages*'),
  },
  { page: 'remittances', state: 'filled', ...cashier, path: '/claims/remittances' },
  {
    page: 'remittances',
    state: 'one',
    ...cashier,
    path: '/claims/remittances',
    async arrange(page) {
      await page
        .getByRole('button', { name: /^Look at/ })
        .first()
        .click();
      await dialog(page);
    },
  },
  {
    page: 'remittance',
    state: 'wrong',
    ...cashier,
    path: '/claims/remittances/new',
    async arrange(page) {
      await page.selectOption('#payerId', { index: 1 });
      await page.fill('#amount', '120');
      for (const reference of ['CLM', 'not known']) {
        await page.locator('#claim').fill(reference);
        await page.locator('.menu.options [role=option]').first().waitFor();
        await page.locator('#claim').press('ArrowDown');
        await page.locator('#claim').press('Enter');
      }
      await page.getByRole('button', { name: 'Post payment' }).click();
      await page.getByRole('heading', { name: 'There is a problem' }).waitFor();
    },
  },
  { page: 'payers', state: 'filled', ...admin, path: '/payers' },
  {
    page: 'payers',
    state: 'payer',
    ...admin,
    path: '/payers',
    async arrange(page) {
      await page.getByRole('button', { name: 'Add payer' }).click();
      await dialog(page);
      await page.getByRole('button', { name: 'Save payer' }).click();
      await page.getByRole('heading', { name: 'There is a problem' }).waitFor();
    },
  },
  {
    page: 'payers',
    state: 'plan',
    ...admin,
    path: '/payers',
    async arrange(page) {
      await page
        .getByRole('button', { name: /^Change plan/ })
        .first()
        .click();
      await dialog(page);
    },
  },
  { page: 'invoice', state: 'insured', ...cashier, path: () => Promise.resolve(`/invoices/${invoice}`) },
  {
    page: 'coverage',
    state: 'card',
    ...receptionist,
    path: () => Promise.resolve(`/patients/${insured}`),
    arrange: (page) => page.locator('#coverages').scrollIntoViewIfNeeded(),
  },
  {
    page: 'coverage',
    state: 'dialog',
    ...receptionist,
    path: () => Promise.resolve(`/patients/${insured}`),
    async arrange(page) {
      await page.locator('#coverages').getByRole('button', { name: 'Add' }).click();
      await dialog(page);
    },
  },
  { page: 'payer-connection', state: 'filled', ...admin, path: '/payer-connection' },
  { page: 'messages', state: 'filled', ...receptionist, path: '/messages' },
  {
    page: 'messages',
    state: 'failed',
    ...receptionist,
    path: '/messages',
    arrange: (page) => page.getByRole('button', { name: 'Not delivered' }).click(),
  },
  {
    page: 'messages',
    state: 'one',
    ...receptionist,
    path: '/messages',
    async arrange(page) {
      await page
        .getByRole('button', { name: /^Look at/ })
        .first()
        .click();
      await dialog(page);
    },
  },
  {
    page: 'messages',
    state: 'rules',
    ...admin,
    path: '/messages',
    async arrange(page) {
      await page.getByRole('button', { name: 'Reminders and quiet hours' }).click();
      await dialog(page);
    },
  },
  {
    page: 'messages',
    state: 'consent',
    ...receptionist,
    path: () => Promise.resolve(`/patients/${asked}`),
    async arrange(page) {
      await page
        .locator('#messages')
        .getByRole('button', { name: /consent|Change/ })
        .first()
        .click();
      await dialog(page);
    },
  },
  {
    page: 'alerts',
    state: 'open',
    ...receptionist,
    path: '/today',
    arrange: (page) => page.getByRole('button', { name: /^Alerts/ }).click(),
  },
];

looks('claims and messages', scenes, furnish);
