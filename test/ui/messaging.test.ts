import type { Browser } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startHouse, type House } from '../messaging/house.ts';
import { axe, openBrowser, overflow, visit, type Look, type Visitor } from './browser.ts';

interface At {
  house: House;
  browser: Browser;
}
const test = suite<At>('messages on screens');
test.before(async (at) => {
  at.house = await startHouse(['ehr']);
  at.browser = await openBrowser();
});
test.after(async ({ browser, house }) => {
  await browser?.close();
  await house?.stop();
});

const as = async (
  { browser, house }: At,
  role: string,
  path: string,
  work: (visitor: Visitor) => Promise<void>,
  look?: Look,
) => {
  const visitor = await visit(browser, house.url, role, path, look);
  try {
    await work(visitor);
    assert.equal(visitor.complaints, []);
  } finally {
    await visitor.context.close();
  }
};

test('what a patient agrees to is recorded on their page, and what waits for them stands there', async (at) => {
  const { house } = at;
  const patient = await house.patient('Asked');
  await house.book(patient, '2026-03-10T09:00:00Z');
  await as(at, 'receptionist', `/patients/${patient}`, async ({ page }) => {
    await page.getByText('Not asked yet').waitFor();
    await page.getByRole('button', { name: 'Record consent' }).click();
    await page.getByRole('heading', { name: /^Messages to ASKED/ }).waitFor();
    assert.equal(await axe(page), []);
    await page.locator('input[name=sms]').check();
    await page.getByLabel('Invoices').uncheck();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Agreed to: SMS').waitFor();
    await house.settle();
    await page.locator('#messages li').nth(1).waitFor();
    assert.equal(await page.locator('#messages li .link').allTextContents(), ['Reminder', 'Reminder']);
    assert.equal(await axe(page), []);
  });
  const { body } = await house.clerk.get(`/api/patients/${patient}/message-preference`);
  assert.equal([body.sms, body.email, body.declined], [true, false, ['invoices']]);
});

test('a message is read as the patient reads it, withdrawn while it waits, sent again when it failed', async (at) => {
  const { house } = at;
  const patient = await house.agreed({ email: false, language: 'ar' });
  await house.book(patient, '2026-03-11T09:00:00Z');
  house.gateway.answer = (_sms, response) => Boolean(response.writeHead(422).end());
  await house.at('2026-03-02T08:10:00Z');
  house.gateway.answer = undefined;
  await as(at, 'receptionist', `/messages?patient=${patient}`, async ({ page }) => {
    await page
      .getByRole('button', { name: /^Look at Reminder/ })
      .first()
      .click();
    const words = page.locator('[lang="ar"] .text');
    await words.waitFor();
    assert.match((await words.textContent())!, 'تذكير');
    assert.is(await words.evaluate((it) => getComputedStyle(it).direction), 'rtl');
    assert.equal(await axe(page), []);
    await page.getByRole('button', { name: 'Withdraw', exact: true }).last().click();
    await page.getByText('The message was withdrawn').waitFor();
    await page.keyboard.press('Escape');

    await page.getByRole('button', { name: 'Not delivered' }).click();
    await page.getByText('Answer: http-422').waitFor();
    assert.equal(await axe(page), []);
    await page.getByRole('button', { name: /^Look at Appointment booked/ }).click();
    await page.getByRole('button', { name: 'Send again' }).click();
    await page.getByText('The message goes out again').waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('No message fits what was chosen.').waitFor();
  });
  await house.send();
  assert.is(house.gateway.taken.size, 1);
});

test('an administrator sets reminders and quiet hours; a wrong time is named beside its field', async (at) => {
  await as(at, 'admin', '/messages', async ({ page }) => {
    await page.getByRole('button', { name: 'Reminders and quiet hours' }).click();
    await page.fill('#quietFrom', '25:00');
    await page.fill('#hours', '24 3');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('link', { name: 'Enter a time such as 20:00' }).waitFor();
    assert.equal(await axe(page), []);
    await page.fill('#quietFrom', '21:30');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved', { exact: true }).waitFor();
  });
  const { body } = await at.house.admin.get('/api/messages/settings');
  assert.equal([body.reminderMinutes, body.quietFrom], [[1440, 180], '21:30']);
});

test('an alert is counted in the frame while one looks at something else, and leads to its page', async (at) => {
  const { house } = at;
  const patient = await house.patient('Pale');
  const nurse = await house.as('nurse');
  await as(at, 'doctor', '/my-day', async ({ page }) => {
    const bell = page.getByRole('button', { name: /^Alerts/ });
    await bell.waitFor();
    await page.waitForTimeout(500); // the line is open
    assert.is((await nurse.post('/api/vitals', { patientId: patient, oxygenSaturation: 60 })).status, 201);
    await page.getByRole('button', { name: 'Alerts: 1 waits' }).waitFor({ timeout: 3000 });
    await bell.click();
    await page.getByText('A vital sign is critical.').waitFor();
    assert.equal(await axe(page), []);
    await page.getByText('A vital sign is critical.').click();
    await page.waitForURL(`**/patients/${patient}`);
    await page.getByRole('button', { name: 'Alerts: 0 wait' }).waitFor();
  });
  assert.equal((await nurse.get('/api/alerts')).body.items, []);
});

test('on a phone, in the dark and in Arabic nothing is wider than the screen', async (at) => {
  const patient = await at.house.agreed();
  await at.house.book(patient, '2026-03-12T09:00:00Z');
  for (const look of [
    { width: 390, height: 844 },
    { width: 390, height: 844, theme: 'dark' as const, locale: 'ar' as const },
    { theme: 'dark' as const },
  ])
    await as(
      at,
      'receptionist',
      '/messages',
      async ({ page }) => {
        await page.locator('table .link').first().waitFor();
        assert.is(await overflow(page), 0);
        assert.equal(await axe(page), []);
      },
      look,
    );
});

test('the card of an appointment says whether the patient is reminded, and why not', async (at) => {
  const { house } = at;
  await house.book(await house.agreed(), '2026-03-20T09:00:00Z');
  await house.book(await house.patient('Unheard'), '2026-03-20T09:30:00Z');
  await house.settle();
  await as(at, 'receptionist', '/today?date=2026-03-20', async ({ page }) => {
    await page.getByRole('button', { name: /UNHEARD/ }).click();
    const card = page.getByRole('dialog');
    await card.getByText('No reminder: the patient has not agreed').waitFor();
    assert.equal(await axe(page), []);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: /SECRETNAME/ }).click();
    await card.getByText(/^Reminder goes out/).waitFor();
  });
});

test.run();
