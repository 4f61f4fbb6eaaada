import { randomUUID } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { etag, startWard, type Ward } from '../ehr/ward.ts';
import type { Client } from '../hms.ts';
import { axe, openBrowser, overflow, visit, type Visitor } from './browser.ts';

interface At {
  ward: Ward;
  pharmacist: Client;
  medicines: { id: string; display: string }[];
  browser: Browser;
  desk: Visitor;
  page: Page;
}
const test = suite<At>('dispense and stock');
const key = () => ({ 'idempotency-key': randomUUID() });

test.before(async (at) => {
  at.ward = await startWard(['pharmacy']);
  at.pharmacist = await at.ward.as('pharmacist');
  at.medicines = (await at.ward.doctor.get('/api/medications?text=oral%20tablet&limit=8')).body.items;
  at.browser = await openBrowser();
});
test.before.each(async (at) => {
  at.desk = await visit(at.browser, at.ward.url, 'pharmacist', '/dispense');
  at.page = at.desk.page;
});
test.after.each(async ({ desk }) => {
  await desk.context.close();
  assert.equal(desk.complaints, []);
});
test.after(async ({ browser, ward }) => {
  await browser?.close();
  await ward?.stop();
});

const receive = (
  { pharmacist }: At,
  medicine: number,
  lotNumber: string,
  quantity: number,
  expiresOn: string,
  at: At,
) =>
  pharmacist.post(
    '/api/stock/receipts',
    { medicationId: at.medicines[medicine]!.id, lotNumber, expiresOn, quantity },
    key(),
  );

/** A visit with a prescription of the n-th medicine. */
async function prescribed(at: At, familyName: string, medicine: number, quantity: number) {
  const { ward, medicines } = at;
  const patientId = await ward.patient({ familyName });
  const { body } = await ward.walkIn(patientId);
  await ward.doctor.post(`/api/encounters/${body.id}/start`, {}, etag(body.version));
  const order = {
    patientId,
    encounterId: body.id,
    medicationId: medicines[medicine]!.id,
    dosageText: '1-0-1',
    quantity,
  };
  const { status, body: request } = await ward.doctor.post('/api/medication-requests', order);
  assert.is(status, 201, JSON.stringify(request));
  await ward.settle();
  return { patientId, id: request.id as string };
}
const row = (page: Page, name: string) => page.getByRole('listitem').filter({ hasText: name }).getByRole('link');
const dispense = (page: Page) => page.getByRole('button', { name: /^Dispense/ });

test('an item takes at most four clicks, from the lot that expires first', async (at) => {
  const { page, desk, ward } = at;
  await receive(at, 0, 'LATE', 100, '2027-06-30', at);
  await receive(at, 0, 'SOON', 8, '2026-03-20', at);
  const { patientId } = await prescribed(at, 'Lange', 0, 20);
  await ward.nurse.post('/api/allergies', { patientId, display: 'Penicillin', criticality: 'high' });
  await page.reload();
  await row(page, 'LANGE').waitFor();
  await desk.effort();
  await row(page, 'LANGE').click();
  await dispense(page).waitFor();
  await page.getByRole('region', { name: 'Prescription to dispense' }).getByText('Penicillin').waitFor();
  assert.equal(await axe(page), []);
  assert.is(await overflow(page), 0);
  await dispense(page).click();
  await page.getByText(/^20 tablet of .* handed out to LANGE/).waitFor();
  assert.ok((await desk.effort()).clicks <= 4);
  const given = await page.getByRole('region', { name: 'Prescription to dispense' }).innerText();
  assert.match(given, /SOON[\s\S]*8[\s\S]*LATE[\s\S]*12/);
});

test('what is not in stock is explained, with the next step', async (at) => {
  const { page, pharmacist, medicines } = at;
  await receive(at, 1, 'PART', 12, '2027-06-30', at);
  const { id } = await prescribed(at, 'Moreau', 1, 30);
  // Without live updates, so that the pharmacist presses what was true a moment ago.
  await page.routeWebSocket(/.*/, () => {});
  await page.reload();
  await row(page, 'MOREAU').click();
  await page.getByText(/^Only 12 tablet can be given now/).waitFor();
  assert.equal(await axe(page), []);
  // Somebody else takes the same lot between looking and pressing.
  const other = await prescribed(at, 'Other', 1, 10);
  const taken = await pharmacist.post(
    '/api/medication-dispenses',
    { medicationRequestId: other.id, quantity: 10 },
    key(),
  );
  assert.is(taken.status, 201);
  await page.getByRole('button', { name: /^Dispense 12/ }).click();
  await page
    .getByRole('alert')
    .getByText(/stock has changed meanwhile: 2 tablet/)
    .waitFor();
  await page.getByRole('button', { name: 'Dispense 2 tablet now' }).click();
  await page.getByText(/^2 tablet of .* handed out to MOREAU/).waitFor();
  const { items } = (await pharmacist.get('/api/dispense-queue')).body;
  const left = items.find((it: { medicationRequest: { id: string } }) => it.medicationRequest.id === id);
  assert.is(left.remaining, 28, 'the rest stays in the queue');

  await row(page, 'MOREAU').click();
  await page.getByRole('button', { name: 'Receive stock' }).click();
  const dialog = page.getByRole('dialog', { name: 'Receive a lot' });
  assert.is(await dialog.getByLabel('Medicine').inputValue(), medicines[1]!.display);
  await dialog.getByLabel('Lot').fill('NEW-1');
  await dialog.getByLabel('Expires').fill('31.12.2027');
  await dialog.getByLabel('Quantity').fill('100');
  assert.equal(await axe(page), []);
  await dialog.getByRole('button', { name: 'Receive stock' }).click();
  await page.getByText('NEW-1').waitFor();
});

test('a prescription appears by itself while one looks', async (at) => {
  const { page } = at;
  await page.getByRole('heading', { name: 'Dispense', exact: true }).waitFor();
  await page.waitForLoadState('networkidle');
  await prescribed(at, 'Nyberg', 2, 10);
  await row(page, 'NYBERG').waitFor();
});

test('stock lists lots by what happens to them next', async (at) => {
  const { page, ward } = at;
  await receive(at, 3, 'EXPIRING', 40, '2026-03-30', at);
  await page.goto(`${ward.url}/stock`);
  await page.getByText('EXPIRING', { exact: true }).waitFor();
  assert.equal(await axe(page), []);
  await page.getByRole('button', { name: 'Expiring' }).click();
  await page.waitForURL(/show=risk/);
  await page.getByText('NEW-1').first().waitFor({ state: 'detached' });
  await page.getByText('expires in 28 days').first().waitFor();
  await page.setViewportSize({ width: 390, height: 844 });
  assert.is(await overflow(page), 0);
});

test.run();
