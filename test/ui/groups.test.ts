import type { Browser } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { between, etag, startHospital, type Hospital } from '../scheduling/hospital.ts';
import { axe, openBrowser, overflow, visit } from './browser.ts';

/** Monday 2 March 2026, nine o'clock in Berlin; Dr Marsh is free all day. */
const test = suite<{ browser: Browser; hospital: Hospital }>('today: a time to which many come');
test.before(async (at) => {
  at.hospital = await startHospital();
  at.browser = await openBrowser();
});
test.after(async ({ browser, hospital }) => {
  await browser?.close();
  await hospital?.stop();
});

test('a group is opened in the calendar, fills one by one, checks in one by one, is moved and called off as a whole', async ({
  browser,
  hospital,
}) => {
  await hospital.patient('Kone');
  await hospital.patient('Lund');
  const { page, complaints, context } = await visit(browser, hospital.url, 'receptionist', '/today');
  await page.locator(`[data-lane="${hospital.practitioners[0]}"]`).getByRole('button', { name: '10:00 free' }).click();
  await page.getByLabel('A group: many come at this time').check();
  const places = page.getByLabel('Places');
  await places.fill('1');
  await page.getByRole('button', { name: 'Open the group' }).click();
  await page.getByText('from 2 to 100').first().waitFor();
  await places.fill('2');
  assert.equal(await axe(page), []);
  await page.getByRole('button', { name: 'Open the group' }).click();
  const block = (taken: number) => page.locator('[data-key^=group]', { hasText: `Group · ${taken} of 2` });
  await block(0).waitFor();
  assert.is(await page.locator(`[data-lane="${hospital.practitioners[0]}"]`).getByRole('button', { name: '10:00 free' }).count(), 0); // prettier-ignore

  await block(0).focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Group: Consultation' });
  for (const who of ['KONE', 'LUND']) {
    await dialog.getByLabel('Patient', { exact: true }).fill(who);
    await page.getByRole('option', { name: new RegExp(who, 'i') }).click();
    await dialog.getByRole('button', { name: new RegExp(`^Add ${who}`) }).click();
    await dialog.getByRole('link', { name: new RegExp(who) }).waitFor();
  }
  await dialog.getByText('Group · 2 of 2').waitFor();
  assert.is(await dialog.getByLabel('Patient', { exact: true }).count(), 0, 'nobody more can be added');
  assert.equal(await axe(page), []);
  await dialog.getByRole('button', { name: /^Check in KONE/ }).click();
  await dialog.getByRole('button', { name: /^Check in KONE/ }).waitFor({ state: 'detached' });
  await dialog.getByRole('button', { name: /^Cancel for LUND/ }).click();
  assert.equal(await axe(page), []);
  await dialog.getByRole('button', { name: 'The patient asked for it' }).click();
  await dialog.getByText('Group · 1 of 2').waitFor();
  await page.keyboard.press('Escape');
  await block(1).waitFor();
  assert.is(await page.locator('[data-key^=visit]', { hasText: 'KONE' }).count(), 0, 'who comes is in the block');

  await block(1).click();
  await dialog.getByRole('button', { name: 'Move…' }).click();
  const moving = page.getByRole('dialog', { name: 'Move the group: Consultation' });
  await moving.getByRole('radio').first().waitFor();
  assert.equal(await axe(page), []);
  await moving.getByText('11:30').click();
  await moving.getByRole('button', { name: 'Move to 11:30' }).click();
  await moving.getByRole('alert').waitFor(); // somebody is here already
  await page.keyboard.press('Escape');
  const { body: day } = await hospital.clerk.get('/api/schedule/day?date=2026-03-02');
  const kone = day.appointments.find((it: { patient: { familyName: string } }) => it.patient.familyName === 'Kone');
  await hospital.clerk.post(`/api/appointments/${kone.id}/reinstate`, {}, etag(kone.version));
  await block(1).click();
  await dialog.getByRole('button', { name: 'Move…' }).click();
  await moving.getByText('11:30').click();
  await moving.getByRole('button', { name: 'Move to 11:30' }).click();
  await page.getByText('Group moved: Consultation').waitFor();
  await page.getByRole('button', { name: /11:30–12:00 Group · 1 of 2/ }).waitFor();

  await block(1).click();
  await dialog.getByRole('button', { name: 'Cancel the whole group…' }).click();
  await dialog.getByRole('button', { name: /not available|away|ill/i }).or(dialog.locator('.reasons button')).first().click(); // prettier-ignore
  await page.getByText('Group cancelled: Consultation').waitFor();
  await block(1).waitFor({ state: 'detached' });
  await context.close();
  assert.equal(complaints, []);
});

test('on a phone it stands in the list of its doctor', async ({ browser, hospital }) => {
  const made = await hospital.clerk.post('/api/groups', {
    practitionerId: hospital.practitioners[1],
    serviceId: hospital.service,
    ...between('2026-03-02T11:00:00+01:00', 30),
    places: 5,
  });
  assert.is(made.status, 201, JSON.stringify(made.body));
  const phone = { width: 390, height: 844 };
  const { page, complaints, context } = await visit(browser, hospital.url, 'receptionist', '/today', phone);
  await page.locator('summary', { hasText: 'Rossi' }).click();
  await page.getByRole('button', { name: /11:00.*Group · 0 of 5/ }).click();
  await page.getByRole('dialog', { name: 'Group: Consultation' }).getByText('Nobody comes yet.').waitFor();
  assert.equal(await axe(page), []);
  assert.is(await overflow(page), 0);
  await context.close();
  assert.equal(complaints, []);
});

test.run();
