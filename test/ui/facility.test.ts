import type { Browser, Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { amend, startHospital, tuesday, type Hospital } from '../scheduling/hospital.ts';
import { axe, openBrowser, overflow, visit, type Look, type Visitor } from './browser.ts';

interface At {
  browser: Browser;
  hospital: Hospital;
  visitors: Visitor[];
}
/** Monday 2 March 2026, nine o'clock in Berlin. */
const test = suite<At>('services, capacities and rules on the screen');
test.before(async (at) => {
  at.hospital = await startHospital();
  at.browser = await openBrowser();
  at.visitors = [];
});
test.after.each(async (at) => {
  for (const { context, complaints } of at.visitors.splice(0)) {
    await context.close();
    assert.equal(complaints, []);
  }
});
test.after(async ({ browser, hospital }) => {
  await browser?.close();
  await hospital?.stop();
});

const phone: Look = { width: 390, height: 844, touch: true };
const arrive = async (at: At, role: string, path: string, look: Look = {}): Promise<Page> => {
  const visitor = await visit(at.browser, at.hospital.url, role, path, look);
  at.visitors.push(visitor);
  return visitor.page;
};
const fits = async (page: Page, where: string) => {
  assert.equal(await axe(page), [], where);
  assert.is(await overflow(page), 0, where);
};

test('a service: what is wrong is named, nothing typed is lost, and all of it is kept', async (at) => {
  const { hospital } = at;
  await hospital.admin.post('/api/devices', { name: 'Ultrasound 1', type: 'Ultrasound', departmentId: hospital.department }); // prettier-ignore
  for (const look of [{}, phone]) {
    const page = await arrive(at, 'admin', '/facility/services', look);
    await page.getByText('Consultation').first().waitFor();
    await fits(page, 'services');
    await page.getByRole('button', { name: 'Add a service' }).click();
    const dialog = page.getByRole('dialog', { name: 'Add a service' });
    await dialog.getByLabel('Length', { exact: true }).fill('999');
    await dialog.getByLabel('Charge code').fill('scan me');
    await dialog.getByRole('button', { name: 'Save' }).click();
    for (const wrong of ['Enter a name', 'Enter a number from 5 to 720 min', /^Use capital letters/])
      await dialog.getByRole('link', { name: wrong }).waitFor();
    await fits(page, 'what is wrong');
    await dialog.getByRole('link', { name: 'Enter a name' }).click();
    assert.is(await page.evaluate(() => document.activeElement?.id), 'name');
    assert.is(await dialog.getByLabel('Charge code').inputValue(), 'scan me');

    const name = look === phone ? 'Scan by phone' : 'Scan';
    await page.keyboard.type(name);
    await dialog.getByLabel('Department', { exact: true }).selectOption({ label: 'General medicine' });
    await dialog.getByLabel('Length', { exact: true }).fill('20');
    await dialog.getByLabel('Time after').fill('10');
    await dialog.getByText('20 min for the patient; doctor, room and equipment are taken for 30 min.').waitFor();
    await dialog.getByLabel('A room of its department').check();
    await dialog.getByLabel('By video').check();
    await dialog.getByLabel('Equipment of this kind').selectOption('Ultrasound');
    const portal = dialog.getByRole('group', { name: 'Patient portal' });
    await portal.getByLabel('At the latest').fill('1440');
    await portal.getByText('Not later than 1 day before it begins.').waitFor();
    await portal.getByLabel('At the earliest').fill('30');
    await dialog.getByLabel('Charge code').fill('SCAN');
    await fits(page, 'a service');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByText(`Saved: ${name}`).waitFor();
    const { items } = (await hospital.clerk.get('/api/services')).body;
    const { id: _, version: __, ...saved } = items.find((it: { name: string }) => it.name === name);
    assert.equal(saved, {
      name,
      departmentId: hospital.department,
      durationMinutes: 20,
      bufferBeforeMinutes: 0,
      bufferAfterMinutes: 10,
      needsRoom: true,
      needsDeviceType: 'Ultrasound',
      channels: {
        desk: { leadMinutes: null, horizonDays: null },
        portal: { leadMinutes: 1440, horizonDays: 30 },
        fhir: { leadMinutes: null, horizonDays: null },
      },
      chargeCode: 'SCAN',
      active: true,
      telehealth: true,
    });
  }
});

test('two who change one service: the second sees what the first made of it, and decides', async (at) => {
  const { hospital } = at;
  const page = await arrive(at, 'admin', '/facility/services');
  await page.getByRole('button', { name: 'Change Consultation' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Time before').fill('5');
  const path = `/api/services/${hospital.service}`;
  const service = { name: 'Consultation', departmentId: hospital.department, durationMinutes: 45, chargeCode: 'CONSULT' }; // prettier-ignore
  await amend(hospital.admin, path, service);
  await dialog.getByRole('button', { name: 'Save' }).click();
  const theirs = dialog.getByRole('alert');
  await theirs.getByText('45 min').waitFor();
  assert.is(await dialog.getByLabel('Time before').inputValue(), '5');
  await fits(page, 'both versions');
  await dialog.getByLabel('Length', { exact: true }).fill('45');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved: Consultation').waitFor();
  const { durationMinutes, bufferBeforeMinutes } = (await hospital.clerk.get(path)).body;
  assert.equal([durationMinutes, bufferBeforeMinutes], [45, 5]);
  await amend(hospital.admin, path, { ...service, durationMinutes: 30 });
});

test('the rules of booking say what they mean, and are saved', async (at) => {
  const { hospital } = at;
  for (const look of [{}, phone]) {
    const page = await arrive(at, 'admin', '/facility/rules', look);
    await page.getByLabel('An offer to the waitlist stands for').fill('0');
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: /^Enter a number from 5 to 4.?320 min/ }).waitFor();
    await fits(page, 'wrong rules');
    await page.getByLabel('An offer to the waitlist stands for').fill('90');
    await page.getByText('Who is offered a time has 1 hr 30 min to answer').waitFor();
    await page.getByLabel('A missed appointment is closed after').fill('');
    await page.getByText('Never by itself: somebody says so by hand.').waitFor();
    await page.getByLabel('To', { exact: true }).fill('19:30');
    await page
      .getByLabel('A patient at two places at one time')
      .selectOption({ label: 'May be booked all the same, with a reason' });
    await fits(page, 'rules');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('The rules are saved.').waitFor();
  }
  const { offerMinutes, noShowMinutes, offersTo, patientOverlap } = (await hospital.clerk.get('/api/scheduling-rules'))
    .body;
  assert.equal([offerMinutes, noShowMinutes, offersTo, patientOverlap], [90, null, '19:30', 'warn']);
});

test('two at one time are allowed, a third is refused, and whoever may overbooks with a reason that everybody sees', async (at) => {
  const { hospital } = at;
  const [marsh] = hospital.practitioners;
  const admin = await arrive(at, 'admin', '/facility/capacity');
  await admin.getByText('So far nobody and nothing is booked more than once at one time.').waitFor();
  const allow = async (who: string) => {
    await admin.getByRole('button', { name: 'Allow more at one time' }).click();
    const dialog = admin.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByRole('link', { name: 'Choose whom or what it is for' }).waitFor();
    await dialog.getByLabel('Who or what').selectOption({ label: who });
    await dialog
      .getByText(`2 patients may be booked with ${who} at the same time; one more needs an override`)
      .waitFor();
    await fits(admin, 'allowing more');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.waitFor({ state: 'detached' });
  };
  await allow('Dr Marsh');
  await allow('Room 1');
  await admin.getByRole('button', { name: 'Change Room 1' }).waitFor();
  await fits(admin, 'capacities');

  await hospital.patient('Dritte');
  const doctor = await arrive(at, 'doctor', '/today?date=2026-03-03');
  await doctor.locator(`[data-lane="${marsh}"]`).getByRole('button', { name: '10:00 free' }).click();
  await doctor.getByLabel('Patient', { exact: true }).fill('dritte');
  await doctor.getByRole('option', { name: /DRITTE/ }).click();
  const book = async (who: string, time = '10:00') => {
    const patientId = await hospital.patient(who);
    const wish = { patientId, practitionerId: marsh, serviceId: hospital.service, ...tuesday(time) };
    return (await hospital.clerk.post('/api/appointments', wish)).status;
  };
  assert.equal([await book('Erste'), await book('Zweite'), await book('Vierte')], [201, 201, 409]);
  await doctor.getByLabel('Service').selectOption(hospital.service);
  await doctor.getByRole('button', { name: /^Book for DRITTE/ }).click();
  await doctor.getByText('Next free times', { exact: true }).waitFor();
  const beyond = doctor.getByRole('region', { name: 'Book it beyond capacity' });
  await beyond.getByRole('button').click();
  await beyond.getByRole('link', { name: 'Give the reason' }).waitFor();
  await fits(doctor, 'overbooking');
  await beyond.getByLabel('Why it cannot wait').fill('Severe pain');
  await beyond.getByRole('button').click();
  await doctor.getByText(/^Booked: DRITTE/).waitFor();

  const mark = 'Overbooked: Severe pain';
  const desk = await arrive(at, 'receptionist', '/today?date=2026-03-03');
  const isMarked = async (page: Page, where: string) => {
    const marked = page.locator('.beyond:visible', { hasText: mark });
    await marked.first().waitFor();
    assert.is(await marked.count(), 1, where);
    assert.is(await marked.locator('.icon').count(), 1, where);
    await fits(page, where);
  };
  await isMarked(desk, 'doctors');
  const blocks = desk.locator(`[data-lane="${marsh}"] [data-key^=visit]`);
  const boxes = await Promise.all([0, 1, 2].map(async (n) => (await blocks.nth(n).boundingBox())!));
  assert.ok(boxes.every(({ width }) => width > 100), `side by side and wide enough to be read: ${boxes.map(({ width }) => width)}`); // prettier-ignore
  await desk.getByRole('button', { name: 'Rooms', exact: true }).click();
  await isMarked(desk, 'rooms');
  await desk.getByRole('button', { name: 'Week', exact: true }).click();
  await desk.getByLabel('Whose week').selectOption({ label: 'Dr Marsh' });
  await isMarked(desk, 'week');
  await desk.getByRole('button', { name: 'List', exact: true }).click();
  await isMarked(desk, 'list');
  await desk.getByRole('button', { name: 'Doctors', exact: true }).click();
  await desk.evaluate(() => {
    window.print = () => dispatchEvent(new Event('beforeprint'));
  });
  const noted = desk.waitForResponse((answer) => answer.url().endsWith('/api/prints'));
  await desk.getByRole('button', { name: 'Print day' }).click();
  assert.is((await noted).status(), 204);
  await desk.emulateMedia({ media: 'print' });
  await desk.locator('.paper .beyond', { hasText: mark }).waitFor();

  const small = await arrive(at, 'receptionist', '/today?date=2026-03-03', phone);
  await small.locator('details', { hasText: 'Dr Marsh' }).locator('summary').click();
  await isMarked(small, 'on a phone');

  // A second place stands beside who is there, and is chosen by a click; a third is none.
  assert.is(await book('Fünfte', '14:00'), 201);
  await doctor.reload();
  const lane = doctor.locator(`[data-lane="${marsh}"]`);
  const place = lane.getByRole('button', { name: '14:00 free' });
  const visit = lane.locator('[data-key^=visit]', { hasText: 'FÜNFTE' });
  await place.waitFor();
  const [one, two] = [(await visit.boundingBox())!, (await place.boundingBox())!];
  assert.ok(one.x + one.width <= two.x + 1 && two.width > 60, JSON.stringify([one, two]));
  await hospital.patient('Sechste');
  await place.click();
  await doctor.getByLabel('Patient', { exact: true }).fill('sechste');
  await doctor.getByRole('option', { name: /SECHSTE/ }).click();
  // The first one that is offered is by video, and there is no video system.
  await doctor.getByLabel('Service').selectOption(hospital.service);
  await doctor.getByRole('button', { name: /^Book for SECHSTE/ }).click();
  await doctor.getByText(/^Booked: SECHSTE/).waitFor();
  await place.waitFor({ state: 'detached' });
  await fits(doctor, 'two at once');

  await admin.getByRole('button', { name: 'Dr Marsh: one at a time again' }).click();
  await admin
    .getByRole('alert')
    .getByText(/^More appointments than that are booked/)
    .waitFor();
  await fits(admin, 'still needed');
});

test('the length is chosen in the dialog that moves a visit, by keys', async (at) => {
  const { hospital } = at;
  const [, rossi] = hospital.practitioners;
  const patientId = await hospital.patient('Lang');
  const wish = { patientId, practitionerId: rossi, serviceId: hospital.service, ...tuesday('09:00') };
  const { body } = await hospital.clerk.post('/api/appointments', wish);
  const page = await arrive(at, 'receptionist', '/today?date=2026-03-03');
  await page.locator(`[data-key="visit ${body.id}"]`).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Move…' }).press('Enter');
  const dialog = page.getByRole('dialog', { name: /^Move the appointment/ });
  const length = dialog.getByLabel('Length');
  await dialog.getByLabel('16:30').waitFor();
  await length.focus();
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.type('2');
  await page.keyboard.press('Tab');
  await dialog.getByText('Enter a number from 5 to 720 min').waitFor();
  await fits(page, 'no such length');
  await length.focus();
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.type('60');
  await dialog.getByLabel('16:30').waitFor({ state: 'detached' });
  await dialog.getByLabel('15:00').focus();
  await page.keyboard.press('Space');
  await fits(page, 'another length');
  await page.getByRole('button', { name: 'Move to 15:00' }).press('Enter');
  await page.getByText(/^Moved: LANG/).waitFor();
  const after = (await hospital.clerk.get(`/api/appointments/${body.id}`)).body;
  assert.equal([after.startsAt, after.endsAt], ['2026-03-03T14:00:00Z', '2026-03-03T15:00:00Z']);
});
test.run();
