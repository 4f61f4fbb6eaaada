import type { Page, Request } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { between, type Hospital } from '../scheduling/hospital.ts';
import { axe } from './browser.ts';
import { startOnToday, type OnToday } from './today-page.ts';

/** Monday 2 March 2026, nine o'clock in Berlin; Dr Marsh and Dr Rossi are free all day, and a doctor may overbook. */
const test = suite<OnToday>('today: what the booking panel says is about what is wished for now');

startOnToday(test, 'doctor');

const chooseTime = (page: Page, practitionerId: string, time: string) =>
  page
    .locator(`[data-lane="${practitionerId}"]`)
    .getByRole('button', { name: `${time} free` })
    .click();
const choosePatient = async (page: Page, who: string) => {
  await page.getByLabel('Patient', { exact: true }).fill(who);
  await page.getByRole('option', { name: new RegExp(who, 'i') }).click();
};
const book = async (hospital: Hospital, patientId: string, practitionerId: string, time: string, day = '02') => {
  const wish = { patientId, practitionerId, serviceId: hospital.service, ...between(`2026-03-${day}T${time}:00+01:00`, 30) }; // prettier-ignore
  const { status, body } = await hospital.clerk.post('/api/appointments', wish);
  assert.is(status, 201, JSON.stringify(body));
};
const offers = (page: Page) => page.getByText('Next free times', { exact: true });
const beyond = (page: Page) => page.getByRole('region', { name: 'Book it beyond capacity' });

test('beyond the capacity the patient is booked who stands in the panel, not the one before', async ({
  hospital,
  page,
}) => {
  const [marsh] = hospital.practitioners;
  const first = await hospital.patient('Erster');
  const second = await hospital.patient('Zweiter');
  await chooseTime(page, marsh, '10:00');
  await choosePatient(page, 'Erster');
  await book(hospital, await hospital.patient('Faster'), marsh, '10:00');
  await page.getByRole('button', { name: /^Book for ERSTER/ }).click();
  await beyond(page)
    .getByText(/^ERSTER.*10:00/)
    .waitFor();
  assert.equal(await axe(page), []);

  await page.getByRole('button', { name: 'Change', exact: true }).click();
  await beyond(page).waitFor({ state: 'detached' });
  assert.is(await offers(page).count(), 0, 'what was refused was about somebody else');
  await choosePatient(page, 'Zweiter');
  await page.getByLabel('Reason').fill('Cough');
  await page.getByRole('button', { name: /^Book for ZWEITER/ }).click();
  await beyond(page)
    .getByText(/^ZWEITER.*10:00/)
    .waitFor();
  await beyond(page).getByLabel('Why it cannot wait').fill('Severe pain');
  await beyond(page).getByRole('button').click();
  await page.getByText(/^Booked: ZWEITER/).waitFor();
  const { body } = await hospital.clerk.get('/api/schedule/day?date=2026-03-02');
  const of = (id: string) =>
    body.appointments
      .filter((it: { patient: { id: string } }) => it.patient.id === id)
      .map((it: { overrideReason: string; reason: string }) => [it.overrideReason, it.reason]);
  assert.equal([of(first), of(second)], [[], [['Severe pain', 'Cough']]]);
});

test('an overbooking that is refused says so, and keeps its reason', async ({ hospital, page }) => {
  const [marsh, rossi] = hospital.practitioners;
  await book(hospital, await hospital.patient('Elsewhere'), rossi, '11:00');
  await chooseTime(page, marsh, '11:00');
  await choosePatient(page, 'Elsewhere');
  await book(hospital, await hospital.patient('Quicker'), marsh, '11:00');
  await page.getByRole('button', { name: /^Book for ELSEWHERE/ }).click();
  await beyond(page).getByLabel('Why it cannot wait').fill('Severe pain');
  await beyond(page).getByRole('button').click();
  await beyond(page)
    .getByRole('alert')
    .getByText(/already has an appointment/)
    .waitFor();
  assert.is(await beyond(page).getByLabel('Why it cannot wait').inputValue(), 'Severe pain');
  assert.equal(await axe(page), []);
});

test('another time forgets that the one before was taken, and a series begins on its own weekday', async ({
  hospital,
  page,
}) => {
  const [marsh] = hospital.practitioners;
  await hospital.patient('Wanda');
  await chooseTime(page, marsh, '13:00');
  await choosePatient(page, 'Wanda');
  await book(hospital, await hospital.patient('Swift'), marsh, '13:00');
  await page.getByRole('button', { name: /^Book for WANDA/ }).click();
  await offers(page).waitFor();
  await chooseTime(page, marsh, '15:00');
  await offers(page).waitFor({ state: 'detached' });

  const on = page.getByRole('group', { name: 'On', exact: true });
  const days = () =>
    on
      .getByRole('checkbox')
      .evaluateAll((all) => all.flatMap((it, n) => ((it as HTMLInputElement).checked ? [n] : [])));
  await page.getByLabel('Repeats').selectOption('weekly');
  await page.getByLabel('Number of times').fill('3');
  await on.getByRole('checkbox').nth(3).check();
  await page.getByLabel('Time', { exact: true }).selectOption({ label: '15:30' });
  await page.getByText('3 of 3 are free').waitFor();
  assert.equal(await days(), [0, 3], 'another time of the same day changes no weekday');

  await page.getByRole('button', { name: 'Week', exact: true }).click();
  await page.getByLabel('Whose week').selectOption({ label: 'Dr Marsh' });
  await chooseTime(page, '2026-03-04', '10:00');
  await page.getByText(/^Wed.*4.*, 10:00–10:30/).waitFor();
  assert.equal(await days(), [2]);
  assert.is(await page.getByLabel('Number of times').inputValue(), '3');
  await page.getByText('3 of 3 are free').waitFor();
  await page.getByRole('button', { name: /^Book all 3|^Book 3/ }).click();
  await page.getByText(/^Booked: WANDA.*dates: 3/).waitFor();
  const { body } = await hospital.clerk.get('/api/schedule/day?date=2026-03-04');
  assert.is(body.appointments[0].patient.familyName, 'Wanda');
});

test('dates that could not be looked up are looked up once more', async ({ hospital, page }) => {
  const [, rossi] = hospital.practitioners;
  await hospital.patient('Retry');
  await chooseTime(page, rossi, '14:00');
  await choosePatient(page, 'Retry');
  await page.route('**/api/series/preview', (route) => route.abort());
  await page.getByLabel('Repeats').selectOption('weekly');
  const failed = page.getByRole('alert').filter({ hasText: 'Check the network' });
  await failed.waitFor();
  assert.is(await page.getByText('Loading …').count(), 0);
  assert.equal(await axe(page), []);
  await page.unroute('**/api/series/preview');
  await failed.getByRole('button', { name: 'Try again' }).click();
  await page.getByText('6 of 6 are free').waitFor();
  assert.is(await failed.count(), 0);
});

test('dates that somebody else took meanwhile are named, and no longer called free', async ({ hospital, page }) => {
  const [, rossi] = hospital.practitioners;
  const made = await hospital.clerk.post('/api/series', {
    patientId: await hospital.patient('Longer'), practitionerId: rossi, serviceId: hospital.service, zone: 'Europe/Berlin',
    startOn: '2026-03-02', startTime: '16:00', minutes: 30, rule: { frequency: 'weekly', count: 2 },
  }); // prettier-ignore
  assert.is(made.status, 201, JSON.stringify(made.body));
  await page.locator('[data-key^=visit]', { hasText: 'LONGER' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Show all dates' }).click();
  const dialog = page.getByRole('dialog', { name: /^Series of LONGER/ });
  await dialog.getByLabel('Number of times').fill('2');
  await dialog.getByRole('button', { name: 'Add dates…' }).click();
  await dialog.getByText('2 of 2 are free').waitFor();
  await book(hospital, await hospital.patient('Rapid'), rossi, '16:00', '16');
  await dialog.getByRole('button', { name: 'Add 2' }).click();
  await dialog
    .getByRole('alert')
    .getByText(/16.*: The doctor is booked/)
    .waitFor();
  await dialog.getByText('1 of 2 are free').waitFor();
  assert.equal(await axe(page), []);
  await dialog.getByRole('button', { name: 'Add 1' }).click();
  await page.getByText(/^Added for LONGER/).waitFor();
});

test('whoever of the department is free is picked by the house, and the answer says who', async ({
  hospital,
  page,
}) => {
  const [marsh, rossi] = hospital.practitioners;
  await hospital.patient('Anyone');
  await chooseTime(page, marsh, '14:00');
  await choosePatient(page, 'Anyone');
  await page.getByLabel('Whoever of General medicine is free').check();
  // Meanwhile the one whose time was clicked is taken: that is no matter.
  await book(hospital, await hospital.patient('Swift'), marsh, '14:00');
  assert.equal(await axe(page), []);
  await page.getByRole('button', { name: /^Book for ANYONE/ }).click();
  await page.getByText(/^Booked: ANYONE.*14:00.*Rossi/).waitFor();
  const { body } = await hospital.clerk.get('/api/schedule/day?date=2026-03-02');
  const it = body.appointments.find((one: { patient: { familyName: string } }) => one.patient.familyName === 'Anyone');
  assert.equal([it.practitionerId, it.locationId], [rossi, hospital.rooms[1]]);
});

test('first free asks for specialty, place and length, and the length is kept', async ({ hospital, page }) => {
  const { body: skin } = await hospital.admin.post('/api/practitioners', {
    familyName: 'Skin',
    givenName: 'Ida',
    prefix: 'Dr',
    departmentId: hospital.department,
    specialty: 'Dermatology',
  });
  const { body: north } = await hospital.admin.post('/api/locations', { name: 'House North', kind: 'site' });
  const { body: room } = await hospital.admin.post('/api/locations', {
    name: 'Room North',
    kind: 'room',
    departmentId: hospital.department,
    parentId: north.id,
  });
  const hours = [1, 2, 3, 4, 5].map((weekday) => ({ weekday, startTime: '15:00', endTime: '17:00' }));
  const { version } = (await hospital.admin.get(`/api/availability/${skin.id}`)).body;
  const windows = hours.map((it) => ({ ...it, locationId: room.id }));
  const put = await hospital.admin.put(`/api/availability/${skin.id}`, { zone: 'Europe/Berlin', windows }, { 'if-match': `W/"${version}"` }); // prettier-ignore
  assert.is(put.status, 200, JSON.stringify(put.body));
  await hospital.patient('Rash');
  await page.reload();
  await page.locator('[data-lane]').first().waitFor();

  await page.getByRole('button', { name: 'First free' }).click();
  const dialog = page.getByRole('dialog', { name: 'First free' });
  const first = dialog.getByRole('listitem').first();
  await first.getByText('Marsh').waitFor();
  await dialog.getByLabel('Specialty').selectOption('Dermatology');
  await first.getByText('Skin').waitFor();
  assert.equal(await axe(page), []);
  await dialog.getByLabel('Specialty').selectOption('');
  await first.getByText('Marsh').waitFor();
  await dialog.getByLabel('Place').selectOption({ label: 'House North' });
  await first.getByText('Room North').waitFor();
  await dialog.getByLabel('Length').selectOption({ label: '45 min' });
  await first.getByText('15:00').waitFor();
  await first.getByRole('button').click();
  await page.getByText('15:00–15:45').first().waitFor();
  await choosePatient(page, 'Rash');
  await page.getByRole('button', { name: /^Book for RASH/ }).click();
  await page.getByText(/^Booked: RASH/).waitFor();
  const { body } = await hospital.clerk.get('/api/schedule/day?date=2026-03-02');
  const it = body.appointments.find((one: { patient: { familyName: string } }) => one.patient.familyName === 'Rash');
  assert.equal([it.practitionerId, it.startsAt, it.endsAt], [skin.id, '2026-03-02T14:00:00Z', '2026-03-02T14:45:00Z']);
});

test('at the desk somebody else may see who has come', async ({ hospital, page }) => {
  const [marsh, rossi] = hospital.practitioners;
  await book(hospital, await hospital.patient('Handover'), marsh, '09:30');
  await page
    .locator('[data-lane]')
    .getByRole('button', { name: /HANDOVER/ })
    .click();
  await page
    .getByRole('dialog', { name: /HANDOVER/ })
    .getByRole('button', { name: 'Seen by…' })
    .click();
  const dialog = page.getByRole('dialog', { name: /^Who sees HANDOVER/ });
  await dialog.getByLabel('Doctor').selectOption({ label: 'Dr Rossi' });
  assert.equal(await axe(page), []);
  await dialog.getByRole('button', { name: 'Check in with Dr Rossi' }).click();
  await page.getByText(/^HANDOVER.* is here/).waitFor();
  const { body } = await hospital.clerk.get('/api/schedule/day?date=2026-03-02');
  const it = body.appointments.find(
    (one: { patient: { familyName: string } }) => one.patient.familyName === 'Handover',
  );
  assert.equal([it.practitionerId, it.status], [rossi, 'checked-in']);
});

test('the next key calls off the search that is still on its way', async ({ hospital, page }) => {
  await hospital.patient('Slowly');
  await chooseTime(page, hospital.practitioners[1], '09:00');
  const isFirst = (request: Request) => request.url().endsWith('/api/patients/search') && request.postDataJSON().text === 'Slo'; // prettier-ignore
  const held = Promise.withResolvers<void>();
  await page.route('**/api/patients/search', async (route) => {
    if (isFirst(route.request())) await held.promise;
    await route.continue().catch(() => undefined); // nobody waits for it any more
  });
  const gone = page.waitForEvent('requestfailed', isFirst);
  const sent = page.waitForRequest(isFirst);
  await page.getByLabel('Patient', { exact: true }).fill('Slo');
  await sent;
  await page.getByLabel('Patient', { exact: true }).fill('Slowly');
  assert.match((await gone).failure()?.errorText ?? '', 'ERR_ABORTED');
  await page.getByRole('option', { name: /SLOWLY/ }).waitFor();
  held.resolve();
});

test.run();
