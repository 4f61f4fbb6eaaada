import type { Browser, Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sql } from '../../core/database.ts';
import { etag, startWard, type Ward } from '../ehr/ward.ts';
import { axe, openBrowser, overflow, visit } from './browser.ts';

interface At {
  ward: Ward;
  browser: Browser;
}
const test = suite<At>('session: warning, lock, and where one is signed in');

test.before(async (at) => {
  at.ward = await startWard();
  at.browser = await openBrowser();
});
test.after(async ({ browser, ward }) => {
  await browser?.close();
  await ward?.stop();
});

const warning = (page: Page) => page.getByRole('alertdialog', { name: 'Are you still there?' });
const lock = (page: Page) => page.getByRole('dialog', { name: 'Locked' });
const inBrowsers = (username: string) => sql.fragment`
  ended_at is null and device like 'Mozilla%' and user_id = (select id from auth."user" where username = ${username})
`;
/** Time has passed. */
const endAll = (ward: Ward, username: string) =>
  ward.db.query(sql.unsafe`
    update auth.session set used_at = clock_timestamp() - interval '1 hour' where ${inBrowsers(username)}
  `);
/** A session of 24 seconds without use: it is warned after twelve. */
const hurry = async (ward: Ward, username: string, page: Page) => {
  await ward.db.query(sql.unsafe`update auth.session set idle = interval '24 seconds' where ${inBrowsers(username)}`);
  await page.reload();
};

async function visitNote({ ward, browser }: At) {
  const { body } = await ward.walkIn(await ward.patient({ familyName: 'Halvorsen' }));
  await ward.doctor.post(`/api/encounters/${body.id}/start`, {}, etag(body.version));
  const desk = await visit(browser, ward.url, 'doctor', `/visits/${body.id}`);
  await desk.page.locator('#note-findings').waitFor();
  return { ...desk, note: async () => (await ward.doctor.get(`/api/encounters/${body.id}/note`)).body };
}

test('two minutes before the end it is said once, and staying takes one key; typing stays by itself', async (at) => {
  const { page, context, complaints } = await visit(at.browser, at.ward.url, 'nurse', '/');
  await hurry(at.ward, 'nurse', page);
  await page.mouse.move(5, 5);
  await warning(page).waitFor();
  const text = await page.locator('#session-warning-text').textContent();
  assert.match(text!, /locks in 0:1\d minutes/);
  assert.equal(await axe(page), []);
  await page.waitForTimeout(2000);
  assert.is(
    await page.locator('#session-warning-text').textContent(),
    text,
    'the sentence does not run with the clock',
  );
  assert.is(await page.locator('.clock').getAttribute('aria-hidden'), 'true');
  assert.is(await page.evaluate(() => document.activeElement?.textContent?.trim()), 'Stay signed in');
  await page.keyboard.press('Enter');
  await warning(page).waitFor({ state: 'hidden' });
  for (let second = 0; second < 16; second++) {
    await page.waitForTimeout(1000);
    await page.mouse.move(second, 10);
    assert.not(await warning(page).isVisible(), 'somebody is there');
  }
  assert.equal(complaints, []);
  await context.close();
});

test('at the end the page is locked with what was typed; the same person goes on with it', async (at) => {
  const { page, context, complaints, note } = await visitNote(at);
  await hurry(at.ward, 'doctor', page);
  await page.fill('#note-findings', 'Sent before the end.');
  await page.locator('.state', { hasText: /^saved/ }).waitFor();
  await page.waitForTimeout(2500); // what the frame loads later is there
  await context.setOffline(true); // the last words cannot be sent any more
  await page.fill('#note-findings', 'Sent before the end. Half a sent');
  await page.waitForTimeout(1500);
  const kept = () =>
    page.evaluate(
      () =>
        new Promise<string>((resolve, reject) => {
          const opening = indexedDB.open('openward');
          opening.onerror = () => reject(new Error('closed'));
          opening.onsuccess = () => {
            const stores = [...opening.result.objectStoreNames].join();
            const all = opening.result.transaction('drafts').objectStore('drafts').getAll();
            all.onsuccess = () =>
              resolve(
                stores +
                  all.result.map(({ data }) => String.fromCharCode(...new Uint8Array(data as ArrayBuffer))).join(),
              );
          };
        }),
    );
  const text = await kept();
  assert.match(text, /^drafts/, 'no key lies beside it');
  assert.ok(text.length > 50);
  assert.not.match(text, /Half a sent/, 'it is not readable on the device');

  await lock(page).waitFor({ timeout: 40_000 });
  await context.setOffline(false);
  assert.is(await page.evaluate(() => document.activeElement?.id), 'session-lock-password');
  assert.equal(await axe(page), []);
  assert.is(await overflow(page), 0);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await page.keyboard.press('/');
  assert.ok(await lock(page).isVisible(), 'neither Escape nor a shortcut goes past it');
  const blur = await page.evaluate(
    () => getComputedStyle(document.querySelector('dialog')!, '::backdrop').backdropFilter,
  );
  assert.match(blur, /blur/);

  await page.fill('#session-lock-password', 'not-the-password');
  await page.keyboard.press('Enter');
  await lock(page).getByRole('alert').waitFor();
  await page.fill('#session-lock-password', 'openward-demo');
  await page.keyboard.press('Enter');
  await lock(page).waitFor({ state: 'hidden' });
  assert.is(await page.inputValue('#note-findings'), 'Sent before the end. Half a sent');
  await page.locator('#note-findings').focus();
  await page.keyboard.press('End');
  await page.keyboard.type('ence.');
  await page.locator('.state', { hasText: /^saved/ }).waitFor();
  assert.is((await note()).findings, 'Sent before the end. Half a sentence.');
  assert.equal(complaints, []);
  await context.close();
});

test('what was asked when the session ended goes on when the person is back; switching the user leaves', async (at) => {
  const { page, context, complaints, note } = await visitNote(at);
  await endAll(at.ward, 'doctor');
  await page.waitForTimeout(1000);
  await page.fill('#note-findings', 'Typed into a session that was over.');
  await lock(page).waitFor();
  await page.fill('#session-lock-password', 'openward-demo');
  await page.getByRole('button', { name: 'Unlock' }).click();
  await page.locator('.state', { hasText: /^saved/ }).waitFor();
  assert.is((await note()).findings, 'Typed into a session that was over.');

  await endAll(at.ward, 'doctor');
  await lock(page).waitFor();
  await page.getByRole('button', { name: 'Switch user' }).click();
  await page.waitForURL('**/sign-in');
  assert.equal(complaints, []);
  await context.close();
});

test('one sees where one is signed in and ends it there; an administrator ends it for somebody', async (at) => {
  const { ward, browser } = at;
  const there = await visit(browser, ward.url, 'nurse', '/');
  const here = await visit(browser, ward.url, 'nurse', '/');
  await here.page
    .getByRole('button', { name: /: Account|account/i })
    .first()
    .click();
  await here.page.getByRole('menuitem', { name: 'Your account' }).click();
  await here.page.getByRole('heading', { name: 'Where you are signed in' }).waitFor();
  const sessions = here.page.getByRole('region', { name: 'Where you are signed in' });
  await sessions.getByText('this one').waitFor();
  assert.equal(await axe(here.page), []);
  assert.is(await overflow(here.page), 0);
  await here.page.getByRole('button', { name: 'Sign out everywhere else' }).click();
  await here.page.getByText('You are signed out everywhere else').waitFor();
  await there.page.waitForURL('**/sign-in?to=*');
  await there.context.close();

  const admin = await visit(browser, ward.url, 'admin', '/users');
  await admin.page.getByRole('button', { name: 'Change Nurse' }).click();
  await admin.page.getByText(/Open sessions: [1-9]/).waitFor();
  assert.equal(await axe(admin.page), []);
  await admin.page.getByRole('button', { name: 'End all sessions' }).click();
  await admin.page.getByText('All sessions of Nurse were ended').waitFor();
  await lock(here.page).waitFor({ timeout: 5000 });
  await here.page.getByText('An administrator ended this session.').waitFor();
  assert.equal([...here.complaints, ...admin.complaints], []);
  await here.context.close();
  await admin.context.close();
});

test('after signing in only our own paths are gone to', async ({ ward, browser }) => {
  for (const to of ['//evil.example', '/\\evil.example', 'https://evil.example', 'javascript:alert(1)']) {
    const { page, context } = await visit(browser, ward.url, 'nurse', to);
    await page.waitForLoadState();
    assert.is(new URL(page.url()).origin, ward.url);
    await context.close();
  }
});
test.run();
