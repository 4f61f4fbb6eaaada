import type { Browser } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sql } from '../../core/database.ts';
import { say } from '../../core/messages.ts';
import { demoRoles } from '../../plugins/auth/roles/defaults.ts';
import { password, type TestHms } from '../hms.ts';
import { openBrowser, visit } from './browser.ts';
import { clickTo, follow, folders, listen, staffPages, startFilled, type Ids } from './staff-pages.ts';

/*
 * The menu, the pages and the server follow one table. A page is shown to whom every request of it is open and to nobody else;
 * whoever opens another one by its address is told what is missing.
 */
const test = suite<{ browser: Browser; hms: TestHms & { ids: Ids } }>('the menu and the pages follow the permissions');

test.before(async (at) => {
  at.hms = await startFilled();
  at.browser = await openBrowser();
});
test.after(async ({ browser, hms }) => {
  await browser?.close();
  await hms?.stop();
});

const refusal = 'You may not open this page';

test('every page has a row in the table', () => {
  assert.equal(Object.keys(staffPages).sort(), folders());
});

test('the menu leads to pages of the table, and asks for what they need', ({ hms }) => {
  const entries = hms.hms.plugins.flatMap(({ navigation = [] }) => navigation);
  for (const { path, permission, needs = [] } of entries)
    assert.equal([permission, ...needs], staffPages[path.slice(1)]?.needs, path);
});

for (const role of demoRoles)
  test(`${role}: what the menu shows opens, what it does not show says why`, async ({ browser, hms }) => {
    const { permissions, navigation } = (await (await hms.as(role)).get('/api/platform')).body;
    const menu = navigation.map(({ path }: { path: string }) => path);
    const { page, context, complaints } = await visit(browser, hms.url, role, '/account');
    const { refused, quiet } = listen(page);
    page.setDefaultTimeout(10_000);
    const links = await page.locator('nav.nav a').evaluateAll((all) => all.map((link) => link.getAttribute('href')));
    assert.equal([...links].sort(), [...menu].sort());
    for (const [folder, { at, needs }] of Object.entries(staffPages)) {
      refused.length = 0;
      const path = at(hms.ids);
      await follow(page, path);
      const missing = needs.find((permission) => !permissions.includes(permission));
      assert.is(menu.includes(path), missing === undefined && isInMenu(hms, path), `${path} in the menu`);
      if (missing === undefined) {
        await quiet();
        assert.is.not(await page.locator('h1').first().textContent(), refusal, folder);
        assert.equal(refused, [], folder);
      } else {
        await page.getByRole('heading', { level: 1, name: refusal }).waitFor();
        const words = say(hms.hms.permissions.get(missing)!, 'en');
        await page.locator('.detail').getByText(words, { exact: true }).first().waitFor();
        await page.locator('.detail').getByText(/Ask Admin/).waitFor(); // prettier-ignore
      }
    }
    assert.equal(complaints, []);
    await context.close();
  });
const isInMenu = (hms: TestHms, path: string): boolean =>
  hms.hms.plugins.some(({ navigation = [] }) => navigation.some((entry) => entry.path === path));

test('whoever holds what a page needs and nothing else opens it without a refusal', async ({ browser, hms }) => {
  await hms.db.query(sql.unsafe`insert into auth.role (name, title) values ('narrow', 'Narrow')`);
  await hms.db.query(sql.unsafe`
    with made as (
      insert into auth."user" (username, display_name, password_hash)
      select 'narrow', 'Narrow', password_hash from auth."user" where username = 'nurse' returning id
    )
    insert into auth.user_role (user_id, role) select id, 'narrow' from made
  `);
  const wrong: string[] = [];
  const context = await browser.newContext();
  const page = await context.newPage();
  const { refused, quiet } = listen(page);
  for (const [folder, { at, needs }] of Object.entries(staffPages)) {
    await hms.db.query(sql.unsafe`delete from auth.role_permission where role = 'narrow'`);
    await hms.db.query(sql.unsafe`
      insert into auth.role_permission (role, permission) select 'narrow', unnest(${sql.array([...needs], 'text')})
    `);
    // A session of its own each time, which begins with what the role holds now.
    const entered = await context.request.post(`${hms.url}/api/auth/login`, {
      data: { username: 'narrow', password },
      headers: { origin: hms.url, 'x-openward': '1' },
    });
    assert.is(entered.status(), 200, await entered.text());
    refused.length = 0;
    await page.goto(hms.url + at(hms.ids));
    await page.locator('h1').first().waitFor();
    await quiet();
    if ((await page.locator('h1').first().textContent()) === refusal) wrong.push(`${folder}: not opened`);
    wrong.push(...refused.map((request) => `${folder}: ${request}`));
  }
  await context.close();
  assert.equal(wrong, []);
});

test('a patient finds every page of the portal open, and none of those who work here', async ({ browser, hms }) => {
  const { page, context } = await visit(browser, hms.url, 'patient', '/portal');
  const { refused, quiet } = listen(page);
  for (const path of ['', '/visits', '/record', '/record/looks', '/messages', '/bills', '/book', '/profile']) {
    await follow(page, `/portal${path}`);
    await quiet();
    assert.equal(refused, [], path);
  }
  for (const { at } of Object.values(staffPages)) {
    await clickTo(page, at(hms.ids));
    await page.waitForURL('**/portal');
  }
  await context.close();
});

test.run();
