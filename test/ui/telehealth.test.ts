import type { Browser, Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { secret, startDesk, type Desk } from '../portal/desk.ts';
import { between } from '../scheduling/hospital.ts';
import { arrive, axe, openBrowser, overflow, visit } from './browser.ts';

const test = suite<{ desk: Desk; browser: Browser }>('visits by video, on both screens');
test.before(async (at) => {
  at.desk = await startDesk([], {
    OPENWARD_TELEHEALTH_URL: 'https://video.hospital.example/r/{room}',
    OPENWARD_TELEHEALTH_KEY: 'a-key-that-only-tests-know-0123456789',
  });
  at.browser = await openBrowser();
});
test.after(async ({ browser, desk }) => {
  await browser?.close();
  await desk?.stop();
});

/** Where the click leads, in a window of its own that knows nothing of where it came from. */
const roomOf = async (page: Page, click: () => Promise<void>): Promise<string> => {
  await page.context().route('https://video.hospital.example/**', (route) => route.fulfill({ body: 'A room' }));
  const [room] = await Promise.all([page.waitForEvent('popup'), click()]);
  await room.waitForURL(/^https:\/\/video\.hospital\.example\/r\//);
  assert.is(await room.evaluate(() => window.opener === null && document.referrer === ''), true);
  return room.url();
};

test('doctor, reception and patient come into the same room; before its time it is said when', async ({
  desk,
  browser,
}) => {
  const admin = await visit(browser, desk.url, 'admin', '/facility/services');
  await admin.page.getByRole('button', { name: 'Add a service' }).click();
  const form = admin.page.getByRole('dialog');
  await form.getByLabel('Name', { exact: true }).fill('Video consultation');
  await form.getByLabel('By video').check();
  await form.getByLabel('Length', { exact: true }).fill('30');
  await form.getByLabel('Charge code').fill('VIDEO');
  await form.getByRole('button', { name: 'Save' }).click();
  await form.waitFor({ state: 'detached' });
  await admin.context.close();
  assert.equal(admin.complaints, []);

  const { items } = (await desk.clerk.get('/api/services')).body;
  const serviceId = items.find(({ name }: { name: string }) => name === 'Video consultation').id;
  const person = await desk.enrolled();
  const { status, body } = await desk.clerk.post('/api/appointments', {
    patientId: person.patientId,
    practitionerId: desk.practitioner,
    serviceId,
    ...between('2026-03-02T10:00:00+01:00', 30),
  });
  assert.is(status, 201, JSON.stringify(body));

  const home = await arrive(browser, { width: 390, height: 844, touch: true });
  await home.page.goto(`${desk.url}/sign-in?to=/portal/visits/${body.id}`);
  await home.page.fill('#username', person.username);
  await home.page.fill('#password', secret);
  await home.page.keyboard.press('Enter');
  const join = home.page.getByRole('button', { name: 'Join by video' });
  await join.tap();
  await home.page.getByText(/open from a quarter of an hour before/).waitFor();
  assert.equal(await axe(home.page), []);
  assert.is(await overflow(home.page), 0);

  await desk.setClock('2026-03-02T08:50:00Z');
  const room = await roomOf(home.page, () => join.tap());
  const doctor = await visit(browser, desk.url, 'doctor', '/my-day');
  assert.equal(await axe(doctor.page), []);
  const atWork = await roomOf(doctor.page, () => doctor.page.getByRole('button', { name: /^Join/ }).click());
  const clerk = await visit(browser, desk.url, 'receptionist', '/today');
  await clerk.page.locator(`[data-key="visit ${body.id}"]`).click();
  await clerk.page.getByText('By video').waitFor();
  const atDesk = await roomOf(clerk.page, () => clerk.page.getByRole('button', { name: 'Join', exact: true }).click());
  assert.equal([atWork, atDesk], [room, room]);
  for (const { context, complaints } of [home, doctor, clerk]) {
    await context.close();
    assert.equal(complaints, []);
  }
});
test.run();
