import type { Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { amend, between, type Hospital } from '../scheduling/hospital.ts';
import { axe, overflow, visit } from './browser.ts';
import { startOnToday, type OnToday } from './today-page.ts';

/** Monday 2 March 2026, nine o'clock in Berlin; the clocks go forward on Sunday the 29th. */
const test = suite<OnToday>('calendar: length and week');

startOnToday(test);

interface At {
  hospital: Hospital;
  page: Page;
}
async function booked({ hospital, page }: At, who: string, startsAt: string, doctor = 0) {
  const { status, body } = await hospital.clerk.post('/api/appointments', {
    patientId: await hospital.patient(who), practitionerId: hospital.practitioners[doctor], serviceId: hospital.service, ...between(startsAt, 30),
  }); // prettier-ignore
  assert.is(status, 201, JSON.stringify(body));
  await page.reload();
  await page.locator('[data-lane]').first().waitFor();
  return { id: body.id as string, block: page.locator(`[data-key="visit ${body.id}"]`) };
}
const times = async ({ hospital }: At, id: string) => {
  const { body } = await hospital.clerk.get(`/api/appointments/${id}`);
  return [body.startsAt, body.endsAt];
};
async function openWeek(page: Page, whose: string) {
  await page.getByRole('button', { name: 'Week', exact: true }).click();
  await page.getByLabel('Whose week').selectOption({ label: whose });
  await page.getByRole('group', { name: `Week of ${whose}` }).waitFor();
}

test('a visit is made longer by its lower edge, and shorter again by keys', async (at) => {
  const { page } = at;
  const { id, block } = await booked(at, 'Lang', '2026-03-02T10:00:00+01:00');
  await block.scrollIntoViewIfNeeded();
  const box = (await block.boundingBox())!;
  await page.mouse.move(box.x + box.width / 2, box.y + box.height - 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height * 1.5 + 1, { steps: 5 });
  await page.getByText(/Moving LANG.*10:00, 45 min, Dr Marsh/).waitFor();
  await page.mouse.up();
  await page.getByText(/^Moved: LANG/).waitFor();
  assert.equal(await times(at, id), ['2026-03-02T09:00:00Z', '2026-03-02T09:45:00Z']);

  await block.focus();
  await page.keyboard.press('m');
  for (let n = 0; n < 5; n++) await page.keyboard.press('Shift+ArrowUp');
  await page.getByText(/Moving LANG.*10:00, 20 min, Dr Marsh/).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: /10:00–10:20 LANG/ }).waitFor();
  assert.equal(await times(at, id), ['2026-03-02T09:00:00Z', '2026-03-02T09:20:00Z']);
  await page.getByRole('button', { name: 'Undo' }).last().click();
  await page.getByRole('button', { name: /10:00–10:45 LANG/ }).waitFor();
});

test('longer than there is time for is refused, and everything stays', async (at) => {
  const { page } = at;
  const { id, block } = await booked(at, 'Eng', '2026-03-02T13:00:00+01:00', 1);
  await booked(at, 'Folgt', '2026-03-02T13:30:00+01:00', 1);
  await block.focus();
  await page.keyboard.press('m');
  await page.keyboard.press('Shift+ArrowDown');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').waitFor();
  assert.equal(await times(at, id), ['2026-03-02T12:00:00Z', '2026-03-02T12:30:00Z']);
});

test('the week of a doctor: another day by keys, a free time booked by click', async (at) => {
  const { hospital, page } = at;
  const { id, block } = await booked(at, 'Wochner', '2026-03-03T09:00:00+01:00', 1);
  await openWeek(page, 'Dr Rossi');
  await page.getByRole('heading', { level: 1, name: /^2\s*–\s*8 Mar$/ }).waitFor();
  assert.is(await page.locator('[data-lane]').count(), 7);
  assert.equal(await axe(page), []);
  await block.focus();
  await page.keyboard.press('m');
  // News of others take nothing out of the hand.
  let vanished = 0;
  await page.exposeFunction('vanished', () => void vanished++);
  await page.evaluate(() => {
    const look = () => document.querySelector('[data-lane]') ?? (globalThis as unknown as { vanished(): void }).vanished(); // prettier-ignore
    new MutationObserver(look).observe(document, { childList: true, subtree: true });
  });
  const other = { patientId: await hospital.patient('Anders'), practitionerId: hospital.practitioners[1] };
  const elsewhere = between('2026-03-06T15:00:00+01:00', 30);
  await hospital.clerk.post('/api/appointments', { ...other, serviceId: hospital.service, ...elsewhere });
  await page.locator('[data-key^=visit]', { hasText: 'ANDERS' }).waitFor();
  assert.is(vanished, 0, 'the week stands while it is fetched again');
  await page.locator(`[data-key="visit ${id}"]:focus`).waitFor();
  await page.keyboard.press('ArrowRight');
  await page.getByText(/Moving WOCHNER.*09:00, Wed 4 Mar/).waitFor();
  await page.keyboard.press('Enter');
  await page.getByText(/^Moved: WOCHNER/).waitFor();
  assert.equal(await times(at, id), ['2026-03-04T08:00:00Z', '2026-03-04T08:30:00Z']);
  await page
    .locator('[data-lane="2026-03-04"]')
    .getByRole('button', { name: /09:00–09:30 WOCHNER/ })
    .waitFor();

  await hospital.patient('Donner');
  await page.keyboard.press('Escape'); // the card of the visit that has the focus
  await page.locator('[data-lane="2026-03-05"]').getByRole('button', { name: '11:00 free' }).click();
  await page.getByLabel('Patient', { exact: true }).fill('donner');
  await page.getByRole('option', { name: /DONNER/ }).click();
  await page.getByRole('button', { name: /^Book for DONNER/ }).click();
  await page
    .locator('[data-lane="2026-03-05"]')
    .getByRole('button', { name: /11:00–11:30 DONNER/ })
    .waitFor();

  // By room, and remembered.
  await page.getByLabel('Whose week').selectOption({ label: 'Room 2' });
  await page
    .locator('[data-lane="2026-03-05"]')
    .getByRole('button', { name: /11:00–11:30 DONNER/ })
    .waitFor();
  await page.getByRole('button', { name: 'Next week' }).click();
  await page.getByRole('heading', { level: 1, name: /^9\s*–\s*15 Mar$/ }).waitFor();
  await page.reload();
  await page.getByRole('group', { name: 'Week of Room 2' }).waitFor();
  await page.getByRole('button', { name: 'Doctors', exact: true }).click();
});

test('in a week in which the clocks change every hour stands where its number is', async (at) => {
  const { hospital, page } = at;
  await amend(hospital.admin, `/api/availability/${hospital.practitioners[0]}`, {
    zone: 'Europe/Berlin',
    windows: [6, 7].map((weekday) => ({ weekday, startTime: '01:00', endTime: '12:00' })),
  });
  const before = await booked(at, 'Vorher', '2026-03-28T08:00:00Z'); // 09:00 in winter
  const after = await booked(at, 'Nachher', '2026-03-29T07:00:00Z'); // 09:00 in summer
  await page.goto(`${hospital.url}/today?date=2026-03-29`);
  await openWeek(page, 'Dr Marsh');
  const [one, two] = [(await before.block.boundingBox())!, (await after.block.boundingBox())!];
  assert.is(one.y, two.y);
  await after.block.focus();
  await page.keyboard.press('m');
  await page.keyboard.press('ArrowDown');
  await page.getByText(/Moving NACHHER.*09:30, Sun 29 Mar/).waitFor();
  await page.keyboard.press('Enter');
  await page.getByText(/^Moved: NACHHER/).waitFor();
  assert.equal(await times(at, after.id), ['2026-03-29T07:30:00Z', '2026-03-29T08:00:00Z']);
  await page.getByRole('button', { name: 'Doctors', exact: true }).click();
});

test('on a phone, at night and in Arabic the week is whole', async ({ browser, hospital }) => {
  for (const look of [
    { theme: 'dark', locale: 'ar' },
    { width: 390, height: 844, locale: 'es' },
  ] as const) {
    const other = await visit(browser, hospital.url, 'receptionist', '/today', look);
    await other.page.evaluate(() => localStorage.setItem('openward.today.view', 'week'));
    await other.page.reload();
    await other.page.locator('[data-lane], details').nth(6).waitFor();
    assert.equal(await axe(other.page), []);
    assert.is(await overflow(other.page), 0);
    await other.context.close();
  }
});

test.run();
