import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasChromium } from '../support/chromium.js';
import { Opened } from '../support/page.js';
import { type BrowserClock, withWorkerClock } from '../support/page-clocks.js';

const NONSENSE = /NaN|Infinity|undefined|\[object/;

describe.skipIf(!hasChromium())('the benchmark in the page', () => {
  let opened: Opened;
  beforeAll(async () => {
    opened = await Opened.start();
  });
  afterAll(() => opened?.close());

  const panelOf = (page: Page) => page.locator('.bench');
  const measure = (page: Page): Promise<void> =>
    panelOf(page).getByRole('button', { name: 'Measure' }).click();
  const status = async (page: Page): Promise<string> =>
    (await panelOf(page).locator('.status').textContent()) ?? '';
  /** What it came to, when it has ended. */
  const ended = async (page: Page): Promise<string> => {
    await panelOf(page).getByRole('button', { name: 'Measure', disabled: false }).waitFor();
    return status(page);
  };
  const opening = async (clock: BrowserClock | undefined, use: (page: Page) => Promise<void>) => {
    const page = await opened.page();
    if (clock !== undefined) await withWorkerClock(page, clock);
    await opened.open(page, '#mode=cost');
    await use(page);
    await page.close();
    expect(opened.trouble).toEqual([]);
  };

  test('says how far it is, can be cancelled, and ends with a plot and the table', () =>
    opening('goes when it is read', async (page) => {
      const panel = panelOf(page);
      await measure(page);
      await expect.poll(() => status(page)).toMatch(/^measuring trig-/);
      await panel.getByRole('button', { name: 'cancel' }).click();
      expect(await status(page)).toBe('cancelled');
      expect(await panel.locator('pre').isVisible()).toBe(false);
      await measure(page);
      await page.evaluate(() => {
        Object.defineProperty(document, 'hidden', { configurable: true, get: () => true });
        document.dispatchEvent(new Event('visibilitychange'));
        Reflect.deleteProperty(document, 'hidden');
      });
      expect(await ended(page)).toMatch(/^done; this tab was in the background/);
      const text = (await panel.locator('pre').textContent()) ?? '';
      // A hundred calls are a hundred steps: 4000 triggers in a tenth of a millisecond, whatever machine this is.
      expect(text).toMatch(/^trig-fentry +generic +40\.00 +25\.00 +0\.00 +~ +1\.000 +183$/m);
      expect(text).toMatch(/^ +arm64 +40\.00 +25\.00 +0\.00 +~ +~ +215$/m);
      expect(text).toMatch(/^ {2}the clock: its step is 100 µs, 1\.0 % of what is timed at once$/m);
      expect(text).toMatch(/^noise floor: 1\.0 %$/m);
      expect(
        await panel.locator('img').evaluate((img) => (img as HTMLImageElement).naturalWidth),
      ).toBeGreaterThan(300);
    }));

  test('prints no nonsense by the clock of this browser', () =>
    opening(undefined, async (page) => {
      await measure(page);
      expect(await ended(page)).toBe('done');
      const text = (await panelOf(page).locator('pre').textContent()) ?? '';
      expect(text).not.toMatch(NONSENSE);
      const src = await panelOf(page).locator('img').getAttribute('src');
      expect(decodeURIComponent(src!)).not.toMatch(NONSENSE);
      const rows = [...text.matchAll(/^(?:trig\S+)? +(\w+) +([\d.]+) +([\d.]+) +([\d.]+) .* \d+$/gm)];
      expect(rows).toHaveLength(32);
      for (const [row, , rate, ns] of rows) {
        expect(Number(ns), row).toBeGreaterThan(0);
        expect(Number(rate) * Number(ns), row).toBeGreaterThan(900);
      }
      const part = /^ {2}the clock: its step is \S+ [mµn]s, ([\d.]+) % of/m.exec(text)?.[1];
      expect(Number(part)).toBeLessThanOrEqual(1);
    }));

  test.each([
    ['steps 100 ms', /the clock steps 100 ms and a figure takes 100 steps/],
    ['stands still', /the clock stands still/],
    ['goes backwards', /the clock goes backwards|the clock steps/],
  ] as const)('says what it cannot measure where the clock %s', (clock, why) =>
    opening(clock, async (page) => {
      await measure(page);
      expect(await ended(page)).toMatch(why);
      expect(await panelOf(page).locator('pre').isVisible()).toBe(false);
      expect(await panelOf(page).locator('img').isVisible()).toBe(false);
    }),
  );
});
