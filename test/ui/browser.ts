import { existsSync } from 'node:fs';
import { AxeBuilder } from '@axe-core/playwright';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';

/**
 * The system's Chromium, the one without a window first: it does the same for a quarter less. Undefined where there is none;
 * a file that needs it skips then, and says so.
 */
export const browserPath: string | undefined = [
  process.env.CHROMIUM,
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
].find((path): path is string => path !== undefined && existsSync(path));

export async function openBrowser(): Promise<Browser> {
  if (!browserPath) throw new Error('There is no Chromium here; set CHROMIUM to its path.');
  const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking'];
  return chromium.launch({ executablePath: browserPath, args });
}

export interface Look {
  width?: number;
  height?: number;
  theme?: 'light' | 'dark';
  locale?: 'en' | 'es' | 'ar';
  /** Fingers instead of a mouse. */
  touch?: boolean;
}

/** Somebody in front of a screen of their own. */
export interface Visitor {
  page: Page;
  context: BrowserContext;
  /** What the browser complained about, refusals of the server and a lost network left out: the page handles those. */
  complaints: string[];
  /** Keys and clicks since it was last asked. Enter on a button is a key, not a click. */
  effort: () => Promise<{ keys: number; clicks: number }>;
}

/** As somebody who has never been here. */
export async function arrive(browser: Browser, look: Look = {}): Promise<Visitor> {
  const { width = 1366, height = 768, theme = 'light', locale = 'en', touch = false } = look;
  const context = await browser.newContext({ viewport: { width, height }, reducedMotion: 'reduce', hasTouch: touch });
  await context.addInitScript(
    (chosen) => {
      for (const [key, value] of Object.entries(chosen)) localStorage.setItem(`openward.${key}`, value);
      // In the page, so that it is known as soon as it happened; in the tab's storage, so that it outlives a reload.
      const count = (what: string) => sessionStorage.setItem(what, String(Number(sessionStorage.getItem(what)) + 1));
      addEventListener('pointerdown', () => count('clicks'), true);
      addEventListener(
        'keydown',
        ({ key }) => ['Control', 'Shift', 'Alt', 'Meta'].includes(key) || count('keys'),
        true,
      );
    },
    { theme, locale },
  );
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const complaints: string[] = [];
  page.on('console', (message) => {
    const text = message.text();
    const isHandled = text.startsWith('Failed to load resource') || text.includes('net::ERR_INTERNET_DISCONNECTED');
    if (message.type() === 'error' && !isHandled) complaints.push(text);
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  const effort = () =>
    page.evaluate(() => {
      const taken = (what: string) => {
        const count = Number(sessionStorage.getItem(what));
        sessionStorage.removeItem(what);
        return count;
      };
      return { keys: taken('keys'), clicks: taken('clicks') };
    });
  return { page, context, complaints, effort };
}

/** Signs in as that role's user on the way to a page. */
export async function visit(
  browser: Browser,
  url: string,
  role: string,
  path: string,
  look: Look = {},
): Promise<Visitor> {
  const visitor = await arrive(browser, look);
  await signIn(visitor.page, url, role, path);
  return visitor;
}

export async function signIn(page: Page, url: string, role: string, path = '/') {
  await page.goto(`${url}/sign-in?to=${encodeURIComponent(path)}`);
  await page.fill('#username', role);
  await page.fill('#password', 'openward-demo');
  await page.keyboard.press('Enter');
  await page.waitForURL((address) => address.pathname !== '/sign-in');
}

/** What axe finds against WCAG 2.2 A and AA, a line each. */
export async function axe(page: Page): Promise<string[]> {
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
  // Our pages have no frames: without the second page that axe opens for them it is twice as fast.
  const builder = new AxeBuilder({ page })
    .options({ resultTypes: ['violations'] })
    .withTags(tags)
    .setLegacyMode();
  const { violations } = await builder.analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
}

/** Pixels that the page is wider than its window. */
export const overflow = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
