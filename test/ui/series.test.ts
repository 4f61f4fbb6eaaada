import type { Browser, Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { between, startHospital, type Hospital } from '../scheduling/hospital.ts';
import { axe, openBrowser, overflow, visit, type Visitor } from './browser.ts';

/** Monday 2 March 2026, nine o'clock in Berlin; Dr Marsh and Dr Rossi are free all day. */
const test = suite<{ browser: Browser; hospital: Hospital; desk: Visitor }>('today: appointments that repeat');
const large = { width: 1366, height: 768 };
const small = { width: 390, height: 844 };

test.before(async (at) => {
  at.hospital = await startHospital();
  at.browser = await openBrowser();
});
test.after(async ({ browser, hospital }) => {
  await browser?.close();
  await hospital?.stop();
});

const open = async (at: { browser: Browser; hospital: Hospital }, size: typeof large): Promise<Visitor> => {
  const desk = await visit(at.browser, at.hospital.url, 'receptionist', '/today');
  await desk.page.setViewportSize(size);
  return desk;
};
const close = async (desk: Visitor) => {
  await desk.context.close();
  assert.equal(desk.complaints, []);
};
const chooseTime = async (page: Page, hospital: Hospital, time: string) =>
  page
    .locator(`[data-lane="${hospital.practitioners[0]}"]`)
    .getByRole('button', { name: `${time} free` })
    .click();
const choosePatient = async (page: Page, who: string) => {
  await page.getByLabel('Patient', { exact: true }).fill(who);
  await page.getByRole('option', { name: new RegExp(who, 'i') }).click();
};

test('books a series: each date is shown, one has another time; the card says which of how many', async (at) => {
  const { hospital } = at;
  const desk = await open(at, large);
  const { page } = desk;
  await hospital.patient('Ruiz');
  await hospital.clerk.post('/api/appointments', {
    patientId: await hospital.patient(),
    practitionerId: hospital.practitioners[0],
    serviceId: hospital.service,
    ...between('2026-03-16T10:00:00+01:00', 30),
  });
  await chooseTime(page, hospital, '10:00');
  await choosePatient(page, 'Ruiz');
  await page.getByLabel('Repeats').selectOption('weekly');
  await page.getByLabel('Number of times').fill('4');
  await page.getByText('3 of 4 are free').waitFor();
  await page.getByText('The doctor is booked').waitFor();
  await page.getByRole('button', { name: /^Book 3 of 4 for RUIZ/ }).waitFor();
  assert.equal(await axe(page), []);
  assert.equal(await overflow(page), 0);
  await page.getByLabel(/^Instead of/).selectOption({ label: '10:30' });
  await page.getByRole('button', { name: /^Book 4 of 4 for RUIZ/ }).click();
  await page.getByText(/^Booked: RUIZ.*dates: 4/).waitFor();

  const block = page.locator('[data-key^=visit]', { hasText: 'RUIZ' });
  await block.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Show all dates' }).click();
  const dialog = page.getByRole('dialog', { name: /^Series of RUIZ/ });
  await dialog.getByRole('listitem').nth(3).waitFor();
  assert.is(await dialog.getByRole('listitem').count(), 4);
  assert.equal(await axe(page), []);
  await dialog.getByLabel('Number of times').fill('2');
  await dialog.getByRole('button', { name: 'Add dates…' }).click();
  await dialog.getByRole('button', { name: 'Add 2' }).click();
  await page.getByText(/^Added for RUIZ.*2/).waitFor();
  await page.keyboard.press('Escape');
  await close(desk);
});

test('without a mouse: m, arrows, Enter, and the series follows; cancelling asks which, and undo takes all back', async (at) => {
  const { hospital } = at;
  const patientId = await hospital.patient('Banda');
  const made = await hospital.clerk.post('/api/series', {
    patientId, practitionerId: hospital.practitioners[0], serviceId: hospital.service, zone: 'Europe/Berlin',
    startOn: '2026-03-02', startTime: '13:00', minutes: 30, rule: { frequency: 'weekly', count: 3 },
  }); // prettier-ignore
  assert.is(made.status, 201, JSON.stringify(made.body));
  const stands = async () => {
    const { body } = await hospital.clerk.get(`/api/series/${made.body.id}`);
    return body.occurrences.map((it: { status: string; startsAt: string }) => `${it.status} ${it.startsAt}`);
  };
  const desk = await open(at, large);
  const { page } = desk;
  const block = page.locator('[data-key^=visit]', { hasText: 'BANDA' });
  await block.focus();
  await page.keyboard.press('m');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Move an appointment of a series' });
  await dialog.waitFor();
  await dialog.locator('input:focus').waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  assert.equal(await axe(page), []);
  await dialog.getByRole('button', { name: 'Move', exact: true }).press('Enter');
  await page.getByText(/^Moved: BANDA/).waitFor();
  assert.equal(await stands(), [
    'booked 2026-03-02T12:30:00Z',
    'booked 2026-03-09T12:30:00Z',
    'booked 2026-03-16T12:30:00Z',
  ]);
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.locator('[data-key^=visit]', { hasText: '13:00–13:30' }).waitFor();

  await block.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Cancel appointment…' }).press('Enter');
  await page.getByLabel('All that have not begun').check();
  assert.equal(await axe(page), []);
  await page.getByRole('button', { name: 'The patient asked for it' }).press('Enter');
  await page.getByText(/^Cancelled: BANDA.*dates: 3/).waitFor();
  assert.ok((await stands()).every((it: string) => it.startsWith('cancelled')));
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.locator('[data-key^=visit]', { hasText: 'BANDA' }).waitFor();
  assert.ok((await stands()).every((it: string) => it.startsWith('booked')));
  await close(desk);
});

test('on a phone the panel shows the dates without running over', async (at) => {
  const { hospital } = at;
  await hospital.patient('Svoboda');
  const desk = await open(at, small);
  const { page } = desk;
  await page.getByRole('button', { name: 'First free' }).click();
  await page.getByRole('dialog', { name: 'First free' }).getByRole('listitem').first().getByRole('button').click();
  await choosePatient(page, 'Svoboda');
  await page.getByLabel('Repeats').selectOption('daily');
  await page.getByText(/of 6 are free/).waitFor();
  assert.equal(await axe(page), []);
  assert.equal(await overflow(page), 0);
  await page.getByRole('button', { name: /for SVOBODA/ }).click();
  await page.getByText(/^Booked: SVOBODA/).waitFor();
  await close(desk);
});

test.run();
