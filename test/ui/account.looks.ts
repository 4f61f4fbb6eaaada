import type { Page } from 'playwright-core';
import { sql } from '../../core/database.ts';
import type { TestHms } from '../hms.ts';
import { looks, type At, type Scene } from './looks.ts';

const ofUser = (name: string) => sql.fragment`(select id from auth."user" where username = ${name})`;

/** A doctor with two passkeys and a mailbox. */
async function furnish(hms: TestHms) {
  await hms.db.query(sql.unsafe`
    insert into auth.passkey (user_id, credential_id, public_key, counter, name, created_at, used_at)
    select id, name, '', 1, name, clock_timestamp() - interval '40 days', used
    from ${ofUser('doctor')} it (id), (values ('Work phone', clock_timestamp() - interval '2 hours'), ('Grey key in the drawer', null)) key (name, used)
  `);
  await hms.db.query(sql.unsafe`update auth."user" set email = 'doctor@hospital.example' where username = 'doctor'`);
  await hms.db.query(sql.unsafe`
    insert into auth.known_device (token_hash, user_id, device, seen_at, trusted_until)
    values ('one', ${ofUser('doctor')}, 'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile Safari/604.1',
      clock_timestamp() - interval '3 days', clock_timestamp() + interval '20 days')
  `);
}

const signedIn = { as: 'nurse', path: '/account' };
const askAgain = async (page: Page, { hms }: At) => {
  await hms.db.query(sql.unsafe`
    update auth.session set proved_at = clock_timestamp() - interval '1 hour' where user_id = ${ofUser('nurse')}
  `);
  await page.getByLabel('E-mail address').fill('nurse@hospital.example');
  await page.keyboard.press('Enter');
  await page.getByRole('alertdialog').waitFor();
};
/** As a hospital that sends mail. */
const withMail = (page: Page) =>
  page.route('**/api/auth/sign-in', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), forgotten: true } });
  });
const openLink = async (page: Page) => {
  await page.route('**/api/auth/forgotten/link', (route) =>
    route.fulfill({ json: { username: 'nurse', shortest: 12 } }),
  );
  await page.goto(`${new URL(page.url()).origin}/new-password#${'x'.repeat(43)}`);
  await page.locator('#new-password').waitFor();
};

const scenes: Scene[] = [
  { page: 'account', state: 'passkeys', as: 'doctor', path: '/account' },
  { page: 'account', state: 'again', ...signedIn, arrange: askAgain },
  { page: 'portal-profile', state: 'ways-in', as: 'patient', path: '/portal/profile' },
  {
    page: 'users',
    state: 'ways-in',
    as: 'admin',
    path: '/users',
    async arrange(page) {
      await page
        .getByRole('row', { name: /\bdoctor\b/ })
        .getByRole('button')
        .click();
      await page.getByText('Passkeys: 2').waitFor();
      await page.getByRole('button', { name: 'Reset second factor' }).scrollIntoViewIfNeeded();
    },
  },
  { page: 'forgotten', state: 'not-here', path: '/forgotten' },
  {
    page: 'forgotten',
    state: 'asked',
    path: '/forgotten',
    async arrange(page) {
      await withMail(page);
      await page.reload();
      await page.locator('#username').waitFor();
    },
  },
  {
    page: 'forgotten',
    state: 'sent',
    path: '/forgotten',
    async arrange(page) {
      await withMail(page);
      await page.route('**/api/auth/forgotten', (route) => route.fulfill({ status: 204 }));
      await page.reload();
      await page.fill('#username', 'nurse');
      await page.keyboard.press('Enter');
      await page.getByRole('status').waitFor();
    },
  },
  { page: 'new-password', state: 'link', path: '/forgotten', arrange: openLink },
  { page: 'new-password', state: 'over', path: '/new-password' },
];

looks('account', scenes, furnish);
