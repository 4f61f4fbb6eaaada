import type { Browser, Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sql } from '../../core/database.ts';
import { potassium } from '../laboratory/bench.ts';
import { birthDate, secret, startDesk, type Desk, type Portal } from '../portal/desk.ts';
import { arrive, axe, openBrowser, overflow, visit, type Look, type Visitor } from './browser.ts';

interface At {
  desk: Desk;
  browser: Browser;
  visitors: Visitor[];
}
const test = suite<At>('portal on the screen');
test.before(async (at) => {
  at.desk = await startDesk();
  at.browser = await openBrowser();
  at.visitors = [];
});
test.after.each(async (at) => {
  for (const { context, complaints } of at.visitors.splice(0)) {
    await context.close();
    assert.equal(complaints, []);
  }
});
test.after(async ({ browser, desk }) => {
  await browser?.close();
  await desk?.stop();
});

const phone = { width: 390, height: 844, touch: true };

/** Signs in as somebody with a telephone in the hand. */
const enter = async (at: At, person: Portal, look: Look = phone): Promise<Visitor> => {
  const visitor = await arrive(at.browser, look);
  at.visitors.push(visitor);
  const { page } = visitor;
  await page.goto(`${at.desk.url}/sign-in`);
  await page.fill('#username', person.username);
  await page.fill('#password', secret);
  await page.keyboard.press('Enter');
  await page.waitForURL(`${at.desk.url}/portal`);
  await page.locator('h1').waitFor();
  return visitor;
};
const fits = async (page: Page, where: string) => {
  assert.equal(await axe(page), [], where);
  assert.is(await overflow(page), 0, where);
};
const atMost = async ({ effort }: Visitor, clicks: number, what: string) => {
  const made = await effort();
  assert.ok(made.clicks <= clicks, `${what}: ${made.clicks} taps`);
};

test('book, move, see a result, pay, and see who looked, with few taps', async (at) => {
  const { desk } = at;
  const person = await desk.enrolled();
  const bill = await desk.billed(person.patientId);
  await desk.measured({ patientId: person.patientId }, 'K', { [potassium]: '5.6' });
  await desk.nurse.get(`/api/patients/${person.patientId}/record`);
  const visitor = await enter(at, person);
  const { page } = visitor;
  await page.getByText('You have no visit to come.').waitFor();
  await fits(page, 'home');

  await visitor.effort();
  await page.getByRole('link', { name: 'Book a visit' }).tap();
  await page.getByRole('link', { name: /Consultation/ }).waitFor();
  await fits(page, 'services');
  await page.getByRole('link', { name: /Consultation/ }).tap();
  await page.getByText('Berlin time').waitFor();
  await fits(page, 'free times');
  await page
    .getByRole('button', { name: /^11:00/ })
    .nth(1)
    .tap();
  await page.getByText('Is this right?').waitFor();
  await fits(page, 'check');
  await page.getByRole('button', { name: 'Book', exact: true }).tap();
  await page.getByText('Your visit is booked').waitFor();
  await atMost(visitor, 4, 'book');
  await fits(page, 'visits');

  await page.getByRole('link', { name: 'Home' }).first().tap();
  await page.getByText('Your next visit').waitFor();
  await fits(page, 'home with a visit');
  await visitor.effort();
  await page.getByRole('link', { name: 'Change' }).tap();
  await page
    .getByRole('button', { name: /^12:30/ })
    .first()
    .tap();
  await page.getByRole('button', { name: 'Take this time' }).tap();
  await page.getByText('Your visit has a new time').waitFor();
  await atMost(visitor, 3, 'move');

  await page.getByRole('link', { name: 'Record' }).tap();
  await page.getByText('a little above usual').waitFor();
  await fits(page, 'record');
  await page.getByRole('link', { name: 'Potassium' }).first().tap();
  await page.getByText('Usual for you:').waitFor();
  await fits(page, 'result');

  await page.goto(`${desk.url}/portal`);
  await page.getByRole('link', { name: 'Pay €45.50' }).waitFor();
  await visitor.effort();
  await page.getByRole('link', { name: 'Pay €45.50' }).tap();
  await page.getByRole('button', { name: 'Pay €45.50' }).waitFor();
  await fits(page, 'bill');
  await page.getByRole('button', { name: 'Pay €45.50' }).tap();
  await page.getByText('simulated payment page').waitFor();
  await page.getByRole('button', { name: 'Pay €45.50' }).tap();
  await page.getByText('Thank you. Your payment has arrived.').waitFor();
  await atMost(visitor, 3, 'pay');
  await fits(page, 'paid');
  await page.evaluate(() => {
    const asked = Object.assign(window, { prints: 0 });
    window.print = () => (asked.prints += 1);
  });
  const print = page.getByRole('button', { name: 'Print bill and receipts' });
  await desk.db.query(sql.unsafe`revoke insert on core.audit from patient`);
  try {
    await print.tap();
    await page.getByRole('alert').filter({ hasText: 'Nothing was printed' }).waitFor();
  } finally {
    await desk.db.query(sql.unsafe`grant insert on core.audit to patient`);
  }
  assert.is(await page.evaluate(() => (window as unknown as { prints: number }).prints), 0);
  const noted = page.waitForResponse((answer) => answer.url().endsWith('/api/portal/prints'));
  await print.tap();
  assert.is((await noted).status(), 204);
  await page.waitForFunction(() => (window as unknown as { prints: number }).prints === 1);
  assert.is((await desk.cashier.get(`/api/invoices/${bill.id}`)).body.status, 'balanced');

  await page.goto(`${desk.url}/portal/record/looks`);
  await page.getByText('Nurse, Nurse').first().waitFor();
  await fits(page, 'who looked');
  await desk.db.query(sql.unsafe`
    insert into core.audit (at, actor_kind, action, route, patient_ids, outcome, request_id)
    select clock_timestamp() - make_interval(hours => n), 'service', 'R', 'lab-adapter', array[${person.patientId}::uuid], 0, 'x' from generate_series(1, 70) n
  `);
  await page.reload();
  await page.getByText('The hospital’s own system').first().waitFor();
  const lines = page.getByRole('main').getByRole('listitem');
  const before = await lines.count();
  await page.getByRole('button', { name: 'Show earlier ones' }).tap();
  await page.getByRole('button', { name: 'Show earlier ones' }).waitFor({ state: 'detached' });
  assert.ok((await lines.count()) > 70 && before === 50, `${before}`);
  await fits(page, 'all who looked');
  for (const path of ['messages', 'profile', 'bills']) {
    await page.goto(`${desk.url}/portal/${path}`);
    await page.locator('h1').waitFor();
    await fits(page, path);
  }
});

test('reception invites; whoever has the code sets a password and is in', async (at) => {
  const { desk } = at;
  const patientId = await desk.patient({ familyName: 'Moreno', givenName: 'Ines' });
  const clerk = await visit(at.browser, desk.url, 'receptionist', `/patients/${patientId}`);
  at.visitors.push(clerk);
  const section = clerk.page.locator('#portal');
  await section.getByRole('button', { name: 'Invite' }).click();
  await clerk.page.getByRole('button', { name: 'Make invitation' }).click();
  const code = await clerk.page.locator('.code').innerText();
  assert.equal(await axe(clerk.page), [], 'slip');
  await clerk.page.getByRole('button', { name: 'Done' }).click();
  await section.getByText(/invited until/).waitFor();
  assert.equal(await axe(clerk.page), [], 'patient page');

  const guest = await arrive(at.browser, phone);
  at.visitors.push(guest);
  const { page } = guest;
  await page.goto(`${desk.url}/portal/invitation`);
  await page.locator('#code').waitFor();
  await fits(page, 'invitation');
  await page.fill('#code', code);
  await page.fill('#birthDate', '02-01-1980');
  await page.getByRole('button', { name: 'Continue' }).tap();
  await page.getByText(/do not belong together/).waitFor();
  await fits(page, 'refused');
  const [year, month, day] = birthDate.split('-');
  await page.fill('#birthDate', `${day}-${month}-${year}`);
  await page.getByRole('button', { name: 'Continue' }).tap();
  await page.getByText('Welcome, Ines Moreno').waitFor();
  await page.fill('#username', 'ines.moreno');
  await page.fill('#password', secret);
  await page.fill('#again', secret);
  await fits(page, 'password');
  await page.getByRole('button', { name: 'Set password and enter' }).tap();
  await page.waitForURL(`${desk.url}/portal`);
  await page.getByText(/Good (morning|afternoon|evening), Ines/).waitFor();
  // Nothing of the house is reachable from here, and nothing of it shows.
  await page.goto(`${desk.url}/today`);
  await page.waitForURL(`${desk.url}/portal`);
  await page.locator('h1').waitFor();
  assert.is(await page.locator('.find, .nav').count(), 0);
});

test('a parent changes to the child and back; another window follows', async (at) => {
  const { desk } = at;
  const parent = await desk.enrolled();
  const childId = await desk.patient({ givenName: 'Leo' });
  await desk.enrolled({ patientId: childId, role: 'parent', username: parent.username });
  const { page } = await enter(at, parent, { ...phone, locale: 'ar', theme: 'dark' });
  await fits(page, 'home in Arabic');
  await page.goto(`${desk.url}/portal/profile`);
  await page.locator('h1').waitFor();
  await fits(page, 'profile in Arabic');
  const second = await page.context().newPage();
  await second.goto(`${desk.url}/portal`);
  await second.locator('h1').waitFor();
  await page.getByRole('button', { name: /Leo/ }).tap();
  await page.waitForURL(`${desk.url}/portal`);
  await page.locator('.who').waitFor();
  await fits(page, "the child's home");
  // What the other window shows is over: it changes as a whole, never in part.
  await second.waitForTimeout(1100);
  await second
    .getByRole('link')
    .filter({ hasText: /الزيارات/ })
    .click();
  await second.locator('.who').waitFor();
});

test('on a wide screen nothing is lost, and a visit is cancelled with its reason', async (at) => {
  const { desk } = at;
  const person = await desk.enrolled();
  const [slot] = (await person.get(`/api/portal/slots?serviceId=${desk.service}&from=2026-03-09T08:00:00Z`)).body.items;
  const { body } = await person.post('/api/portal/visits', {
    serviceId: desk.service,
    practitionerId: slot.practitionerId,
    startsAt: slot.start,
    endsAt: slot.end,
  });
  const { page } = await enter(at, person, { width: 1366, height: 768 });
  await page.goto(`${desk.url}/portal/visits/${body.id}`);
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Add to calendar' }).click(),
  ]);
  assert.is(file.suggestedFilename(), 'appointment.ics');
  await fits(page, 'a visit');
  await page.getByRole('button', { name: 'Cancel visit' }).click();
  await page.getByRole('button', { name: 'Cancel the visit' }).click();
  await page.getByText('There is a problem').waitFor();
  await fits(page, 'cancel with an error');
  await page.fill('#reason', 'I feel better');
  await page.getByRole('button', { name: 'Cancel the visit' }).click();
  await page.getByText('Your visit is cancelled').waitFor();
  await fits(page, 'visits, wide');
  assert.is((await desk.clerk.get(`/api/appointments/${body.id}`)).body.status, 'cancelled');
});
test.run();
