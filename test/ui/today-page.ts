import type { Browser, Page } from 'playwright-core';
import type { Test } from 'uvu';
import * as assert from 'uvu/assert';
import { startHospital, type Hospital } from '../scheduling/hospital.ts';
import { openBrowser, visit, type Visitor } from './browser.ts';

export interface OnToday {
  browser: Browser;
  hospital: Hospital;
  desk: Visitor;
  page: Page;
}

/** A small hospital for the file; each test begins as that role before Today, and ends without a complaint of the browser. */
export const startOnToday = <At extends OnToday>(test: Test<At>, role = 'receptionist'): void => {
  test.before(async (at) => {
    at.hospital = await startHospital();
    at.browser = await openBrowser();
  });
  test.before.each(async (at) => {
    at.desk = await visit(at.browser, at.hospital.url, role, '/today');
    at.page = at.desk.page;
    await at.page.locator('[data-lane]').first().waitFor();
  });
  test.after.each(async ({ desk }) => {
    await desk.context.close();
    assert.equal(desk.complaints, []);
  });
  test.after(async ({ browser, hospital }) => {
    await browser?.close();
    await hospital?.stop();
  });
};
