import type { TestHms } from '../hms.ts';
import { looks, type Scene } from './looks.ts';
import { made } from './people.ts';

/** With more pages than the bar of a phone holds. */
const furnish = async (hms: TestHms) =>
  made(await hms.as('admin'), '/api/users', {
    username: 'manager',
    displayName: 'Manager',
    password: 'openward-demo',
    roles: ['admin', 'doctor', 'pharmacist'],
  });

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
];

looks('frame', scenes, furnish);
