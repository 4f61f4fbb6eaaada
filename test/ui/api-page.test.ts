import type { Browser } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readConfig } from '../../core/config.ts';
import { apiPageRoutes } from '../../core/api-page/index.ts';
import { startHms, type TestHms } from '../hms.ts';
import { arrive, axe, browserPath, openBrowser, overflow } from './browser.ts';

const test = suite<{ hms: TestHms; browser: Browser }>('ui: the page of the API');
if (!browserPath) {
  console.log('skip: there is no Chromium here');
  test.skip('needs a browser', () => {});
} else {
  test.before(async (at) => {
    at.hms = await startHms(['auth', 'facility', 'patients', 'billing']);
    at.browser = await openBrowser();
  });
  test.after(async (at) => {
    await at.browser?.close();
    await at.hms?.stop();
  });

  test('says of each route who may call it, what it takes, answers and refuses', async ({ hms, browser }) => {
    const { page, complaints, context } = await arrive(browser);
    await page.goto(`${hms.url}/api/docs`);
    const route = page.locator('#post-api-payments');
    await route.locator('summary').click();
    const words = await route.innerText();
    for (const wanted of ['payment:write', 'Idempotency-Key', 'amountMinor', 'Invoice', '403', '422'])
      assert.ok(words.includes(wanted), `${wanted} is not in ${words}`);
    const all = await page.locator('main').innerText();
    assert.ok(all.includes('/problems/payment-exceeds-open'));
    assert.not.ok(all.includes('/api/appointments'), 'a part that is off is not on the page');
    assert.equal(await axe(page), []);
    await route.getByRole('link', { name: 'Invoice' }).click();
    await page.locator('#shape-invoice').getByText('payerOpenMinor').waitFor();
    assert.equal(complaints, []);
    await context.close();
  });

  test('is readable by everybody, on a telephone and from right to left', async ({ hms, browser }) => {
    for (const look of [
      { width: 390, height: 844 },
      { width: 390, height: 844, theme: 'dark', locale: 'ar' },
    ] as const) {
      const { page, complaints, context } = await arrive(browser, look);
      const arabic = 'locale' in look;
      await page.setExtraHTTPHeaders({ 'accept-language': arabic ? 'ar' : 'en' });
      await page.emulateMedia({ colorScheme: arabic ? 'dark' : 'light' });
      await page.goto(`${hms.url}/api/docs`);
      assert.is(await page.locator('html').getAttribute('dir'), arabic ? 'rtl' : 'ltr');
      for (const summary of (await page.locator('summary').all()).slice(0, 12)) await summary.click();
      assert.is(await overflow(page), 0);
      assert.equal(await axe(page), []);
      assert.equal(complaints, []);
      await context.close();
    }
  });
}

test('production has no such page', () => {
  const config = { ...readConfig({ NODE_ENV: 'test' }), production: true };
  assert.equal(
    apiPageRoutes({ config } as never, () => ({}) as never),
    [],
  );
});
test.run();
