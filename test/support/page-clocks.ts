import type { Page } from 'playwright-core';

/** How many times as long as it says everything of the page takes that has a limit. */
export const SLOWNESS = 40;

/** Clocks that a browser may have, as an expression of `real()`: milliseconds by the clock it does have. */
const BROWSER_CLOCKS = {
  /** Firefox's where it resists fingerprinting. It goes by how often it is read, so that no step is missed on a busy machine. */
  'steps 100 ms': 'Math.floor((globalThis.readings = (globalThis.readings ?? 0) + 1) / 100) * 100',
  /** Of which no bound of the page is reached before a test's own limit, however slow the machine is. */
  'is slow': `real() / ${SLOWNESS}`,
  'is fast': 'real() * 1000',
  'stands still': '1234.5',
  'goes backwards': 'real() % 20',
  /** Ten times as fast, so that what is planned in milliseconds is over in a tenth of the time. */
  'steps 1 ms': 'Math.floor(real() * 10)',
  /** One that does not depend on the machine: a millisecond goes by when it is read. */
  'goes when it is read': 'globalThis.readings = (globalThis.readings ?? 0) + 1',
} as const;

export type BrowserClock = keyof typeof BROWSER_CLOCKS;

/** Gives the page's workers another clock: code that is carried out in each before its own. */
export async function withWorkerClock(page: Page, clock: BrowserClock): Promise<void> {
  const prelude = `{ const real = performance.now.bind(performance); performance.now = () => ${BROWSER_CLOCKS[clock]}; }\n`;
  await page.route(/\/worker-[^/]*\.js$/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: prelude + (await response.text()) });
  });
}
