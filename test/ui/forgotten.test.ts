import type { Browser } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openMailServer, type MailServer } from '../messaging/peers.ts';
import { startHms, type TestHms } from '../hms.ts';
import { arrive, axe, openBrowser, overflow } from './browser.ts';

const test = suite<{ browser: Browser; hms: TestHms; mail: MailServer }>('a forgotten password on the screen');

test.before(async (at) => {
  at.mail = await openMailServer();
  at.hms = await startHms(['auth', 'facility', 'patients', 'messaging'], {
    env: { OPENWARD_SMTP_URL: at.mail.url, OPENWARD_MAIL_FROM: 'desk@hospital.example' },
  });
  at.browser = await openBrowser();
});
test.after(async ({ browser, hms, mail }) => {
  await browser?.close();
  await hms?.stop();
  await mail?.stop();
});

test('from the sign-in to a letter, from its link to a new password, and in with that', async ({
  browser,
  hms,
  mail,
}) => {
  const nurse = await hms.as('nurse');
  assert.is((await nurse.post('/api/auth/email', { email: 'nurse@example.org' })).status, 204);
  const { page, context, complaints } = await arrive(browser);
  await page.goto(`${hms.url}/sign-in`);
  await page.getByRole('link', { name: 'Forgotten your password?' }).click();
  await page.locator('#username:focus').waitFor();
  await page.keyboard.press('Enter');
  await page.getByText('Enter your user name.').waitFor();
  assert.equal(await axe(page), []);
  await page.keyboard.type('nurse');
  await page.keyboard.press('Enter');
  await page.getByText('a link is on its way').waitFor();
  assert.equal(await axe(page), []);
  while (mail.mails.length === 0) await page.waitForTimeout(50);
  const [, token = ''] = /\/new-password#([\w-]+)/.exec(mail.mails[0]!.text)!;

  await page.goto(`${hms.url}/new-password#${token}`);
  await page.locator('#new-password:focus').waitFor();
  assert.is(new URL(page.url()).hash, '', 'the token has left the address bar');
  assert.is(await page.getByLabel('User name').inputValue(), 'nurse');
  await page.keyboard.type('short');
  await page.keyboard.press('Enter');
  await page.getByText('At least 12 characters').nth(1).waitFor();
  assert.equal(await axe(page), []);
  await page.fill('#new-password', 'harbour window in March');
  await page.keyboard.press('Enter');
  await page.getByText('The password was changed').waitFor();
  await page.getByRole('link', { name: 'To the sign-in' }).click();
  await page.fill('#username', 'nurse');
  await page.fill('#password', 'harbour window in March');
  await page.keyboard.press('Enter');
  await page.waitForURL((address) => address.pathname !== '/sign-in');
  assert.equal(complaints, []);
  await context.close();

  const phone = await arrive(browser, { width: 390, height: 844, locale: 'ar', theme: 'dark' });
  await phone.page.goto(`${hms.url}/new-password#${token}`);
  await phone.page.getByText('انتهى هذا الرابط').waitFor();
  assert.equal(await axe(phone.page), []);
  assert.is(await overflow(phone.page), 0);
  await phone.context.close();
});
test.run();
