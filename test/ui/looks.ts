import { mkdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { suite, type Test } from 'uvu';
import * as assert from 'uvu/assert';
import { service } from '../../core/actor.ts';
import { sql } from '../../core/database.ts';
import { shipped } from '../../core/loader.ts';
import { demoSize } from '../../scripts/demo.ts';
import { startHms, type TestHms } from '../hms.ts';
import { arrive, axe, browserPath, openBrowser, overflow, signIn, type Visitor } from './browser.ts';

const root = join(import.meta.dirname, '../..');
const folder = join(root, 'coverage/looks');

const sizes = [
  { width: 1366, height: 768 },
  { width: 390, height: 844 },
] as const;
const faces = (['en', 'ar'] as const).flatMap((locale) =>
  (['light', 'dark'] as const).map((theme) => ({ locale, theme })),
);
type Size = (typeof sizes)[number];
type Face = (typeof faces)[number];

export interface At {
  hms: TestHms;
  browser: Browser;
  rooms: Map<string, Room>;
}

/** Somebody's screen of one size, and a second window that chooses theme and language for both. */
interface Room extends Visitor {
  wear: (face: Face) => Promise<void>;
}

export interface Scene {
  page: string;
  state: string;
  /** Whose page it is; nobody's before the sign-in. */
  as?: string;
  path: string | ((at: At) => Promise<string>);
  /** From the loaded page, in English, to the state. */
  arrange?: (page: Page, at: At, size: Size) => Promise<unknown>;
  /** Ends what would follow the page into the next scene. */
  leave?: (page: Page) => Promise<unknown>;
  /** Where the state exists; everywhere when left out. */
  width?: Size['width'];
}

/** The demo hospital on a Wednesday at 10:24 in Berlin. */
export function looks(name: string, scenes: Scene[], furnish: (hms: TestHms) => Promise<unknown> = async () => {}) {
  const test = suite<At>(`looks: ${name}`);
  if (!browserPath) console.log('skip: no Chromium here (set CHROMIUM to its path)');
  test.before(async (at) => {
    if (!browserPath) return;
    mkdirSync(folder, { recursive: true });
    at.hms = await startDemo();
    try {
      await furnish(at.hms);
    } catch (error) {
      console.error(error); // uvu keeps what a hook throws to itself
      process.exit(1);
    }
    at.browser = await openBrowser();
    at.rooms = new Map();
  });
  test.after(async ({ browser, hms }) => {
    await browser?.close();
    await hms?.stop();
    console.log(`Pictures: ${relative(process.cwd(), folder)}`);
  });
  const only = process.env.LOOKS;
  for (const scene of scenes) if (!only || `${scene.page}-${scene.state}`.includes(only)) draw(test, scene);
  test.run();
}

/** A scene is set once for each size; its faces change in the running page, as they do for a user. */
function draw(test: Test<At>, scene: Scene) {
  const it = browserPath ? test : test.skip;
  for (const size of sizes) {
    if (scene.width && scene.width !== size.width) continue;
    let set: Promise<Room> | undefined;
    for (const face of faces) {
      const look = `${face.theme}-${face.locale === 'ar' ? 'rtl' : 'ltr'}-${size.width}`;
      it(`${scene.page}, ${scene.state}: ${look}`, async (at) => {
        const { page, complaints, wear } = await (set ??= setUp(at, scene, size));
        await wear(face);
        await picture(page, size, `${scene.page}-${scene.state}-${look}`);
        assert.equal(await axe(page), []);
        assert.is(await overflow(page), 0, 'wider than its window');
        assert.equal(complaints, []);
        if (face === faces.at(-1)) await scene.leave?.(page);
      });
    }
  }
}

/**
 * The whole page, or what the window shows of it when something lies over it. Chromium forgets the fingers when it draws
 * past its window, so a phone is made as tall as its page.
 */
async function picture(page: Page, size: Size, name: string) {
  const covered = (await page.locator('[role=dialog], [role=alertdialog], [role=menu]').count()) > 0;
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  const taller = !covered && size.width < 768 && height > size.height;
  if (taller) await page.setViewportSize({ width: size.width, height });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: !covered && !taller });
  if (taller) await page.setViewportSize(size);
}

async function setUp(at: At, { as = '', path, arrange }: Scene, size: Size): Promise<Room> {
  const key = `${as} ${size.width}`;
  const room = at.rooms.get(key) ?? (await enter(at, as, size));
  at.rooms.set(key, room);
  const { page, complaints } = room;
  await room.wear(faces[0]!);
  await page.goto(at.hms.url + (typeof path === 'string' ? path : await path(at)));
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  complaints.length = 0;
  await arrange?.(page, at, size);
  return room;
}

async function enter({ browser, hms }: At, as: string, size: Size): Promise<Room> {
  const visitor = await arrive(browser, { ...size, touch: size.width < 768 });
  const { page, context } = visitor;
  if (as) await signIn(page, hms.url, as);
  else await page.goto(`${hms.url}/sign-in`);
  const other = await context.newPage();
  await other.goto(`${hms.url}/icon.svg`);
  await page.bringToFront();
  const wear = async (face: Face) => {
    await other.evaluate((chosen) => {
      for (const [key, value] of Object.entries(chosen)) localStorage.setItem(`openward.${key}`, value);
    }, face);
    await page.waitForFunction(
      ({ locale, theme }) =>
        document.documentElement.lang === locale && document.documentElement.dataset.theme === theme,
      face,
    );
    await page.evaluate(() => document.fonts.ready.then(() => undefined));
  };
  return { ...visitor, wear };
}

export async function startDemo(): Promise<TestHms> {
  const hms = await startHms(shipped(), { now: '2026-03-04T09:24:00Z', env: { OPENWARD_DEMO: '1' } });
  const owner = { ...hms.db, actor: service('demo') };
  const plan = {
    ...demoSize,
    passwordPepper: 'x'.repeat(32),
    zone: 'Europe/Berlin',
    currency: 'EUR',
    progress: () => {},
  };
  for (const { demo } of hms.hms.plugins) if (demo) await owner.transaction((tx) => demo(tx, plan));
  await hms.db.query(sql.unsafe`analyze`);
  await hms.settle();
  return hms;
}
