import type { Browser, Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startPayer, type Payer } from '../../scripts/payer-simulator.ts';
import { act, startOffice, type Office } from '../insurance/office.ts';
import { axe, openBrowser, overflow, visit, type Visitor } from './browser.ts';

interface At {
  payer: Payer;
  office: Office;
  browser: Browser;
  desk: Visitor;
  page: Page;
}
const test = suite<At>('claims');

test.before(async (at) => {
  at.payer = await startPayer({
    port: 0,
    rules: { deniedCodes: ['AMOX'] },
    today: () => new Date('2026-03-02T08:00:00Z'),
  });
  at.office = await startOffice(['insurance-adapter'], { OPENWARD_PAYER_URL: at.payer.url });
  at.browser = await openBrowser();
});
test.before.each(async (at) => {
  at.desk = await visit(at.browser, at.office.url, 'cashier', '/claims');
  at.page = at.desk.page;
  await at.page.getByRole('heading', { name: 'Claims' }).waitFor();
});
test.after.each(async ({ desk }) => {
  await desk.context.close();
  assert.equal(desk.complaints, []);
});
test.after(async ({ browser, office, payer }) => {
  await browser?.close();
  await office?.stop();
  await payer?.stop();
});

/** A claim that went out while the payer's system is away: its letter comes first. */
const posted = async (office: Office, familyName: string, number: string) => {
  const invoice = await office.invoiced(await office.insured({ familyName }, number), { tablets: 20 });
  const claim = await office.claimOf(invoice.id);
  const sent = await office.cashier.post(`/api/claims/${claim.id}/submit`, {}, act(claim.version));
  assert.is(sent.status, 200, JSON.stringify(sent.body));
  return sent.body;
};

/** As a payer's letter says it: the consultation paid, the tablets denied. */
const denied = async (office: Office) => {
  const invoice = await office.invoiced(await office.insured({ familyName: 'Denby' }, 'KV-310000'), { tablets: 20 });
  const claim = await office.claimOf(invoice.id);
  const sent = await office.cashier.post(`/api/claims/${claim.id}/submit`, {}, act(claim.version));
  const answer = {
    outcome: 'partial',
    payerReference: 'P-77',
    lines: claim.lines.map((line: { sequence: number; code: string; submittedMinor: number }) =>
      line.code === 'AMOX'
        ? { sequence: line.sequence, benefitMinor: 0, deniedMinor: line.submittedMinor, reason: 'diagnosis' }
        : { sequence: line.sequence, benefitMinor: 8100, copayMinor: 1000, coinsuranceMinor: 900 },
    ),
  };
  // What goes out meanwhile changes the claim as well: then its letter is read again.
  for (let tries = 0; ; tries++) {
    await office.settle();
    const now = await office.claimOf(invoice.id);
    const told = await office.cashier.post(`/api/claims/${sent.body.id}/answers`, answer, act(now.version));
    if (told.status === 412 && tries < 5) continue;
    assert.is(told.status, 201, JSON.stringify(told.body));
    return told.body;
  }
};

test('a ready claim is sent from the list with one click', async ({ page, office }) => {
  const invoice = await office.invoiced(await office.insured({ familyName: 'Readman' }, 'KV-300012'));
  const claim = await office.claimOf(invoice.id);
  await page.goto(`${office.url}/claims?view=ready`);
  await page.getByRole('button', { name: `Send to payer, claim ${claim.number}` }).waitFor();
  assert.equal(await axe(page), []);
  await page.getByRole('button', { name: `Send to payer, claim ${claim.number}` }).click();
  await page.getByText(`Claim ${claim.number} sent`).waitFor();
  await page.getByText('Nothing waits here.').waitFor();
  assert.is.not((await office.claimOf(invoice.id)).workflow, 'ready');
});

test('a denied line is on the list with its next step, and is decided on the claim', async ({ page, office }) => {
  const claim = await denied(office);
  await page.goto(`${office.url}/claims?view=denied`);
  const step = page.getByRole('link', { name: `Correct and send again, claim ${claim.number}` });
  await step.waitFor();
  assert.equal(await axe(page), []);
  await step.click();
  await page.getByText('Diagnosis does not support the service').waitFor();
  assert.equal(await axe(page), []);
  await page.getByRole('button', { name: /^Decide/ }).click();
  await page.selectOption('#action', 'write-off');
  await page.getByRole('dialog').getByRole('button', { name: 'Decide' }).click();
  await page.getByRole('link', { name: 'A write-off needs a reason' }).waitFor();
  assert.equal(await axe(page), []);
  await page.fill('#reason', 'Below the cost of asking again');
  await page.getByRole('dialog').getByRole('button', { name: 'Decide' }).click();
  await page.getByText('Decided here').waitFor();
  const { body } = await office.cashier.get(`/api/claims/${claim.id}`);
  assert.equal([body.lines[1].state, body.decisions[0].action], ['resolved', 'write-off']);
});

test('reception records insurance and hears from the payer whether it is in force', async ({ browser, office }) => {
  const patientId = await office.patient({ familyName: 'Newly' });
  const { page, context, complaints } = await visit(browser, office.url, 'receptionist', `/patients/${patientId}`);
  const card = page.locator('#coverages');
  await card.getByRole('button', { name: 'Add' }).click();
  await page.getByRole('dialog').waitFor();
  assert.equal(await axe(page), []);
  await page.selectOption('#planId', { label: 'Kasse Vier · Standard' });
  await page.fill('#subscriberId', 'KV-300001');
  await page.getByRole('button', { name: 'Save insurance' }).click();
  await card.getByText('Not checked').waitFor();
  await card.getByRole('button', { name: 'Check now' }).click();
  await card.getByText(/^In force, checked/).waitFor();
  assert.equal(await axe(page), []);
  await context.close();
  assert.equal(complaints, []);
});

test('the invoice says who pays what; on a phone nothing is wider than the screen', async ({ page, office }) => {
  const invoice = await office.invoiced(await office.insured({ familyName: 'Sharer' }, 'KV-300022'), { tablets: 5 });
  await page.goto(`${office.url}/invoices/${invoice.id}`);
  await page.getByText('Who pays what').first().waitFor();
  await page.getByText('Copay: €10.00').waitFor();
  assert.equal(await axe(page), []);
  await page.setViewportSize({ width: 390, height: 844 });
  for (const path of [`/invoices/${invoice.id}`, '/claims?view=all', '/claims?view=ready']) {
    await page.goto(`${office.url}${path}`);
    await page.locator('table').first().waitFor();
    assert.is(await overflow(page), 0, path);
  }
});

test('a letter is entered line by line, then the money that came for it', async ({ page, office, payer }) => {
  payer.away(true);
  const claim = await posted(office, 'Lettermann', 'KV-310044');
  await page.goto(`${office.url}/claims/${claim.id}`);
  await page.getByRole('button', { name: 'Enter payer’s answer' }).click();
  await page.getByRole('dialog').waitFor();
  // As the plan expects it already; the payer pays a euro less and says nothing more.
  await page.waitForFunction(() => document.querySelector<HTMLInputElement>('#benefit-1')?.value === '81.00');
  assert.equal(await axe(page), []);
  await page.fill('#benefit-1', '80');
  await page.getByRole('button', { name: 'Save answer' }).click();
  await page.getByRole('link', { name: 'Enter the payer’s number of this claim' }).waitFor();
  await page.getByRole('link', { name: 'Line 1: choose why it is denied' }).waitFor();
  assert.equal(await axe(page), []);
  await page.fill('#payerReference', 'L-44');
  await page.selectOption('#reason-1', 'above-agreed');
  await page.getByRole('button', { name: 'Save answer' }).click();
  await page.getByText('€1.00', { exact: true }).first().waitFor();
  const { body: told } = await office.cashier.get(`/api/claims/${claim.id}`);
  assert.equal([told.workflow, told.deniedMinor, told.payerReference], ['adjudicated', 100, 'L-44']);
  await office.cashier.post(
    `/api/claims/${claim.id}/lines/1/decide`,
    { action: 'write-off', reason: 'Agreed price' },
    act(told.version),
  );

  await page.goto(`${office.url}/claims/remittances`);
  await page.getByRole('heading', { name: 'Payers’ payments' }).waitFor();
  assert.equal(await axe(page), []);
  await page.getByRole('link', { name: 'Enter a payment' }).click();
  await page.getByRole('button', { name: 'Post payment' }).click();
  await page.getByRole('link', { name: 'Add the claims that are paid' }).waitFor();
  assert.equal(await axe(page), []);
  await page.selectOption('#payerId', { label: 'Kasse Vier' });
  await page.fill('#reference', 'ADVICE-44');
  await page.fill('#amount', '99,50');
  // By keys: the payer's number, the claim that it means, its amount as promised.
  await page.locator('#claim').pressSequentially('L-44');
  await page.getByRole('option', { name: claim.number }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.getByText('€98.00 promised').waitFor();
  await page.getByText('Amount and lines differ by €1.50').first().waitFor();
  await page.getByRole('button', { name: 'Post payment' }).click();
  await page.getByRole('link', { name: 'Amount and lines differ by €1.50' }).waitFor();
  await page.getByLabel(`Amount for ${claim.number}`).fill('99.50');
  await page.getByText('€1.50 more than promised; kept as credit').waitFor();
  assert.equal(await axe(page), []);
  await page.setViewportSize({ width: 390, height: 844 });
  assert.is(await overflow(page), 0, 'on a phone');
  await page.getByRole('button', { name: 'Post payment' }).click();
  await page.getByText('€1.50 not applied').waitFor();
  assert.is(await overflow(page), 0, 'on a phone');
  assert.is((await office.cashier.get(`/api/claims/${claim.id}`)).body.workflow, 'closed');
  payer.away(false);
  await page.getByRole('button', { name: 'Look at ADVICE-44 of Kasse Vier' }).click();
  await page.getByRole('dialog').getByRole('link', { name: claim.number }).first().waitFor();
  assert.equal(await axe(page), []);
});

test('the administrator adds a payer and a plan with its rules, and closes it', async ({ browser, office }) => {
  const { page, context, complaints } = await visit(browser, office.url, 'admin', '/payers');
  await page.getByRole('heading', { name: 'Kasse Vier' }).waitFor();
  assert.equal(await axe(page), []);
  await page.getByRole('button', { name: 'Add payer' }).click();
  await page.fill('#code', 'lower');
  await page.fill('#subscriberPattern', 'KF-[0-9');
  await page.getByRole('button', { name: 'Save payer' }).click();
  await page.getByRole('link', { name: '2 to 20 capital letters, digits or dashes' }).waitFor();
  await page.getByRole('link', { name: 'This pattern cannot be read. Check its brackets.' }).waitFor();
  assert.equal(await axe(page), []);
  await page.fill('#code', 'KV');
  await page.fill('#name', 'Kasse Fünf');
  await page.fill('#subscriberPattern', 'KF-[0-9]{4}');
  await page.fill('#filingDays', '60');
  await page.keyboard.press('Enter');
  await page.getByText('There is a payer with this code already.').waitFor();
  await page.fill('#code', 'KF');
  await page.keyboard.press('Enter');
  const card = page.getByRole('region', { name: 'Kasse Fünf' });
  await card.getByText('File within 60 days').waitFor();
  await card.getByText('No plan yet.').waitFor();

  await card.getByRole('button', { name: 'Add plan to Kasse Fünf' }).click();
  await page.fill('#name', 'Gold');
  await page.fill('#copay', '12,50');
  await page.fill('#percent', '7.5');
  await page.locator('#codes').pressSequentially('vitamin');
  await page.getByRole('option', { name: 'Vitamin C' }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.getByLabel('Rule for VITAMIN', { exact: true }).selectOption('authorisation');
  assert.equal(await axe(page), []);
  await page.getByRole('button', { name: 'Save plan' }).click();
  await card.getByText('1 with authorisation').waitFor();
  await card.getByText('7.5%').waitFor();
  const { items } = (await office.admin.get('/api/payers')).body;
  const made = items.find(({ code }: { code: string }) => code === 'KF');
  assert.equal([made.plans[0].copayMinor, made.plans[0].coinsuranceRate], [1250, '0.0750']);

  await card.getByRole('button', { name: 'Change Kasse Fünf' }).click();
  await page.getByLabel('May be chosen for new insurance').uncheck();
  await page.getByRole('button', { name: 'Save payer' }).click();
  await card.getByText('Not in use').waitFor();
  await page.setViewportSize({ width: 390, height: 844 });
  assert.is(await overflow(page), 0);
  await context.close();
  assert.equal(complaints, []);
});

test('the administrator sees the connection and its messages', async ({ browser, office }) => {
  const { page, context, complaints } = await visit(browser, office.url, 'admin', '/payer-connection');
  await page.getByText(/^Sends to 127\.0\.0\.1/).waitFor();
  assert.equal(await axe(page), []);
  await context.close();
  assert.equal(complaints, []);
});

test.run();
