import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { SHIPPED_LABS } from '../../src/web/labs.js';
import { explored, followed, modeTo, startExploring } from '../support/page.js';
import { inChromium, test } from '../support/page-test.js';

/** What belongs to a lab as it is opened. */
const PARTS = [
  '.intro',
  '.editor',
  '.answer',
  '.scrubber',
  '.panes .timeline',
  '.legend',
  '.text',
  '.state-box',
  '.steps .listing',
  '.steps pre',
  '.counters',
  '.expects',
];

/** What of a selector's elements is above or below what is seen of the page, in pixels; undefined where there are none. */
const cutOff = (page: Page, selector: string): Promise<number | undefined> =>
  page.locator(selector).evaluateAll((all) => {
    const boxes = all.map((e) => e.getBoundingClientRect()).filter((box) => box.height > 0);
    if (boxes.length === 0) return undefined;
    const beyond = boxes.map((box) => Math.max(0, -box.top, box.bottom - innerHeight));
    return Math.round(Math.max(...beyond));
  });

/** What may be scrolled: the text of a lab and that of a run. The rest of a lab as it is opened is to be in sight. */
const SCROLLED = '.cm-scroller, .output';
/** Timelines of so many rows are in sight as a whole; those of deeper runs may be scrolled. */
const ROWS = 12;

/** Parts of the page that hold more than they show, and how many pixels more. */
const hidden = (page: Page): Promise<string[]> =>
  page.locator('main').evaluate(
    (main, [scrolled, rows]) =>
      [document.documentElement, main, ...main.querySelectorAll('*')].flatMap((e) => {
        const { overflowX, overflowY } = getComputedStyle(e);
        const cuts =
          [overflowX, overflowY].some((how) => how !== 'visible') || e === document.documentElement;
        const more = Math.max(e.scrollHeight - e.clientHeight, e.scrollWidth - e.clientWidth);
        // What is cut with an ellipsis is there to be read as a title, or in a wider window.
        const isShortened = getComputedStyle(e).textOverflow === 'ellipsis';
        if (!cuts || more <= 0 || e.clientHeight === 0 || isShortened || e.closest(scrolled) !== null)
          return [];
        // Of a deep run the row of the cursor is in sight.
        if (e.matches('.timeline-box') && e.scrollHeight > rows * 20) {
          const at = document.querySelector<HTMLInputElement>('.scrubber input')!.value;
          const [box, here] = [e, e.querySelector(`[data-from='${at}']`)!].map((x) =>
            x.getBoundingClientRect(),
          );
          if (here!.top >= box!.top && here!.bottom <= box!.bottom) return [];
        }
        return [`${e.tagName} ${e.className}: ${more}`];
      }),
    [SCROLLED, ROWS] as const,
  );

inChromium('one viewport', () => {
  test('has all that belongs to a lab at 1280 x 720, whichever of the menu is opened', async ({
    opened,
    tab,
  }) => {
    await tab.setViewportSize({ width: 1280, height: 720 });
    const found: Record<string, readonly string[]> = {};
    for (const { name } of SHIPPED_LABS) {
      await opened.open(tab, `#lab=${name}`);
      await followed(tab);
      await tab.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn))));
      const more = await hidden(tab);
      for (const selector of PARTS) {
        const beyond = await cutOff(tab, selector);
        // Nothing may be expected of a run, and then nothing is drawn.
        if (beyond !== 0 && (beyond !== undefined || selector !== '.expects'))
          more.push(`${selector} is ${beyond} beyond`);
      }
      if (more.length > 0) found[name] = more;
    }
    expect(found).toEqual({});
  });

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
