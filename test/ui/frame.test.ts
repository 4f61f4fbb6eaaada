import type { Browser, Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startHms, type TestHms } from '../hms.ts';
import { arrive, axe, browserPath, openBrowser, overflow, visit } from './browser.ts';

const test = suite<{ hms: TestHms; browser: Browser }>('interface: frame and patients');
const it = browserPath ? test : test.skip;
if (!browserPath) console.log('skip: no Chromium here (set CHROMIUM to its path)');

test.before(async (at) => {
  if (!browserPath) return;
  at.hms = await startHms(['auth', 'facility', 'patients']);
  at.browser = await openBrowser();
});
test.after(async (at) => {
  await at.browser?.close();
  await at.hms?.stop();
});

const morales = {
  familyName: 'Morales',
  givenName: 'Ines',
  birthDate: '1961-07-14',
  gender: 'female',
  phone: '+49 30 901820',
  city: 'Berlin',
};

it('signs in with two fields and Enter, and says when they do not match', async ({ hms, browser }) => {
  const { page, complaints } = await arrive(browser);
  await page.goto(`${hms.url}/patients/new`);
  await page.waitForURL('**/sign-in?to=*');
  await page.keyboard.type('receptionist');
  await page.keyboard.press('Tab');
  await page.keyboard.type('wrong');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').waitFor();
  assert.equal(await axe(page), []);
  await page.keyboard.type('openward-demo');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/patients/new');
  const kept = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }));
  assert.not.match(kept, /eyJ|token/i, 'the token stays in memory');
  assert.equal(complaints, []);
});

it('registers a patient within 60 keys', async ({ hms, browser }) => {
  const { page, effort } = await visit(browser, hms.url, 'receptionist', '/patients/new');
  await page.locator('#familyName:focus').waitFor();
  await effort();
  for (const text of ['Lindqvist', 'Eva', '14071961', 'f', '+4930901821', 'Berlin']) {
    await page.keyboard.type(text);
    await page.keyboard.press(text === 'Berlin' ? 'Control+Enter' : 'Tab');
  }
  await page.waitForURL(/\/patients\/[0-9a-f-]{36}$/);
  await page.getByText('14-Jul-1961').waitFor();
  const { keys, clicks } = await effort();
  assert.ok(keys > 40 && keys <= 60 && clicks === 0, `${keys} keys, ${clicks} clicks`);
  assert.match(await page.title(), /^Summary – OW-[\d-]+$/);
});

it('offers who is there already, one click away', async ({ hms, browser }) => {
  const clerk = await hms.as('receptionist');
  const { body } = await clerk.post('/api/patients', morales);
  const { page } = await visit(browser, hms.url, 'receptionist', '/patients/new');
  await page.fill('#familyName', 'morales');
  await page.fill('#givenName', 'Ines');
  await page.fill('#birthDate', '14.7.1961');
  const open = page.getByRole('link', { name: 'Open existing' }).first();
  await open.waitFor();
  assert.equal(await axe(page), []);
  await open.click();
  await page.waitForURL(`**/patients/${body.id}`);
});

it('finds a patient by / text Enter', async ({ hms, browser }) => {
  const clerk = await hms.as('receptionist');
  const { body } = await clerk.post('/api/patients', { ...morales, familyName: 'Featherstone', givenName: 'Zoë' });
  const { page } = await visit(browser, hms.url, 'receptionist', '/');
  await page.getByText('the key / takes you there').waitFor();
  await page.getByRole('button', { name: /Find a patient/ }).waitFor();
  await page.keyboard.press('/');
  await page.getByRole('combobox').waitFor();
  await page.keyboard.type('feather zoe');
  await page.getByRole('option', { name: /FEATHERSTONE/ }).waitFor();
  assert.equal(await axe(page), []);
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/patients/${body.id}`);
});

it('loses neither version when two people change the same patient', async ({ hms, browser }) => {
  const clerk = await hms.as('receptionist');
  const { body } = await clerk.post('/api/patients', { ...morales, familyName: 'Stale' });
  const { page } = await visit(browser, hms.url, 'receptionist', `/patients/${body.id}/edit`);
  await page.fill('#city', 'Hamburg');
  const { status } = await clerk.put(
    `/api/patients/${body.id}`,
    { ...morales, familyName: 'Stale', phone: '+49 30 555123' },
    { 'if-match': 'W/"1"' },
  );
  assert.is(status, 200);
  await page.keyboard.press('Control+Enter');
  await page.getByText('Somebody else changed this').waitFor();
  await page.getByRole('row', { name: /Phone/ }).getByText('+49 30 555123').waitFor();
  assert.equal(await axe(page), []);
  await page.getByRole('button', { name: 'Save mine' }).click();
  await page.waitForURL(`**/patients/${body.id}`);
  const { body: kept } = await clerk.get(`/api/patients/${body.id}`);
  assert.equal([kept.city, kept.phone, kept.version], ['Hamburg', morales.phone, 3]);
});

it('says what is missing, and nothing about records that are not there', async ({ hms, browser }) => {
  const { page } = await visit(browser, hms.url, 'nurse', '/patients/new');
  await page.getByRole('heading', { name: 'You may not open this page' }).waitFor();
  await page.getByText('Register patients').waitFor();
  await page.goto(`${hms.url}/patients/0199b1a5-7c1e-7000-8000-000000000000`);
  await page.getByRole('heading', { name: 'Nothing here' }).waitFor();
  assert.equal(await axe(page), []);
});

it('keeps what was typed when the language changes', async ({ hms, browser }) => {
  const { page } = await visit(browser, hms.url, 'receptionist', '/patients/new');
  await page.fill('#familyName', 'Morales');
  await page.getByRole('button', { name: /account/ }).click();
  await page.getByRole('menuitemradio', { name: 'العربية' }).click();
  await page.keyboard.press('Escape');
  await page.getByRole('heading', { name: 'تسجيل مريض' }).waitFor();
  assert.is(await page.evaluate(() => document.documentElement.dir), 'rtl');
  assert.is(await page.inputValue('#familyName'), 'Morales');
  assert.equal(await axe(page), []);
});

it('fits a phone and a small desk, in light, dark and right to left', async ({ hms, browser }) => {
  const clerk = await hms.as('receptionist');
  const { body } = await clerk.post('/api/patients', {
    ...morales,
    familyName: 'Featherstonehaugh-Cholmondeley-Wittgenstein',
    givenName: 'Maximiliana Alexandrina',
  });
  const looks = [
    { width: 390, height: 844 },
    { theme: 'dark' as const },
    { locale: 'ar' as const, width: 390, height: 844 },
  ];
  for (const look of looks) {
    const { page, context } = await visit(browser, hms.url, 'receptionist', '/', look);
    for (const path of ['/patients/new', `/patients/${body.id}`, `/patients/${body.id}/edit`]) {
      await page.goto(hms.url + path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      if (path === '/patients/new') await wrongForm(page);
      const where = `${path} ${JSON.stringify(look)}`;
      assert.equal(await axe(page), [], where);
      assert.is(await overflow(page), 0, where);
    }
    await context.close();
  }
});

async function wrongForm(page: Page) {
  await page.keyboard.press('Control+Enter');
  await page.getByRole('alert').waitFor();
  assert.is(await page.getByRole('alert').getByRole('link').count(), 6);
}

test.run();
