import { test as base, describe, expect } from 'vitest';
import { CHROMIUM, hasChromium } from './chromium.js';
import { launch, Opened } from './page.js';
import { servePage } from './page-server.js';

/**
 * Tests in Chromium. Files that a worker runs share one browser, and its window. `page` is a tab of the whole file, for
 * tests that go on from one another, or that open an address first; `tab` one of the test alone. After each
 * test nothing may have gone wrong in any tab, and nobody else may have been asked for anything: a test for which
 * something is to go wrong empties `opened.trouble`.
 */
export const test = base
  .extend('executable', { scope: 'worker' }, CHROMIUM)
  .extend('browser', { scope: 'worker' }, async ({ executable }, { onCleanup }) => {
    const browser = await launch(executable);
    onCleanup(() => browser.close());
    return browser;
  })
  .extend('context', { scope: 'worker' }, ({ browser }) => browser.newContext())
  .extend('opened', { scope: 'file' }, async ({ context }, { onCleanup }) => {
    const served = await servePage();
    onCleanup(() => served.close());
    return new Opened(context, served.url);
  })
  .extend('page', { scope: 'file' }, async ({ opened }, { onCleanup }) => {
    const page = await opened.page();
    onCleanup(() => opened.close(page));
    return page;
  })
  .extend('tab', async ({ opened }, { onCleanup }) => {
    const page = await opened.page();
    onCleanup(() => opened.close(page));
    return page;
  })
  .extend('nothingWrong', { auto: true }, ({ opened }, { onCleanup }) => {
    onCleanup(() => {
      const [strangers, trouble] = [opened.strangers.splice(0), opened.trouble.splice(0)];
      expect({ strangers, trouble }).toEqual({ strangers: [], trouble: [] });
    });
  });

/** A suite of such tests, skipped where there is no Chromium. */
export const inChromium = describe.skipIf(!hasChromium());
