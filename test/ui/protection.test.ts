import type { Browser, Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sql } from '../../core/database.ts';
import { startHms, type TestHms } from '../hms.ts';
import { axe, openBrowser, overflow, visit } from './browser.ts';
import { made, newPatient } from './people.ts';

interface At {
  browser: Browser;
  hms: TestHms;
  patient: { id: string; recordNumber: string };
}
const test = suite<At>('protection on the screen');

test.before(async (at) => {
  at.hms = await startHms(['auth', 'facility', 'patients', 'scheduling', 'ehr', 'messaging']);
  at.browser = await openBrowser();
});
test.before.each(async (at) => {
  at.patient = await newPatient(at.hms);
});
test.after.each(async ({ hms, patient }) => {
  await hms.asAdmin(
    `delete from core.subject_label; delete from core.clearance; delete from core.break_glass_review; delete from core.break_glass`,
  );
  await hms.db.query(sql.unsafe`update patients.patient set family_name = 'Anders' where id = ${patient.id}`);
});
test.after(async ({ browser, hms }) => {
  await browser?.close();
  await hms?.stop();
});

const protect = async ({ hms, patient }: Pick<At, 'hms' | 'patient'>) =>
  made(await hms.as('doctor'), `/api/patients/${patient.id}/labels/psychiatric`, { reason: 'on the closed ward' });
const lookFor = async (page: Page, text: string) => {
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').fill(text);
};
const missing = (page: Page) => page.getByRole('heading', { level: 1, name: 'Nothing here' });

test('a label is put on at the record; from then on another doctor’s screen finds nobody', async ({
  browser,
  hms,
  patient,
}) => {
  const path = `/patients/${patient.id}`;
  const other = await visit(browser, hms.url, 'nurse', path);
  await other.page.getByRole('heading', { level: 1, name: /Morales/i }).waitFor();
  const { page, context, complaints } = await visit(browser, hms.url, 'doctor', path);
  await page.getByRole('button', { name: 'Put under protection' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('From now on only people with clearance').waitFor();
  await dialog.getByRole('button', { name: 'Put under protection' }).click();
  await dialog.getByRole('link', { name: 'Choose the kind of protection.' }).waitFor();
  assert.equal(await axe(page), []);
  await dialog.getByLabel('Kind of protection').selectOption({ label: 'Psychiatric' });
  await dialog.getByLabel('Reason').fill('on the closed ward');
  await dialog.getByRole('button', { name: 'Put under protection' }).click();
  await page.getByText('Without clearance you no longer find it').waitFor();
  await page.waitForURL((address) => !address.pathname.startsWith('/patients'));

  await missing(other.page).waitFor();
  for (const screen of [page, other.page]) {
    await lookFor(screen, 'Morales');
    await screen.getByText(/^Nobody found/).waitFor();
    assert.is(await screen.getByRole('option', { name: /Morales/i }).count(), 0);
    await screen.keyboard.press('Escape');
    await screen.goto(hms.url + path);
    await missing(screen).waitFor();
  }
  assert.equal(complaints, []);
  await Promise.all([context.close(), other.context.close()]);
});

test('a nurse opens a hidden record in an emergency; the privacy officer sees it at once and works it off', async (at) => {
  const { browser, hms, patient } = at;
  await protect(at);
  const officer = await visit(browser, hms.url, 'admin', '/users');
  const { page, context, complaints } = await visit(browser, hms.url, 'nurse', '/');
  await lookFor(page, 'Morales');
  await page.getByRole('option', { name: 'Open a record in an emergency' }).click();
  await page.getByRole('heading', { level: 1, name: 'Open a record in an emergency' }).waitFor();
  await page.getByRole('button', { name: 'Open record' }).click();
  await page.getByRole('link', { name: 'Enter the record number.' }).waitFor();
  assert.equal(await axe(page), []);
  assert.is(await overflow(page), 0);
  await page.getByRole('button', { name: 'By name and birth date' }).click();
  await page.getByLabel('Family name').fill('Morales');
  await page.getByLabel('Given names').fill('Ines');
  await page.getByLabel('Birth date').fill('15 July 1961');
  await page.getByLabel('Why must you see this record now?').fill('unconscious, brought in by ambulance');
  await page.getByRole('button', { name: 'Open record' }).click();
  await page.getByText('Nobody is registered with exactly this').waitFor();
  await page.getByLabel('Birth date').fill('14 July 1961');
  await page.getByRole('button', { name: 'Open record' }).click();
  await page.getByText(/closes in \d\d:\d\d/).waitFor();
  await page.getByRole('heading', { level: 1, name: /Morales/i }).waitFor();
  assert.equal(await axe(page), []);
  assert.is(await overflow(page), 0);

  // Without a click: the bell and the number beside the menu's entry.
  const entry = officer.page.getByRole('link', { name: /Emergency access/ });
  await entry.getByText('1 to decide').waitFor();
  await officer.page.getByRole('button', { name: 'Alerts: 1 waits' }).click();
  await officer.page.getByRole('menuitem', { name: /opened a protected record in an emergency/ }).click();
  const card = officer.page.getByRole('article', { name: `Nurse opened ${patient.recordNumber}` });
  await card.getByText('unconscious, brought in by ambulance').waitFor();
  assert.is(await officer.page.getByText(/Morales/i).count(), 0);
  await card.getByRole('button', { name: 'What was done meanwhile' }).click();
  await card.getByRole('listitem').getByText('patients').first().waitFor();
  assert.equal(await axe(officer.page), []);
  assert.is(await overflow(officer.page), 0);
  await card.getByRole('button', { name: /^Question/ }).click();
  const dialog = officer.page.getByRole('dialog');
  await dialog.getByLabel('What did you find?').fill('asked the head nurse');
  await dialog.getByRole('button', { name: 'Question' }).click();
  await card.getByText('Questioned').first().waitFor();
  await card.getByRole('button', { name: /^Accept/ }).click();
  await dialog.getByRole('button', { name: 'Accept' }).click();
  await dialog.getByRole('link', { name: 'Write at least 3 characters.' }).waitFor();
  assert.equal(await axe(officer.page), []);
  await dialog.getByLabel('What did you find?').fill('the ambulance report says so');
  await dialog.getByRole('button', { name: 'Accept' }).click();
  await officer.page.getByText('Nothing waits.').waitFor();
  await entry.getByText('to decide').waitFor({ state: 'detached' });
  await officer.page.getByRole('button', { name: 'Decided' }).click();
  await card.getByText('the ambulance report says so').waitFor();

  await page.getByRole('button', { name: 'End now' }).click();
  await page.getByText('The record is closed again').waitFor();
  await page.goto(`${hms.url}/patients/${patient.id}`);
  await missing(page).waitFor();
  assert.equal([...complaints, ...officer.complaints], []);
  await Promise.all([context.close(), officer.context.close()]);
});

test('clearance and sites are given at a user, never at oneself, and the rule in force is said', async (at) => {
  const { browser, hms, patient } = at;
  await protect(at);
  const admin = await hms.as('admin');
  const site = await made(admin, '/fhir/R4/Location', { resourceType: 'Location', name: 'Clinic South', status: 'active', physicalType: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/location-physical-type', code: 'si' }] } }, { 'content-type': 'application/fhir+json' }); // prettier-ignore
  assert.ok(site.id);
  const { page, context, complaints } = await visit(browser, hms.url, 'admin', '/users');
  await page.getByRole('button', { name: 'Access of Admin' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Nobody gives themselves clearance').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Access of Nurse' }).click();
  await dialog.getByText('None: protected records are not there').waitFor();
  await dialog.getByRole('button', { name: 'Give clearance' }).click();
  await dialog.getByRole('link', { name: 'Choose what the clearance is for.' }).waitFor();
  assert.equal(await axe(page), []);
  await dialog.getByLabel('For records under').selectOption({ label: 'Psychiatric' });
  await dialog.getByLabel('Last day').fill('t+7');
  await dialog.getByLabel('Reason').fill('works on the ward');
  await dialog.getByRole('button', { name: 'Give clearance' }).click();
  await dialog.getByText('works on the ward').waitFor();
  await dialog.getByLabel('Clinic South').check();
  await dialog.getByRole('button', { name: 'Save sites' }).click();
  await page.getByText('Sites saved').waitFor();

  const nurse = await visit(browser, hms.url, 'nurse', `/patients/${patient.id}`);
  await nurse.page.getByText('Protected: Psychiatric.').waitFor();
  assert.equal(await axe(nurse.page), []);
  await dialog.getByRole('button', { name: 'End clearance for “Psychiatric”' }).click();
  await page.getByText('Clearance ended').waitFor();
  await nurse.page.reload();
  await missing(nurse.page).waitFor();

  await page.goto(`${hms.url}/access`);
  await page.getByRole('heading', { name: 'Everybody who treats' }).waitFor();
  await page
    .getByRole('row', { name: /Clinic South/ })
    .getByText('Nurse')
    .waitFor();
  assert.equal(await axe(page), []);
  assert.is(await overflow(page), 0);
  assert.equal([...complaints, ...nurse.complaints], []);
  await Promise.all([context.close(), nurse.context.close()]);
});

test('a phone in Arabic, by night, needs no sideways scrolling', async (at) => {
  const { browser, hms, patient } = at;
  await protect(at);
  const reason = 'unconscious, brought in by ambulance';
  await made(await hms.as('nurse'), '/api/break-glass', { recordNumber: patient.recordNumber, reason });
  const phone = { width: 390, height: 844, theme: 'dark', locale: 'ar' } as const;
  for (const [role, path] of [
    ['nurse', '/emergency'],
    ['nurse', `/patients/${patient.id}`],
    ['admin', '/break-glass'],
    ['admin', '/access'],
  ] as const) {
    const { page, context } = await visit(browser, hms.url, role, path, phone);
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    assert.is(await overflow(page), 0, path);
    assert.equal(await axe(page), [], path);
    await context.close();
  }
});

test.run();
