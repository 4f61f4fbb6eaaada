import type { Browser, Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { barsOf, symbolsOf } from '../../ui/src/lib/laboratory/code128.ts';
import { startBench, type Bench } from '../laboratory/bench.ts';
import { axe, openBrowser, overflow, visit, type Visitor } from './browser.ts';

interface At {
  bench: Bench;
  browser: Browser;
  visitors: Visitor[];
}
const test = suite<At>('laboratory on the screen');
test.before(async (at) => {
  at.bench = await startBench();
  at.browser = await openBrowser();
  at.visitors = [];
});
test.after.each(async (at) => {
  for (const { context, complaints } of at.visitors.splice(0)) {
    await context.close();
    assert.equal(complaints, []);
  }
});
test.after(async ({ browser, bench }) => {
  await browser?.close();
  await bench?.stop();
});

const arrive = async (at: At, role: string, path: string, look = {}): Promise<Visitor> => {
  const visitor = await visit(at.browser, at.bench.url, role, path, look);
  at.visitors.push(visitor);
  return visitor;
};
const fits = async (page: Page, where: string) => {
  assert.equal(await axe(page), [], where);
  assert.is(await overflow(page), 0, where);
};
const openOrder = async (page: Page) => {
  await page.locator('body').press('l');
  await page.waitForFunction(() => document.activeElement?.id === 'lab-things');
};
const specimenRow = (page: Page, name: string) => page.getByRole('listitem').filter({ hasText: name });

test('a critical potassium from order to acknowledgement, by keys', async (at) => {
  const { bench } = at;
  const { patientId, encounterId } = await bench.visit({ familyName: 'Kalium', givenName: 'Karla' });

  // The doctor orders: l, type, Enter, type, Enter, Ctrl+Enter.
  const { page: doctor } = await arrive(at, 'doctor', `/visits/${encounterId}`);
  await doctor.getByRole('heading', { name: 'Laboratory', level: 3 }).waitFor();
  await openOrder(doctor);
  for (const words of ['electrolytes', 'crp']) {
    await doctor.keyboard.type(words);
    await doctor.getByRole('option').first().waitFor();
    await doctor.keyboard.press('ArrowDown');
    await doctor.keyboard.press('Enter');
  }
  await doctor.getByRole('list', { name: 'Chosen tests' }).getByText('C-reactive protein').waitFor();
  await fits(doctor, 'order form');
  await doctor.keyboard.press('Control+Enter');
  await doctor.getByText('Ordered: Electrolytes, C-reactive protein.').waitFor();
  const inVisit = doctor
    .getByRole('region', { name: 'Laboratory' })
    .or(doctor.locator('section[aria-labelledby=lab-orders]'));
  await inVisit.getByText('To collect').first().waitFor();

  // The same again is asked about, not refused for good.
  await openOrder(doctor);
  await doctor.keyboard.type('potassium');
  await doctor.getByRole('option').first().waitFor();
  await doctor.keyboard.press('ArrowDown');
  await doctor.keyboard.press('Enter');
  await doctor.keyboard.press('Control+Enter');
  await doctor.getByLabel('Why it is ordered again').waitFor();
  await doctor.getByRole('button', { name: 'Cancel', exact: true }).click();

  // The nurse prints the label and collects.
  const { page: nurse } = await arrive(at, 'nurse', '/laboratory');
  const row = specimenRow(nurse, 'KALIUM');
  await row.waitFor();
  await fits(nurse, 'to collect');
  await row.getByRole('link', { name: /^Label of L/ }).click();
  const label = nurse.getByRole('listitem').filter({ hasText: 'KALIUM, Karla' });
  await label.waitFor();
  await fits(nurse, 'label');
  await nurse.goBack();
  await specimenRow(nurse, 'KALIUM')
    .getByRole('button', { name: /^Collected/ })
    .click();
  await nurse.getByText('Nothing waits to be collected.').waitFor();

  // The laboratory receives it by its number, as a scanner types it, and enters with Enter.
  const { page: bench1, effort } = await arrive(at, 'labtech', '/laboratory?tab=receive');
  await specimenRow(bench1, 'KALIUM').waitFor();
  await fits(bench1, 'to receive');
  const [{ accession }] = (await bench.labtech.get('/api/laboratory/worklist?tab=receive')).body.items;
  await bench1.locator('body').press('l');
  await bench1.keyboard.type(accession);
  await bench1.keyboard.press('Enter');
  await bench1.getByText('Nothing is on its way to the laboratory.').waitFor();
  await bench1.getByRole('button', { name: /^Results/ }).click();
  await specimenRow(bench1, 'KALIUM').waitFor();
  await effort();
  await bench1.locator('body').press('j');
  await bench1.getByLabel('Sodium').waitFor();
  await bench1.waitForFunction(() => document.activeElement?.matches('[data-result]'));
  for (const value of ['139', '6,9', '104', '24']) {
    await bench1.keyboard.type(value);
    await bench1.keyboard.press('Enter');
  }
  await bench1.keyboard.type('12.5');
  await bench1.getByText('HH', { exact: true }).waitFor();
  await bench1.getByText(/Critical\. With the verification Dr Diallo/).waitFor();
  await fits(bench1, 'entry');
  await bench1.keyboard.press('Enter');
  await bench1.waitForFunction(() => document.activeElement?.textContent?.includes('Verify 5 results'));
  await bench1.keyboard.press('Enter');
  await bench1.getByText(/Results of KALIUM, Karla \(L\d+\) are verified/).waitFor();
  assert.is((await effort()).clicks, 0, 'not one click');

  // At once it stands over the doctor's page, and stays until the value is repeated.
  const bar = doctor.getByRole('alert').filter({ hasText: 'Critical result' });
  await bar.getByText('6.9').waitFor();
  await inVisit.getByText('Verified').first().waitFor();
  await fits(doctor, 'visit with results');
  await bar.getByRole('button', { name: /^Acknowledge critical Potassium/ }).click();
  await doctor.getByLabel('Repeat the value').fill('9.6');
  await doctor.keyboard.press('Enter');
  await doctor.getByText('What was read back is not the value').waitFor();
  await fits(doctor, 'acknowledge');
  await doctor.getByLabel('Repeat the value').fill('6.9');
  await doctor.keyboard.press('Enter');
  await doctor.getByText('Acknowledged.').waitFor();
  await bar.waitFor({ state: 'detached' });

  // The record has flag, range and, on asking, the trend.
  await doctor.goto(`${bench.url}/patients/${patientId}`);
  const section = doctor.locator('#laboratory');
  await section.getByRole('button', { name: 'Potassium' }).waitFor();
  await section.getByText('3.5–5.1').waitFor();
  await fits(doctor, 'record');
  await section.getByRole('button', { name: 'Potassium' }).click();
  await doctor
    .getByRole('dialog')
    .getByText(/Visible since/)
    .waitFor();
  await fits(doctor, 'trend');
});

test('a correction strikes the old value through, and on a phone everything fits', async (at) => {
  const { bench } = at;
  const own = await bench.visit({ familyName: 'Kreatin' });
  const result = await bench.measured(own, 'CREA', { '2160-0': '0.9' });
  const corrected = await bench.labtech.post(
    `/api/laboratory/results/${result.id}/correct`,
    { value: '1.9', reason: 'Dilution was not counted' },
    { 'if-match': `W/"${result.version}"` },
  );
  assert.is(corrected.status, 200);
  const look = { width: 390, height: 844 };
  const { page } = await arrive(at, 'doctor', `/patients/${own.patientId}`, look);
  const section = page.locator('#laboratory');
  await section.locator('s', { hasText: '0.90' }).waitFor();
  await section.getByText('Corrected').waitFor();
  await fits(page, 'record on a phone');
  await bench.order(own, ['HGB']);
  const { page: nurse } = await arrive(at, 'nurse', '/laboratory', { ...look, locale: 'ar', theme: 'dark' });
  await specimenRow(nurse, 'KREATIN').waitFor();
  await fits(nurse, 'to collect on a phone, in Arabic');
  const [, second] = await bench.toBench(
    await bench.order(own, ['CBC', 'CRP'], { again: true, againReason: 'Once more' }),
  );
  assert.ok(second);
  const { page: labtech } = await arrive(at, 'labtech', `/laboratory?tab=results&item=${second.id}`, look);
  await labtech.locator('[data-result]').first().waitFor();
  await fits(labtech, 'entry on a phone');
});

/** Reads bars as a scanner does: widths to symbols, check symbol, sets B and C. */
const decode = (bars: readonly { x: number; width: number }[], width: number): string => {
  const edges = bars.flatMap(({ x, width: wide }) => [x, x + wide]);
  const runs = edges.slice(1).map((edge, n) => edge - edges[n]!);
  const patterns = new Map(Array.from({ length: 106 }, (_, n) => [patternOf(n), n]));
  const symbols: number[] = [];
  for (let n = 0; n + 7 < runs.length; n += 6) symbols.push(patterns.get(runs.slice(n, n + 6).join('')) ?? -1);
  assert.is(runs.slice(-7).join(''), '2331112', 'stop');
  assert.is(edges.at(-1), width);
  const check = symbols.pop();
  assert.is(symbols.reduce((sum, symbol, n) => sum + symbol * Math.max(1, n), 0) % 103, check);
  let set = symbols.shift() === 105 ? 'C' : 'B';
  let text = '';
  for (const symbol of symbols) {
    if (symbol === 99 && set === 'B') set = 'C';
    else if (symbol === 100 && set === 'C') set = 'B';
    else text += set === 'C' ? String(symbol).padStart(2, '0') : String.fromCharCode(symbol + 32);
  }
  return text;
};
/** Six widths of a symbol, seen in a code whose first data symbol it is. */
const patternOf = (symbol: number): string => {
  const text = symbol < 95 ? String.fromCharCode(symbol + 32) : undefined;
  const { bars, width } = barsOf(text ?? 'x');
  const edges = bars.flatMap(({ x, width: wide }) => [x, x + wide]);
  const runs = edges.slice(1).map((edge, n) => edge - edges[n]!);
  if (text !== undefined && width > 0) return runs.slice(6, 12).join('');
  return spare.get(symbol) ?? '';
};
/** The symbols that no text of one letter shows, from the standard's table. */
const spare = new Map([
  [95, '114113'], [96, '114311'], [97, '411113'], [98, '411311'], [99, '113141'], [100, '114131'], [101, '311141'], [102, '411131'], [103, '211412'], [104, '211214'], [105, '211232'],
]); // prettier-ignore

test('the label’s bars read back as its number', () => {
  for (const text of ['L01000017', 'L12345674', 'OW-104-227-8', 'A', '1234', '12345', 'x9999y', '~ !'])
    assert.is(decode(...(Object.values(barsOf(text)) as [{ x: number; width: number }[], number])), text);
  assert.equal(symbolsOf('1234'), [105, 12, 34, (105 + 12 + 68) % 103, 106], 'digits go in pairs');
  assert.throws(() => barsOf('é'), /ASCII/);
});
test('ranges of a test are amended by sex and age; an overlap is said in words', async (at) => {
  const { bench } = at;
  const { page } = await arrive(at, 'admin', '/laboratory/catalogue');
  await page.getByRole('heading', { name: 'Haematology' }).waitFor();
  await fits(page, 'catalogue');
  await page.getByLabel('Find a test').fill('haemoglobin');
  await page.getByRole('heading', { name: 'Coagulation' }).waitFor({ state: 'detached' });
  await page.getByRole('link', { name: 'Haemoglobin', exact: true }).click();
  const row = (n: number) => page.locator('#ranges li').nth(n - 1);
  await row(1).waitFor();
  await fits(page, 'ranges');
  const rows = await page.locator('#ranges li').count();
  await page.getByRole('button', { name: 'Add a range' }).click();
  // By keys from the new row's sex on: female, 40 to 60 years, below 11 is low.
  await page.keyboard.press('f');
  await page.keyboard.press('Tab');
  await page.keyboard.type('40');
  await page.keyboard.press('Tab');
  await page.keyboard.type('60');
  await row(rows + 1)
    .getByLabel('Low', { exact: true })
    .fill('11,5');
  await page.fill('#lowest', '40');
  await page.keyboard.press('Control+Enter');
  await page.getByRole('link', { name: /^Ranges \d+ and \d+ \(Female\) overlap in age$/ }).waitFor();
  await page.getByRole('link', { name: 'The lowest plausible value must be below the highest.' }).waitFor();
  await fits(page, 'wrong ranges');
  await page.getByRole('button', { name: `Remove range ${rows + 1}` }).click();
  await page.fill('#lowest', '2');
  await page.selectOption('#release', 'days');
  await page.fill('#releaseDays', '4');
  await row(1).getByLabel('Low', { exact: true }).fill('13');
  await page.setViewportSize({ width: 390, height: 844 });
  await fits(page, 'ranges on a phone');
  await page.keyboard.press('Control+Enter');
  await page.getByText('Haemoglobin saved').waitFor();
  const { items } = (await bench.labtech.get('/api/laboratory/tests')).body;
  const test = items.find((it: { code: string }) => it.code === 'HGB');
  assert.equal([test.lowest, test.releaseDays, test.ranges[0].low, test.ranges.length], ['2', 4, '13', rows]);
});

test('who is away is said on the same page, and who acts for them', async (at) => {
  const { bench } = at;
  const admin = await bench.as('admin');
  const second = { familyName: 'Okafor', givenName: 'Ben', prefix: 'Dr', departmentId: bench.department };
  assert.is((await admin.post('/api/practitioners', second)).status, 201);
  const { page } = await arrive(at, 'labtech', '/laboratory/catalogue');
  await page.getByText('Nobody is away.').waitFor();
  await page.getByRole('button', { name: 'Somebody is away' }).click();
  await page.getByRole('button', { name: 'Save deputy' }).click();
  await page.getByRole('link', { name: 'Choose who is away' }).waitFor();
  await fits(page, 'deputy dialog');
  await page.selectOption('#practitionerId', { label: 'Dr Diallo' });
  await page.selectOption('#deputyId', { label: 'Dr Okafor' });
  await page.fill('#endsOn', 't+3');
  await page.keyboard.press('Enter');
  await page.getByText('Dr Okafor for Dr Diallo').waitFor();
  await fits(page, 'deputies');
  await page.getByRole('button', { name: 'Dr Diallo is back' }).click();
  await page.getByText('Nobody is away.').waitFor();
});

test('tests are named in the language of the reader, and found by that name', async (at) => {
  const { bench } = at;
  const { encounterId } = await bench.visit({ familyName: 'Lengua' });
  const { page } = await arrive(at, 'doctor', `/visits/${encounterId}`, { locale: 'ar' });
  await page.locator('#lab-orders').waitFor();
  await openOrder(page);
  await page.keyboard.type('البوتاسيوم');
  await page.getByRole('option', { name: 'البوتاسيوم' }).first().waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Control+Enter');
  await page.locator('section[aria-labelledby=lab-orders]').getByText('البوتاسيوم').first().waitFor();
  await fits(page, 'order in Arabic');
  const { page: nurse } = await arrive(at, 'nurse', '/laboratory', { locale: 'es' });
  await specimenRow(nurse, 'LENGUA').getByText('Potasio').waitFor();
  await specimenRow(nurse, 'LENGUA').getByText('Tubo de suero').waitFor();
});

test.run();
