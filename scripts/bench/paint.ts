import type { Page } from 'playwright-core';

declare global {
  /** Of the page: when it was asked, and the promise of the frame that shows the answer. */
  var painting: Promise<number> | undefined;
}

/**
 * Milliseconds from what a person does to the frame that shows `selector` with this text in it, measured in the page: everything in
 * between counts, also waiting for more keys, the server and the network.
 */
export const untilPainted = async (
  page: Page,
  kind: 'keydown' | 'click',
  selector: string,
  text: string,
  act: () => Promise<void>,
): Promise<number> => {
  await page.evaluate(
    ({ kind, selector, text }) => {
      globalThis.painting = new Promise((resolve, reject) => {
        let begun = 0;
        addEventListener(kind, () => (begun = performance.now()), { capture: true });
        const isThere = () => [...document.querySelectorAll(selector)].some((it) => it.textContent.includes(text));
        const look = new MutationObserver(() => {
          if (begun === 0 || !isThere()) return;
          look.disconnect();
          // The frame after the next has what this one draws on the screen.
          requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - begun)));
        });
        look.observe(document, { childList: true, subtree: true, characterData: true, attributes: true });
        setTimeout(() => reject(new Error(`${text} was not painted within ten seconds`)), 10_000);
      });
    },
    { kind, selector, text },
  );
  await act();
  return page.evaluate(() => globalThis.painting!);
};
