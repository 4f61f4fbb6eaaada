import { readFile } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { etag, startWard, type Ward } from '../ehr/ward.ts';
import { axe, openBrowser, overflow, visit } from './browser.ts';

const test = suite<{ ward: Ward; browser: Browser }>('dashboard');

test.before(async (at) => {
  at.ward = await startWard(['reports']);
  const { ward } = at;
  for (const familyName of ['Sato', 'Tanaka']) {
    const { body } = await ward.walkIn(await ward.patient({ familyName }));
    await ward.doctor.post(`/api/encounters/${body.id}/start`, {}, etag(body.version));
  }
  at.browser = await openBrowser();
});
test.after(async ({ browser, ward }) => {
  await browser?.close();
  await ward?.stop();
});

test('a tile opens its rows with one click; the chart has its table', async ({ ward, browser }) => {
  const { page, context, complaints, effort } = await visit(browser, ward.url, 'admin', '/dashboard');
  await page.getByRole('heading', { name: 'Last 7 days' }).waitFor();
  await page.getByRole('img', { name: /^Visits a day, by department/ }).waitFor();
  await page.locator('figure path.visits-line').first().waitFor({ state: 'attached' });
  assert.equal(await axe(page), []);
  assert.is(await overflow(page), 0);
  await page.getByRole('button', { name: 'Table', exact: true }).click();
  const table = page.getByRole('table', { name: 'Visits a day, by department' });
  await table.waitFor();
  assert.match(await table.innerText(), /Cardiology/);
  assert.equal(await axe(page), []);
  await effort();
  await page.getByRole('link', { name: /^Visits/ }).click();
  const rows = page.getByRole('table', { name: 'Visits by day' });
  await rows.waitFor();
  assert.is((await effort()).clicks, 1);
  assert.match(await rows.innerText(), /Cardiology\s+2\s+2/);
  assert.equal(await axe(page), []);
  await page.goBack();
  await page.getByRole('link', { name: /^Visits/ }).waitFor();

  await page.getByRole('button', { name: 'Day', exact: true }).click();
  await page.getByRole('heading', { name: 'Today' }).waitFor();
  assert.match(page.url(), /range=day/, 'the view can be shared');
  await page.goBack().catch(() => {});
  await context.close();
  assert.equal(complaints, []);
});

test('tiles of plugins that are off are not there', async ({ ward, browser }) => {
  const { page, context, complaints } = await visit(browser, ward.url, 'admin', '/dashboard');
  await page.getByRole('link', { name: /^No-shows/ }).waitFor();
  assert.is(await page.getByText('Revenue').count(), 0);
  assert.is(await page.getByText('Stock at risk').count(), 0);
  await page.getByRole('link', { name: /^No-shows/ }).click();
  await page.getByText('Nothing in this period.').waitFor();
  assert.equal(await axe(page), []);
  await context.close();
  assert.equal(complaints, []);
});

test('a report is asked for a period, drawn, sorted and kept as a file', async ({ ward, browser }) => {
  const { page, context, complaints } = await visit(browser, ward.url, 'admin', '/reports');
  await page.getByRole('heading', { name: 'Operations' }).waitFor();
  assert.equal(await axe(page), []);
  assert.is(await overflow(page), 0);
  await page.getByRole('link', { name: 'Visits by day' }).click();
  await page.locator('figure path.visits-line').first().waitFor({ state: 'attached' });
  assert.equal(await axe(page), []);
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download as CSV' }).click(),
  ]);
  assert.is(file.suggestedFilename(), 'visits-by-day.csv');
  const text = await readFile(await file.path(), 'utf8');
  assert.match(text, /^\uFEFFDay,Department,Visits,Patients\r\n2026-03-02,Cardiology,2,2\r\n$/);

  await page.fill('#from', '1 jan 2026');
  await page.fill('#to', '31 jan 2026');
  await page.keyboard.press('Enter');
  await page.getByText('Nothing in this period.').waitFor();
  assert.match(page.url(), /from=2026-01-01&to=2026-01-31/, 'the view can be shared');
  await context.close();
  assert.equal(complaints, []);
});

test('who may not see it is told what is missing', async ({ ward, browser }) => {
  const { page, context } = await visit(browser, ward.url, 'nurse', '/dashboard');
  await page.getByRole('heading', { name: 'You may not open this page' }).waitFor();
  await page.getByText('See the dashboard').first().waitFor();
  assert.equal(await axe(page), []);
  await context.close();
});

for (const look of [{ theme: 'dark' }, { locale: 'ar' }, { width: 390, height: 844 }] as const)
  test(`without a complaint of axe: ${JSON.stringify(look)}`, async ({ ward, browser }) => {
    const { page, context, complaints } = await visit(browser, ward.url, 'admin', '/dashboard', look);
    await page.locator('.tile').first().waitFor();
    await page.locator('figure path.visits-line').first().waitFor({ state: 'attached' });
    assert.equal(await axe(page), []);
    assert.is(await overflow(page), 0);
    await context.close();
    assert.equal(complaints, []);
  });

test.run();
