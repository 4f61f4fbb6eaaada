import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sql } from '../../core/database.ts';
import { startHms, type TestHms } from '../hms.ts';
import { arrive, axe, openBrowser, overflow, signIn, type Look, type Visitor } from './browser.ts';

interface At {
  browser: Browser;
  hms: TestHms;
  /** Passkeys belong to a name; an address has none. */
  url: string;
}
const test = suite<At>('passkeys on the screen');

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};
test.before(async (at) => {
  const port = await freePort();
  at.url = `http://localhost:${port}`;
  at.hms = await startHms(['auth'], { env: { PORT: String(port), ORIGIN: at.url } });
  at.browser = await openBrowser();
});
test.after(async ({ browser, hms }) => {
  await browser?.close();
  await hms?.stop();
});

/** A browser with a device that asks for a finger; `says`: whether it is the right one. */
const withDevice = async (browser: Browser, look: Look = {}) => {
  const visitor = await arrive(browser, look);
  const cdp = await visitor.context.newCDPSession(visitor.page);
  await cdp.send('WebAuthn.enable');
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  const finger = (says: boolean) => cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: says });
  return { ...visitor, finger };
};
const addPasskey = async ({ page }: Visitor, name: string) => {
  const passkeys = page.getByRole('region', { name: 'Passkeys' });
  await passkeys.getByLabel('Name of the new passkey').fill(name);
  await page.keyboard.press('Enter');
  await passkeys.getByRole('button', { name: `Remove the passkey ${name}` }).waitFor();
  return passkeys;
};
const signOut = ({ context }: Visitor) => context.clearCookies({ name: 'openward-session' });
const inside = ({ page }: Visitor) => page.waitForURL((address) => address.pathname !== '/sign-in');
/** As if everybody had signed in that long ago. */
const minutesLater = ({ hms }: At, minutes: number) =>
  hms.db.query(sql.unsafe`update auth.session set proved_at = proved_at - make_interval(mins => ${minutes})`);

test('a passkey is added under a name, signs in with one click, and opens nothing once it is removed', async (at) => {
  const nurse = await withDevice(at.browser);
  const { page } = nurse;
  await signIn(page, at.url, 'nurse', '/account');
  const passkeys = await addPasskey(nurse, 'Work phone');
  await passkeys.getByText('They are not shown again').waitFor();
  assert.is(await passkeys.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem').count(), 10);
  await passkeys.getByText('not used yet').waitFor();
  assert.equal(await axe(page), []);
  assert.is(await overflow(page), 0);

  await signOut(nurse);
  await page.goto(`${at.url}/sign-in`);
  await nurse.finger(false);
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await page.getByText('No passkey was shown').waitFor();
  await nurse.finger(true);
  await nurse.effort();
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await inside(nurse);
  assert.equal(await nurse.effort(), { keys: 0, clicks: 1 });

  await page.goto(`${at.url}/account`);
  await passkeys.getByText('last used').waitFor();
  await passkeys.getByRole('button', { name: 'Remove the passkey Work phone' }).click();
  await page.getByText('The passkey was removed').waitFor();
  await signOut(nurse);
  await page.goto(`${at.url}/sign-in`);
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await page.getByText('This passkey opens nothing here').waitFor();
  assert.equal(nurse.complaints, []);
  await nurse.context.close();
});

test('whoever has one is asked for it after the password, and a recovery code does as well', async (at) => {
  const doctor = await withDevice(at.browser, { width: 390, height: 844, locale: 'ar', theme: 'dark' });
  const { page } = doctor;
  await signIn(page, at.url, 'doctor', '/account');
  await page.getByRole('region', { name: 'مفاتيح المرور' }).getByLabel('اسم المفتاح الجديد').fill('هاتفي');
  await page.keyboard.press('Enter');
  const codes = page.getByRole('list', { name: 'رموز الاستعادة' }).getByRole('listitem');
  await codes.first().waitFor();
  const [first = ''] = await codes.allInnerTexts();
  assert.equal(await axe(page), []);
  assert.is(await overflow(page), 0);

  const begin = async () => {
    await signOut(doctor);
    await page.goto(`${at.url}/sign-in`);
    await page.fill('#username', 'doctor');
    await page.fill('#password', 'openward-demo');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'استخدام مفتاح مرور' }).waitFor();
  };
  await begin();
  assert.equal(await axe(page), []);
  assert.is(await overflow(page), 0);
  await doctor.finger(false);
  await page.keyboard.press('Enter'); // it has the focus
  await page.getByRole('alert').waitFor();
  await doctor.finger(true);
  await page.getByRole('button', { name: 'استخدام مفتاح مرور' }).click();
  await inside(doctor);
  await begin();
  await page.fill('#code', first);
  await page.keyboard.press('Enter');
  await inside(doctor);
  assert.equal(doctor.complaints, []);
  await doctor.context.close();
});

test('what is delicate asks again in place, by password or passkey, and then goes on with what was typed', async (at) => {
  const cashier = await withDevice(at.browser);
  const { page } = cashier;
  await signIn(page, at.url, 'cashier', '/account');
  await addPasskey(cashier, 'Key');
  const mailbox = page.getByRole('region', { name: 'E-mail for your sign-in' });
  const address = mailbox.getByLabel('E-mail address');
  const again = page.getByRole('alertdialog', { name: 'Is it you?' });

  await minutesLater(at, 6);
  await address.fill('cashier@example.org');
  await page.keyboard.press('Enter');
  await again.getByRole('button', { name: 'Use a passkey' }).waitFor();
  assert.equal(await axe(page), []);
  await page.keyboard.press('Escape');
  await mailbox.getByRole('alert').waitFor();
  assert.is(await address.inputValue(), 'cashier@example.org');
  assert.is(await at.hms.db.exists(sql.unsafe`select from auth."user" where email is not null`), false);

  await mailbox.getByRole('button').click();
  await again.getByLabel('Password').fill('not-the-password');
  await page.keyboard.press('Enter');
  await again.getByText('The password is not right').waitFor();
  await page.keyboard.type('openward-demo');
  await page.keyboard.press('Enter');
  await page.getByText('The e-mail address was saved').waitFor();

  await minutesLater(at, 6);
  await address.fill('elsewhere@example.org');
  await page.keyboard.press('Enter');
  await again.getByRole('button', { name: 'Use a passkey' }).click();
  await again.waitFor({ state: 'hidden' });
  await page.waitForFunction(() => document.querySelector<HTMLInputElement>('#own-email-address')?.value === 'elsewhere@example.org'); // prettier-ignore
  while (!(await at.hms.db.exists(sql.unsafe`select from auth."user" where email = 'elsewhere@example.org'`)))
    await page.waitForTimeout(50);

  const own = page.getByRole('region', { name: 'Password', exact: true });
  await own.getByRole('button', { name: 'Change it with a passkey' }).click();
  await own.getByText('At least 12 characters').first().waitFor();
  await own.getByLabel('New password').fill('harbour window in March');
  await own.getByRole('button', { name: 'Change it with a passkey' }).click();
  await page.getByText('The password was changed').waitFor();
  assert.equal(cashier.complaints, []);
  await cashier.context.close();
});

test('known browsers are listed, one is forgotten, and an administrator resets a lost second factor in place', async (at) => {
  const labtech = await withDevice(at.browser);
  await signIn(labtech.page, at.url, 'labtech', '/account');
  const browsers = labtech.page.getByRole('region', { name: 'Browsers that are known again' });
  await browsers.getByText('this one').waitFor();
  await browsers.getByRole('button', { name: /^Forget/ }).click();
  await labtech.page.getByText('No browser is known.').waitFor();
  await addPasskey(labtech, 'Lost');
  await labtech.context.close();

  const { page, context, complaints } = await arrive(at.browser);
  await signIn(page, at.url, 'admin', '/users');
  await minutesLater(at, 6);
  await page.getByRole('button', { name: 'Change Labtech' }).click();
  const dialog = page.getByRole('dialog', { name: 'Change Labtech' });
  await dialog.getByText('Passkeys: 1').waitFor();
  assert.equal(await axe(page), []);
  await dialog.getByRole('button', { name: 'Reset second factor' }).click();
  await page.getByRole('alertdialog').getByLabel('Password').fill('openward-demo');
  await page.keyboard.press('Enter');
  await dialog.getByText('No second factor').waitFor();
  await dialog.getByLabel('E-mail for a forgotten password').fill('lab@example.org');
  await dialog.getByRole('button', { name: 'Set the address' }).click();
  await page.getByText('The e-mail address was saved').waitFor();
  await dialog.getByLabel('Name to show').fill('Lab One');
  await dialog.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('Lab One was changed').waitFor();
  assert.equal(complaints, []);
  await context.close();
});
test.run();
