import type { Browser } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startHms, type TestHms } from '../hms.ts';
import { arrive, axe, openBrowser, overflow, visit } from './browser.ts';

const test = suite<{ browser: Browser; hms: TestHms }>('users and roles on the screen');

test.before(async (at) => {
  at.hms = await startHms(['auth']);
  at.browser = await openBrowser();
});
test.after(async ({ browser, hms }) => {
  await browser?.close();
  await hms?.stop();
});

test('a person is added, gets a role, and is locked out', async ({ browser, hms }) => {
  const { page, context, complaints } = await visit(browser, hms.url, 'admin', '/users');
  await page.getByRole('button', { name: 'Add user' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Add user' }).click();
  await dialog.getByRole('link', { name: 'Choose at least one role' }).waitFor();
  assert.equal(await axe(page), []);
  await dialog.getByLabel('Name to show').fill('Nora Berg');
  await dialog.getByLabel('User name').fill('admin');
  await dialog.getByLabel('First password').fill('a-long-first-password');
  await dialog.getByLabel('Nurse').check();
  await dialog.getByRole('button', { name: 'Add user' }).click();
  await dialog.getByText('This user name is taken.').first().waitFor();
  await dialog.getByLabel('User name').fill('nora');
  await dialog.getByRole('button', { name: 'Add user' }).click();
  await page.getByText('Nora Berg was added').waitFor();

  // The first password is good for choosing one's own.
  const nora = await arrive(browser);
  await nora.page.goto(`${hms.url}/sign-in`);
  await nora.page.fill('#username', 'nora');
  await nora.page.fill('#password', 'a-long-first-password');
  await nora.page.keyboard.press('Enter');
  await nora.page.locator('#new-password:focus').waitFor();
  assert.equal(await axe(nora.page), []);
  await nora.page.keyboard.type('password1234');
  await nora.page.keyboard.press('Enter');
  await nora.page.getByText('This password is easily guessed').waitFor();
  await nora.page.fill('#new-password', 'harbour window in March');
  await nora.page.keyboard.press('Enter');
  await nora.page.waitForURL((address) => address.pathname !== '/sign-in');
  await nora.context.close();

  await page.reload();
  await page.getByRole('button', { name: 'Change Nora Berg' }).click();
  await dialog.getByLabel('First password').fill('another-first-password');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Nora Berg was changed').waitFor();
  await page
    .getByRole('row', { name: /Nora Berg/ })
    .getByText('has not signed in yet')
    .waitFor();

  await page.getByRole('button', { name: 'Change Nora Berg' }).click();
  await dialog.getByLabel('Active').uncheck();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await page
    .getByRole('row', { name: /Nora Berg/ })
    .getByText('locked')
    .waitFor();
  assert.equal(await axe(page), []);
  assert.is(await overflow(page), 0);
  assert.equal(complaints, []);
  await context.close();
});

test('two administrators at once: the second sees what the first has made of it', async ({ browser, hms }) => {
  const admin = await hms.as('admin');
  const { page, context } = await visit(browser, hms.url, 'admin', '/users');
  const { items } = (await admin.get('/api/users')).body;
  const nurse = items.find((one: { username: string }) => one.username === 'nurse');
  await page.getByRole('button', { name: `Change ${nurse.displayName}` }).click();
  const meanwhile = { displayName: 'Nurse of the night', active: true, roles: ['nurse', 'cashier'] };
  assert.is((await admin.put(`/api/users/${nurse.id}`, meanwhile, { 'if-match': `W/"${nurse.version}"` })).status, 200);
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name to show').fill('Nurse of the day');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByText('Now: Nurse of the night, active').waitFor();
  assert.is(await dialog.getByLabel('Name to show').inputValue(), 'Nurse of the day');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Nurse of the day was changed').waitFor();
  await context.close();
});

test('a phone needs no sideways scrolling', async ({ browser, hms }) => {
  const { page, context } = await visit(browser, hms.url, 'admin', '/users', {
    width: 390,
    height: 844,
    theme: 'dark',
    locale: 'ar',
  });
  assert.is(await overflow(page), 0);
  assert.equal(await axe(page), []);
  await context.close();
});

test.run();
