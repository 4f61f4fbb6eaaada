import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { between, etag, type Hospital } from '../scheduling/hospital.ts';
import { axe, overflow, visit } from './browser.ts';
import { startOnToday, type OnToday } from './today-page.ts';

/** Monday 2 March 2026, nine o'clock in Berlin; Dr Marsh and Dr Rossi are free all day. */
const test = suite<OnToday>('today: reception by mouse and by keys');
const monday = (time: string, minutes = 30) => between(`2026-03-02T${time}:00+01:00`, minutes);

startOnToday(test);

const lane = (page: Page, practitionerId: string) => page.locator(`[data-lane="${practitionerId}"]`);
const free = (page: Page, practitionerId: string, time: string) =>
  lane(page, practitionerId).getByRole('button', { name: `${time} free` });

/** Books through the front door, and the page shows it. */
async function booked(
  { hospital, page }: { hospital: Hospital; page: Page },
  who: string,
  at: { startsAt: string; endsAt: string },
  doctor = 0,
) {
  const patientId = await hospital.patient(who);
  const { status, body } = await hospital.clerk.post('/api/appointments', {
    patientId, practitionerId: hospital.practitioners[doctor], serviceId: hospital.service, ...at,
  }); // prettier-ignore
  assert.is(status, 201, JSON.stringify(body));
  await page.reload();
  const block = page.locator(`[data-key="visit ${body.id}"]`);
  await block.waitFor();
  return { id: body.id as string, block };
}
const appointment = async (hospital: Hospital, id: string) =>
  (await hospital.clerk.get(`/api/appointments/${id}`)).body;

test('a known patient is booked with at most four clicks', async ({ hospital, desk, page }) => {
  await hospital.patient('Lindqvist');
  await desk.effort();
  await free(page, hospital.practitioners[0], '10:00').click();
  await page.getByLabel('Patient', { exact: true }).fill('lindq');
  await page.getByRole('option', { name: /LINDQVIST/ }).click();
  await page.getByRole('button', { name: /^Book for LINDQVIST/ }).click();
  await lane(page, hospital.practitioners[0])
    .getByRole('button', { name: /10:00–10:30 LINDQVIST/ })
    .waitFor();
  const { clicks } = await desk.effort();
  assert.ok(clicks <= 4, `${clicks} clicks`);
  await page.getByText(/^Booked: LINDQVIST/).waitFor();
});

test('without a mouse: f, the first time, the patient, Enter', async ({ hospital, desk, page }) => {
  await hospital.patient('Okafor');
  await desk.effort();
  await page.getByRole('button', { name: 'First free' }).click();
  await page.getByRole('dialog', { name: 'First free' }).getByRole('listitem').first().getByRole('button').click();
  await page.getByLabel('Patient', { exact: true }).fill('okaf');
  await page.getByRole('option', { name: /OKAFOR/ }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: /^Book for OKAFOR/ }).click();
  await page.locator('[data-key^=visit]', { hasText: 'OKAFOR' }).waitFor();
  const { clicks } = await desk.effort();
  assert.ok(clicks <= 3, `${clicks} clicks`);

  await hospital.patient('Petrova');
  await page.keyboard.press('f');
  await page.locator('[role=dialog] li:first-child button:focus').waitFor();
  await page.keyboard.press('Enter');
  await page.locator('#patient:focus').waitFor();
  await page.keyboard.type('petrova');
  await page.getByRole('option', { name: /PETROVA/ }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: /^Book for PETROVA/ }).waitFor();
  await page.keyboard.press('Enter');
  await page.locator('[data-key^=visit]:focus', { hasText: 'PETROVA' }).waitFor();
  assert.is((await desk.effort()).clicks, 0);
});

test('a visit is moved with m, arrows and Enter: at most six keys; undo takes it back', async (at) => {
  const { hospital, desk, page } = at;
  const { id, block } = await booked(at, 'Mbeki', monday('14:00'));
  await block.focus();
  await desk.effort();
  await page.keyboard.press('m');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowRight');
  await page.getByText(/Moving MBEKI.*14:30, Dr Rossi/).waitFor();
  await page.keyboard.press('Enter');
  await page.getByText(/^Moved: MBEKI/).waitFor();
  const { keys, clicks } = await desk.effort();
  assert.ok(keys <= 6 && clicks === 0, `${keys} keys, ${clicks} clicks`);
  const moved = await appointment(hospital, id);
  assert.is(moved.startsAt, '2026-03-02T13:30:00Z');
  assert.is(moved.practitionerId, hospital.practitioners[1]);
  await page.getByRole('button', { name: 'Undo' }).click();
  await lane(page, hospital.practitioners[0])
    .getByRole('button', { name: /14:00–14:30 MBEKI/ })
    .waitFor();
});

test('a visit is dragged to another time', async (at) => {
  const { hospital, page } = at;
  const { id, block } = await booked(at, 'Drager', monday('15:00'));
  const target = free(page, hospital.practitioners[1], '16:00');
  await target.scrollIntoViewIfNeeded();
  const [from, to] = [(await block.boundingBox())!, (await target.boundingBox())!];
  await page.mouse.move(from.x + 20, from.y + 6);
  await page.mouse.down();
  await page.mouse.move(to.x + 20, to.y + 6, { steps: 6 });
  await page.mouse.up();
  await page.getByText(/^Moved: DRAGER/).waitFor();
  const moved = await appointment(hospital, id);
  assert.equal([moved.startsAt, moved.practitionerId], ['2026-03-02T15:00:00Z', hospital.practitioners[1]]);
});

test('called off with two clicks and a reason, and back with undo', async (at) => {
  const { hospital, desk, page } = at;
  const { id, block } = await booked(at, 'Silva', monday('11:00'), 1);
  await block.hover();
  await page.getByRole('button', { name: 'Cancel appointment…' }).waitFor();
  await desk.effort();
  await page.getByRole('button', { name: 'Cancel appointment…' }).click();
  await page.getByRole('button', { name: 'The patient asked for it' }).click();
  await page.getByText(/^Cancelled: SILVA/).waitFor();
  assert.is((await desk.effort()).clicks, 2);
  const off = await appointment(hospital, id);
  assert.equal([off.status, off.cancellationReason], ['cancelled', 'The patient asked for it']);
  await free(page, hospital.practitioners[1], '11:00').waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.locator(`[data-key="visit ${id}"]`).waitFor();
  assert.is((await appointment(hospital, id)).status, 'booked');
});

test('a time that was just taken keeps what was typed and offers the next three', async ({ hospital, page }) => {
  await hospital.patient('Tanaka');
  await free(page, hospital.practitioners[0], '16:00').click();
  await page.getByLabel('Patient', { exact: true }).fill('tanaka');
  await page.getByRole('option', { name: /TANAKA/ }).click();
  await page.getByLabel('Reason').fill('Cough');
  const faster = await hospital.patient('Faster');
  const { status } = await hospital.clerk.post('/api/appointments', {
    patientId: faster, practitionerId: hospital.practitioners[0], serviceId: hospital.service, ...monday('16:00'),
  }); // prettier-ignore
  assert.is(status, 201);
  await page.getByRole('button', { name: /^Book for TANAKA/ }).click();
  const offers = page.getByRole('button', { name: /book this$/ });
  await offers.first().waitFor();
  assert.is(await offers.count(), 3);
  assert.is(await page.getByLabel('Reason').inputValue(), 'Cough');
  await offers.first().click();
  await page.locator('[data-key^=visit]', { hasText: 'TANAKA' }).waitFor();
});

test('checked in from the list of those expected, then waiting', async (at) => {
  const { hospital, page } = at;
  const { id } = await booked(at, 'Abebe', monday('09:30'), 1);
  await page.getByRole('button', { name: /^Check in ABEBE/ }).click();
  await page.getByText(/^ABEBE, .* is here/).waitFor();
  assert.is((await appointment(hospital, id)).status, 'checked-in');
  // The wrong patient: one click takes it back, by the toast and from the card.
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByRole('button', { name: /^Check in ABEBE/ }).click();
  await page.locator(`[data-key="visit ${id}"]`).click();
  await page.getByRole('button', { name: 'Not here after all' }).click();
  await page.getByText(/^ABEBE, .* is not here/).waitFor();
  assert.is((await appointment(hospital, id)).status, 'booked');
});

test('somebody else was faster: it is said, and the present state is shown', async (at) => {
  const { hospital, page } = at;
  const { id } = await booked(at, 'Stale', monday('10:30'), 1);
  const { version } = await appointment(hospital, id);
  await page.route('**/api/schedule/day*', (route) => route.abort());
  await hospital.clerk.post(`/api/appointments/${id}/cancel`, { reason: 'By phone' }, etag(version));
  await page.unroute('**/api/schedule/day*');
  await page.getByRole('button', { name: /^Check in STALE/ }).click();
  await page.getByText('Somebody else has changed this appointment meanwhile.').waitFor();
  await free(page, hospital.practitioners[1], '10:30').waitFor();
});

test('who registers a patient from a free time comes back to it', async ({ hospital, page }) => {
  const patientId = await hospital.patient('Newcomer');
  await free(page, hospital.practitioners[1], '15:00').click();
  await page.getByRole('link', { name: 'Register new' }).click();
  await page.waitForURL(/\/patients\/new\?/);
  const kept = new URL(page.url()).searchParams;
  assert.is(kept.get('start'), '2026-03-02T14:00:00Z');
  // What the register does after saving.
  await page.goto(`${hospital.url}/today?${kept}&patient=${patientId}`);
  await page.getByRole('button', { name: /^Book for NEWCOMER/ }).click();
  await lane(page, hospital.practitioners[1])
    .getByRole('button', { name: /15:00–15:30 NEWCOMER/ })
    .waitFor();
  assert.match(page.url(), /\/today$/);
});

test('l shows the same day as a list; another day by typing', async ({ page }) => {
  await page.keyboard.press('l');
  await page.getByRole('columnheader', { name: 'Patient' }).waitFor();
  await page.keyboard.press('l');
  await page.locator('[data-lane]').first().waitFor();
  await page.getByLabel('Go to date').fill('t+1');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Tuesday 3 March' }).waitFor();
  assert.match(page.url(), /\/today\?date=2026-03-03$/);
});

test('an appointment is kept as a file for the calendar of its patient', async (at) => {
  const { page } = at;
  const { block } = await booked(at, 'Kepler', monday('15:30'));
  await block.click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page
      .getByRole('dialog', { name: /KEPLER/ })
      .getByRole('button', { name: 'Add to calendar' })
      .click(),
  ]);
  assert.is(download.suggestedFilename(), 'appointment.ics');
  const text = await readFile(await download.path(), 'utf8');
  assert.match(text, /\r\nDTSTART:20260302T143000Z\r\n/);
  assert.not.match(text, /Kepler|Consultation/i);
});

test('axe finds nothing on the filled page, with the card, the booking and the dialogs open', async ({
  hospital,
  browser,
  page,
}) => {
  assert.equal(await axe(page), []);
  assert.is(await overflow(page), 0);
  await page.locator('[data-key^=visit]', { hasText: 'MBEKI' }).click();
  await page.getByRole('dialog', { name: /MBEKI/ }).waitFor();
  assert.equal(await axe(page), []);
  await page.getByRole('button', { name: 'Move…' }).click();
  await page
    .getByRole('dialog', { name: /^Move the appointment/ })
    .getByRole('radio')
    .first()
    .waitFor();
  assert.equal(await axe(page), []);
  await page.keyboard.press('Escape');
  await free(page, hospital.practitioners[0], '13:00').click();
  await page.getByLabel('Patient', { exact: true }).fill('mbeki');
  await page.getByRole('option', { name: /MBEKI/ }).waitFor();
  assert.equal(await axe(page), []);

  for (const look of [
    { theme: 'dark', locale: 'ar' },
    { width: 390, height: 844, locale: 'es' },
  ] as const) {
    const other = await visit(browser, hospital.url, 'receptionist', '/today', look);
    await other.page.locator('[data-lane], details').first().waitFor();
    assert.equal(await axe(other.page), []);
    assert.is(await overflow(other.page), 0);
    await other.context.close();
  }
});

test('who may not see appointments is told so', async ({ browser, hospital }) => {
  const other = await visit(browser, hospital.url, 'cashier', '/today');
  await other.page.getByRole('heading', { name: 'You may not open this page' }).waitFor();
  await other.context.close();
});

test.run();
