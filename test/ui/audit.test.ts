import type { Browser, Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sql } from '../../core/database.ts';
import { startHms, type TestHms } from '../hms.ts';
import { axe, openBrowser, overflow, visit } from './browser.ts';
import { newPatient } from './people.ts';

/** The printer of a browser that has none: how often it was asked, and whether there was anything to see on the paper. */
const countPrints = (page: Page) =>
  page.evaluate(() => {
    const asked = Object.assign(window, { prints: 0 });
    window.print = () => {
      dispatchEvent(new Event('beforeprint'));
      asked.prints += 1;
      dispatchEvent(new Event('afterprint'));
    };
  });
const printed = (page: Page, times: number) =>
  page.waitForFunction((wanted) => (window as unknown as { prints: number }).prints === wanted, times);

const test = suite<{ browser: Browser; hms: TestHms }>('the audit on the screen');

test.before(async (at) => {
  at.hms = await startHms(['auth', 'facility', 'patients', 'scheduling', 'ehr']);
  at.browser = await openBrowser();
});
test.after(async ({ browser, hms }) => {
  await browser?.close();
  await hms?.stop();
});

test('from a patient’s page to who looked, who printed and who was refused', async ({ browser, hms }) => {
  const patient = await newPatient(hms, { familyName: 'Watched' });
  const nurse = await visit(browser, hms.url, 'nurse', `/patients/${patient.id}`);
  await nurse.page.getByRole('heading', { name: 'Watched' }).or(nurse.page.getByText('WATCHED')).first().waitFor();
  await countPrints(nurse.page);
  await nurse.page.keyboard.press('Control+p');
  await printed(nurse.page, 1);
  await nurse.context.close();
  await (await hms.as('nurse')).get('/api/users');

  const { page, context, complaints } = await visit(browser, hms.url, 'admin', `/patients/${patient.id}`);
  await page.getByRole('link', { name: 'Who looked' }).click();
  const rows = page.getByRole('row').filter({ hasText: 'Nurse' });
  await rows.filter({ hasText: 'opened' }).first().waitFor();
  await rows.filter({ hasText: 'printed' }).filter({ hasText: 'patients' }).waitFor();
  await page.getByRole('button', { name: /^Only Watched/ }).waitFor();
  assert.equal(await axe(page), []);

  await page.getByRole('button', { name: /^Only Watched/ }).click();
  await page.getByLabel('What was done').selectOption({ label: 'refused' });
  await page.getByLabel('Who', { exact: true }).fill('nur');
  await page.getByRole('option', { name: /Nurse/ }).click();
  await page.getByRole('button', { name: 'Only Nurse' }).waitFor();
  await page.getByRole('row').filter({ hasText: 'permission-missing' }).waitFor();

  await page.getByLabel('What was done').selectOption({ label: 'sign-in' });
  await page.getByRole('row').filter({ hasText: 'Nurse' }).filter({ hasText: 'sign-in' }).first().waitFor();
  assert.is(await page.getByRole('row').filter({ hasText: 'permission-missing' }).count(), 0);

  await page.getByLabel('What was done').selectOption({ label: 'Anything' });
  await page.getByRole('button', { name: 'Choose a patient' }).click();
  await page.getByRole('dialog').getByLabel('Patient', { exact: true }).first().fill('watched');
  await page.getByRole('option', { name: /WATCHED/ }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: /^Only Watched/ }).waitFor();
  assert.is(new URL(page.url()).searchParams.get('patient'), patient.id);

  await rows.getByRole('link', { name: 'Only 127.0.0.1' }).first().click();
  await page.getByRole('button', { name: 'Only 127.0.0.1' }).waitFor();
  assert.is(new URL(page.url()).searchParams.get('source'), '127.0.0.1');
  await page.getByRole('button', { name: 'Only 127.0.0.1' }).click();
  const source = page.getByLabel('Address', { exact: true });
  await source.fill('10.1');
  await source.press('Enter');
  await page.getByText('Enter an address such as').waitFor();
  assert.is(new URL(page.url()).searchParams.get('source'), null);
  await source.fill('127.0.0.0/8');
  await source.press('Enter');
  await page.getByRole('button', { name: 'Only 127.0.0.0/8' }).waitFor();
  await rows.first().waitFor();

  const between = async (from: string, to: string) => {
    await page.getByLabel('From', { exact: true }).fill(from);
    await page.getByLabel('To (that day included)').fill(to);
    await page.getByRole('button', { name: 'Show', exact: true }).click();
  };
  await page.getByRole('button', { name: 'From … to …' }).click();
  await between('1.3.2020', '31.3.2020');
  await page.getByText('Nothing was written down that matches.').waitFor();
  assert.equal(await axe(page), []);
  const day = Temporal.Now.plainDateISO('UTC');
  await between(day.subtract({ days: 1 }).toString(), day.add({ days: 1 }).toString());
  await rows.first().waitFor();
  const about = page.getByLabel('What it was about');
  await about.fill('nothing-of-the-kind');
  await about.press('Enter');
  await page.getByText('Nothing was written down that matches.').waitFor();
  await about.fill('patients');
  await about.press('Enter');
  await rows.first().waitFor();
  assert.equal(complaints, []);
  await context.close();

  const phone = await visit(browser, hms.url, 'admin', '/audit', { width: 390, height: 844, locale: 'ar' });
  await phone.page.locator('td').first().waitFor();
  assert.is(await overflow(phone.page), 0);
  assert.equal(await axe(phone.page), []);
  await phone.context.close();
});

test('nothing is printed that could not be written down, and the person is told', async ({ browser, hms }) => {
  const patient = await newPatient(hms, { familyName: 'Paperless' });
  const { page, context } = await visit(browser, hms.url, 'nurse', `/patients/${patient.id}`);
  await page.getByText('PAPERLESS').first().waitFor();
  await countPrints(page);
  const heading = page.getByText('PAPERLESS').first();

  await hms.db.query(sql.unsafe`revoke insert on core.audit from app`);
  try {
    await page.keyboard.press('Control+p');
    await page.getByRole('alert').filter({ hasText: 'Nothing was printed' }).waitFor();
  } finally {
    await hms.db.query(sql.unsafe`grant insert on core.audit to app`);
  }
  await printed(page, 0);
  assert.equal(await axe(page), []);

  // By the menu of the browser nobody is asked: the paper has nothing of the page on it.
  await page.emulateMedia({ media: 'print' });
  await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
  assert.not.ok(await heading.isVisible());
  assert.ok(await page.locator('.unnoted').isVisible());
  await page.evaluate(() => dispatchEvent(new Event('afterprint')));
  await page.emulateMedia({ media: 'screen' });
  await page.getByRole('alert').filter({ hasText: 'Use the print button' }).waitFor();
  assert.ok(await heading.isVisible());

  // Written down, it is there, for this once.
  await page.evaluate(() => {
    window.print = () => dispatchEvent(new Event('beforeprint'));
  });
  const noted = page.waitForResponse((answer) => answer.url().endsWith('/api/prints'));
  await page.keyboard.press('Control+p');
  assert.is((await noted).status(), 204);
  await page.waitForFunction(() => document.documentElement.dataset.noted !== undefined);
  await page.emulateMedia({ media: 'print' });
  assert.ok(await heading.isVisible());
  await page.evaluate(() => dispatchEvent(new Event('afterprint')));
  assert.not.ok(await heading.isVisible());
  await context.close();
});
test.run();
