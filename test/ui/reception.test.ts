import type { Browser, Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { between, startHospital, type Hospital } from '../scheduling/hospital.ts';
import { axe, openBrowser, overflow, visit, type Visitor } from './browser.ts';

/** The four screens of reception on the desk's and on a pocket's size: nothing takes more keys or clicks than it may. */
const test = suite<{ browser: Browser; hospital: Hospital; points: { marsh: string; triage: string } }>(
  'reception: its four paths, counted',
);
test.before(async (at) => {
  at.hospital = await startHospital(['ehr', 'portal'], { speed: 1 });
  const { admin, practitioners, rooms } = at.hospital;
  const add = async (body: object) => (await admin.post('/api/queue/points', body)).body.id as string;
  at.points = {
    marsh: await add({
      name: 'Dr Marsh',
      kind: 'consulting-room',
      prefix: 'D',
      practitionerId: practitioners[0],
      locationId: rooms[0],
      takesCheckIns: true,
    }),
    triage: await add({ name: 'Triage', kind: 'triage', prefix: 'T' }),
  };
  at.browser = await openBrowser();
});
test.after(async ({ browser, hospital }) => {
  await browser?.close();
  await hospital?.stop();
});

const sizes = [
  { size: '1366×768', width: 1366, height: 768, small: false, hour: 10 },
  { size: '390×844', width: 390, height: 844, small: true, hour: 14 },
];
const counted = async (desk: Visitor, what: string, most: { clicks: number; keys?: number }) => {
  const { clicks, keys } = await desk.effort();
  assert.ok(clicks <= most.clicks, `${what}: ${clicks} clicks of ${most.clicks}`);
  assert.ok(keys <= (most.keys ?? Infinity), `${what}: ${keys} keys of ${most.keys}`);
};
const isFine = async (page: Page) => {
  await page.evaluate(() => scrollTo(0, 0)); // half beneath the bar is no fault of a button
  assert.equal(await axe(page), []);
  assert.is(await overflow(page), 0);
};
const named = (text: string) => new RegExp(text, 'i');
const found = async (page: Page, who: string) => {
  await page.getByLabel('Patient', { exact: true }).fill(who);
  await page.getByRole('option', { name: named(who) }).click();
};

for (const { size, small, hour, width, height } of sizes) {
  const look = { width, height, touch: small };
  /** Of the day as it is shown there: a doctor's column, or the card that opens. */
  const dayOf = async (page: Page, doctor: string) => {
    if (!small) return page.locator('[data-lane]').first();
    const card = page.locator('details', { hasText: doctor });
    if (!(await card.evaluate((it: HTMLDetailsElement) => it.open))) await card.locator('summary').click();
    return card;
  };

  test(`${size}, Today: a known patient is booked in four clicks, moved, and called off in two with undo`, async ({
    browser,
    hospital,
  }) => {
    const who = `Known${width}`;
    await hospital.patient(who);
    const desk = await visit(browser, hospital.url, 'receptionist', '/today', look);
    const { page } = desk;
    await page.locator('[data-lane], details').first().waitFor();
    await isFine(page);

    await desk.effort();
    await (await dayOf(page, 'Marsh')).getByRole('button', { name: `${hour}:00 free` }).click();
    await found(page, who);
    await page.getByRole('button', { name: named(`^Book for ${who}`) }).click();
    await page.getByText(named(`^Booked: ${who}`)).waitFor();
    await counted(desk, 'booking', { clicks: 4 });
    await page.getByRole('button', { name: 'Dismiss this notice' }).first().click();
    await isFine(page);

    const block = (await dayOf(page, 'Marsh')).getByRole('button', { name: named(who) });
    await desk.effort();
    await block.click();
    const card = page.getByRole('dialog', { name: named(who) });
    await card.getByRole('button', { name: 'Move…' }).click();
    const dialog = page.getByRole('dialog', { name: /^Move the appointment/ });
    await dialog.getByRole('radio').first().waitFor();
    await isFine(page);
    await dialog.getByRole('radio').first().check();
    await dialog.getByRole('button', { name: /^Move/ }).click();
    await page.getByText(named(`^Moved: ${who}`)).waitFor();
    await counted(desk, 'move', { clicks: 4 });

    const { body } = await hospital.clerk.get('/api/schedule/day?date=2026-03-02');
    const mine = (it: { patient: { familyName: string } }) => it.patient.familyName === who;
    const { id } = body.appointments.find(mine);
    await (await dayOf(page, 'Marsh')).getByRole('button', { name: named(who) }).click();
    await desk.effort();
    await page.getByRole('button', { name: 'Cancel appointment…' }).click();
    await page.getByRole('button', { name: 'The patient asked for it' }).click();
    await page.getByText(named(`^Cancelled: ${who}`)).waitFor();
    await counted(desk, 'cancellation', { clicks: 2 });
    const statusOf = async () => (await hospital.clerk.get(`/api/appointments/${id}`)).body.status;
    assert.is(await statusOf(), 'cancelled');
    await page.getByRole('button', { name: 'Undo' }).last().click();
    await (await dayOf(page, 'Marsh')).getByRole('button', { name: named(who) }).waitFor();
    assert.is(await statusOf(), 'booked');
    await desk.context.close();
    assert.equal(desk.complaints, []);
  });

  test(`${size}, First free: three clicks to a booking`, async ({ browser, hospital }) => {
    const who = `Soon${width}`;
    await hospital.patient(who);
    const desk = await visit(browser, hospital.url, 'receptionist', '/today', look);
    const { page } = desk;
    await page.locator('[data-lane], details').first().waitFor();
    await desk.effort();
    await page.getByRole('button', { name: 'First free' }).click();
    const dialog = page.getByRole('dialog', { name: 'First free' });
    const first = dialog.getByRole('listitem').first().getByRole('button');
    await first.waitFor();
    await isFine(page);
    await first.click();
    await page.getByLabel('Patient', { exact: true }).fill(who);
    await page.getByRole('option', { name: named(who) }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: named(`^Book for ${who}`) }).click();
    await page.getByText(named(`^Booked: ${who}`)).waitFor();
    await counted(desk, 'first free', { clicks: 3 });
    await desk.context.close();
    assert.equal(desk.complaints, []);
  });

  test(`${size}, Register: at most 60 keys; who is there already is one click away`, async ({ browser, hospital }) => {
    const desk = await visit(browser, hospital.url, 'receptionist', '/patients/new', look);
    const { page } = desk;
    await page.locator('#familyName:focus').waitFor();
    await isFine(page);
    await desk.effort();
    const family = small ? 'Eriksson' : 'Lindqvist';
    for (const text of [family, 'Eva', '14071961', 'f', `+4930901${width}`, 'Berlin']) {
      await page.keyboard.type(text);
      await page.keyboard.press(text === 'Berlin' ? 'Control+Enter' : 'Tab');
    }
    await page.waitForURL(/\/patients\/[0-9a-f-]{36}$/);
    await page.getByText('14-Jul-1961').first().waitFor();
    await counted(desk, 'registration', { keys: 60, clicks: 0 });
    const there = page.url();

    await page.goto(`${hospital.url}/patients/new`);
    await page.fill('#familyName', family.toLowerCase());
    await page.fill('#givenName', 'Eva');
    await page.fill('#birthDate', '14.7.1961');
    const open = page.getByRole('link', { name: 'Open existing' }).first();
    await open.waitFor();
    await isFine(page);
    await desk.effort();
    await open.click();
    await page.waitForURL(there);
    await counted(desk, 'opening who is there', { clicks: 1 });
    await desk.context.close();
    assert.equal(desk.complaints, []);
  });

  test(`${size}, Queue: checked in with at most three clicks, another room with two, called with n`, async ({
    browser,
    hospital,
    points,
  }) => {
    const who = `Waits${width}`;
    const booked = await hospital.clerk.post('/api/appointments', {
      patientId: await hospital.patient(who),
      practitionerId: hospital.practitioners[0],
      serviceId: hospital.service,
      ...between(`2026-03-02T${hour + 1}:00:00+01:00`, 30),
    });
    assert.is(booked.status, 201, JSON.stringify(booked.body));
    const desk = await visit(browser, hospital.url, 'receptionist', '/today', look);
    const { page } = desk;
    const checkIn = page.getByRole('button', { name: named(`^Check in ${who}`) });
    await page.locator('[data-lane], details').first().waitFor();
    await desk.effort();
    if (!(await checkIn.isVisible())) {
      await (await dayOf(page, 'Marsh')).getByRole('button', { name: named(who) }).click();
      await page
        .getByRole('dialog', { name: named(who) })
        .getByRole('button', { name: 'Check in' })
        .click();
    } else await checkIn.click();
    await page.getByText(named(`^${who}, .* is here`)).waitFor();
    await counted(desk, 'check-in', { clicks: 3 });

    await page.goto(`${hospital.url}/queue?point=${points.marsh}`);
    const row = page.locator('tr', { hasText: who.toUpperCase() });
    await row.waitFor();
    await isFine(page);
    await desk.effort();
    await row.getByRole('combobox').click();
    await row.getByRole('combobox').selectOption({ label: 'Room 2' });
    // The second click is in the browser's own list, where nobody counts.
    await counted(desk, 'another room', { clicks: 1 });
    const token = await row.locator('.token').innerText();
    const room = async () => {
      const { tickets } = (await hospital.clerk.get(`/api/queue/board?pointId=${points.marsh}`)).body;
      return tickets.find((it: { token: string }) => it.token === token)?.locationName;
    };
    for (let tries = 0; (await room()) !== 'Room 2' && tries < 50; tries++) await page.waitForTimeout(100);
    assert.is(await room(), 'Room 2');
    await row.getByRole('combobox').blur(); // letters are the list's as long as it has the focus
    await desk.effort();
    await page.keyboard.press('n');
    await page.getByText(new RegExp(`^${token} is called to Room 2`)).waitFor();
    await counted(desk, 'call next', { keys: 1, clicks: 0 });
    await isFine(page);
    await page.getByRole('button', { name: `${token} is done` }).click();
    await page.getByText(`${token} is done`).waitFor();
    await desk.context.close();
    assert.equal(desk.complaints, []);
  });
}
test.run();
