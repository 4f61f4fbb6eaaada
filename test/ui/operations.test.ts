import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { service } from '../../core/actor.ts';
import { sql } from '../../core/database.ts';
import { publish } from '../../core/events.ts';
import { startHms, type TestHms } from '../hms.ts';
import { axe, openBrowser, overflow, visit } from './browser.ts';

const box = fileURLToPath(new URL('../core/box', import.meta.url));
const test = suite<{ browser: Browser; hms: TestHms }>('operations on the screen');
test.before(async (at) => {
  at.hms = await startHms(['auth', box], { env: { LOG_LEVEL: 'silent' } });
  at.browser = await openBrowser();
});
test.after(async ({ browser, hms }) => {
  await browser?.close();
  await hms?.stop();
});

/** Its next failure is its last. */
async function park(hms: TestHms, note: string) {
  const id = randomUUID();
  await hms.hms.db(service('test')).transaction((tx) => publish(tx, 'box.made', id, { note, fail: true }));
  await hms.settle();
  await hms.db.query(sql.unsafe`
    update core.delivery set attempts = 7, next_at = clock_timestamp() where subject_id = ${id} and status = 'pending'
  `);
  await hms.settle();
}

test('what failed appears by itself, is tried again by keyboard, and given up with a reason', async ({
  browser,
  hms,
}) => {
  const { page, context, complaints } = await visit(browser, hms.url, 'admin', '/operations');
  await page.getByText('No delivery has failed for good.').waitFor();
  await page.getByText('nothing is waiting for you').waitFor();
  await page.getByRole('link', { name: 'Operations' }).first().waitFor();
  assert.equal(await axe(page), []);

  await park(hms, 'one');
  await page.getByText('1 delivery failed and is parked').waitFor();
  await park(hms, 'two');
  await page.getByText('2 deliveries failed and are parked').waitFor();
  await page.getByRole('button', { name: 'Try all for box again' }).focus();
  await page.keyboard.press('Enter');
  await page.getByText('2 deliveries are being tried again').waitFor();
  await page.getByText('2 deliveries failed and are parked').waitFor();
  assert.equal(await axe(page), []);

  const dialog = page.getByRole('dialog');
  for (const left of ['1 delivery failed and is parked', 'nothing is waiting for you']) {
    await page
      .getByRole('button', { name: /^Give up \d/ })
      .first()
      .click();
    await dialog.getByRole('button', { name: 'Give up' }).click();
    await dialog.getByRole('link', { name: /At least 10 characters/ }).waitFor();
    await dialog.getByLabel('Reason').fill('Entered by hand on the ward');
    await dialog.getByRole('button', { name: 'Give up' }).click();
    await page.getByText(left).waitFor();
  }
  assert.equal(complaints, []);
  await context.close();
});

test('on a phone, from right to left, in the dark; and what it says when no answer comes', async ({ browser, hms }) => {
  await park(hms, 'three');
  const look = { width: 390, height: 844, theme: 'dark', locale: 'ar', touch: true } as const;
  const { page, context } = await visit(browser, hms.url, 'admin', '/operations', look);
  await page.getByRole('heading', { name: 'تسليمات موقوفة' }).waitFor();
  assert.is(await overflow(page), 0);
  assert.equal(await axe(page), []);
  await page.route('**/api/operations', (route) => route.abort());
  await page.getByText('قد يكون ما تراه غير محدّث').waitFor();
  await page.getByRole('heading', { name: 'تسليمات موقوفة' }).waitFor();
  await context.close();
});
test.run();
