import type { Page } from 'playwright-core';
import { z } from 'zod';
import { sql } from '../../core/database.ts';
import type { TestHms } from '../hms.ts';
import { amend } from '../scheduling/hospital.ts';
import { looks, type Scene } from './looks.ts';

const admin = { as: 'admin' };
const clerk = { as: 'receptionist', path: '/today?date=2026-03-05' };
/** On a phone the day is folded, doctor by doctor. */
async function unfold(page: Page) {
  await page.locator('[data-lane], details').first().waitFor();
  await page.evaluate(() => document.querySelectorAll('details').forEach((one) => (one.open = true)));
  await page.locator('.beyond').first().scrollIntoViewIfNeeded();
}
const inView = (name: string) => async (page: Page) => {
  await page.locator('[data-lane], details').first().waitFor();
  await page.getByRole('button', { name, exact: true }).click();
  await page.locator('.beyond').first().waitFor();
};
const usualView = (page: Page) => page.evaluate(() => localStorage.removeItem('openward.today.view'));

const scenes: Scene[] = [
  { page: 'services', state: 'filled', ...admin, path: '/facility/services' },
  {
    page: 'services',
    state: 'dialog',
    ...admin,
    path: '/facility/services',
    async arrange(page) {
      await page
        .getByRole('button', { name: /^Change / })
        .first()
        .click();
      await page.getByRole('dialog').getByLabel('Time after').fill('10');
    },
  },
  {
    page: 'services',
    state: 'wrong',
    ...admin,
    path: '/facility/services',
    async arrange(page) {
      await page.getByRole('button', { name: 'Add a service' }).click();
      await page.getByRole('dialog').getByLabel('Charge code').fill('ä');
      await page.getByRole('button', { name: 'Save' }).click();
    },
  },
  { page: 'capacity', state: 'filled', ...admin, path: '/facility/capacity' },
  {
    page: 'capacity',
    state: 'dialog',
    ...admin,
    path: '/facility/capacity',
    async arrange(page) {
      await page.getByRole('button', { name: /^Change / }).first().click(); // prettier-ignore
      await page.getByRole('dialog').waitFor();
    },
  },
  { page: 'rules', state: 'filled', ...admin, path: '/facility/rules' },
  { page: 'overbooked', state: 'day', ...clerk, arrange: unfold },
  { page: 'overbooked', state: 'list', ...clerk, arrange: inView('List'), leave: usualView },
];

/** One doctor may have two at a time, and has a third by override. */
async function furnish(hms: TestHms) {
  const [desk, doctor, house] = await Promise.all(['receptionist', 'doctor', 'admin'].map((role) => hms.as(role)));
  const from = '2026-03-05T07:00:00Z';
  const { items } = (await desk!.get(`/api/services?active=true&limit=10`)).body;
  for (const service of items) {
    const slots = (await desk!.get(`/api/slots?serviceId=${service.id}&from=${from}&limit=1`)).body.items;
    if (slots.length === 0 || !slots[0].start.startsWith('2026-03-05')) continue;
    const [{ practitionerId, locationId, start, end }] = slots;
    for (const actor of [practitionerId, locationId].filter(Boolean))
      await amend(house!, `/api/capacities/${actor}`, { capacity: 2 });
    const people = await hms.db.any(
      sql.type(
        z.strictObject({ id: z.uuid() }),
      )`select id from patients.patient where active and deceased_at is null order by id limit 20`,
    );
    let taken = 0;
    for (const { id: patientId } of people) {
      const wish = { patientId, practitionerId, serviceId: service.id, startsAt: start, endsAt: end };
      if (taken < 2 && (await desk!.post('/api/appointments', wish)).status === 201) taken++;
      else if (taken === 2) {
        const beyond = await doctor!.post('/api/appointments', { ...wish, overrideReason: 'Severe pain since last night' }); // prettier-ignore
        if (beyond.status === 201) return;
      }
    }
  }
  throw new Error('Nobody could be overbooked.');
}

looks('facility', scenes, furnish);
