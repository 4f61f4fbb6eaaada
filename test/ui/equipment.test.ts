import type { Browser, Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startHospital, type Hospital } from '../scheduling/hospital.ts';
import { axe, openBrowser, overflow, visit, type Visitor } from './browser.ts';

interface At {
  browser: Browser;
  hospital: Hospital;
  visitors: Visitor[];
}
const test = suite<At>('rooms and equipment on the screen');
test.before(async (at) => {
  at.hospital = await startHospital();
  at.browser = await openBrowser();
  at.visitors = [];
});
test.after.each(async (at) => {
  for (const { context, complaints } of at.visitors.splice(0)) {
    await context.close();
    assert.equal(complaints, []);
  }
});
test.after(async ({ browser, hospital }) => {
  await browser?.close();
  await hospital?.stop();
});

const arrive = async (at: At, role: string, path: string): Promise<Page> => {
  const visitor = await visit(at.browser, at.hospital.url, role, path);
  at.visitors.push(visitor);
  return visitor.page;
};
const fits = async (page: Page, where: string) => {
  assert.equal(await axe(page), [], where);
  assert.is(await overflow(page), 0, where);
};

test('an administrator keeps equipment', async (at) => {
  const page = await arrive(at, 'admin', '/facility');
  await page.getByText('Room 1').first().waitFor();
  await page.getByRole('button', { name: 'Equipment', exact: true }).click();
  await page.getByRole('button', { name: 'Add equipment' }).first().click();
  await page.getByLabel('Name').fill('Ultrasound 1');
  await page.getByLabel('Kind').fill('Ultrasound');
  await page.getByRole('dialog').getByLabel('Department').selectOption({ label: 'General medicine' });
  await fits(page, 'adding');
  await page.keyboard.press('Tab');
  await page.getByRole('button', { name: 'Save' }).press('Enter');
  await page.getByRole('cell', { name: 'Ultrasound 1' }).or(page.getByText('Ultrasound 1')).first().waitFor();
  await fits(page, 'equipment');
});

test('the desk books a room and equipment, sees them on the card and by equipment; who comes second hears when', async (at) => {
  const { hospital } = at;
  await hospital.patient('Sonnet');
  await hospital.patient('Zweite');
  const page = await arrive(at, 'receptionist', '/today');
  const book = async (doctor: number, who: string) => {
    await page
      .locator(`[data-lane="${hospital.practitioners[doctor]}"]`)
      .getByRole('button', { name: '10:00 free' })
      .click();
    await page.getByLabel('Patient', { exact: true }).fill(who);
    await page.getByRole('option', { name: new RegExp(who, 'i') }).click();
    await page.getByLabel('Equipment').selectOption({ label: 'Ultrasound 1' });
  };
  await book(0, 'sonnet');
  await fits(page, 'booking');
  await page.getByRole('button', { name: /^Book for SONNET/ }).click();
  await page.getByText(/^Booked: SONNET/).waitFor();

  await book(1, 'zweite');
  await page.getByRole('button', { name: /^Book for ZWEITE/ }).click();
  await page.getByText('Next free times', { exact: true }).waitFor();
  await page.getByRole('button', { name: /^10:30, Dr Rossi/ }).click();
  await page.getByText(/^Booked: ZWEITE/).waitFor();

  await page.getByRole('button', { name: 'Equipment', exact: true }).click();
  const block = page.locator('[data-key^=visit]', { hasText: 'SONNET' });
  await block.waitFor();
  assert.is(await page.locator('[data-key^=visit]').count(), 2);
  await block.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').getByText('Ultrasound 1').waitFor();
  await fits(page, 'by equipment');
});
test.run();
