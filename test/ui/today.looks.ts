import type { Page } from 'playwright-core';
import { looks, type Scene } from './looks.ts';

const grid = (page: Page) => page.locator('[data-lane], details').first().waitFor();
const anyFree = (page: Page) => page.locator('button.free, .free button').first();
/** On a phone the day is folded, doctor by doctor. */
async function unfold(page: Page) {
  await grid(page);
  await page.evaluate(() => document.querySelectorAll('details').forEach((one) => (one.open = true)));
}
const booked = (page: Page) => page.locator('button.visit').last();

const clerk = { as: 'receptionist', path: '/today' };
const scenes: Scene[] = [
  { page: 'today', state: 'filled', ...clerk, arrange: grid },
  { page: 'today', state: 'open', ...clerk, arrange: unfold, width: 390 },
  {
    page: 'today',
    state: 'empty',
    as: 'receptionist',
    path: '/today?date=2026-03-08',
    async arrange(page) {
      await page.route('**/api/schedule/day*', async (route) => {
        const response = await route.fetch();
        const day = (await response.json()) as object;
        await route.fulfill({ response, json: { ...day, practitioners: [], appointments: [] } });
      });
      await page.reload();
      await page.locator('.empty').waitFor();
    },
    leave: (page) => page.unrouteAll(),
  },
  {
    page: 'today',
    state: 'rooms',
    ...clerk,
    async arrange(page) {
      await page.getByRole('button', { name: 'Rooms' }).click();
      await grid(page);
    },
    leave: (page) => page.evaluate(() => localStorage.removeItem('openward.today.view')),
  },
  {
    page: 'today',
    state: 'list',
    ...clerk,
    async arrange(page) {
      await grid(page);
      await page.getByRole('button', { name: 'List' }).click();
      await page.getByRole('table').first().waitFor();
    },
    leave: (page) => page.evaluate(() => localStorage.removeItem('openward.today.view')),
  },
  {
    page: 'today',
    state: 'card',
    ...clerk,
    async arrange(page) {
      await unfold(page);
      await booked(page).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    page: 'today',
    state: 'move-dialog',
    ...clerk,
    async arrange(page) {
      await unfold(page);
      await booked(page).click();
      await page.getByRole('button', { name: 'Move…' }).click();
      await page
        .getByRole('dialog', { name: /^Move the appointment/ })
        .getByRole('radio')
        .first()
        .waitFor();
    },
  },
  {
    page: 'today',
    state: 'moving',
    ...clerk,
    width: 1366,
    async arrange(page) {
      await grid(page);
      await booked(page).focus();
      await page.keyboard.press('m');
      await page.keyboard.press('ArrowDown');
      await page.getByText(/^Moving /).waitFor();
    },
  },
  {
    page: 'today',
    state: 'booking',
    ...clerk,
    async arrange(page) {
      await unfold(page);
      await anyFree(page).click();
      await page.getByLabel('Patient', { exact: true }).fill('mor');
      await page.locator('[role=option]').first().waitFor();
    },
  },
  {
    page: 'today',
    state: 'first-free',
    ...clerk,
    async arrange(page) {
      await grid(page);
      await page.getByRole('button', { name: 'First free' }).click();
      await page.getByRole('dialog').getByRole('listitem').first().waitFor();
    },
  },
];

looks('reception', scenes);
