import type { Browser, Locator } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { demoRoles } from '../../plugins/auth/roles/defaults.ts';
import type { TestHms } from '../hms.ts';
import { openBrowser, visit } from './browser.ts';
import { follow, listen, staffPages, startFilled, type Ids } from './staff-pages.ts';

/*
 * A role presses every button of every page that it may open, and of every dialog that opens. What would change something
 * is caught before it reaches the server and held against the permission that its route asks for.
 */
const test = suite<{
  browser: Browser;
  hms: TestHms & { ids: Ids };
  asks: [RegExp, string, string][];
  sent: Map<string, Set<string>>;
}>('no button asks for what its person may not');

test.before(async (at) => {
  at.hms = await startFilled();
  at.browser = await openBrowser();
  at.sent = new Map();
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

/** What stands on them; numbers and dates aside, so that one of many rows is enough. */
const words = (buttons: Locator): Promise<string[]> =>
  buttons.evaluateAll((all) =>
    all.map((it) => (it.getAttribute('aria-label') ?? it.textContent ?? '').replace(/[\d.,:]+/g, '#').trim()),
  );

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

const press = async (button: Locator, quiet: () => Promise<void>): Promise<void> => {
  await button.evaluate((it) => (it as HTMLElement).click());
  await quiet();
};

interface Pressed {
  /** What was asked for and is not theirs, with the button. */
  wrong: string[];
  /** Each change that a button asked for, with its page. */
  sent: Set<string>;
}

/** `believes`: permissions that the interface is told to be theirs, whatever the server thinks. */
const pressAll = async (
  { browser, hms, asks }: { browser: Browser; hms: TestHms & { ids: Ids }; asks: [RegExp, string, string][] },
  role: string,
  believes: readonly string[] = [],
): Promise<Pressed> => {
  const { permissions } = (await (await hms.as(role)).get('/api/platform')).body as { permissions: string[] };
  const { page, context } = await visit(browser, hms.url, role, '/account');
  page.setDefaultTimeout(5000);
  const { refused, quiet } = listen(page);
  const wrong: string[] = [];
  const sent = new Set<string>();
  let folder = '';
  await page.route('**/api/**', async (route) => {
    const request = route.request();
    const { pathname } = new URL(request.url());
    if (pathname === '/api/platform' && believes.length > 0) {
      const json = (await (await route.fetch()).json()) as { permissions: string[] };
      return route.fulfill({ json: { ...json, permissions: believes } });
    }
    if (request.method() === 'GET' || /^\/api\/auth\/|search$|duplicates$|^\/api\/prints$/.test(pathname))
      return route.continue();
    const asked = asks.find(([path, method]) => method === request.method() && path.test(pathname))?.[2] ?? '';
    sent.add(`${folder}: ${request.method()} ${pathname.replace(/[0-9a-f-]{36}/g, '{id}')} (${asked})`);
    if (asked.includes(':') && !permissions.includes(asked))
      refused.push(`${request.method()} ${pathname} needs ${asked}`);
    return route.fulfill({
      status: 422,
      contentType: 'application/problem+json',
      json: { type: '/problems/test', title: 'Test', status: 422, detail: 'Caught by a test', requestId: '' },
    });
  });
  if (believes.length > 0) {
    await page.reload();
    await page.locator('h1').first().waitFor();
  }
  for (const [name, { at, needs }] of Object.entries(staffPages)) {
    if (name === 'account' || !needs.every((permission) => permissions.includes(permission))) continue;
    folder = name;
    const path = at(hms.ids);
    await follow(page, path);
    await quiet();
    const seen = new Set<string>();
    for (let round = 0; round < mostButtons; round += 1) {
      const buttons = page.locator('main button:visible');
      const all = await words(buttons);
      const index = all.findIndex((word) => !seen.has(word));
      if (index < 0) break;
      seen.add(all[index]!);
      refused.length = 0;
      await press(buttons.nth(index), quiet).catch(() => {});
      const dialog = page.locator('[role=dialog], [role=alertdialog]').last();
      if ((await dialog.count()) > 0) {
        await fill(dialog).catch(() => {});
        for (const step of await dialog.locator('button.primary, button.danger, button[type=submit]').all())
          await press(step, quiet).catch(() => {});
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
  await context.close();
  return { wrong, sent };
};
const mostButtons = 12;

/** Three minutes for all of them: by itself it presses as two, with `EVERY_ROLE=1 npm test -- ui/buttons` as everybody. */
const pressing = process.env.EVERY_ROLE ? demoRoles : (['nurse', 'receptionist'] as const);

for (const role of pressing)
  test(`${role}`, async (at) => {
    const { wrong, sent } = await pressAll(at, role);
    at.sent.set(role, sent);
    assert.equal(wrong, []);
  });

test('a button that is shown to the wrong person is noticed, and one that is kept from the right one', async (at) => {
  const all = [...at.hms.hms.permissions.keys()].filter((permission) => permission !== 'portal:use');
  const shown = await pressAll(at, 'nurse', all);
  assert.ok(shown.wrong.length > 0);
  assert.ok(at.sent.get('nurse')!.size > 0);
  const { permissions } = (await (await at.hms.as('nurse')).get('/api/platform')).body as { permissions: string[] };
  const theirs = [...shown.sent].filter((request) => permissions.some((it) => request.endsWith(`(${it})`)));
  assert.equal(
    theirs.filter((request) => !at.sent.get('nurse')!.has(request)),
    [],
  );
});

test.run();
