import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { violations } from '../support/axe.js';
import { explored, followed, openFound, settled, startExploring } from '../support/page.js';
import { inChromium, test } from '../support/page-test.js';

const FOUND = '#lab=explore/two-tasks&guard=arm64-v1&against=arm64';
/** Runs in the page: a key that nobody has pressed, so that what moves is not put down to whoever pressed it. */
function pressed(key: string): void {
  document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
}

const BUSY = '#lab=nmi-over-task&against=arm64-nested&at=8';

inChromium('the page looks right', () => {
  test.for(['light', 'dark'] as const)('and is accessible in %s', async (scheme, { opened, page }) => {
    await page.emulateMedia({ colorScheme: scheme });
    await opened.open(page, BUSY);
    await page.locator('[data-active] button:enabled').first().click();
    await page.getByLabel('with the timeline').check();
    await page.getByRole('button', { name: 'step ▶' }).click();
    await followed(page);
    expect(await violations(page)).toEqual([]);
    await opened.open(page, FOUND);
    await startExploring(page);
    await explored(page);
    await openFound(page, 'arm64-v1 breaks balanced');
    await page.locator('.schedule-bar summary').click();
    expect(await violations(page)).toEqual([]);
    await page.locator('.schedule-bar summary').click();
  });

  test('at a width of 400 pixels', async ({ opened, page }) => {
    await page.setViewportSize({ width: 400, height: 800 });
    const overflow = (): Promise<number> =>
      page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    const fits = async (selectors: readonly string[]): Promise<void> => {
      for (const selector of selectors) {
        const box = await page.locator(selector).first().boundingBox();
        expect(box, selector).not.toBeNull();
        expect(box!.x, selector).toBeGreaterThanOrEqual(0);
        expect(box!.x + box!.width, selector).toBeLessThanOrEqual(400);
      }
    };
    await opened.open(page, BUSY);
    expect(await overflow()).toBeLessThanOrEqual(0);
    await fits(['#lab', '#guard', '#run', '.scrubber input', '.steps .listing', '.answer']);
    // What the bytes mean can be read without scrolling sideways.
    const state = page.locator('.state-box:visible').first();
    expect(await state.locator('.decoded').allInnerTexts()).toContainEqual(expect.stringContaining('nmi'));
    expect(await state.evaluate((e) => e.scrollWidth - e.clientWidth)).toBeLessThanOrEqual(0);
    expect(await violations(page)).toEqual([]);
    await page.locator('#against').selectOption('');
    await page.locator('#lab').selectOption('explore/broken-guard');
    await startExploring(page);
    await explored(page);
    // What took long and found much fits, too.
    const wide = await page.locator('.findings').evaluate((e) => {
      const [states, time] = [...e.querySelectorAll('.finding td')].slice(-2);
      states!.textContent = '300,000';
      time!.textContent = '0.0012 s';
      return e.scrollWidth - e.clientWidth;
    });
    expect(wide).toBeLessThanOrEqual(0);
    await page.getByRole('button', { name: 'counterexample: mine breaks progress' }).click();
    expect(await overflow()).toBeLessThanOrEqual(0);
    await fits(['.findings', '.explore pre', '.counterexample']);
    expect(await violations(page)).toEqual([]);
    await openFound(page, 'mine breaks progress');
    await page.locator('.schedule-bar summary').click();
    expect(await overflow()).toBeLessThanOrEqual(0);
    await fits(['.schedule-bar', '#schedule', '.answer']);
    expect(await violations(page)).toEqual([]);
    await page.setViewportSize({ width: 1280, height: 900 });
  });

  /** What moved in a tab since it was opened, whether somebody has just pressed something or not, but for what they moved. */
  const shiftsOf = async (tab: Page): Promise<number[]> => {
    const heard = (): Promise<number[]> =>
      tab.evaluate(() => (globalThis as { shifts?: number[] }).shifts ?? []);
    await tab.evaluate(
      () => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))),
    );
    // What is heard comes in order: once a shift that was made is heard, all before it has been.
    const mark = await tab.evaluate(() => {
      const kept = globalThis as { shifts?: number[] };
      document.body.prepend(
        Object.assign(document.createElement('div'), { id: 'mark', style: 'height: 400px' }),
      );
      return kept.shifts?.length ?? 0;
    });
    await expect.poll(async () => Math.max(0, ...(await heard()).slice(mark))).toBeGreaterThan(0.1);
    const all = await heard();
    return all.slice(
      0,
      all.findLastIndex((shift) => shift > 0.1),
    );
  };
  const listenTo = async (tab: Page): Promise<void> => {
    await tab.addInitScript(() => {
      const kept = globalThis as { shifts?: number[] };
      kept.shifts = [];
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries())
          kept.shifts!.push((entry as unknown as { value: number }).value);
      }).observe({ type: 'layout-shift', buffered: true });
    });
  };

  test.for([
    ['is opened', 0.01, async () => {}],
    [
      'runs a lab',
      0.02,
      async (tab: Page) => {
        for (const [id, value] of [
          ['guard', 'generic'],
          ['scenario', '1'],
          ['kernel', 'amd64-7.3'],
          ['guard', 'none'],
        ] as const) {
          await tab.locator(`#${id}`).selectOption(value);
          await settled(tab);
          await followed(tab);
        }
        for (let i = 0; i < 8; i += 1) await tab.evaluate(pressed, 'ArrowRight');
        await followed(tab);
      },
    ],
    [
      'explores',
      0.02,
      async (tab: Page) => {
        await tab.evaluate(pressed, 'e');
        await explored(tab);
        for (let i = 0; i < 4; i += 1) {
          await tab.evaluate(() =>
            document.querySelector<HTMLElement>('.counterexample [aria-label="next row"]')!.click(),
          );
          await followed(tab);
        }
      },
    ],
  ] as const)('without moving what is there when it %s', async ([, most, act], { opened, tab }) => {
    await listenTo(tab);
    await opened.open(tab, '#lab=explore/two-tasks&guard=arm64-v1');
    await followed(tab);
    await act(tab);
    expect((await shiftsOf(tab)).reduce((sum, shift) => sum + shift, 0)).toBeLessThan(most);
  });

  test('without moving what is there when its style sheet comes after the first paint', async ({
    opened,
    tab,
  }) => {
    await listenTo(tab);
    await tab.route(/\/style-[^/]*\.css$/, async (route) => {
      await tab.waitForFunction(() => performance.getEntriesByName('first-contentful-paint').length > 0);
      await route.continue();
    });
    await opened.open(tab, '#lab=explore/two-tasks&guard=arm64-v1');
    await followed(tab);
    expect((await shiftsOf(tab)).reduce((sum, shift) => sum + shift, 0)).toBeLessThan(0.01);
  });

  test.for([
    ['', 'arm64'],
    ['arm64', 'generic'],
    ['generic', ''],
  ] as const)(
    'without moving what is there when %j is no longer compared with, but %j',
    async ([from, to], { opened, tab }) => {
      await listenTo(tab);
      await opened.open(tab, `#lab=explore/two-tasks&guard=arm64-v1${from && `&against=${from}`}`);
      await followed(tab);
      await tab.evaluate(() => {
        // What it took to open is held above.
        (globalThis as { shifts?: number[] }).shifts = [];
      });
      await tab.locator('#against').selectOption(to);
      await settled(tab);
      await followed(tab);
      expect((await shiftsOf(tab)).reduce((sum, shift) => sum + shift, 0)).toBeLessThan(0.02);
    },
  );

  test('with the keyboard alone', async ({ opened, page }) => {
    await opened.open(page, '#lab=recursion');
    await page.locator('h1').click();
    const reached = new Set<string>();
    for (let i = 0; i < 60; i += 1) {
      await page.keyboard.press('Tab');
      reached.add(
        await page.evaluate(() => {
          const e = document.activeElement;
          return e?.id || e?.getAttribute('aria-label') || e?.textContent || '?';
        }),
      );
    }
    for (const name of [
      'lab',
      'guard',
      'against',
      'kernel',
      'verify',
      'run',
      'event',
      'next refusal',
      'zoom in',
      'step ▶',
      'width of the lab',
      'tab-run',
      'every schedule',
      'instructions',
      'tree',
      'copy',
    ])
      expect([...reached]).toContain(name);
  });
});
