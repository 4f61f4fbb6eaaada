import type { Browser } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { shipped } from '../../core/loader.ts';
import { startHms, type TestHms } from '../hms.ts';
import { picturesOf, scan } from '../patients/paper.ts';
import { axe, browserPath, openBrowser, overflow, visit, type Look } from './browser.ts';

interface At {
  hms: TestHms;
  browser: Browser;
  patient: { id: string; recordNumber: string };
}
const test = suite<At>('printing for a patient, and scanning it');
if (!browserPath) console.log('No Chromium here: printing is not tried in the browser.');
test.before(async (at) => {
  if (!browserPath) return;
  at.hms = await startHms(shipped(), { now: '2026-03-02T08:00:00Z' });
  at.browser = await openBrowser();
  const clerk = await at.hms.as('receptionist');
  const register = (familyName: string) =>
    clerk.post('/api/patients', {
      familyName,
      givenName: 'Paula',
      birthDate: '1980-05-06',
      gender: 'female',
      phone: '+49 30 777 4321',
      city: 'Lindenau',
    });
  at.patient = (await register('Papier')).body;
  await register('Unbeteiligt');
});
test.after(async (at) => {
  await at.browser?.close();
  await at.hms?.stop();
});

const open = async ({ browser, hms }: At, role: string, path: string, look: Look = {}) => {
  const { page, context, complaints } = await visit(browser, hms.url, role, path, look);
  return {
    page,
    async close() {
      await context.close();
      assert.equal(complaints, []);
    },
  };
};
if (browserPath) {
  test('a wristband is printed from the patient’s page by keys alone, and scans back to the patient', async (at) => {
    const { page, close } = await open(at, 'nurse', `/patients/${at.patient.id}`);
    await page.getByRole('button', { name: 'Print', exact: true }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('menuitem', { name: 'Wristband', exact: true }).waitFor();
    assert.equal(await axe(page), []);
    assert.is(await overflow(page), 0);
    let pdf: Buffer | undefined;
    await page.route('**/print/wristband', async (route) => {
      const response = await route.fetch();
      pdf = await response.body();
      await route.fulfill({ response });
    });
    const beside = page.context().waitForEvent('page');
    await page.keyboard.press('Enter');
    await beside;
    const [picture] = await picturesOf(pdf!, 203);
    assert.equal([...new Set(await scan(picture!))].sort(), [
      `Code128 ${at.patient.recordNumber}`,
      `QRCode ${at.patient.recordNumber}`,
    ]);
    await close();
  });

  test('scanned into the search, the number opens its patient before any answer was shown', async (at) => {
    const { page, close } = await open(at, 'receptionist', '/today');
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog').getByRole('combobox').waitFor();
    await page.keyboard.type(at.patient.recordNumber);
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/patients/${at.patient.id}`);
    await page.getByRole('dialog').waitFor({ state: 'detached' });

    // A number that is nobody's opens nothing.
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog').getByRole('combobox').waitFor();
    await page.keyboard.type('OW-999-999-9');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByRole('status').filter({ hasText: 'OW-999-999-9' }).waitFor();
    assert.ok(page.url().endsWith(`/patients/${at.patient.id}`));
    await close();
  });

  test('the menu is there on a phone and from right to left, and not for who may not print', async (at) => {
    const phone = { width: 390, height: 844, locale: 'ar', touch: true } as const;
    const { page, close } = await open(at, 'doctor', `/patients/${at.patient.id}`, phone);
    await page.getByRole('button', { name: 'طباعة', exact: true }).click();
    await page.getByRole('menuitem', { name: 'سوار المعصم' }).waitFor();
    assert.equal(await axe(page), []);
    assert.is(await overflow(page), 0);
    await close();

    const cashier = await open(at, 'cashier', `/patients/${at.patient.id}`);
    await cashier.page.getByRole('heading', { level: 1 }).first().waitFor();
    assert.is(await cashier.page.getByRole('button', { name: 'Print', exact: true }).count(), 0);
    await cashier.close();
  });
}
test.run();
