import type { Browser } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startHms, type TestHms } from '../hms.ts';
import { axe, openBrowser, overflow, visit } from './browser.ts';
import { newPatient } from './people.ts';

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
  const noted = nurse.page.waitForResponse((answer) => answer.url().endsWith('/api/prints'));
  await nurse.page.evaluate(() => dispatchEvent(new Event('beforeprint')));
  assert.is((await noted).status(), 204);
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
  await page.getByLabel('Who').selectOption({ label: 'Nurse' });
  await page.getByRole('row').filter({ hasText: 'permission-missing' }).waitFor();

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
test.run();
