import type { Page } from 'playwright-core';
import { looks, type Scene } from './looks.ts';

const patient = { as: 'patient' };
const firstChoice = (page: Page) => page.locator('a.choice').first().click();

const scenes: Scene[] = [
  { page: 'portal', state: 'home', ...patient, path: '/portal' },
  { page: 'portal', state: 'visits', ...patient, path: '/portal/visits' },
  { page: 'portal', state: 'services', ...patient, path: '/portal/book' },
  {
    page: 'portal',
    state: 'book',
    ...patient,
    path: '/portal/book',
    async arrange(page) {
      await firstChoice(page);
      await page.locator('li .button').first().click();
      await page.locator('#reason').waitFor();
    },
  },
  { page: 'portal', state: 'record', ...patient, path: '/portal/record' },
  {
    page: 'portal',
    state: 'result',
    ...patient,
    path: '/portal/record',
    async arrange(page) {
      await page.locator('a[href^="/portal/record/results/"]').first().click();
      await page.locator('.value').waitFor();
    },
  },
  { page: 'portal', state: 'who-looked', ...patient, path: '/portal/record/looks' },
  { page: 'portal', state: 'bills', ...patient, path: '/portal/bills' },
  {
    page: 'portal',
    state: 'bill',
    ...patient,
    path: '/portal/bills',
    async arrange(page) {
      await page.locator('a[href^="/portal/bills/"]').first().click();
      await page.locator('dl').waitFor();
    },
  },
  { page: 'portal', state: 'messages', ...patient, path: '/portal/messages' },
  { page: 'portal', state: 'profile', ...patient, path: '/portal/profile' },
  { page: 'portal', state: 'invitation', path: '/portal/invitation' },
  {
    page: 'portal',
    state: 'invitation-error',
    path: '/portal/invitation',
    async arrange(page) {
      await page.locator('form .button').first().click();
      await page.getByRole('alert').waitFor();
    },
  },
];

looks('portal', scenes);
