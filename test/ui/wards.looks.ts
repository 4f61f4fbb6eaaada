import type { Page } from 'playwright-core';
import { looks, type Scene } from './looks.ts';

const nurse = { as: 'nurse' };
const labtech = { as: 'labtech' };
const admin = { as: 'admin' };
const dialog = (page: Page) => page.getByRole('dialog').waitFor();
const press = (page: Page, name: RegExp) => page.getByRole('button', { name }).first().click();

const scenes: Scene[] = [
  { page: 'wards', state: 'filled', ...nurse, path: '/wards' },
  {
    page: 'wards',
    state: 'stay',
    ...nurse,
    path: '/wards',
    async arrange(page) {
      await page.locator('[data-bed] button.name').first().click();
      await dialog(page);
    },
  },
  {
    page: 'wards',
    state: 'add-ward',
    ...admin,
    path: '/wards',
    async arrange(page) {
      await press(page, /^Add a ward/);
      await dialog(page);
    },
  },
  { page: 'facility', state: 'rooms', ...admin, path: '/facility' },
  {
    page: 'facility',
    state: 'equipment-dialog',
    ...admin,
    path: '/facility',
    async arrange(page) {
      await press(page, /^Equipment$/);
      await press(page, /^Add equipment/);
      await dialog(page);
    },
  },
  {
    page: 'today',
    state: 'equipment',
    as: 'receptionist',
    path: '/today',
    arrange: (page) => press(page, /^Equipment$/),
  },
  { page: 'lab-connections', state: 'filled', ...labtech, path: '/lab-connections' },
  {
    page: 'lab-connections',
    state: 'match',
    ...labtech,
    path: '/lab-connections',
    async arrange(page) {
      await press(page, /^Match message/);
      await dialog(page);
    },
  },
  {
    page: 'lab-connections',
    state: 'performs',
    ...admin,
    path: '/lab-connections',
    async arrange(page) {
      await press(page, /^Choose tests/);
      await dialog(page);
    },
  },
  { page: 'home', state: 'admin', ...admin, path: '/' },
];

looks('wards, equipment and connections', scenes);
