import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import type { TestHms } from '../hms.ts';
import { looks, type Scene } from './looks.ts';
import { made } from './people.ts';

let short = '';
let paidInvoice = '';
/** Who owes, longest first; each payment takes one of them. */
const owing: string[] = [];
interface Bill {
  patient: { id: string };
  invoices: { id: string; openMinor: number }[];
}
const key = () => ({ 'idempotency-key': randomUUID() });

async function furnish(hms: TestHms) {
  const [doctor, pharmacist, cashier] = await Promise.all(
    ['doctor', 'pharmacist', 'cashier'].map((role) => hms.as(role)),
  );
  const queue = (await pharmacist!.get('/api/dispense-queue')).body.items;
  const { patient, medicationRequest } = queue[0];
  // More than there is of it anywhere.
  const asked = await made(doctor!, '/api/medication-requests', {
    patientId: patient.id, medicationId: medicationRequest.medicationId, dosageText: '2-2-2', quantity: 9000,
    overrideReason: 'Tolerated in 2024',
  }); // prettier-ignore
  short = asked.id;
  const bills: Bill[] = (await cashier!.get('/api/till')).body.items;
  owing.push(...bills.map(({ patient: { id } }) => id));
  const patientId = owing.pop()!;
  const bill = bills.at(-1)!.invoices[0] ?? (await made(cashier!, '/api/invoices', { patientId }, key()));
  paidInvoice = bill.id;
  const part = { invoiceId: bill.id, method: 'cash', amountMinor: Math.ceil(bill.openMinor / 3) };
  await made(cashier!, '/api/payments', { ...part, tenderedMinor: bill.openMinor }, key());
  await hms.settle();
}

const atTheTill = () => Promise.resolve(`/till/${owing.at(-1)}`);
async function pay(page: Page) {
  const make = page.getByRole('button', { name: /^Make invoice/ });
  const tendered = page.locator('#tendered');
  await make.or(tendered).first().waitFor();
  if (!(await tendered.isVisible())) await make.click();
  await tendered.waitFor();
}
async function nothing(page: Page, path: string) {
  await page.route(`**${path}*`, (route) => route.fulfill({ json: { items: [] } }));
  await page.reload();
  await page.locator('.empty').first().waitFor();
}
const chart = (page: Page) => page.locator('figure path.visits-line').first().waitFor({ state: 'attached' });
const firstInQueue = async (page: Page) => {
  await page.locator('.queue a').first().click();
  await page.locator('#dispense-quantity').waitFor();
};

const pharmacist = { as: 'pharmacist' };
const cashier = { as: 'cashier' };
const admin = { as: 'admin' };
const leave = (page: Page) => page.unrouteAll();
const scenes: Scene[] = [
  { page: 'dispense', state: 'filled', ...pharmacist, path: '/dispense' },
  { page: 'dispense', state: 'chosen', ...pharmacist, path: '/dispense', arrange: firstInQueue },
  {
    page: 'dispense',
    state: 'low-stock',
    ...pharmacist,
    path: () => Promise.resolve(`/dispense?item=${short}`),
    arrange: (page) => page.locator('#dispense-quantity').waitFor(),
  },
  {
    page: 'dispense',
    state: 'empty',
    ...pharmacist,
    path: '/dispense',
    arrange: (page) => nothing(page, '/api/dispense-queue'),
    leave,
  },
  { page: 'stock', state: 'filled', ...pharmacist, path: '/stock' },
  { page: 'stock', state: 'risk', ...pharmacist, path: '/stock?show=risk' },
  { page: 'stock', state: 'none-found', ...pharmacist, path: '/stock?text=qqzzx' },
  {
    page: 'stock',
    state: 'receive-error',
    ...pharmacist,
    path: '/stock',
    async arrange(page) {
      await page.getByRole('button', { name: 'Receive stock', exact: true }).first().click();
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('button', { name: 'Receive stock' }).click();
      await dialog.getByRole('alert').waitFor();
    },
  },
  {
    page: 'stock',
    state: 'receive-dialog',
    ...pharmacist,
    path: '/stock',
    async arrange(page) {
      await page
        .getByRole('button', { name: /^Receive stock: |^Receive .+/ })
        .nth(1)
        .click();
      await page.getByRole('dialog').getByLabel('Expires').fill('31.12.2027');
    },
  },
  { page: 'till', state: 'filled', ...cashier, path: '/till' },
  { page: 'till', state: 'empty', ...cashier, path: '/till', arrange: (page) => nothing(page, '/api/till'), leave },
  { page: 'bill', state: 'filled', ...cashier, path: atTheTill },
  { page: 'bill', state: 'pay', ...cashier, path: atTheTill, arrange: pay },
  {
    page: 'bill',
    state: 'part-payment',
    ...cashier,
    path: atTheTill,
    async arrange(page) {
      await pay(page);
      await page.fill('#tendered', '2');
      await page.getByRole('button', { name: /as a part payment/ }).waitFor();
    },
  },
  {
    page: 'bill',
    state: 'receipt',
    ...cashier,
    path: atTheTill,
    async arrange(page) {
      await pay(page);
      await page.keyboard.press('Enter');
      await page.getByText('Receipt number').waitFor();
    },
    leave: () => Promise.resolve(owing.pop()),
  },
  { page: 'invoice', state: 'part-paid', ...cashier, path: () => Promise.resolve(`/invoices/${paidInvoice}`) },
  { page: 'dashboard', state: 'filled', ...admin, path: '/dashboard', arrange: chart },
  { page: 'dashboard', state: 'month', ...admin, path: '/dashboard?range=month', arrange: chart },
  { page: 'dashboard', state: 'table', ...admin, path: '/dashboard?view=table' },
  { page: 'dashboard', state: 'day', ...admin, path: '/dashboard?range=day' },
  { page: 'reports', state: 'filled', ...admin, path: '/reports' },
  { page: 'report', state: 'lines', ...admin, path: '/reports/visits-by-day', arrange: chart },
  { page: 'report', state: 'bars', ...admin, path: '/reports/utilisation' },
  { page: 'report', state: 'patients', ...admin, path: '/reports/no-shows?from=2026-01-01&to=2026-03-04' },
  { page: 'report', state: 'empty', ...admin, path: '/reports/no-shows?from=2026-03-08&to=2026-03-08' },
  { page: 'audit', state: 'filled', ...admin, path: '/audit' },
  { page: 'audit', state: 'refused', ...admin, path: '/audit?what=refused' },
  { page: 'audit', state: 'narrowed', ...admin, path: '/audit?about=patients&source=127.0.0.1' },
  {
    page: 'audit',
    state: 'choose-patient',
    ...admin,
    path: '/audit',
    async arrange(page) {
      await page.getByRole('button', { name: /Choose a patient|Elegir|اختر/ }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  { page: 'users', state: 'filled', ...admin, path: '/users' },
  {
    page: 'users',
    state: 'none-found',
    ...admin,
    path: '/users',
    arrange: (page) => page.getByRole('searchbox').fill('qqzzx'),
  },
  {
    page: 'users',
    state: 'dialog',
    ...admin,
    path: '/users',
    arrange: (page) =>
      page
        .getByRole('button', { name: /^Change / })
        .first()
        .click(),
  },
  {
    page: 'users',
    state: 'dialog-error',
    ...admin,
    path: '/users',
    async arrange(page) {
      await page.getByRole('button', { name: 'Add user' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('button', { name: 'Add user' }).click();
      await dialog.getByRole('link', { name: 'Choose at least one role' }).waitFor();
    },
  },
];

looks('pharmacy, till and office', scenes, furnish);
