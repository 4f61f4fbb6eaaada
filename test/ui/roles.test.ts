import type { Browser } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startHms, type TestHms } from '../hms.ts';
import { axe, openBrowser, overflow, visit } from './browser.ts';

const test = suite<{ browser: Browser; hms: TestHms }>('roles, grants and why on the screen');

test.before(async (at) => {
  at.hms = await startHms(['auth', 'facility', 'patients', 'scheduling']);
  at.browser = await openBrowser();
});
test.after(async ({ browser, hms }) => {
  await browser?.close();
  await hms?.stop();
});

const idOf = async (hms: TestHms, username: string): Promise<string> =>
  (await (await hms.as('admin')).get('/api/users')).body.items.find(
    (it: { username: string }) => it.username === username,
  ).id;

test('a role is made of permissions, changed and deleted', async ({ browser, hms }) => {
  const { page, context, complaints } = await visit(browser, hms.url, 'admin', '/roles');
  await page.getByRole('link', { name: 'Make a role' }).click();
  await page.getByRole('button', { name: 'Make a role' }).click();
  await page.getByRole('link', { name: 'Enter a name for the role' }).waitFor();
  assert.equal(await axe(page), []);
  await page.getByLabel('Name of the role').fill('Night porter');
  await page.getByRole('searchbox', { name: 'Find a permission' }).fill('users and their');
  await page.getByRole('group', { name: 'See users and their roles' }).getByRole('button', { name: 'Allow' }).click();
  await page.getByRole('searchbox', { name: 'Find a permission' }).fill('patient:write');
  await page.getByRole('group', { name: /^Register patients/ }).getByRole('button', { name: 'Deny' }).click(); // prettier-ignore
  await page.getByText('1 allowed, 1 denied').waitFor();
  await page.getByRole('button', { name: 'Make a role' }).click();
  await page.getByText('The role “Night porter” was made').waitFor();
  await page.getByRole('heading', { level: 1, name: 'Night porter' }).waitFor();
  await page.getByText('Nobody has this role now.').waitFor();
  assert.equal(await axe(page), []);

  // Somebody else changes it meanwhile: nothing of either is lost.
  const admin = await hms.as('admin');
  const { items } = (await admin.get('/api/roles')).body;
  const role = items.find((it: { title: string }) => it.title === 'Night porter');
  const theirs = { permissions: ['role:read'], denied: [], secondFactor: false };
  assert.is((await admin.put(`/api/roles/${role.name}`, theirs, { 'if-match': `W/"${role.version}"` })).status, 200);
  await page.getByLabel('Name of the role').fill('Porter of the night');
  await page.getByRole('button', { name: 'Save role' }).click();
  await page.getByText('Somebody else has changed this role').waitFor();
  await page.locator('dd', { hasText: 'See what each role may do' }).waitFor();
  assert.equal(await axe(page), []);
  await page.getByRole('button', { name: 'Save role' }).click();
  await page.getByText('“Porter of the night” was changed').waitFor();
  const saved = (await admin.get(`/api/roles/${role.name}`)).body;
  assert.equal([saved.permissions, saved.denied], [['user:read'], ['patient:write']]);

  await page.getByRole('button', { name: 'Delete role' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('This cannot be undone.').waitFor();
  assert.equal(await axe(page), []);
  await dialog.getByRole('button', { name: 'Delete role' }).click();
  await page.waitForURL('**/roles');
  await page.getByRole('row', { name: /Cashier/ }).waitFor();
  assert.is(await page.getByRole('row', { name: /Porter/ }).count(), 0);
  assert.equal(complaints, []);
  await context.close();
});

test('somebody gets a role with a reason and an end, and loses it; a slip is taken back', async ({ browser, hms }) => {
  const { page, context, complaints } = await visit(browser, hms.url, 'admin', '/users');
  await page.getByRole('link', { name: 'Nurse', exact: true }).click();
  await page.getByRole('button', { name: 'Give a role' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Give a role' }).click();
  await dialog.getByRole('link', { name: 'Say why, in at least 3 letters' }).waitFor();
  assert.equal(await axe(page), []);
  await dialog.getByLabel('Role').selectOption({ label: 'Cashier' });
  await dialog.getByLabel('Why').fill('Covers the till in the holidays');
  await dialog.getByLabel('Until').fill('t+30');
  await dialog.getByRole('button', { name: 'Give a role' }).click();
  const row = page.getByRole('row', { name: /Cashier/ });
  await row.getByText('Covers the till in the holidays').waitFor();
  await row.getByText(/^until \d/).waitFor();
  assert.equal(await axe(page), []);
  await page.getByRole('button', { name: 'End the role Cashier of Nurse' }).click();
  await row.getByText('has ended').waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await row.getByText('counts').waitFor();
  const grants = (await (await hms.as('admin')).get(`/api/users/${await idOf(hms, 'nurse')}/grants`)).body.items;
  const cashier = grants.find((it: { role: string }) => it.role === 'cashier');
  assert.equal([cashier.inForce, cashier.reason, cashier.until === null], [true, 'Covers the till in the holidays', false]); // prettier-ignore

  // The last administrator stays, and the page says why.
  await page.goto(`${hms.url}/users/${await idOf(hms, 'admin')}`);
  await page.getByRole('button', { name: 'End the role Administrator of Admin' }).click();
  await page.getByText('At least one active administrator must remain.').waitFor();
  assert.equal(complaints, []);
  await context.close();
});

test('who may do what: from the permission to the people, why and until when', async ({ browser, hms }) => {
  const { page, context } = await visit(browser, hms.url, 'admin', '/roles');
  await page.getByRole('link', { name: 'Who may do what' }).click();
  await page.getByRole('searchbox').fill('clearance');
  await page.getByRole('link', { name: 'Give and end clearance for protected records' }).click();
  const row = page.getByRole('row', { name: /^Admin/ });
  await row.getByText('Administrator').waitFor();
  await row.getByText('without an end').waitFor();
  assert.equal(await axe(page), []);
  assert.is(await overflow(page), 0);
  await context.close();
});

test('a page that may not be opened says what is missing and who can give it, and leads to why', async ({
  browser,
  hms,
}) => {
  const { page, context, complaints } = await visit(browser, hms.url, 'nurse', '/users');
  await page.getByRole('heading', { name: 'You may not open this page' }).waitFor();
  await page.getByText('See users and their roles').waitFor();
  await page.getByText('Roles that hold it: Administrator. Ask Admin.').waitFor();
  assert.equal(await axe(page), []);
  await page.getByRole('link', { name: 'Why can I not, and who can help?' }).click();
  const asked = page.getByRole('region', { name: 'What you were asking about' });
  await asked.getByText('You may not', { exact: true }).waitFor();
  await asked.getByText('Ask Admin.').waitFor();
  assert.equal(await axe(page), []);
  await page.getByRole('button', { name: 'You may', exact: true }).click();
  await page.getByText('You may do this as: Nurse').first().waitFor();
  assert.is(await page.getByText('See users and their roles').count(), 1, 'only where it was asked about');
  // From the menu of the user, whatever page one is on.
  await page.goto(`${hms.url}/today`);
  await page.getByRole('button', { name: /account/ }).click();
  await page.getByRole('menuitem', { name: 'Why can I not…?' }).click();
  await page.waitForURL('**/why');
  assert.equal(complaints, []);
  await context.close();
});

test('what was taken away while the page was open is refused with the way to why, and leaves the menu', async ({
  browser,
  hms,
}) => {
  const admin = await hms.as('admin');
  const made = await admin.post('/api/roles', { title: 'Clerk', permissions: ['user:read', 'user:write', 'role:read'], denied: [], secondFactor: false }); // prettier-ignore
  assert.is(made.status, 201);
  const labtech = await idOf(hms, 'labtech');
  const give = { role: made.body.name, reason: 'keeps the list of users' };
  assert.is((await admin.post(`/api/users/${labtech}/grants`, give)).status, 201);
  const { page, context } = await visit(browser, hms.url, 'labtech', `/users/${labtech}`);
  await page.getByRole('link', { name: 'Users and roles' }).waitFor();
  assert.is((await admin.post(`/api/users/${labtech}/grants/${made.body.name}/end`)).status, 200);
  await new Promise((resolve) => setTimeout(resolve, 1050));
  await page.getByRole('button', { name: 'End the role Clerk of Labtech' }).click();
  await page.getByText('This was refused: you lack “Add and change users”.').waitFor();
  assert.equal(await axe(page), []);
  await page.getByRole('link', { name: 'Users and roles' }).waitFor({ state: 'detached' });
  await page.getByRole('link', { name: 'Why can I not, and who can help?' }).click();
  await page.getByText(/Your role Clerk allowed it and ended on/).first().waitFor(); // prettier-ignore
  await context.close();
});

test('every page fits a desk and a phone, in the dark and right to left', async ({ browser, hms }) => {
  for (const look of [{}, { width: 390, height: 844, theme: 'dark' as const, locale: 'ar' as const }]) {
    const { page, context } = await visit(browser, hms.url, 'admin', '/roles', look);
    for (const path of [
      '/roles',
      '/roles/new',
      '/roles/doctor',
      '/roles/patient',
      '/roles/permissions',
      '/roles/permissions/user:read',
      '/why?permission=patient:write',
      `/users/${await idOf(hms, 'nurse')}`,
    ]) {
      await page.goto(hms.url + path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.locator('.card').first().waitFor();
      const where = `${path} ${JSON.stringify(look)}`;
      assert.is(await overflow(page), 0, where);
      assert.equal(await axe(page), [], where);
    }
    await context.close();
  }
});

test.run();
