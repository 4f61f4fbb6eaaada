import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readOAuthToken } from '../../plugins/oauth/api.ts';
import type { TestHms } from '../hms.ts';
import { newPair, newPkce, register, send, setOf, startHouse } from '../oauth/partner.ts';
import { arrive, axe, openBrowser, overflow, visit } from './browser.ts';

interface At {
  browser: Browser;
  hms: TestHms;
  app: Server;
  back: string;
}
const test = suite<At>('client systems on the screen');

test.before(async (at) => {
  at.hms = await startHouse(['auth', 'facility', 'patients', 'oauth']);
  at.browser = await openBrowser();
  // An app elsewhere: it only shows what it was sent back with.
  at.app = createServer((request, response) => response.end(`came back with ${request.url}`));
  await new Promise<void>((resolve) => void at.app.listen(0, '127.0.0.1', resolve));
  at.back = `http://127.0.0.1:${(at.app.address() as AddressInfo).port}/back`;
});
test.after(async ({ browser, hms, app }) => {
  await browser?.close();
  app?.close();
  await hms?.stop();
});

test('a system is registered with its public key, is told its id, and is switched off', async ({ browser, hms }) => {
  const { page, context, complaints } = await visit(browser, hms.url, 'admin', '/clients');
  await page.getByText('No system may sign in yet').waitFor();
  await page.getByRole('button', { name: 'Register a system' }).click();
  const dialog = page.getByRole('dialog');
  const done = dialog.getByRole('button', { name: 'Register a system' });
  await done.click();
  await dialog.getByRole('link', { name: 'Fill this in.' }).first().waitFor();

  await dialog.getByLabel('Name').fill('Vaccination registry');
  await dialog.getByLabel('May ask for').fill('system/Patient.read');
  await dialog.getByLabel('Public keys').fill('-----BEGIN PRIVATE KEY-----');
  await done.click();
  await dialog.getByText('system/Patient.read – No such scope.').first().waitFor();
  await dialog.getByText('This contains a private key.').first().waitFor();
  assert.equal(await axe(page), []);

  await dialog.getByLabel('May ask for').fill('system/Patient.rs\nsystem/Practitioner.r');
  await dialog.getByLabel('Public keys').fill(setOf(await newPair('ES384')));
  await done.click();
  await page.getByText('Vaccination registry was registered').waitFor();
  const { items } = (await (await hms.as('admin')).get('/api/clients')).body;
  await dialog.getByText(items[0].id).waitFor();

  await dialog.getByLabel('May sign in').uncheck();
  await dialog.getByRole('button', { name: 'Save' }).click();
  const row = page.getByRole('row', { name: /Vaccination registry/ });
  await row.getByText('off', { exact: true }).waitFor();
  assert.equal(await axe(page), []);
  assert.is(await overflow(page), 0);
  assert.equal(complaints, []);
  await context.close();
});

test('somebody comes from an app, signs in, reads what it wants, lets it in, and the app gets its token', async ({
  browser,
  hms,
  back,
}) => {
  const scope = 'openid fhirUser offline_access user/Patient.rs user/Practitioner.r';
  const made = await register(hms, {
    name: 'Growth charts',
    kind: 'app',
    scopes: scope.split(' '),
    redirectUris: [back],
  });
  const pkce = newPkce();
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: made.id as string,
    redirect_uri: back,
    scope,
    state: 'a-state',
    aud: `${hms.hms.config.origin}/fhir/R4`,
    code_challenge: pkce.challenge,
    code_challenge_method: 'S256',
  });
  const { page, context, complaints } = await arrive(browser, { width: 390, height: 844, touch: true });
  await page.goto(`${hms.url}/oauth2/auth?${query.toString()}`);
  await page.fill('#username', 'doctor');
  await page.fill('#password', 'openward-demo');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Let Growth charts in?' }).waitFor();
  await page.getByText('It will act in your name: Doctor.').waitFor();
  await page.getByText('patients: names, birth dates, addresses').waitFor();
  await page.getByText('go on after you have signed out').waitFor();
  assert.equal(await axe(page), []);
  assert.is(await overflow(page), 0);
  await page.getByRole('button', { name: 'Let it in', exact: true }).click();
  await page.waitForURL((address) => address.pathname === '/back');
  const { searchParams } = new URL(page.url());
  assert.is(searchParams.get('state'), 'a-state');
  const { status, body } = await send(hms, '/oauth2/token', {
    grant_type: 'authorization_code',
    code: searchParams.get('code')!,
    code_verifier: pkce.verifier,
    redirect_uri: back,
    client_id: made.id as string,
  });
  assert.is(status, 200, JSON.stringify(body));
  assert.is((await readOAuthToken(hms.hms, body.access_token as string))?.clientName, 'Growth charts');

  // The next time they are signed in already, and may say no.
  await page.goto(`${hms.url}/oauth2/auth?${query.toString()}`);
  await page.getByRole('button', { name: 'Do not let it in' }).click();
  await page.waitForURL((address) => address.pathname === '/back');
  assert.is(new URL(page.url()).searchParams.get('error'), 'access_denied');

  // On their own page they see it, and take it back: its token opens nothing any more.
  await page.goto(`${hms.url}/account`);
  const apps = page.getByRole('region', { name: 'Apps that you have let in' });
  await apps.getByText('Growth charts').waitFor();
  await apps.getByText('patients: names, birth dates, addresses').waitFor();
  await apps.getByText(/^Since .*, until .* at the latest$/).waitFor();
  assert.equal(await axe(page), []);
  assert.is(await overflow(page), 0);
  await apps.getByRole('button', { name: 'Take it back from Growth charts' }).click();
  await apps.getByText('You have let no app in.').waitFor();
  assert.is(await readOAuthToken(hms.hms, body.access_token as string), null);

  // A request that is over says so, and one of an app that nobody knows as well.
  await page.goto(`${hms.url}/connect/nothing-like-that`);
  await page.getByText('This request of an app is over.').waitFor();
  query.set('redirect_uri', 'https://elsewhere.example/');
  await page.goto(`${hms.url}/oauth2/auth?${query.toString()}`);
  await page.getByText('an address that is not registered for it').waitFor();
  assert.equal(await axe(page), []);
  assert.equal(complaints, []);
  await context.close();
});

test.run();
