import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { explored, followed, modeTo, startExploring } from '../support/page.js';
import { inChromium, test } from '../support/page-test.js';

/** What of a selector's elements is above or below what is seen of the page, in pixels; undefined where there are none. */
const cutOff = (page: Page, selector: string): Promise<number | undefined> =>
  page.locator(selector).evaluateAll((all) => {
    const boxes = all.map((e) => e.getBoundingClientRect()).filter((box) => box.height > 0);
    if (boxes.length === 0) return undefined;
    const beyond = boxes.map((box) => Math.max(0, -box.top, box.bottom - innerHeight));
    return Math.round(Math.max(...beyond));
  });

inChromium('one viewport', () => {
  test.for(['recursion', 'nmi-over-task', 'two-tasks-one-cpu'])(
    'has all that belongs to %s at 1280 x 720',
    async (lab, { opened, tab }) => {
      await tab.setViewportSize({ width: 1280, height: 720 });
      await opened.open(tab, `#lab=${lab}`);
      await followed(tab);
      for (const selector of [
        '.intro',
        '.editor',
        '.answer',
        '.scrubber',
        '.panes .timeline',
        '.legend',
        '.state-box',
        '.steps .listing',
        '.steps pre',
        '.values-table',
        '.expects',
      ])
        expect(await cutOff(tab, selector), selector).toBe(0);
      // Nor is anything of the state at the cursor to be scrolled to.
      expect(await tab.locator('.moment').evaluate((e) => e.scrollHeight - e.clientHeight)).toBe(0);
    },
  );

  test('rows of a counterexample lead to the event of the timeline', async ({ opened, tab }) => {
    await opened.open(tab, '#lab=explore/two-tasks&guard=arm64-v1');
    await startExploring(tab);
    await explored(tab);
    const events: number[] = [];
    const rows = tab.locator('.trace .act');
    for (const row of await rows.all()) {
      await row.click();
      const isThere = row.locator('xpath=ancestor::tr[contains(@class, "here")]');
      await isThere.waitFor();
      await followed(tab);
      events.push(Number(await tab.locator('input[type=range]').inputValue()));
    }
    expect(events.length).toBeGreaterThan(4);
    expect(events).toEqual([...events].sort((a, b) => a - b));
    expect(new Set(events).size).toBeGreaterThan(2);
    await modeTo(tab, 'Run');
    const shown = await tab.locator('.scrubber').innerText();
    expect(shown).toContain(`event ${events.at(-1)! + 1} of`);
  });
});
