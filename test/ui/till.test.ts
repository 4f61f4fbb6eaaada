import type { Browser, Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { etag, startWard, type Ward } from '../ehr/ward.ts';
import { axe, openBrowser, overflow, visit, type Visitor } from './browser.ts';

interface At {
  ward: Ward;
  browser: Browser;
  desk: Visitor;
  page: Page;
}
const test = suite<At>('till');

test.before(async (at) => {
  at.ward = await startWard(['billing']);
  const admin = await at.ward.as('admin');
  const price = { display: 'Consultation', unitPrice: '45.50', currency: 'EUR' };
  for (const code of ['CONSULT', 'VISIT-AMB']) assert.is((await admin.put(`/api/prices/${code}`, price)).status, 200);
  at.browser = await openBrowser();
});
test.before.each(async (at) => {
  at.desk = await visit(at.browser, at.ward.url, 'cashier', '/till');
  at.page = at.desk.page;
  await at.page.locator('#find-bill').waitFor();
});
test.after.each(async ({ desk }) => {
  await desk.context.close();
  assert.equal(desk.complaints, []);
});
test.after(async ({ browser, ward }) => {
  await browser?.close();
  await ward?.stop();
});

/** A visit that has ended: its bill is ready. */
async function finished({ ward, page }: At, familyName: string) {
  const patientId = await ward.patient({ familyName });
  const { body } = await ward.walkIn(patientId);
  const started = await ward.doctor.post(`/api/encounters/${body.id}/start`, {}, etag(body.version));
  await ward.doctor.post(`/api/encounters/${body.id}/finish`, {}, etag(started.body.version));
  await ward.settle();
  await page.reload();
  await page
    .getByRole('link', { name: new RegExp(familyName, 'i') })
    .first()
    .waitFor();
  return { patientId };
}
const invoiceOf = async ({ ward }: At, patientId: string) =>
  (await (await ward.as('cashier')).get(`/api/invoices?patientId=${patientId}`)).body.items[0];

test('from the found bill exact cash takes at most five keys', async (at) => {
  const { page, desk } = at;
  const { patientId } = await finished(at, 'Olsen');
  assert.equal(await axe(page), []);
  // The cursor stands in the field, as for a scanner.
  await page.locator('#find-bill:focus').waitFor();
  await page.keyboard.type('olsen');
  await page.getByRole('link', { name: /^Open the bill of OLSEN/ }).waitFor();
  await page.keyboard.press('Enter');
  await page.locator('button:focus', { hasText: 'Make invoice' }).waitFor();
  await desk.effort();
  await page.keyboard.press('Enter');
  await page.locator('#tendered:focus').waitFor();
  assert.equal(await axe(page), []);
  await page.keyboard.press('Enter');
  await page.getByText('Receipt number').waitFor();
  const { keys, clicks } = await desk.effort();
  assert.ok(keys <= 5 && clicks === 0, `${keys} keys, ${clicks} clicks`);
  assert.equal(await axe(page), []);
  assert.is((await invoiceOf(at, patientId)).status, 'balanced');
});

test('a bill that took long to load still takes the cursor', async (at) => {
  const { page, ward } = at;
  const { patientId } = await finished(at, 'Sluggard');
  const seen = Promise.withResolvers<void>();
  await page.route(`${ward.url}/api/patients/${patientId}`, async (route) => {
    await seen.promise;
    await route.continue();
  });
  await page.fill('#find-bill', 'sluggard');
  await page.keyboard.press('Enter');
  await page.locator('.skeleton').first().waitFor();
  seen.resolve();
  await page.locator('button:focus', { hasText: 'Make invoice' }).waitFor();
});

test('beyond the thousand who wait longest, somebody is still found', async (at) => {
  const { page, ward } = at;
  const { patientId } = await finished(at, 'Beyond');
  const { items } = (await (await ward.as('cashier')).get('/api/till')).body;
  const one = items.find((it: { patient: { id: string } }) => it.patient.id === patientId);
  const others = Array.from({ length: 1000 }, () => ({
    ...one,
    patient: { ...one.patient, id: crypto.randomUUID(), familyName: 'Earlier' },
  }));
  await page.route(/\/api\/till(\?|$)/, (route) => route.fulfill({ json: { items: others } }));
  await page.reload();
  await page.getByText(/^the 1,000 who wait longest/).waitFor();
  await page.fill('#find-bill', 'beyond');
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/till/${patientId}`);
});

test('cash gives change, a part leaves the rest open, the rest is paid by card', async (at) => {
  const { page, ward } = at;
  const { patientId } = await finished(at, 'Petrova');
  await page.goto(`${ward.url}/till/${patientId}`);
  await page.getByRole('button', { name: /^Make invoice/ }).click();
  await page.locator('#tendered:focus').waitFor();
  await page.keyboard.type('50');
  await page.getByText('€4.50').waitFor();
  await page.fill('#tendered', '20');
  await page.getByRole('button', { name: 'Take €20.00 as a part payment' }).click();
  await page.getByText('€25.50 stays open.').waitFor();
  await page.getByRole('button', { name: 'Take €20.00', exact: true }).click();
  await page.getByText('Receipt number').waitFor();
  await page.getByRole('button', { name: 'Pay the rest' }).click();
  await page.getByRole('button', { name: 'Card' }).click();
  await page.getByRole('button', { name: 'Take €25.50' }).click();
  await page.getByText('€25.50 taken: Card.').waitFor();
  const invoice = await invoiceOf(at, patientId);
  assert.equal([invoice.status, invoice.paidMinor], ['balanced', 4550]);

  await page.goto(`${ward.url}/invoices/${invoice.id}`);
  await page.getByText('Payments').waitFor();
  assert.equal(await axe(page), []);
  // The receipt stands alone on the paper, with the patient on it.
  await page.evaluate(() => {
    window.print = () =>
      Object.assign(window, { printed: document.querySelector<HTMLElement>('.receipt')?.textContent });
  });
  await page
    .getByRole('button', { name: /^Print receipt/ })
    .first()
    .click();
  await page.waitForFunction(() => 'printed' in window);
  const printed = await page.evaluate(() => (window as unknown as { printed: string }).printed);
  assert.match(printed, /PETROVA/);
  assert.match(printed, /OW-/);
});

test('an answer that is lost is asked for again, and the payment is taken once', async (at) => {
  const { page, ward } = at;
  const { patientId } = await finished(at, 'Quist');
  await page.goto(`${ward.url}/till/${patientId}`);
  await page.getByRole('button', { name: /^Make invoice/ }).click();
  await page.locator('#tendered:focus').waitFor();
  const keys: (string | undefined)[] = [];
  await page.route('**/api/payments', async (route) => {
    keys.push(route.request().headers()['idempotency-key']);
    if (keys.length > 1) return route.continue();
    await route.fetch(); // it arrives; its answer does not
    await route.abort();
  });
  await page.keyboard.press('Enter');
  await page
    .getByText(/it is not known whether the payment was taken/)
    .first()
    .waitFor();
  await page.getByRole('button', { name: /^Take/ }).click();
  await page.getByText('Receipt number').waitFor();
  assert.is(keys[0], keys[1]);
  const invoice = await invoiceOf(at, patientId);
  assert.is(invoice.paidMinor, 4550);
  assert.is(invoice.payments.length, 1);
  at.desk.complaints.length = 0;
});

test('on a phone nothing is wider than the screen', async (at) => {
  const { page, ward } = at;
  const { patientId } = await finished(at, 'Rossi');
  await page.setViewportSize({ width: 390, height: 844 });
  assert.is(await overflow(page), 0);
  await page.goto(`${ward.url}/till/${patientId}`);
  await page.getByRole('button', { name: /^Make invoice/ }).click();
  await page.locator('#tendered').waitFor();
  assert.is(await overflow(page), 0);
  assert.equal(await axe(page), []);
});

test.run();
