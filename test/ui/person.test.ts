import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { between, startHospital, type Hospital } from '../scheduling/hospital.ts';
import { axe, browserPath, openBrowser, overflow, visit } from './browser.ts';

const test = suite<{ hms: Hospital; browser: Browser }>('interface: the person');
const it = browserPath ? test : test.skip;
if (!browserPath) console.log('skip: no Chromium here (set CHROMIUM to its path)');

test.before(async (at) => {
  if (!browserPath) return;
  at.hms = await startHospital();
  at.browser = await openBrowser();
});
test.after(async (at) => {
  await at.browser?.close();
  await at.hms?.stop();
});

const folder = join(import.meta.dirname, '../../coverage/looks');
const picture = async (page: Page, name: string) => {
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `person-${name}.png`), fullPage: true });
};
const sound = async (page: Page, name: string) => {
  assert.equal(await axe(page), [], name);
  assert.ok((await overflow(page)) <= 0, name);
  await picture(page, name);
};
const card = (page: Page, id: string) => page.locator(`section#${id}`);
const dialog = (page: Page) => page.getByRole('dialog');

it('a number with a slip is refused at its field, and kept once it is right', async ({ hms, browser }) => {
  const type = await hms.admin.post('/api/identifier-types', {
    code: 'SB',
    name: 'Health card',
    system: 'urn:test:card',
    checkDigit: 'verhoeff',
  });
  assert.is(type.status, 201);
  const id = await hms.patient('Number');
  const { page, complaints } = await visit(browser, hms.url, 'receptionist', `/patients/${id}`);
  await card(page, 'identity').getByRole('button', { name: 'Add', exact: true }).click();
  await dialog(page).getByLabel('Kind of number').selectOption({ label: 'Health card' });
  await dialog(page).getByRole('textbox', { name: 'Number' }).fill('2364');
  await page.keyboard.press('Enter');
  await dialog(page).getByRole('alert').getByText('The check digit is wrong').waitFor();
  assert.is(await page.locator('#value').getAttribute('aria-invalid'), 'true');
  await sound(page, 'identifier-wrong');
  await dialog(page).getByRole('textbox', { name: 'Number' }).fill('2363');
  await page.keyboard.press('Enter');
  await card(page, 'identity').getByText('2363').waitFor();
  assert.equal(complaints, []);
});

it('a contact, an answer and a photo are written down on the page of the patient', async ({ hms, browser }) => {
  const id = await hms.patient('Whole');
  const { page } = await visit(browser, hms.url, 'receptionist', `/patients/${id}`);
  await card(page, 'people').getByRole('button', { name: 'Add', exact: true }).click();
  await dialog(page).getByLabel('Relationship').selectOption({ label: 'Guardian' });
  await page.locator('#familyName').fill('Reed');
  await page.locator('#phone').fill('+49 30 555102');
  await dialog(page).getByLabel('Decides for the patient').check();
  await sound(page, 'contact-dialog');
  await dialog(page).getByRole('button', { name: 'Save contact' }).click();
  await card(page, 'people').getByText('Reed').waitFor();

  await card(page, 'consents').getByRole('button', { name: 'Record answer: Research' }).click();
  await dialog(page).getByRole('combobox').selectOption({ label: 'Agreed' });
  await dialog(page).getByRole('button', { name: 'Save answer' }).click();
  await card(page, 'consents').getByText('Agreed').waitFor();

  await card(page, 'identity').getByRole('button', { name: 'Add photo' }).click();
  const png = await page.evaluate(() => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 800, height: 600 });
    canvas.getContext('2d')!.fillRect(100, 100, 300, 300);
    return canvas.toDataURL('image/png').split(',')[1]!;
  });
  const file = { name: 'face.png', mimeType: 'image/png', buffer: Buffer.from(png, 'base64') };
  await page.locator('#picture').setInputFiles(file);
  await page.getByRole('img', { name: 'What will be kept' }).waitFor();
  await sound(page, 'photo-dialog');
  await dialog(page).getByRole('button', { name: 'Keep photo' }).click();
  await page.locator('.patient-banner img.photo').waitFor();
  await sound(page, 'record');
  const phone = await visit(browser, hms.url, 'receptionist', `/patients/${id}`, { width: 390, height: 844 });
  await phone.page.locator('.patient-banner img.photo').waitFor();
  await sound(phone.page, 'record-phone');
});

it('twins are registered from the page of their mother, and their page says who decides', async ({ hms, browser }) => {
  const id = await hms.patient('Mother');
  const { page } = await visit(browser, hms.url, 'receptionist', `/patients/${id}`);
  await card(page, 'people').getByRole('button', { name: 'Register newborn' }).click();
  await dialog(page).getByRole('button', { name: 'Another child' }).click();
  await page.locator('#child-0').selectOption('female');
  await page.locator('#child-1').selectOption('male');
  await sound(page, 'newborn-dialog');
  await dialog(page).getByRole('button', { name: 'Register' }).click();
  await card(page, 'people')
    .getByRole('link', { name: /Baby girl 1/ })
    .click();
  const banner = page.locator('.patient-banner');
  await banner.getByText('Not named yet').waitFor();
  await banner.getByText('Mother', { exact: true }).waitFor();
  await sound(page, 'newborn');
});

it('somebody unknown is registered in one step with few keys, and marked wherever they stand', async ({
  hms,
  browser,
}) => {
  const { page } = await visit(browser, hms.url, 'receptionist', '/patients/new');
  await page.getByRole('button', { name: 'Unknown patient' }).click();
  await page.locator('#unknown #gender').selectOption('male');
  await page.locator('#age').fill('40');
  await sound(page, 'unknown-dialog');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/patients\/[0-9a-f-]{36}$/);
  const banner = page.locator('.patient-banner');
  await banner.getByText('Identity unknown').waitFor();
  await banner.getByText('about 1986 (40y)').waitFor();
  await sound(page, 'unknown');
});

it('a death is written down, and what is booked is offered for cancellation', async ({ hms, browser }) => {
  const id = await hms.patient('Winter');
  const { status } = await hms.clerk.post('/api/appointments', {
    patientId: id,
    practitionerId: hms.practitioners[0],
    serviceId: hms.service,
    ...between('2026-03-10T09:00:00Z', 30),
  });
  assert.is(status, 201);
  const { page } = await visit(browser, hms.url, 'receptionist', `/patients/${id}`);
  await card(page, 'identity').getByRole('button', { name: 'Record death' }).click();
  await page.locator('#at').fill('1.3.2026');
  await dialog(page).getByRole('button', { name: 'Record death' }).click();
  await dialog(page).getByText('Still booked: 1').waitFor();
  await sound(page, 'death-booked');
  await dialog(page).getByRole('button', { name: 'Cancel all 1' }).click();
  await page.getByText('Appointments cancelled').waitFor();
  await page.locator('.patient-banner').getByText('Died 01-Mar-2026').waitFor();
  const { items } = (await hms.clerk.get(`/api/appointments?patientId=${id}`)).body;
  assert.equal(
    items.map((it: { status: string }) => it.status),
    ['cancelled'],
  );
  await sound(page, 'deceased');
});

it('a registration takes a number, a contact and answers along, and names the field that is wrong', async ({
  hms,
  browser,
}) => {
  const { page } = await visit(browser, hms.url, 'receptionist', '/patients/new');
  const six = { familyName: 'Long', givenName: 'Form', birthDate: '1.2.1970', phone: '+49 30 555109', city: 'Berlin' };
  for (const [field, text] of Object.entries(six)) await page.locator(`#${field}`).fill(text);
  await page.locator('#gender').selectOption('other');
  await page.locator('summary', { hasText: 'Identity' }).click();
  await page.locator('[id="identifiers.0.typeId"]').selectOption({ label: 'Passport' });
  await page.locator('summary', { hasText: 'Emergency contact' }).click();
  await page.locator('[id="contacts.0.relationship"]').selectOption({ label: 'Spouse' });
  await page.locator('[id="contacts.0.familyName"]').fill('Long');
  await page.locator('summary', { hasText: 'Consents' }).click();
  await page.locator('#consent-treatment').selectOption({ label: 'Agreed' });
  await page.keyboard.press('Control+Enter');
  await page.getByRole('alert').getByText('Enter the number.').waitFor();
  await sound(page, 'register-open');
  await page.locator('[id="identifiers.0.value"]').fill('C01X00T47');
  await page.keyboard.press('Control+Enter');
  await page.waitForURL(/\/patients\/[0-9a-f-]{36}$/);
  await card(page, 'identity').getByText('C01X00T47').waitFor();
  await card(page, 'people').getByText('Spouse').waitFor();
});

it('a number that somebody has shows them as it is typed, whatever the name', async ({ hms, browser }) => {
  const { items } = (await hms.clerk.get('/api/identifier-types')).body;
  const { id: typeId } = items.find(({ code }: { code: string }) => code === 'PPN');
  const id = await hms.patient('Holder');
  assert.is((await hms.clerk.post(`/api/patients/${id}/identifiers`, { typeId, value: 'H0LD-3R' })).status, 201);
  const { page } = await visit(browser, hms.url, 'receptionist', '/patients/new');
  await page.locator('#familyName').fill('Quite');
  await page.locator('#givenName').fill('Different');
  const known = page.locator('#duplicates');
  await known.getByText('Nobody similar is registered.').waitFor();
  await page.locator('summary', { hasText: 'Identity' }).click();
  await page.locator('[id="identifiers.0.typeId"]').selectOption({ label: 'Passport' });
  await page.locator('[id="identifiers.0.value"]').pressSequentially('h0ld3r');
  await known.getByText('Holder').waitFor();
  await known.getByText('same identity number').waitFor();
  await sound(page, 'register-same-number');
  await known.getByRole('link', { name: 'Open existing' }).click();
  await page.waitForURL(`**/patients/${id}`);
});

it('the administrator sets up kinds of numbers', async ({ hms, browser }) => {
  const { page } = await visit(browser, hms.url, 'admin', '/identifier-types');
  await page.getByRole('button', { name: 'Add kind' }).click();
  await page.locator('#code').fill('SS');
  await page.locator('#system').fill('urn:test:another');
  await page.locator('#checkDigit').selectOption('mod-97-10');
  await sound(page, 'type-dialog');
  await dialog(page).getByRole('button', { name: 'Save kind' }).click();
  await page.getByText('urn:test:another').waitFor();
  await sound(page, 'types');
});

test.run();
