import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Opened } from '../support/page.js';
import { type BrowserClock, withWorkerClock } from '../support/page-clocks.js';
import { inChromium, test } from '../support/page-test.js';

const NONSENSE = /NaN|Infinity|undefined|\[object/;

inChromium('the benchmark in the page', () => {
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
  /** Opens the page where workers have a clock. */
  const withClock = async (opened: Opened, page: Page, clock: BrowserClock): Promise<void> => {
    await withWorkerClock(page, clock);
    await opened.open(page, '#mode=cost');
  };

  /** Cancels as soon as the page says that it measures. */
  const cancelWhenMeasuring = (page: Page): Promise<string> =>
    page.evaluate(
      () =>
        new Promise((said) => {
          const find = (selector: string) => document.querySelector<HTMLElement>(`.bench ${selector}`)!;
          const observer = new MutationObserver(() => {
            const what = find('.status').textContent;
            if (!what.startsWith('measuring ')) return;
            observer.disconnect();
            find('button:nth-of-type(2)').click();
            said(what);
          });
          observer.observe(find('.status'), { subtree: true, childList: true, characterData: true });
          find('button').click();
        }),
    );

  test('says how far it is, can be cancelled, and ends with a plot and the table', async ({
    opened,
    tab,
  }) => {
    await withClock(opened, tab, 'goes when it is read');
    const panel = panelOf(tab);
    expect(await cancelWhenMeasuring(tab)).toMatch(/^measuring trig-/);
    expect(await status(tab)).toBe('cancelled');
    expect(await panel.locator('pre').isVisible()).toBe(false);
    await measure(tab);
    await tab.evaluate(() => {
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => true });
      document.dispatchEvent(new Event('visibilitychange'));
      Reflect.deleteProperty(document, 'hidden');
    });
    expect(await ended(tab)).toMatch(/^done; this tab was in the background/);
    const text = (await panel.locator('pre').textContent()) ?? '';
    // A hundred calls are a hundred steps: 4000 triggers in a millisecond, whatever machine this is.
    expect(text).toMatch(/^trig-fentry +generic +4\.00 +250\.00 +0\.00 +~ +1\.000 +183$/m);
    expect(text).toMatch(/^ +arm64 +4\.00 +250\.00 +0\.00 +~ +~ +215$/m);
    expect(text).toMatch(/^ {2}the clock: its step is 1 ms, 1\.0 % of what is timed at once$/m);
    expect(text).toMatch(/^noise floor: 1\.0 %$/m);
    expect(
      await panel.locator('img').evaluate((img) => (img as HTMLImageElement).naturalWidth),
    ).toBeGreaterThan(300);
  });

  test('says the same in chart and table, and no nonsense, by a clock of whole milliseconds', async ({
    opened,
    tab,
  }) => {
    await withClock(opened, tab, 'steps 1 ms');
    await measure(tab);
    expect(await ended(tab)).toBe('done');
    const plot = panelOf(tab).locator('.plot');
    // All of it is seen in a narrow window too, without being made so small that it cannot be read.
    await tab.setViewportSize({ width: 400, height: 800 });
    await expect
      .poll(() => plot.locator('img').evaluate((img: HTMLImageElement) => img.naturalWidth))
      .toBe(360);
    expect(await plot.evaluate((p) => p.scrollWidth - p.clientWidth)).toBe(0);
    const text = (await panelOf(tab).locator('pre').textContent()) ?? '';
    expect(text).not.toMatch(NONSENSE);
    const svg = decodeURIComponent((await panelOf(tab).locator('img').getAttribute('src'))!);
    expect(svg).not.toMatch(NONSENSE);
    const rows = [
      ...text.matchAll(/^(?:trig\S+)? +(\w+) +([\d.]+) +([\d.]+) +([\d.]+) +([-~]|[-\d.]+) .* \d+$/gm),
    ];
    expect(rows).toHaveLength(32);
    for (const [row, , rate, ns] of rows) {
      expect(Number(ns), row).toBeGreaterThan(0);
      expect(Number(rate) * Number(ns), row).toBeGreaterThan(900);
    }
    const drawn = [...svg.matchAll(/<title>\S+ (\w+): ([\d.]+) ns \[.*?\]; guard ([-~]|[-\d.]+)/g)];
    expect(drawn.map(([, ...figures]) => figures)).toEqual(
      rows.map(([, guard, , ns, , share]) => [guard, ns, share]),
    );
    // A thread that is kept waiting misses some: what counts is the part of what is timed.
    const part = /^ {2}the clock: its step is [\d.]+ ms, ([\d.]+) % of/m.exec(text)?.[1];
    expect(Number(part)).toBeLessThanOrEqual(1);
  });

  test.for([
    ['steps 100 ms', /the clock steps 100 ms and a figure takes 100 steps/],
    ['stands still', /the clock stands still/],
    ['goes backwards', /the clock goes backwards|the clock steps/],
  ] as const)('says what it cannot measure where the clock %s', async ([clock, why], { opened, tab }) => {
    await withClock(opened, tab, clock);
    await measure(tab);
    expect(await ended(tab)).toMatch(why);
    expect(await panelOf(tab).locator('pre').isVisible()).toBe(false);
    expect(await panelOf(tab).locator('img').isVisible()).toBe(false);
  });
});
