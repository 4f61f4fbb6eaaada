import type { Browser, Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { sql } from '../../core/database.ts';
import { between, startHospital, tuesday, type Hospital } from '../scheduling/hospital.ts';
import { axe, openBrowser, overflow, visit, type Visitor } from './browser.ts';

interface At {
  browser: Browser;
  hospital: Hospital;
  visitors: Visitor[];
}
const test = suite<At>('hours and leave on the screen');
test.before(async (at) => {
  at.hospital = await startHospital();
  at.browser = await openBrowser();
  at.visitors = [];
  const { db, practitioners } = at.hospital;
  const user = await db.oneFirst(
    sql.type(z.strictObject({ id: z.uuid() }))`select id from auth."user" where username = 'doctor'`,
  );
  await db.query(sql.unsafe`update facility.practitioner set user_id = null where user_id = ${user}`);
  await db.query(sql.unsafe`update facility.practitioner set user_id = ${user} where id = ${practitioners[0]}`);
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

const arrive = async (at: At, role: string, path: string): Promise<Page> => {
  const visitor = await visit(at.browser, at.hospital.url, role, path);
  at.visitors.push(visitor);
  return visitor.page;
};
const fits = async (page: Page, where: string) => {
  for (const [width, height] of [
    [1366, 768],
    [390, 844],
  ] as const) {
    await page.setViewportSize({ width, height });
    // What lies half under the bar counts as too small.
    await page.getByRole('heading', { level: 1 }).scrollIntoViewIfNeeded();
    assert.equal(await axe(page), [], where);
    assert.is(await overflow(page), 0, where);
  }
  await page.setViewportSize({ width: 1366, height: 768 });
};

test('a doctor takes leave in at most four clicks; the booking in it moves as was proposed', async (at) => {
  const { hospital } = at;
  const booked = await hospital.clerk.post('/api/appointments', {
    patientId: await hospital.patient('Wanders'),
    practitionerId: hospital.practitioners[0],
    serviceId: hospital.service,
    ...tuesday('09:00'),
  });
  const page = await arrive(at, 'doctor', '/my-availability');
  await page.getByRole('heading', { name: 'Hours of the week' }).waitFor();
  await fits(page, 'my-availability');
  await page.getByLabel('First day').click();
  await page.keyboard.type('2026-03-03');
  await page.getByRole('button', { name: 'Take leave', exact: true }).click();
  await page.getByText('Booked in this time: 1.').waitFor();
  await fits(page, 'impact');
  await page.getByRole('button', { name: 'Apply all and take leave' }).click();
  await page.getByText('The leave is taken.').waitFor();
  await page.getByRole('button', { name: /^End the leave of/ }).waitFor();
  const { body } = await hospital.clerk.get(`/api/appointments/${booked.body.id}`);
  assert.is(body.startsAt, '2026-03-04T08:00:00Z');
  await page.getByRole('button', { name: /^End the leave of/ }).click();
  await page.getByText('No leave is planned.').waitFor();
});

test('a group in the leave is one item: it says how many come, and moves or is called off as a whole', async (at) => {
  const { hospital } = at;
  const open = async (startsAt: string) => {
    const group = { practitionerId: hospital.practitioners[0], serviceId: hospital.service, places: 5, note: 'Back school' }; // prettier-ignore
    const { body } = await hospital.clerk.post('/api/groups', { ...group, ...between(startsAt, 60) });
    const joined = await hospital.clerk.post(`/api/groups/${body.id}/participants`, {
      patientId: await hospital.patient('Together'),
    });
    assert.is(joined.status, 201, JSON.stringify(joined.body));
    return body.id as string;
  };
  const [moves, ends] = [await open('2026-03-17T09:00:00+01:00'), await open('2026-03-17T10:00:00+01:00')];
  const page = await arrive(at, 'doctor', '/my-availability');
  await page.getByLabel('First day').click();
  await page.keyboard.type('2026-03-17');
  await page.getByRole('button', { name: 'Take leave', exact: true }).click();
  await page.getByText('Booked in this time: 2.').waitFor();
  const items = page.getByRole('region', { name: 'Leave' }).getByRole('listitem');
  assert.is(await items.count(), 2);
  const item = items.first();
  await item.getByText('Back school').waitFor();
  await item.getByText('Taking part: 1').waitFor();
  assert.is(await page.getByText(/Together/i).count(), 0);
  const choices = items.getByLabel(/^What becomes of the appointment of Group: Consultation, /);
  assert.is(await choices.first().locator('option', { hasText: 'Keep' }).count(), 0);
  await choices.last().selectOption('cancel');
  await items
    .last()
    .getByLabel(/^Reason for Group: Consultation, /)
    .fill('Sick');
  await fits(page, 'impact on groups');
  await page.getByRole('button', { name: 'Apply all and take leave' }).click();
  await page.getByText('The leave is taken.').waitFor();
  const after = async (id: string) => (await hospital.clerk.get(`/api/groups/${id}`)).body;
  const [moved, ended] = [await after(moves), await after(ends)];
  assert.equal([moved.startsAt, moved.participants[0].startsAt], ['2026-03-18T08:00:00Z', '2026-03-18T08:00:00Z']);
  assert.equal([ended.status, ended.participants[0].cancellationReason], ['cancelled', 'Sick']);
});

test('the desk changes the hours of somebody and keeps the holidays', async (at) => {
  const { hospital } = at;
  const page = await arrive(at, 'receptionist', `/availability?practitioner=${hospital.practitioners[1]}`);
  await page.getByRole('button', { name: 'Add hours on Saturday' }).click();
  await page.getByLabel('Saturday, begin of hours 1').fill('10:00');
  await page.getByLabel('Saturday, hours 1 for some time only').check();
  const dates = page.getByRole('group', { name: 'Saturday, hours 1 for some time only' });
  await dates.getByLabel('Counts from').fill('7.3.2026');
  await dates.getByLabel('Counts until').fill('nonsense');
  await page.getByRole('button', { name: 'Save hours' }).click();
  await dates.getByLabel('Counts until').fill('28.3.2026');
  await page.getByLabel('Time zone of these hours').selectOption('Europe/Lisbon');
  await fits(page, 'hours for some time only');
  await page.getByRole('button', { name: 'Save hours' }).click();
  await page.getByText('The hours are saved.').waitFor();
  const { body } = await hospital.clerk.get(`/api/availability/${hospital.practitioners[1]}`);
  const saturday = body.windows.filter((it: { weekday: number }) => it.weekday === 6);
  assert.equal([body.windows.length, saturday[0].startTime, body.zone], [11, '10:00', 'Europe/Lisbon']);
  assert.equal([saturday[0].validFrom, saturday[0].validTo], ['2026-03-07', '2026-03-28']);
  await page.locator('#onDate').fill('2026-12-25');
  await page.locator('#holiday').fill('Christmas Day');
  await page.getByRole('button', { name: 'Add the holiday' }).click();
  await page.getByText('The holiday is added.').waitFor();
  await fits(page, 'availability');
});

test('a doctor makes a link for a calendar program, sees it once, and ends it', async (at) => {
  const { hospital } = at;
  const page = await arrive(at, 'doctor', '/my-availability');
  const card = page.getByRole('region', { name: 'Calendar feed' });
  await card.getByText('There is no link.').waitFor();
  await card.getByRole('button', { name: 'Make a link' }).click();
  await card.getByText('Copy the link now: it is shown only this once.').waitFor();
  const address = new URL((await card.locator('bdi').textContent())!);
  const open = () => hospital.anonymous.fetch(address.pathname);
  assert.match(await (await open()).text(), /^BEGIN:VCALENDAR/);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await card.getByRole('button', { name: /^Copy/ }).click();
  assert.is(await page.evaluate(() => navigator.clipboard.readText()), address.href);
  await page.getByText('The link is made').waitFor({ state: 'hidden' }); // it lies over the hours for a moment
  await fits(page, 'the new link');
  await page.reload();
  await card.getByText(/^There is a link since/).waitFor();
  assert.is(await card.locator('bdi').count(), 0, 'told once');
  await fits(page, 'the link');
  await card.getByRole('button', { name: 'End the link' }).click();
  await card.getByText('There is no link.').waitFor();
  assert.is((await open()).status, 404);
});

test('an administrator makes a link for somebody else, and lets initials out or not', async (at) => {
  const page = await arrive(at, 'admin', `/availability?practitioner=${at.hospital.practitioners[1]}`);
  const card = page.getByRole('region', { name: 'Calendar feed' });
  await card.getByText(/Dr Rossi/).waitFor();
  await card.getByRole('button', { name: 'Make a link' }).click();
  await card.getByText('Copy the link now: it is shown only this once.').waitFor();
  await page.getByRole('button', { name: 'Show initials' }).click();
  await page.getByRole('button', { name: 'Show no initials' }).waitFor();
  assert.is((await at.hospital.admin.get('/api/calendar-rules')).body.initials, true);
  await fits(page, 'availability with a link');
  await page.getByRole('button', { name: 'Show no initials' }).click();
  await page.getByRole('button', { name: 'Show initials' }).waitFor();
});
test.run();
