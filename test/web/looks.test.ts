import { expect } from 'vitest';
import { violations } from '../support/axe.js';
import { explored, followed, openFound, startExploring } from '../support/page.js';
import { inChromium, test } from '../support/page-test.js';

const FOUND = '#lab=explore/two-tasks&guard=arm64-v1&against=arm64';
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
    const state = page.locator('.state-box').first();
    expect(await state.locator('.decoded').allInnerTexts()).toContainEqual(expect.stringContaining('nmi'));
    expect(await state.evaluate((e) => e.scrollWidth - e.clientWidth)).toBeLessThanOrEqual(0);
    expect(await violations(page)).toEqual([]);
    await page.locator('#against').selectOption('');
    await page.locator('#lab').selectOption('explore/broken-guard');
    await startExploring(page);
    await explored(page);
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

  test('without moving what is there already', async ({ opened, tab }) => {
    await tab.addInitScript(() => {
      const kept = globalThis as { shifts?: number[] };
      kept.shifts = [];
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries())
          kept.shifts!.push((entry as unknown as { value: number }).value);
      }).observe({ type: 'layout-shift', buffered: true });
    });
    await opened.open(tab, '#lab=two-tasks-one-cpu&at=5');
    const heard = (): Promise<number[]> =>
      tab.evaluate(() => (globalThis as { shifts?: number[] }).shifts ?? []);
    await tab.evaluate(
      () => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))),
    );
    // What is heard comes in order: once a shift that was made is heard, all before it has been.
    await tab.evaluate(() =>
      document.body.prepend(Object.assign(document.createElement('div'), { style: 'height: 400px' })),
    );
    await expect.poll(async () => Math.max(0, ...(await heard()))).toBeGreaterThan(0.1);
    const before = (await heard()).slice(0, -1);
    expect(before.reduce((sum, shift) => sum + shift, 0)).toBeLessThan(0.01);
  });

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
