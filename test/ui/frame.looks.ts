import { generateSync } from 'otplib';
import type { Page } from 'playwright-core';
import { sql } from '../../core/database.ts';
import type { TestHms } from '../hms.ts';
import { looks, type At, type Scene } from './looks.ts';
import { made } from './people.ts';

/** With more pages than the bar of a phone holds. */
const furnish = async (hms: TestHms) =>
  made(await hms.as('admin'), '/api/users', {
    username: 'manager',
    displayName: 'Manager',
    password: 'openward-demo',
    roles: ['admin', 'doctor', 'pharmacist'],
  });

/** A cashier needs a second factor here, and has none yet. */
const enrol = async (page: Page, { hms }: At) => {
  await hms.db.query(sql.unsafe`update auth.role set second_factor = true where name = 'cashier'`);
  await hms.db.query(sql.unsafe`delete from auth.totp`);
  await page.fill('#username', 'cashier');
  await page.fill('#password', 'openward-demo');
  await page.keyboard.press('Enter');
  await page.locator('#code:focus').waitFor();
};
const sessionsOf = (username: string) => sql.fragment`
  ended_at is null and user_id = (select id from auth."user" where username = ${username})
`;

const clerk = { as: 'receptionist', path: '/patients/new' };
const scenes: Scene[] = [
  { page: 'sign-in', state: 'empty', path: '/sign-in' },
  {
    page: 'sign-in',
    state: 'error',
    path: '/sign-in',
    async arrange(page) {
      await page.fill('#username', 'receptionist');
      await page.fill('#password', 'wrong');
      await page.keyboard.press('Enter');
      await page.getByRole('alert').waitFor();
    },
  },
  {
    page: 'palette',
    state: 'start',
    ...clerk,
    async arrange(page) {
      await page.getByRole('button', { name: /Find a patient/ }).click();
      await page.locator('.palette-input').waitFor();
    },
  },
  {
    page: 'palette',
    state: 'results',
    ...clerk,
    async arrange(page) {
      await page.getByRole('button', { name: /Find a patient/ }).click();
      await page.locator('.palette-input').fill('s');
      await page.locator('.palette-item[data-selected]', { hasText: 'SANTOS' }).waitFor();
    },
  },
  {
    page: 'palette',
    state: 'nobody',
    ...clerk,
    async arrange(page) {
      await page.getByRole('button', { name: /Find a patient/ }).click();
      await page.locator('.palette-input').fill('qqzzx');
      await page.getByText(/qqzzx/).waitFor();
    },
  },
  {
    page: 'account',
    state: 'menu',
    ...clerk,
    async arrange(page) {
      await page.getByRole('button', { name: /account/ }).click();
      await page.getByRole('menu').waitFor();
    },
  },
  {
    page: 'keys',
    state: 'dialog',
    as: 'receptionist',
    path: '/today',
    async arrange(page) {
      await page.keyboard.press('?');
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    page: 'menu',
    state: 'drawer',
    as: 'manager',
    path: '/users',
    width: 390,
    async arrange(page) {
      await page.getByRole('button', { name: 'Menu' }).click();
      await page.locator('.side.open').waitFor();
    },
  },
  { page: 'refused', state: '403', as: 'nurse', path: '/users' },
  { page: 'unknown', state: '404', as: 'nurse', path: '/patients/0199b1a5-7c1e-7000-8000-000000000000' },
  {
    page: 'offline',
    state: 'bar',
    ...clerk,
    async arrange(page) {
      await page.context().setOffline(true);
      await page.locator('.offline').waitFor();
    },
    leave: (page) => page.context().setOffline(false),
  },
  { page: 'account', state: 'own', as: 'doctor', path: '/account' },
  {
    page: 'session',
    state: 'warning',
    as: 'pharmacist',
    path: '/account',
    async arrange(page, { hms }) {
      await hms.db.query(sql.unsafe`
        update auth.session set idle = interval '80 seconds' where ${sessionsOf('pharmacist')}
      `);
      await page.reload();
      await page.getByRole('alertdialog').waitFor({ timeout: 60_000 });
    },
  },
  {
    page: 'session',
    state: 'lock',
    as: 'labtech',
    path: '/account',
    async arrange(page, { hms }) {
      await hms.db.query(sql.unsafe`
        update auth.session set used_at = clock_timestamp() - interval '1 hour' where ${sessionsOf('labtech')}
      `);
      await page.locator('#session-lock-password').waitFor({ timeout: 30_000 });
    },
  },
  { page: 'sign-in', state: 'enrolment', path: '/sign-in', arrange: enrol },
  {
    page: 'sign-in',
    state: 'codes',
    path: '/sign-in',
    async arrange(page, at) {
      await enrol(page, at);
      const secret = (await page.locator('code').innerText()).replaceAll(' ', '');
      await page.keyboard.type(generateSync({ secret }));
      await page.keyboard.press('Enter');
      await page.getByText('They are not shown again').waitFor();
    },
  },
];

looks('frame', scenes, furnish);
