import type { Browser, Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { etag, startWard, type Ward } from '../ehr/ward.ts';
import { axe, openBrowser, overflow, visit, type Visitor } from './browser.ts';

interface At {
  ward: Ward;
  browser: Browser;
  desk: Visitor;
  page: Page;
}
const test = suite<At>('visit: my day, note, diagnoses, prescriptions, vital signs');

test.before(async (at) => {
  at.ward = await startWard(['pharmacy', 'billing']);
  at.browser = await openBrowser();
});
test.before.each(async (at) => {
  at.desk = await visit(at.browser, at.ward.url, 'doctor', '/my-day');
  at.page = at.desk.page;
  await at.page.getByRole('heading', { name: 'My day' }).waitFor();
});
test.after.each(async ({ desk }) => {
  await desk.context.close();
  assert.equal(desk.complaints, []);
});
test.after(async ({ browser, ward }) => {
  await browser?.close();
  await ward?.stop();
});

/** Somebody who waits; `open` begins the visit and opens its page. */
async function arrived({ ward, page }: At, familyName: string) {
  const patientId = await ward.patient({ familyName });
  const { body } = await ward.walkIn(patientId);
  const id = body.id as string;
  const open = async () => {
    await ward.doctor.post(`/api/encounters/${id}/start`, {}, etag(body.version));
    await page.goto(`${ward.url}/visits/${id}`);
    await page.locator('#note-findings').waitFor();
  };
  const note = async () => (await ward.doctor.get(`/api/encounters/${id}/note`)).body;
  return { id, patientId, open, note };
}
const saved = (page: Page) => page.locator('.state', { hasText: /^saved (just now|\d+ s ago)$/ }).waitFor();
/** Somewhere that no letter is typed into. */
const outside = (page: Page) => page.getByRole('heading', { name: 'Visit note' }).click();

test('a visit is started with one click', async (at) => {
  const { desk, page } = at;
  await arrived(at, 'Abara');
  await page.reload();
  const start = page.getByRole('button', { name: /^Start visit: ABARA/ });
  await start.waitFor();
  assert.equal(await axe(page), []);
  await desk.effort();
  await start.click();
  await page.waitForURL(/\/visits\//);
  await page.getByText('in progress').first().waitFor();
  assert.is((await desk.effort()).clicks, 1);
});

test('what is typed is at the server two seconds later and there again after a reload', async (at) => {
  const { page } = at;
  const { open, note } = await arrived(at, 'Bekele');
  await open();
  assert.is(await page.inputValue('#note-reason'), 'Palpitations', 'the reason of the visit is proposed');
  const sent = page.waitForRequest((request) => request.method() === 'PUT' && request.url().endsWith('/note'));
  await page.locator('#note-findings').pressSequentially('Regular pulse, no murmur.');
  const typed = Date.now();
  await sent;
  assert.ok(Date.now() - typed < 2000, `${Date.now() - typed} ms until it was sent`);
  await saved(page);
  assert.is((await note()).findings, 'Regular pulse, no murmur.');
  await page.reload();
  await page.locator('#note-findings').waitFor();
  assert.is(await page.inputValue('#note-findings'), 'Regular pulse, no murmur.');
  // Closed between the last key and the saving: it waited on the device.
  await page.locator('#note-plan').pressSequentially('ECG');
  await page.waitForTimeout(150);
  await page.reload();
  await page.waitForFunction(() => document.querySelector<HTMLTextAreaElement>('#note-plan')?.value === 'ECG');
  await saved(page);
  assert.is((await note()).plan, 'ECG');
  assert.equal(await axe(page), []);
  assert.is(await overflow(page), 0);
});

test('without an answer the note is kept and sent when there is one', async (at) => {
  const { page, desk } = at;
  const { open, note } = await arrived(at, 'Costa');
  await open();
  await page.route('**/note', (route) => route.abort());
  await page.locator('#note-findings').pressSequentially('Typed without a network.');
  await page
    .getByText(/^Not sent: kept on this device/)
    .first()
    .waitFor();
  await page.unroute('**/note');
  await saved(page);
  assert.is((await note()).findings, 'Typed without a network.');
  desk.complaints.length = 0;
});

test('d, a few letters and Enter record a diagnosis', async (at) => {
  const { page, desk } = at;
  await (await arrived(at, 'Dvorak')).open();
  await outside(page);
  await desk.effort();
  await page.keyboard.press('d');
  await page.locator('#diagnosis:focus').waitFor();
  await page.keyboard.type('J02.9');
  await page.getByRole('option', { name: /J02\.9/ }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: /^Remove .*pharyngitis/i }).waitFor();
  const { keys, clicks } = await desk.effort();
  assert.ok(keys <= 8 && clicks === 0, `${keys} keys, ${clicks} clicks`);
});

test('whoever goes on while a diagnosis is being saved is not called back', async (at) => {
  const { page } = at;
  const { open } = await arrived(at, 'Quick');
  await open();
  const gone = Promise.withResolvers<void>();
  await page.route('**/api/conditions', async (route) => {
    await gone.promise;
    await route.continue();
  });
  await outside(page);
  await page.keyboard.press('d');
  await page.locator('#diagnosis:focus').waitFor();
  await page.keyboard.type('J02.9');
  await page.getByRole('option', { name: /J02\.9/ }).waitFor();
  await page.keyboard.press('Enter');
  await page.locator('#note-plan').click();
  await page.keyboard.type('Rest');
  gone.resolve();
  await page.locator('.chip', { hasText: 'J02.9' }).waitFor();
  await page.keyboard.type(' and fluids');
  assert.is(await page.locator('#note-plan').inputValue(), 'Rest and fluids');
});

test('a new prescription takes at most twenty keys', async (at) => {
  const { page, desk } = at;
  await (await arrived(at, 'Eriksen')).open();
  await outside(page);
  await desk.effort();
  await page.keyboard.press('o');
  await page.locator('#medicine:focus').waitFor();
  await page.keyboard.type('amlod 5');
  await page
    .getByRole('option', { name: /Amlodipine 5 mg/ })
    .first()
    .waitFor();
  await page.keyboard.press('Enter');
  await page.locator('#dosage:focus').waitFor();
  await page.keyboard.type('1-0-0');
  await page.keyboard.press('Tab');
  await page.keyboard.type('30');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: /^Withdraw Amlodipine 5 mg/ }).waitFor();
  const { keys, clicks } = await desk.effort();
  assert.ok(keys <= 20 && clicks === 0, `${keys} keys, ${clicks} clicks`);
});

test('an allergy stops a prescription: changing is the default, overriding needs a reason', async (at) => {
  const { page, ward } = at;
  const { open, patientId } = await arrived(at, 'Fischer');
  await ward.nurse.post('/api/allergies', { patientId, display: 'Penicillin', criticality: 'high' });
  await open();
  const prescribe = async () => {
    await outside(page);
    await page.keyboard.press('o');
    await page.locator('#medicine:focus').waitFor();
    await page.keyboard.type('amoxicillin');
    await page.getByRole('option').first().waitFor();
    await page.keyboard.press('Enter');
    await page.locator('#dosage:focus').waitFor();
    await page.keyboard.type('1-1-1');
    await page.keyboard.press('Tab');
    await page.keyboard.type('21');
    await page.keyboard.press('Enter');
  };
  await prescribe();
  const alert = page.getByRole('alertdialog', { name: /FISCHER/ });
  await alert.getByText(/Allergy to penicillin/i).waitFor();
  await alert.getByRole('button', { name: 'Change the medicine' }).and(page.locator(':focus')).waitFor();
  assert.equal(await axe(page), []);
  await page.keyboard.press('Enter');
  await page.locator('#medicine:focus').waitFor();
  assert.is(await page.inputValue('#dosage'), '1-1-1', 'what else was typed is kept');
  await page.getByRole('button', { name: 'Cancel' }).click();

  await prescribe();
  await alert.getByRole('button', { name: 'Prescribe all the same' }).click();
  await alert.getByText('Give a reason, or change the medicine').waitFor();
  await page.keyboard.type('Tolerated in 2024');
  await page.keyboard.press('Enter');
  await page.getByText('despite allergy').waitFor();
});

test('vital signs take at most thirty keys; what cannot be is explained', async (at) => {
  const { page, desk } = at;
  await (await arrived(at, 'Gupta')).open();
  await outside(page);
  await desk.effort();
  await page.keyboard.press('v');
  await page.locator('#vitals-pressure:focus').waitFor();
  for (const [index, value] of ['152/94', '78', '36.7', '16', '97', '81.4', '2'].entries()) {
    if (index > 0) await page.keyboard.press('Tab');
    await page.keyboard.type(value);
  }
  await page.keyboard.press('Enter');
  await page.locator('#vitals').getByText('152/94').waitFor();
  const { keys, clicks } = await desk.effort();
  assert.ok(keys <= 30 && clicks === 0, `${keys} keys, ${clicks} clicks`);

  await page.keyboard.press('v');
  await page.getByText('last 152/94').waitFor();
  await page.fill('#vitals-temperature', '367');
  await page.keyboard.press('Enter');
  await page.locator('#vitals-temperature[aria-invalid=true]:focus').waitFor();
  assert.match(await page.locator('#wrong-temperature').innerText(), /Temperature: .*°?C/);
  assert.equal(await axe(page), []);
});

test('two versions of a note stand side by side, and neither is lost', async (at) => {
  const { page, ward } = at;
  const { id, open, note } = await arrived(at, 'Haddad');
  await open();
  await page.locator('#note-findings').pressSequentially('Mine.');
  await saved(page);
  const { version } = await note();
  const theirs = { reason: 'Palpitations', findings: 'Theirs.', plan: '' };
  assert.is((await ward.doctor.put(`/api/encounters/${id}/note`, theirs, etag(version))).status, 200);
  await page.locator('#note-findings').press('End');
  await page.keyboard.type(' More of mine.');
  await page.getByRole('button', { name: 'Keep both' }).waitFor();
  const words = await page.getByRole('alert').innerText();
  assert.match(words, /Mine\. More of mine\./);
  assert.match(words, /Theirs\./);
  assert.equal(await axe(page), []);
  await page.getByRole('button', { name: 'Keep both' }).click();
  await saved(page);
  assert.is((await note()).findings, 'Theirs.\nMine. More of mine.');
});

test('Ctrl+Enter signs; finishing says what comes next', async (at) => {
  const { page, ward } = at;
  const { open, note } = await arrived(at, 'Ivanova');
  await arrived(at, 'Waiting');
  await open();
  await page.locator('#note-findings').fill('Well.');
  await page.keyboard.press('Control+Enter');
  await page.getByText(/^Signed by/).waitFor();
  assert.is((await note()).status, 'final');
  await page.getByRole('button', { name: 'Finish visit' }).click();
  await page.getByText('The bill is ready at the till.').waitFor();
  await page.getByRole('link', { name: /^Next: .*, waiting/ }).waitFor();
  assert.equal(await axe(page), []);
  await ward.settle();
});

test('an unsigned note is asked about before the end', async (at) => {
  const { page } = at;
  await (await arrived(at, 'Jansen')).open();
  await page.locator('#note-findings').fill('Not signed.');
  await page.getByRole('button', { name: 'Finish visit' }).click();
  const dialog = page.getByRole('dialog', { name: /JANSEN/ });
  await dialog.waitFor();
  assert.equal(await axe(page), []);
  await dialog.getByRole('button', { name: 'Sign and finish' }).click();
  await page.getByText('The bill is ready at the till.').waitFor();
});

test('on a phone the note covers the record', async (at) => {
  const { page } = at;
  const { open } = await arrived(at, 'Keller');
  await page.setViewportSize({ width: 390, height: 844 });
  await open();
  assert.is(await page.locator('#vitals').isVisible(), false);
  assert.is(await overflow(page), 0);
  await page.getByRole('button', { name: 'Record', exact: true }).click();
  await page.locator('#vitals').waitFor();
  assert.is(await page.locator('#note-findings').isVisible(), false);
  assert.is(await overflow(page), 0);
  assert.equal(await axe(page), []);
});

test.run();
