import type { Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { amend, between, weekdays, type Hospital } from '../scheduling/hospital.ts';
import { startOnToday, type OnToday } from './today-page.ts';

/**
 * Monday 2 March 2026, nine o'clock in Berlin. Dr Marsh works all day in Room 1, Dr Rossi in the morning, in the same room; Dr Dienst
 * works on Tuesdays.
 */
const test = suite<OnToday & { tuesdays: string }>('today: a visit that is moved');

startOnToday(test);
test.before(async (at) => {
  const { admin, practitioners, rooms, department } = at.hospital;
  const [zone, room] = ['Europe/Berlin', rooms[0]];
  await amend(admin, `/api/availability/${practitioners[1]}`, { zone, windows: weekdays('09:00', '12:00', room) });
  const dienst = { familyName: 'Dienst', givenName: 'Tuesday', prefix: 'Dr', departmentId: department };
  at.tuesdays = (await admin.post('/api/practitioners', dienst)).body.id;
  const windows = [{ weekday: 2, startTime: '09:00', endTime: '10:00' }];
  await amend(admin, `/api/availability/${at.tuesdays}`, { zone, windows });
});

async function booked(
  { hospital, page }: { hospital: Hospital; page: Page },
  who: string,
  time: string,
  doctor: 0 | 1,
) {
  const { status, body } = await hospital.clerk.post('/api/appointments', {
    patientId: await hospital.patient(who),
    practitionerId: hospital.practitioners[doctor],
    serviceId: hospital.service,
    ...between(`2026-03-02T${time}:00+01:00`, 30),
  });
  assert.is(status, 201, JSON.stringify(body));
  await page.reload();
  const block = page.locator(`[data-key="visit ${body.id}"]`);
  await block.waitFor();
  return { id: body.id as string, block };
}
const stands = async (hospital: Hospital, id: string) => {
  const { startsAt, endsAt, practitionerId, locationId } = (await hospital.clerk.get(`/api/appointments/${id}`)).body;
  return [startsAt.slice(11, 16), endsAt.slice(11, 16), practitionerId, locationId];
};

test('in a room that two share it stays with its doctor, who changes only when they are not there, and that is said', async (at) => {
  const { hospital, page } = at;
  const [marsh, rossi] = hospital.practitioners;
  const [room] = hospital.rooms;
  const { id, block } = await booked(at, 'Shared', '10:00', 1);
  await page.getByRole('button', { name: 'Rooms', exact: true }).click();
  await block.focus();
  await page.keyboard.press('m');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.getByText(/^Moved: SHARED, .*, now 10:30$/).waitFor();
  assert.equal(await stands(hospital, id), ['09:30', '10:00', rossi, room]);

  await block.focus();
  await page.keyboard.press('m');
  await page.keyboard.press('Shift+ArrowDown');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: /10:30–11:05 SHARED/ }).waitFor();
  assert.equal(await stands(hospital, id), ['09:30', '10:05', rossi, room]);

  await block.focus();
  await page.keyboard.press('m');
  await page.locator(`[data-lane="${room}"]`).getByRole('button', { name: '14:00 free' }).click();
  await page.getByText(/^Moved: SHARED, .*, now 14:00, Dr Marsh$/).waitFor();
  assert.equal(await stands(hospital, id), ['13:00', '13:35', marsh, room]);
  await page.keyboard.press('Control+z');
  await page.getByRole('button', { name: /10:30–11:05 SHARED/ }).waitFor();
  assert.equal(await stands(hospital, id), ['09:30', '10:05', rossi, room]);
});

test('a doctor with a room that is not their own keeps it, and the visit keeps its doctor', async (at) => {
  const { hospital, page } = at;
  const [, rossi] = hospital.practitioners;
  const [, other] = hospital.rooms;
  const { id, block } = await booked(at, 'Borrowed', '09:00', 1);
  const { version } = (await hospital.clerk.get(`/api/appointments/${id}`)).body;
  const to = { ...between('2026-03-02T09:30:00+01:00', 30), locationId: other };
  await hospital.clerk.post(`/api/appointments/${id}/reschedule`, to, { 'if-match': `W/"${version}"` });
  await page.getByRole('button', { name: 'Rooms', exact: true }).click();
  await page.locator(`[data-lane="${other}"] [data-key="visit ${id}"]`).focus();
  await page.keyboard.press('m');
  await page.keyboard.press('Shift+ArrowDown');
  await page.keyboard.press('Enter');
  await page.getByText(/^Moved: BORROWED, .*, now 09:30$/).waitFor();
  assert.equal(await stands(hospital, id), ['08:30', '09:05', rossi, other]);
  await block.waitFor();
});

test('a drag that the system breaks off moves nothing', async (at) => {
  const { hospital, page } = at;
  const { id, block } = await booked(at, 'Broken', '15:00', 0);
  await block.scrollIntoViewIfNeeded();
  const before = await stands(hospital, id);
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  const box = (await block.boundingBox())!;
  await page.mouse.move(box.x + 20, box.y + 6);
  await page.mouse.down();
  await page.mouse.move(box.x + 20, box.y + 6 + box.height * 2, { steps: 6 });
  await page.getByText(/^Moving BROKEN/).waitFor();
  await page.evaluate(() => window.dispatchEvent(new PointerEvent('pointercancel')));
  await page.getByText(/^Moving BROKEN/).waitFor({ state: 'detached' });
  await page.mouse.up();
  assert.equal(
    asked.filter((url) => url.endsWith('/reschedule')),
    [],
  );
  assert.equal(await stands(hospital, id), before);
});

test('the dialog offers whoever works on another day, and no time that is not known to be free', async (at) => {
  const { hospital, page, tuesdays } = at;
  const { id, block } = await booked(at, 'Later', '16:00', 0);
  await block.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Move…' }).press('Enter');
  const dialog = page.getByRole('dialog', { name: /^Move the appointment of LATER/ });
  await dialog.getByRole('radio').first().waitFor();
  await page.route('**/api/slots*', (route) => route.abort());
  await dialog.getByLabel('Doctor').selectOption({ label: 'Dr Dienst' });
  await dialog.getByRole('alert').getByText('Check the network').waitFor();
  assert.is(await dialog.getByRole('radio').count(), 0);
  await page.unroute('**/api/slots*');
  await dialog.getByLabel('Date').fill('2026-03-03');
  await page.keyboard.press('Tab');
  await dialog.getByText('09:30', { exact: true }).click();
  await dialog.getByRole('button', { name: 'Move to 09:30' }).click();
  await page.getByText(/^Moved: LATER, .*, Dr Dienst$/).waitFor();
  assert.equal((await stands(hospital, id)).slice(0, 3), ['08:30', '09:00', tuesdays]);
});

test.run();
