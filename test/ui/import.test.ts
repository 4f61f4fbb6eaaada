import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startHms, type TestHms } from '../hms.ts';
import { axe, browserPath, openBrowser, overflow, visit } from './browser.ts';

const test = suite<{ hms: TestHms; browser: Browser }>('interface: import');
const it = browserPath ? test : test.skip;
if (!browserPath) console.log('skip: no Chromium here (set CHROMIUM to its path)');

test.before(async (at) => {
  if (!browserPath) return;
  at.hms = await startHms(['auth', 'facility', 'patients'], { now: '2026-03-02T09:00:00Z' });
  at.browser = await openBrowser();
});
test.after(async (at) => {
  await at.browser?.close();
  await at.hms?.stop();
});

const folder = join(import.meta.dirname, '../../coverage/looks');
const sound = async (page: Page, name: string) => {
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `import-${name}.png`), fullPage: true });
  assert.equal(await axe(page), [], name);
  assert.ok((await overflow(page)) <= 0, name);
};
const upload = async (page: Page, text: string | Buffer, name = 'patients.csv') => {
  await page.locator('#file').setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });
  await page.getByRole('button', { name: 'Read the file' }).click();
};
/** Nobody is like somebody of the other file: day and phone are its own. */
const text = (family: string, nth: number) =>
  [
    'Nachname;Given names;Birth date;Sex;Phone;City',
    `${family}a;Anna;0${nth}/04/1980;f;+49 30 7${nth}0001;Berlin`,
    `${family}b;Bert;0${nth}/06/198${nth};m;;`,
    'Known;Karla;07/08/1962;f;+49 30 700100;Berlin',
    'Broken;Bob;never;m;;',
  ].join('\r\n');

for (const look of [
  { name: 'wide', family: 'Wide', nth: 3, width: 1366, height: 768 },
  { name: 'phone', family: 'Kjeldgaard', nth: 6, width: 390, height: 844, touch: true },
])
  it(`a file is sent, its columns are said, and the good lines are taken: ${look.name}`, async ({ hms, browser }) => {
    const clerk = await hms.as('receptionist');
    await clerk.post('/api/patients', {
      familyName: 'Known', givenName: 'Karla', birthDate: '1962-08-07', gender: 'female', phone: '+49 30 700100', city: 'Berlin',
    }); // prettier-ignore
    const { page, complaints } = await visit(browser, hms.url, 'receptionist', '/patients/new', look);
    await page.getByRole('link', { name: 'Import from a file' }).click();
    await page.getByText('Up to 8 MB').waitFor();
    await page.getByRole('button', { name: 'Read the file' }).click();
    await page.getByRole('alert').getByText('Choose a file').waitFor();
    await sound(page, `${look.name}-empty`);
    await upload(page, Buffer.from([137, 80, 78, 71, 0, 1]), 'face.png');
    await page.getByRole('alert').getByText('This is no CSV file').first().waitFor();
    await sound(page, `${look.name}-no-csv`);

    await upload(page, text(look.family, look.nth));
    await page.getByText('Not known: Nachname').waitFor();
    await sound(page, `${look.name}-columns`);
    await page.getByRole('button', { name: 'Look at the lines' }).click();
    await page
      .getByRole('alert')
      .getByText('Family name, given names, birth date and sex are needed')
      .first()
      .waitFor();
    await page.getByLabel('Column 1: Nachname').selectOption({ label: 'Family name' });
    await page.getByRole('button', { name: 'Look at the lines' }).click();
    await page.locator('#dateOrder-wrong').waitFor();
    await page.getByLabel('How birth dates are written').selectOption({ label: 'Day first: 31/12/1980' });
    await page.getByRole('button', { name: 'Look at the lines' }).click();

    const row = (who: string) => page.locator('tr').filter({ hasText: who });
    await row('Known, Karla').getByText('Certainly here already').waitFor();
    await row('Broken').getByText('Column 3 (Birth date): This is not a date').waitFor();
    await sound(page, `${look.name}-preview`);
    const take = page.getByRole('button', { name: /^Import \d+ patients?$/ });
    assert.ok(await take.isDisabled(), 'a line is broken');
    await page.getByRole('button', { name: 'Broken 1' }).click();
    await page.waitForURL(/show=broken/);
    assert.is(await page.locator('tr').filter({ hasText: 'Line' }).filter({ hasText: 'Column 3' }).count(), 1);
    await page.getByRole('button', { name: /^all / }).click();
    await row('Known, Karla').getByRole('button', { name: 'Take line 4' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Take them' }).click();
    await page.locator('#reason-wrong').waitFor();
    await sound(page, `${look.name}-reason`);
    await page.locator('#reason').fill('her aunt of the same name');
    await page.getByRole('dialog').getByRole('button', { name: 'Take them' }).click();
    await row('Known, Karla').getByText('her aunt of the same name').waitFor();
    await row('Known, Karla').getByRole('button', { name: 'Skip line 4' }).click();
    await row('Known, Karla').getByText('Is skipped').waitFor();
    await page.getByLabel('Take the good lines and leave out the broken ones').check();
    await page.getByRole('button', { name: 'Import 2 patients' }).click();
    await page.getByText('2 patients were registered.').waitFor();
    await sound(page, `${look.name}-result`);

    const saved = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download refused lines' }).click();
    const download = await saved;
    assert.is(download.suggestedFilename(), 'patients-refused.csv');
    assert.match(await readFile(await download.path(), 'utf8'), /Broken,Bob,never,m,,,"?Column 3/);
    await row(`${look.family}a, Anna`).getByRole('link', { name: 'Open record' }).click();
    await page.waitForURL(/\/patients\/[0-9a-f-]{36}$/);
    await page.goBack();
    await page.getByRole('button', { name: 'Discard' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Discard' }).click();
    await page.waitForURL(/\/patients\/import$/);
    await page.getByText('No file is here').waitFor();
    assert.equal(complaints, []);
  });

it('it reads from right to left', async ({ hms, browser }) => {
  const { page } = await visit(browser, hms.url, 'receptionist', '/patients/import', { locale: 'ar' });
  await page.locator('#file').setInputFiles({
    name: 'patients.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from(
      'اسم العائلة,الأسماء الأولى,تاريخ الميلاد,الجنس\nحداد,ليلى,1980-01-01,أنثى\nخوري,,1980-01-01,ذكر\n',
    ),
  });
  await page.locator('form button').click();
  await page.locator('tr').filter({ hasText: 'حداد' }).waitFor();
  await sound(page, 'ar');
  await page.setViewportSize({ width: 390, height: 844 });
  await sound(page, 'ar-phone');
});

test.run();
