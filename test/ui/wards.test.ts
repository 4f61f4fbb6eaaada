import type { Browser, Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startWards, type House } from '../inpatient/wards.ts';
import { axe, openBrowser, overflow, visit, type Visitor } from './browser.ts';

interface At {
  house: House;
  browser: Browser;
  visitors: Visitor[];
}
const test = suite<At>('wards on the screen');
test.before(async (at) => {
  at.house = await startWards();
  at.browser = await openBrowser();
  at.visitors = [];
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

const arrive = async (at: At, role: string, path: string, look = {}): Promise<Page> => {
  const visitor = await visit(at.browser, at.house.url, role, path, look);
  at.visitors.push(visitor);
  return visitor.page;
};
const fits = async (page: Page, where: string) => {
  assert.equal(await axe(page), [], where);
  assert.is(await overflow(page), 0, where);
};
const row = (page: Page, bed: string) => page.locator('[data-bed]').filter({ hasText: bed });
const focusBed = async (page: Page, bed: string) => row(page, bed).locator('button').first().focus();

test('admit, transfer, discharge and clean, by keys alone', async (at) => {
  await at.house.patient({ familyName: 'Lungo', givenName: 'Livia' });
  const page = await arrive(at, 'doctor', '/wards');
  await page.getByRole('heading', { name: 'Ward A' }).waitFor();
  await fits(page, 'empty wards');

  // a on a free bed: it is chosen already.
  await focusBed(page, 'G1');
  await page.keyboard.press('a');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.type('lungo');
  await page.getByRole('option', { name: /LUNGO/ }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: /LUNGO/ }).waitFor();
  await page.getByLabel('Reason for the stay').focus();
  await page.keyboard.type('Pneumonia');
  await fits(page, 'admission');
  await page.keyboard.press('Enter');
  await row(page, 'G1').getByText('LUNGO').waitFor();
  await page.getByText('1 of 3 beds taken').waitFor();

  // t: into intensive care.
  await focusBed(page, 'G1');
  await page.keyboard.press('t');
  await page.getByLabel('Bed', { exact: true }).waitFor();
  await page.getByLabel('Bed', { exact: true }).selectOption({ label: 'Intensive care · I1' });
  await fits(page, 'transfer');
  await page.getByLabel('Bed', { exact: true }).press('Tab');
  await page.getByRole('button', { name: 'Transfer', exact: true }).press('Enter');
  await row(page, 'I1').getByText('LUNGO').waitFor();
  await row(page, 'G1').getByText('To be cleaned').waitFor();

  // d, d, d: order, clear, discharge home.
  for (const word of ['Discharge ordered', 'Medically cleared']) {
    await focusBed(page, 'I1');
    await page.keyboard.press('d');
    await row(page, 'I1').getByText(word).waitFor();
  }
  await focusBed(page, 'I1');
  await page.keyboard.press('d');
  await page.getByRole('dialog', { name: 'Discharge LUNGO, Livia' }).waitFor();
  await fits(page, 'discharge');
  await page.getByRole('button', { name: 'Discharge', exact: true }).press('Enter');
  await row(page, 'I1').getByText('To be cleaned').waitFor();

  // c: both beds are clean again.
  for (const bed of ['I1', 'G1']) {
    await focusBed(page, bed);
    await page.keyboard.press('c');
    await row(page, bed).getByText('Free').waitFor();
  }
});

test('whoever waits stands at the top; a bed is kept, then taken; others see it live, also on a phone', async (at) => {
  const { house } = at;
  const patientId = await house.patient({ familyName: 'Warten', givenName: 'Wilma' });
  const nurse = await arrive(at, 'nurse', '/wards', { width: 390, height: 844, touch: true });
  await nurse.getByRole('heading', { name: 'Ward A' }).waitFor();
  await house.doctor.post('/api/stays', { patientId, wardId: house.wards.general, reason: 'Heart failure' });
  await nurse.getByText('One patient waits for a bed').waitFor();
  await fits(nurse, 'phone');

  await nurse.getByRole('button', { name: 'Reserve a bed for WARTEN, Wilma' }).click();
  await nurse.getByLabel('Bed', { exact: true }).selectOption({ label: 'Ward A · G2' });
  await nurse.getByRole('dialog').getByRole('button', { name: 'Reserve a bed', exact: true }).click();
  await row(nurse, 'G2').getByText('Reserved').waitFor();
  await nurse.getByRole('button', { name: 'Admit WARTEN, Wilma' }).click();
  await nurse.getByText('Bed kept: Ward A · G2').last().waitFor();
  await nurse.getByRole('dialog').getByRole('button', { name: 'Admit', exact: true }).click();
  await row(nurse, 'G2').getByText('WARTEN').waitFor();

  // The chart says where.
  const clerk = await arrive(at, 'receptionist', `/patients/${patientId}`, { theme: 'dark', locale: 'ar' });
  await clerk.locator('.patient-banner').getByText('Ward A · G2').waitFor();
  await fits(clerk, 'chart, dark, Arabic');
});

test('an administrator adds a ward and a bed', async (at) => {
  const page = await arrive(at, 'admin', '/wards');
  await page.getByRole('button', { name: 'Add a ward' }).click();
  await page.getByLabel('Name').fill('Ward B');
  await page.getByLabel('Charged by').fill('BED-GEN');
  await fits(page, 'a ward');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('button', { name: 'Add a bed to Ward B' }).click();
  await page.getByLabel('Name').fill('B1');
  await page.getByRole('button', { name: 'Save' }).click();
  await row(page, 'B1').getByText('Free').waitFor();
});

test('Arabic and dark, with a stay open', async (at) => {
  const stay = await at.house.admitted('I2');
  const page = await arrive(at, 'nurse', '/wards', { theme: 'dark', locale: 'ar' });
  await row(page, 'I2').locator('button.name').click();
  await page.getByRole('dialog').waitFor();
  await fits(page, 'stay in Arabic');
  assert.ok(stay.id);
});
test('who lies in a bed is nobody in consultation', async (at) => {
  const patientId = await at.house.patient({ familyName: 'Bettlach', givenName: 'Rosa' });
  await at.house.admitted('G3', patientId);
  const page = await arrive(at, 'doctor', '/my-day?who=all');
  await page.getByRole('heading', { name: 'My day' }).waitFor();
  assert.is(await page.getByText('BETTLACH').count(), 0);
});
test.run();
