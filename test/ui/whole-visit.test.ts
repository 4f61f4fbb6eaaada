import type { Browser, Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { sql } from '../../core/database.ts';
import { shipped } from '../../core/loader.ts';
import { startHms, type TestHms } from '../hms.ts';
import { axe, openBrowser, visit } from './browser.ts';

/**
 * One visit through every role it touches, by keyboard where there is a shortest path, in a hospital with a few patients
 * of its own: registered, booked, checked in, seen, prescribed, dispensed, billed, paid, counted.
 */
const test = suite<{ hms: TestHms; browser: Browser }>('a whole visit');
const now = '2026-03-02T09:05:00Z'; // Monday, five past ten in Berlin
const patient = { family: 'Vantongeren', given: 'Ilse' };
const named = new RegExp(patient.family, 'i');

test.before(async (at) => {
  at.hms = await startHms(shipped(), { now, speed: 1, demo: { patients: 40, visitsPerPatient: 2 } });
  at.browser = await openBrowser();
});
test.after(async ({ hms, browser }) => {
  await browser?.close();
  await hms?.stop();
});

/** Signs in as a role, does its part, and looks for what axe and the console have to say. */
const as = async (
  { hms, browser }: { hms: TestHms; browser: Browser },
  role: string,
  work: (page: Page, look: () => Promise<void>) => Promise<void>,
) => {
  const { page, context, complaints } = await visit(browser, hms.url, role, '/');
  page.setDefaultTimeout(30_000); // a whole hospital and a browser share two cores
  await work(page, async () => assert.equal(await axe(page), [], `${role} at ${new URL(page.url()).pathname}`));
  await context.close();
  assert.equal(complaints, [], role);
};

const onHand = (hms: TestHms) =>
  hms.db.oneFirst(sql.type(z.object({ n: z.int() }))`select sum(quantity)::int8 as n from pharmacy.stock_balance`);
const visitsToday = async (hms: TestHms) => {
  const admin = await hms.as('admin');
  const { body } = await admin.get('/api/dashboard?from=2026-03-02&to=2026-03-02');
  return { visits: body.tiles.visits.value as number, revenue: body.tiles.revenue.minor as number };
};

test('from the door to the dashboard', async (at) => {
  const { hms } = at;
  const doctor = (await (await hms.as('doctor')).get('/api/me/practitioner')).body as { id: string };
  const [stockBefore, before] = [await onHand(hms), await visitsToday(hms)];

  await as(at, 'receptionist', async (page, look) => {
    await page.locator('[data-lane]').first().waitFor();
    await look();
    // Registers by keyboard alone: the cursor stands in the first field, Ctrl+Enter saves.
    await page.getByRole('link', { name: 'Register patient' }).click();
    await page.locator('#familyName').waitFor();
    for (const value of [patient.family, patient.given, '14.7.1961', 'f', '0176 5550199', 'Lindenau']) {
      await page.keyboard.type(value);
      await page.keyboard.press('Tab');
    }
    await look();
    await page.keyboard.press('Control+Enter');
    await page.waitForURL(/\/patients\/[0-9a-f-]{36}$/, { waitUntil: 'commit' });
    await page.getByText(named).first().waitFor();
    await look();

    // Books the first free time of the doctor on duty, then checks in.
    await page.goto(`${hms.url}/today`);
    await page.locator(`[data-lane="${doctor.id}"]`).getByRole('button', { name: /free$/ }).first().click();
    await page.getByLabel('Patient', { exact: true }).fill(patient.family.toLowerCase());
    await page.getByRole('option', { name: named }).click();
    await page.getByRole('button', { name: /^Book for/ }).click();
    const block = page.locator('[data-key^=visit]', { hasText: named });
    await block.waitFor();
    await block.click();
    await page.getByRole('button', { name: 'Check in' }).first().waitFor();
    await look();
    await page
      .getByRole('dialog')
      .or(page.locator('[data-card]'))
      .getByRole('button', { name: 'Check in' })
      .first()
      .click();
    await page
      .getByText(/VANTONGEREN, Ilse is here/)
      .first()
      .waitFor();
  });
  await hms.settle();

  await as(at, 'doctor', async (page, look) => {
    await page.getByRole('button', { name: new RegExp(`Start visit.*${patient.family}`, 'i') }).click();
    await page.waitForURL(/\/visits\//, { waitUntil: 'commit' });
    await page.getByLabel('Reason').fill('Sore throat for three days');
    await page.getByLabel('Findings').fill('Tonsils red, no exudate. No fever.');
    await page.getByLabel('Plan').fill('Fluids, review in a week.');
    await page.getByText(/saved/).first().waitFor();
    await page.locator('h1, h2').first().click();
    await page.keyboard.press('d');
    await page.keyboard.type('J02.9');
    await page
      .getByRole('option', { name: /J02\.9/ })
      .first()
      .waitFor();
    await page.keyboard.press('Enter');
    await page.getByText('J02.9').first().waitFor();
    await page.locator('h1, h2').first().click();
    await page.keyboard.press('o');
    await page.keyboard.type('ibuprofen');
    await page.getByRole('option').first().waitFor();
    await page.keyboard.press('Enter');
    await page.locator('#dosage:focus').waitFor();
    await page.keyboard.type('1-1-1');
    await page.keyboard.press('Tab');
    await page.keyboard.type('12');
    await page.keyboard.press('Enter');
    await page.getByText('1-1-1').first().waitFor();
    await look();
    await page.keyboard.press('Control+Enter');
    await page.getByText('Note signed.').first().waitFor();
    await page.getByRole('button', { name: 'Finish visit' }).click();
    await page.getByText('The bill is ready at the till.').waitFor();
    await look();
  });
  await hms.settle();

  await as(at, 'pharmacist', async (page, look) => {
    await page.getByText(named).first().click();
    await page
      .getByRole('button', { name: /^Dispense/ })
      .last()
      .waitFor();
    await look();
    await page.keyboard.press('Control+Enter');
    await page
      .getByText(/handed out to/)
      .first()
      .waitFor();
  });
  await hms.settle();
  assert.is(await onHand(hms), stockBefore - 12);

  await as(at, 'cashier', async (page, look) => {
    // Found by name, then Enter opens the bill, makes the invoice and takes the exact amount.
    await page.locator('#find-bill').fill(patient.family);
    await page.keyboard.press('Enter');
    await page
      .getByRole('button', { name: /invoice/i })
      .first()
      .waitFor();
    await look();
    await page.locator('button:focus').waitFor();
    await page.keyboard.press('Enter');
    await page.locator('#tendered:focus').waitFor();
    await page.keyboard.press('Enter');
    await page
      .getByText(/Receipt/i)
      .first()
      .waitFor();
    await look();
  });
  await hms.settle();

  const Bill = z.object({ status: z.string(), total: z.int(), paid: z.int(), lines: z.int() });
  const bill = await hms.db.one(sql.type(Bill)`
    select i.status, i.total_minor as total, (select sum(p.amount_minor)::int8 from billing.payment p where p.invoice_id = i.id) as paid,
      (select count(*)::int from billing.charge_item c where c.invoice_id = i.id) as lines
    from billing.invoice i join patients.patient p on p.id = i.patient_id where p.family_name = ${patient.family}
  `);
  assert.equal([bill.status, bill.paid, bill.lines], ['balanced', bill.total, 2]);

  await as(at, 'admin', async (page, look) => {
    await page.goto(`${hms.url}/dashboard`);
    await page.getByText('Visits', { exact: true }).first().waitFor();
    await look();
  });
  const after = await visitsToday(hms);
  assert.is(after.visits, before.visits + 1);
  assert.is(after.revenue, before.revenue + bill.total);

  for (const plugin of hms.hms.plugins)
    for (const [rule, query] of Object.entries(plugin.invariants ?? {}))
      assert.equal(await hms.db.any(query), [], `${plugin.name}: ${rule}`);
});
test.run();
