import type { Page } from 'playwright-core';
import { sql } from '../../core/database.ts';
import type { TestHms } from '../hms.ts';
import { looks, type At, type Scene } from './looks.ts';

const ofUser = (name: string) => sql.fragment`(select id from auth."user" where username = ${name})`;

/** A doctor whom nobody here signs in as: they would be asked for one. */
const furnish = (hms: TestHms) =>
  hms.db.query(sql.unsafe`
    insert into auth.passkey (user_id, credential_id, public_key, counter, name)
    select id, name, '', 1, name from ${ofUser('doctor')} it (id), unnest(array['Work phone', 'Grey key']) name
  `);
const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();
const iphone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile Safari/604.1';
/** Somebody with two passkeys, a mailbox, a phone that is known again and an app that was let in. */
async function settled(page: Page) {
  const key = (name: string, usedAt: string | null) => ({
    id: crypto.randomUUID(),
    name,
    createdAt: hoursAgo(900),
    usedAt,
  });
  const browser = { id: crypto.randomUUID(), device: iphone, current: false };
  const here = { id: crypto.randomUUID(), device: 'Chrome/150.0 (Windows NT 10.0)', current: true };
  const answers = {
    passkeys: { items: [key('Work phone', hoursAgo(2)), key('Grey key in the drawer of the nurses’ room', null)] },
    email: { email: 'doctor@hospital.example' },
    browsers: {
      items: [
        { ...here, seenAt: hoursAgo(0), trustedUntil: null },
        { ...browser, seenAt: hoursAgo(70), trustedUntil: hoursAgo(-480) },
      ],
    },
  };
  for (const [path, json] of Object.entries(answers))
    await page.route(`**/api/auth/${path}`, (route) => route.fulfill({ json }));
  const app = {
    id: crypto.randomUUID(),
    scopes: ['openid', 'user/Patient.rs', 'user/Observation.crus'],
    offline: true,
  };
  const letIn = { ...app, app: 'Growth charts', thisRecord: true, since: hoursAgo(90), until: hoursAgo(-630) };
  await page.route('**/api/apps-let-in', (route) => route.fulfill({ json: { items: [letIn] } }));
  await page.reload();
  await page.getByText('Work phone').waitFor();
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
  { page: 'account', state: 'passkeys', as: 'labtech', path: '/account', arrange: settled },
  { page: 'account', state: 'again', ...signedIn, arrange: askAgain },
  { page: 'portal-profile', state: 'ways-in', as: 'patient', path: '/portal/profile/sign-in' },
  {
    page: 'users',
    state: 'ways-in',
    as: 'admin',
    path: '/users',
    async arrange(page) {
      await page.getByRole('button', { name: 'Change Doctor' }).click();
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
