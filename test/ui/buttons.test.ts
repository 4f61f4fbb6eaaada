import type { Browser, Locator, Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { demoRoles } from '../../plugins/auth/roles/defaults.ts';
import type { TestHms } from '../hms.ts';
import { openBrowser, visit } from './browser.ts';
import { follow, listen, staffPages, startFilled, type Ids } from './staff-pages.ts';

/*
 * Every role presses every button of every page that it may open, and of every dialog that opens. What would change something
 * is caught before it reaches the server and held against the permission that its route asks for.
 */
const test = suite<{ browser: Browser; hms: TestHms & { ids: Ids }; asks: [RegExp, string, string][] }>(
  'no button asks for what its person may not',
);

test.before(async (at) => {
  at.hms = await startFilled();
  at.browser = await openBrowser();
  const { paths } = (await at.hms.anonymous.get('/api/openapi.json')).body as {
    paths: Record<string, Record<string, { 'x-permission': string }>>;
  };
  at.asks = Object.entries(paths)
    .sort(([a], [b]) => a.split('{').length - b.split('{').length) // one that is spelled out comes before one with a gap
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, it]): [RegExp, string, string] => [
        new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`),
        method.toUpperCase(),
        it['x-permission'],
      ]),
    );
});
test.after(async ({ browser, hms }) => {
  await browser?.close();
  await hms?.stop();
});

/** These leave the page, or belong to the frame, which is the same on every page. */
const words = (button: Locator) =>
  button.evaluate((it) => (it.getAttribute('aria-label') ?? it.textContent ?? '').replace(/[\d.,:]+/g, '#').trim());

/** Something in every field, so that a form is sent. */
const fill = async (dialog: Locator): Promise<void> => {
  await dialog.evaluate((within) => {
    const set = (it: HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement, value: string) => {
      it.value = value;
      it.dispatchEvent(new Event('input', { bubbles: true }));
      it.dispatchEvent(new Event('change', { bubbles: true }));
    };
    for (const it of within.querySelectorAll('select'))
      if (!it.value) set(it, [...it.options].find(({ value, disabled }) => value && !disabled)?.value ?? '');
    for (const it of within.querySelectorAll<HTMLInputElement>('input, textarea')) {
      if (it.disabled || it.readOnly || it.value || it.getAttribute('role') === 'combobox') continue;
      if (it.type === 'checkbox' || it.type === 'radio') continue;
      set(it, /[Uu]ntil|date|Date|On$|from|expires/i.test(it.id) ? 't' : it.inputMode === 'numeric' ? '1' : 'because');
    }
  });
};

const press = async (page: Page, button: Locator): Promise<void> => {
  await button.evaluate((it) => (it as HTMLElement).click());
  await page.waitForTimeout(40);
};

for (const role of demoRoles)
  test(`${role}`, async ({ browser, hms, asks }) => {
    const { permissions } = (await (await hms.as(role)).get('/api/platform')).body as { permissions: string[] };
    const { page, context } = await visit(browser, hms.url, role, '/account');
    page.setDefaultTimeout(5000);
    const { refused, quiet } = listen(page);
    const sent = new Set<string>();
    await page.route('**/api/**', async (route) => {
      const request = route.request();
      const { pathname } = new URL(request.url());
      if (request.method() === 'GET' || /^\/api\/auth\/|search$|duplicates$|^\/api\/prints$/.test(pathname))
        return route.continue();
      const asked = asks.find(([path, method]) => method === request.method() && path.test(pathname))?.[2];
      sent.add(`${request.method()} ${pathname.replace(/[0-9a-f-]{36}/g, '{id}')}`);
      if (asked && asked.includes(':') && !permissions.includes(asked))
        refused.push(`${request.method()} ${pathname} asks for ${asked}`);
      return route.fulfill({
        status: 422,
        contentType: 'application/problem+json',
        json: { type: '/problems/test', title: 'Test', status: 422, detail: 'Caught by a test', requestId: '' },
      });
    });

    const wrong: string[] = [];
    for (const [folder, { at, needs }] of Object.entries(staffPages)) {
      if (!needs.every((permission) => permissions.includes(permission))) continue;
      if (folder === 'account') continue;
      const path = at(hms.ids);
      await follow(page, path);
      await quiet();
      const seen = new Set<string>();
      for (let round = 0; round < 12; round += 1) {
        const buttons = await page.locator('main button:visible').all();
        let next: Locator | undefined;
        for (const button of buttons) {
          const word = await words(button).catch(() => '');
          if (seen.has(word)) continue;
          seen.add(word);
          next = button;
          break;
        }
        if (!next) break;
        refused.length = 0;
        await press(page, next).catch(() => {});
        const dialog = page.locator('[role=dialog], [role=alertdialog]').last();
        if ((await dialog.count()) > 0) {
          await fill(dialog).catch(() => {});
          for (const step of await dialog.locator('button.primary, button.danger, button[type=submit]').all())
            await press(page, step).catch(() => {});
          await quiet();
          await page.keyboard.press('Escape');
          await page.waitForTimeout(40);
          if ((await dialog.count()) > 0) await page.keyboard.press('Escape');
        }
        await quiet();
        wrong.push(...refused.map((request) => `${folder}, “${[...seen].at(-1)}”: ${request}`));
        if (new URL(page.url()).pathname !== path.split('?')[0]) await follow(page, path);
      }
    }
    assert.equal(wrong, []);
    if (process.env.VERBOSE) console.log(role, [...sent].sort());
    await context.close();
  });

test.run();
