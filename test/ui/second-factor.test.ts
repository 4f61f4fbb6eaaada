import { generateSync } from 'otplib';
import type { Browser } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sql } from '../../core/database.ts';
import { startHms, type TestHms } from '../hms.ts';
import { arrive, axe, openBrowser, overflow, signIn, type Visitor } from './browser.ts';

const test = suite<{ browser: Browser; hms: TestHms }>('the second factor on the screen');

test.before(async (at) => {
  at.hms = await startHms(['auth'], { env: { OPENWARD_ADMIN_SECOND_FACTOR: '1' } });
  at.browser = await openBrowser();
});
test.after(async ({ browser, hms }) => {
  await browser?.close();
  await hms?.stop();
});

const begin = async ({ page }: Visitor, url: string, username: string) => {
  await page.goto(`${url}/sign-in`);
  await page.fill('#username', username);
  await page.fill('#password', 'openward-demo');
  await page.keyboard.press('Enter');
  await page.locator('#code:focus').waitFor();
};
const inside = ({ page }: Visitor) => page.waitForURL((address) => address.pathname !== '/sign-in');

test('who needs one is shown a picture, comes in by its first code, and is asked for a code from then on', async ({
  browser,
  hms,
}) => {
  const first = await arrive(browser);
  await begin(first, hms.url, 'admin');
  await first.page.getByRole('img', { name: 'Picture for the authenticator' }).waitFor();
  assert.equal(await axe(first.page), []);
  const secret = (await first.page.locator('code').innerText()).replaceAll(' ', '');
  await first.page.keyboard.type('000000');
  await first.page.keyboard.press('Enter');
  await first.page.getByText('This code is not right').waitFor();
  await first.page.locator('#code:focus').waitFor();
  await first.page.keyboard.type(generateSync({ secret }));
  await first.page.getByLabel('This is my own device').check();
  await first.page.keyboard.press('Enter');
  await first.page.getByText('They are not shown again').waitFor();
  assert.is(await first.page.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem').count(), 10);
  assert.equal(await axe(first.page), []);
  await first.page.keyboard.press('Enter');
  await inside(first);

  // The same browser is spared, another one is not.
  await first.context.clearCookies({ name: 'openward-session' });
  await first.page.goto(`${hms.url}/sign-in`);
  await first.page.fill('#username', 'admin');
  await first.page.fill('#password', 'openward-demo');
  await first.page.keyboard.press('Enter');
  await inside(first);
  assert.equal(first.complaints, []);
  await first.context.close();

  await hms.db.query(sql.unsafe`update auth.totp set last_step = 0`);
  const second = await arrive(browser, { width: 390, height: 844, locale: 'ar', theme: 'dark' });
  await begin(second, hms.url, 'admin');
  assert.is(await second.page.getByRole('img').count(), 0);
  assert.is(await overflow(second.page), 0);
  assert.equal(await axe(second.page), []);
  await second.page.keyboard.type(generateSync({ secret }));
  await second.page.keyboard.press('Enter');
  await inside(second);
  await second.context.close();
});
test('on one’s own page an authenticator is set up, recovery codes are shown once, the password is changed', async ({
  browser,
  hms,
}) => {
  const { page, context, complaints } = await arrive(browser);
  await signIn(page, hms.url, 'nurse', '/account');
  const second = page.getByRole('region', { name: 'Authenticator' });
  await second.getByRole('button', { name: 'Set up an authenticator' }).click();
  await second.getByRole('img').waitFor();
  const secret = (await second.locator('code').innerText()).replaceAll(' ', '');
  await page.keyboard.type(generateSync({ secret }));
  await page.keyboard.press('Enter');
  await second.getByText('They are not shown again').waitFor();
  assert.is(await second.getByRole('listitem').count(), 10);
  await second.getByText('Recovery codes that are left: 10.').waitFor();
  assert.equal(await axe(page), []);
  assert.is(await overflow(page), 0);

  const told = await second.getByRole('listitem').first().innerText();
  await second.getByRole('button', { name: 'New recovery codes' }).click();
  await second.getByRole('listitem').getByText(told).waitFor({ state: 'detached' });
  assert.is(await second.getByRole('listitem').count(), 10);

  const own = page.getByRole('region', { name: 'Password', exact: true });
  await own.getByLabel('Password until now').fill('not-the-password');
  await own.getByLabel('New password').fill('harbour window in March');
  await page.keyboard.press('Enter');
  await own.getByText('The password is not right').waitFor();
  await own.getByLabel('Password until now').fill('openward-demo');
  await page.keyboard.press('Enter');
  await page.getByText('The password was changed').waitFor();
  assert.equal(complaints, []);
  await context.close();
});
test.run();
