import type { Browser, Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { between, etag, startHospital, type Hospital } from '../scheduling/hospital.ts';
import { arrive, axe, openBrowser, overflow, visit, type Visitor } from './browser.ts';

/** Monday 2 March 2026, nine o'clock in Berlin; a desk, a triage and the rooms of two doctors. */
const test = suite<{
  browser: Browser;
  hospital: Hospital;
  points: Record<'desk' | 'triage' | 'marsh', string>;
  desk: Visitor;
  page: Page;
}>('queue: reception, doctor and waiting room');

test.before(async (at) => {
  at.hospital = await startHospital(['ehr', 'portal'], { speed: 1 });
  const { admin, practitioners, rooms } = at.hospital;
  const add = async (body: object) => (await admin.post('/api/queue/points', body)).body.id as string;
  const marsh = await add({
    name: 'Dr Marsh',
    kind: 'consulting-room',
    prefix: 'D',
    practitionerId: practitioners[0],
    locationId: rooms[0],
  });
  const triage = await add({ name: 'Triage', kind: 'triage', prefix: 'T', nextPointId: marsh });
  const desk = await add({ name: 'Registration', kind: 'registration', prefix: 'A', nextPointId: triage });
  at.points = { desk, triage, marsh };
  at.browser = await openBrowser();
});
test.after(async ({ browser, hospital }) => {
  await browser?.close();
  await hospital?.stop();
});

const sizes = [
  { name: '1366×768', width: 1366, height: 768 },
  { name: '390×844', width: 390, height: 844, touch: true },
];
for (const { name, ...look } of sizes)
  test(`${name}: a walk-in gets a number, is called, goes on and is done, in at most nine clicks`, async ({
    browser,
    hospital,
    points,
  }) => {
    const who = `Walker${look.width}`;
    await hospital.patient(who);
    const { page, context, effort, complaints } = await visit(
      browser,
      hospital.url,
      'receptionist',
      `/queue?point=${points.desk}`,
      look,
    );
    await page.getByRole('heading', { level: 1, name: 'Queue' }).waitFor();
    assert.equal(await axe(page), []);
    await effort();
    await page.getByRole('button', { name: /^Walk-in/ }).click();
    await page.getByLabel('Patient', { exact: true }).fill(who);
    await page.getByRole('option', { name: new RegExp(who, 'i') }).click();
    assert.equal(await axe(page), []);
    await page.getByRole('button', { name: 'Give number', exact: true }).click();
    await page.getByText('at Registration.').waitFor();
    assert.ok((await effort()).clicks <= 3, 'a number in three clicks');

    const row = page.locator('tr', { hasText: who.toUpperCase() });
    await row.waitFor();
    assert.equal(await axe(page), []);
    assert.is(await overflow(page), 0);
    const token = await row.locator('.token').innerText();
    await page.getByRole('button', { name: /^Call next/ }).click();
    await page.getByRole('listitem', { name: token }).waitFor();
    assert.is((await effort()).clicks, 1, 'call next');
    await page.getByRole('button', { name: `Call again: ${token}` }).click();
    await page.getByText(/called 09:0\d, 2 times/).waitFor();
    await page.getByRole('button', { name: `${token} to Triage` }).click();
    await page.getByText(`${token} goes on to Triage`).waitFor();
    assert.is((await effort()).clicks, 2, 'recall and transfer');

    await page.getByLabel('Waiting point').selectOption({ label: 'Triage' });
    await row.waitFor();
    await page.getByRole('button', { name: `Call ${token}`, exact: true }).click();
    await page.getByRole('listitem', { name: token }).waitFor();
    assert.equal(await axe(page), []);
    await page.getByRole('button', { name: `${token} is done` }).click();
    await page.getByText(`${token} is done`).waitFor();
    await page.getByText('Nobody is waiting.').waitFor();
    assert.ok((await effort()).clicks <= 3, 'call and end');
    await page.getByRole('button', { name: 'Time per stage' }).click();
    await page.getByRole('columnheader', { name: 'Median wait' }).or(page.getByText('Median wait')).first().waitFor();
    assert.equal(await axe(page), []);
    assert.is(await overflow(page), 0);
    await context.close();
    assert.equal(complaints, []);
  });

test('by keys: w gives a number without a name, n calls it; the room is changed with two clicks; who waits already is told where', async ({
  browser,
  hospital,
  points,
}) => {
  const patientId = await hospital.patient('Twice');
  await hospital.clerk.post('/api/queue/tickets', { pointId: points.marsh, patientId });
  const { page, context, effort } = await visit(browser, hospital.url, 'receptionist', `/queue?point=${points.marsh}`);
  const row = page.locator('tr', { hasText: 'TWICE' });
  await row.waitFor();
  await row.getByRole('combobox').selectOption({ label: 'Room 2' });
  await page.waitForFunction(() => document.querySelector<HTMLSelectElement>('tr select')?.value !== '');
  await hospital.clerk.get('/api/queue/board');
  await effort();
  await page.keyboard.press('w');
  await page.getByLabel('Patient', { exact: true }).fill('twice');
  await page.getByRole('option', { name: /TWICE/ }).waitFor();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Enter');
  await page.getByText(/already waits at Dr Marsh, with D-\d+ since 09:0\d/).waitFor();
  assert.equal(await axe(page), []);
  await page.keyboard.press('Escape');
  await page.keyboard.press('n');
  await page.getByText(/^D-\d+ is called to Room 2/).waitFor();
  assert.is((await effort()).clicks, 0);
  await page.getByRole('button', { name: /^D-\d+ is done/ }).click();
  await page.getByText(/^D-\d+ is done/).waitFor();
  await page.getByText('Nobody has been called.').waitFor();
  await page.keyboard.press('n');
  await page.getByText('Nobody waits here at the moment.').waitFor();
  assert.equal(await axe(page), []);
  await context.close();
});

test('an administrator makes a link; the screen in the waiting room shows a call at once, comes back by itself, and goes dark', async ({
  browser,
  hospital,
  points,
}) => {
  const admin = await visit(browser, hospital.url, 'admin', '/queue/setup');
  await admin.page.getByRole('button', { name: 'New public screen' }).click();
  const dialog = admin.page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Waiting room');
  await dialog.getByLabel('Triage').check();
  assert.equal(await axe(admin.page), []);
  await dialog.getByRole('button', { name: 'Make the link' }).click();
  const href = await admin.page.locator('.link-notice a').getAttribute('href');
  assert.equal(await axe(admin.page), []);

  const screen = await arrive(browser, { width: 1920, height: 1080 });
  await screen.page.goto(href!);
  await screen.page.getByRole('heading', { name: 'Waiting room' }).waitFor();
  assert.equal(await axe(screen.page), []);
  const desk = await visit(browser, hospital.url, 'receptionist', `/queue?point=${points.triage}`);
  await desk.page.waitForLoadState('networkidle');
  const patientId = await hospital.patient('Neverseen');
  const { body } = await hospital.clerk.post('/api/queue/tickets', { pointId: points.triage, patientId });
  // Both screens hear of it without being touched.
  await desk.page.getByText('NEVERSEEN').waitFor({ timeout: 8_000 });
  await desk.page.keyboard.press('n');
  await screen.page.locator('.latest', { hasText: body.token }).waitFor({ timeout: 8_000 });
  assert.equal(await axe(screen.page), []);
  assert.not.match(await screen.page.content(), /neverseen/i);

  await screen.context.setOffline(true);
  await screen.context.setOffline(false);
  await hospital.clerk.post('/api/queue/tickets', { pointId: points.triage });
  const next = await hospital.clerk.post(`/api/queue/points/${points.triage}/call-next`, {});
  await screen.page.locator('.latest', { hasText: next.body.token }).waitFor();
  await screen.page.locator('td', { hasText: body.token }).waitFor();

  await admin.page.getByRole('button', { name: 'Revoke the link of Waiting room' }).click();
  await screen.page.getByText('This screen is no longer in use').waitFor();
  for (const { context } of [admin, screen, desk]) await context.close();
});

test('a doctor sees who is called and who is next, and calls from the own day; Today shows the number after a check-in', async ({
  browser,
  hospital,
  points,
}) => {
  const { clerk, admin, practitioners, service } = hospital;
  const users = (await admin.get('/api/users?limit=100')).body.items;
  const user = users.find((it: { username: string }) => it.username === 'doctor');
  const { body: practitioner } = await admin.get(`/api/practitioners/${practitioners[0]}`);
  const { familyName, givenName, prefix, departmentId } = practitioner;
  const bound = await admin.put(
    `/api/practitioners/${practitioners[0]}`,
    { familyName, givenName, prefix, departmentId, userId: user.id },
    etag(practitioner.version),
  );
  assert.is(bound.status, 200, JSON.stringify(bound.body));
  const patientId = await hospital.patient('Byappointment');
  const booked = await clerk.post('/api/appointments', {
    patientId,
    practitionerId: practitioners[0],
    serviceId: service,
    ...between('2026-03-02T09:30:00+01:00', 30),
  });
  const desk = await visit(browser, hospital.url, 'receptionist', '/today');
  await desk.effort();
  await desk.page.getByRole('button', { name: /^Check in BYAPPOINTMENT/ }).click();
  await desk.page.locator('li .token', { hasText: /^D-\d+/ }).waitFor();
  assert.ok((await desk.effort()).clicks <= 3, 'check-in');
  assert.equal(await axe(desk.page), []);

  const doctor = await visit(browser, hospital.url, 'doctor', '/my-day');
  const mine = doctor.page.locator('section', { has: doctor.page.getByRole('heading', { name: 'My queue' }) });
  await mine.getByText('BYAPPOINTMENT').waitFor();
  assert.equal(await axe(doctor.page), []);
  await doctor.page.keyboard.press('n');
  await mine.getByRole('listitem', { name: /^D-\d+$/ }).waitFor();
  assert.equal(await axe(doctor.page), []);
  const { tickets } = (await clerk.get(`/api/queue/board?pointId=${points.marsh}`)).body;
  const ticket = tickets.find((it: { appointmentId: string }) => it.appointmentId === booked.body.id);
  assert.is(ticket.status, 'in-progress');

  await desk.page.goto(`${hospital.url}/queue/tickets/${ticket.id}`);
  await desk.page.locator('article .token', { hasText: ticket.token }).waitFor();
  assert.not.match(await desk.page.locator('article').innerText(), /byappointment/i);
  assert.equal(await axe(desk.page), []);
  for (const { context } of [desk, doctor]) await context.close();
});

test('the stages of the visits stand above those of the points and follow the visits; who has no part in visits sees none', async ({
  browser,
  hospital,
}) => {
  const nurse = await hospital.as('nurse');
  const { page, context, complaints } = await visit(browser, hospital.url, 'nurse', '/queue');
  await page.getByRole('button', { name: 'Time per stage' }).click();
  const visits = page.getByRole('region', { name: 'Visits' });
  const waiting = visits.getByRole('row', { name: /^Waiting/ });
  await waiting.waitFor();
  const now = async () => Number(await waiting.getByRole('cell').nth(1).innerText());
  const before = await now();
  const patientId = await hospital.patient('Bystage');
  const { status, body } = await nurse.post('/api/encounters', {
    patientId,
    practitionerId: hospital.practitioners[1],
  });
  assert.is(status, 201, JSON.stringify(body));
  await visits.getByRole('row', { name: new RegExp(`^Waiting ${before + 1} `) }).waitFor({ timeout: 8_000 });
  assert.is((await nurse.post(`/api/encounters/${body.id}/start`, {}, etag(body.version))).status, 200);
  await visits.getByRole('row', { name: /^With the doctor [1-9]/ }).waitFor({ timeout: 8_000 });
  assert.is(await now(), before);
  assert.equal(await axe(page), []);
  assert.is(await overflow(page), 0);
  await context.close();
  assert.equal(complaints, []);

  for (const [role, look] of [
    ['nurse', { width: 390, height: 844, locale: 'ar' }],
    ['receptionist', {}],
    ['labtech', {}],
  ] as const) {
    const other = await visit(browser, hospital.url, role, '/queue', look);
    await other.page.locator('.seg button').nth(1).click();
    await other.page.locator('section.card').first().waitFor();
    assert.is(await other.page.locator('#visits').count(), role === 'labtech' ? 0 : 1);
    assert.equal(await axe(other.page), []);
    assert.is(await overflow(other.page), 0);
    await other.context.close();
  }
});

test('right to left, in the dark and in Spanish: no violation, nothing sticks out', async ({ browser, hospital }) => {
  for (const look of [
    { theme: 'dark', locale: 'ar' },
    { width: 390, height: 844, locale: 'es' },
  ] as const)
    for (const [role, path] of [
      ['receptionist', '/queue'],
      ['admin', '/queue/setup'],
    ] as const) {
      const other = await visit(browser, hospital.url, role, path, look);
      await other.page.locator('h1').first().waitFor();
      await other.page.locator('.card').first().waitFor();
      assert.equal(await axe(other.page), [], path);
      assert.is(await overflow(other.page), 0, path);
      await other.context.close();
    }
});

test.run();
