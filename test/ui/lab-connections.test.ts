import type { Browser, Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { potassium } from '../laboratory/bench.ts';
import { result, startHouse, type Collected, type House } from '../lab-adapter/house.ts';
import { axe, openBrowser, overflow, visit, type Look, type Visitor } from './browser.ts';

interface At {
  house: House;
  browser: Browser;
  visitors: Visitor[];
}
const test = suite<At>('laboratory connections on the screen');
test.before(async (at) => {
  at.visitors = [];
  [at.house, at.browser] = await Promise.all([startHouse(), openBrowser()]);
});
test.after.each(async (at) => {
  for (const { context, complaints } of at.visitors.splice(0)) {
    await context.close();
    assert.equal(complaints, []);
  }
});
test.after(async ({ browser, house }) => {
  await browser?.close();
  await house?.stop();
});

const arrive = async (at: At, role: string, path: string, look: Look = {}): Promise<Page> => {
  const visitor = await visit(at.browser, at.house.url, role, path, look);
  at.visitors.push(visitor);
  return visitor.page;
};
const fits = async (page: Page, where: string) => {
  assert.equal(await axe(page), [], where);
  assert.is(await overflow(page), 0, where);
};
const send = async ({ house }: At, text: string) => {
  const line = await house.line();
  await line.ask(text);
  line.close();
};
const unmatched = (order: Collected, controlId: string) =>
  result({ ...order, accession: 'L00000017' }, controlId, [
    { code: potassium, value: '4.6', unit: 'mmol/L', flag: 'N' },
  ]);

test('a result that found no patient appears live, and is matched by the keyboard alone', async (at) => {
  const order = await at.house.collected(['K'], { familyName: 'Zuordner', givenName: 'Zoe' });
  const page = await arrive(at, 'labtech', '/lab-connections');
  await page.getByText('Nothing to match').waitFor();
  await fits(page, 'nothing to match');
  await send(at, unmatched(order, 'SCREEN-1'));
  const row = page.getByRole('button', { name: 'Match message SCREEN-1' });
  await row.waitFor();
  await fits(page, 'one to match');

  await row.focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Match message SCREEN-1' });
  await dialog.getByText('Zuordner, Zoe').waitFor();
  assert.is(await page.evaluate(() => document.activeElement?.id), 'lab-patient');
  await fits(page, 'match');
  await page.keyboard.type('zuordner');
  await page.getByRole('option', { name: /Zuordner/i }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await dialog.getByRole('radio').waitFor();
  await fits(page, 'chosen');
  await page.waitForFunction(() => (document.activeElement as HTMLInputElement | null)?.name === 'lab-specimen');
  await page.keyboard.press('Enter');
  await page.getByText('The results are in the record of').waitFor();
  await page.getByText('Nothing to match').waitFor();
  assert.is((await at.house.chart(order.patientId, potassium))?.value, '4.6');
});

test('one that is not ours is rejected with a reason; messages are found and read; dark, right to left, on a phone', async (at) => {
  const order = await at.house.collected(['K'], { familyName: 'Ablehner' });
  await send(at, unmatched(order, 'SCREEN-2'));
  const page = await arrive(at, 'labtech', '/lab-connections', { theme: 'dark' });
  await page.getByRole('button', { name: 'Match message SCREEN-2' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Reject…' }).click();
  await dialog.getByLabel('Why it is rejected').fill('Another hospital');
  await fits(page, 'reject, dark');
  await page.keyboard.press('Enter');
  await page.getByText('Rejected. The message is kept.').waitFor();

  await page.getByRole('button', { name: 'Received' }).click();
  await page.waitForURL(/show=in/);
  await page.getByRole('searchbox').fill('SCREEN-2');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Result SCREEN-2' }).click();
  await dialog.getByText('OBX', { exact: true }).waitFor();
  await dialog.getByText('Another hospital').waitFor();
  await fits(page, 'message, dark');

  const phone = await arrive(at, 'labtech', '/lab-connections?show=in', { width: 390, height: 844, locale: 'ar' });
  await phone.getByRole('button', { name: /SCREEN-2/ }).waitFor();
  await fits(phone, 'phone, ar');
  await phone.getByRole('button', { name: /SCREEN-2/ }).click();
  await phone.getByText('OBX', { exact: true }).waitFor();
  await fits(phone, 'message, phone, ar');
});

test('an administrator chooses what a laboratory performs', async (at) => {
  const page = await arrive(at, 'admin', '/lab-connections');
  await page
    .getByRole('article', { name: 'Reference laboratory', exact: true })
    .getByRole('button', { name: 'Choose tests' })
    .click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name of the laboratory').fill('Northside');
  await dialog.getByRole('checkbox', { name: 'Coagulation' }).check();
  await dialog.getByLabel('Add a test').fill('troponin');
  await page.getByRole('option', { name: /Troponin/ }).click();
  await fits(page, 'performs');
  await dialog.getByRole('button', { name: 'Save' }).click();
  const card = page.getByRole('article', { name: 'Northside' });
  await card.getByText('Coagulation, Troponin T, high sensitivity').waitFor();

  const order = await at.house.collected(['COAG']);
  await at.house.settle();
  const doctor = await arrive(at, 'doctor', `/visits/${order.encounterId}`);
  await doctor.getByText('Going to Northside').waitFor();
  await fits(doctor, 'order in the visit');
});
test.run();
