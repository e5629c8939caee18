import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { violations } from '../support/axe.js';
import { settled, statusOf } from '../support/page.js';
import { inChromium, test } from '../support/page-test.js';

const hashOf = (page: Page): string => new URL(page.url()).hash;
const isOpen = (page: Page): Promise<boolean> =>
  page.locator('dialog.help-pages').evaluate((e) => (e as HTMLDialogElement).open);
const closed = (page: Page): Promise<void> =>
  page.locator('dialog.help-pages:not([open])').waitFor({ state: 'attached' });
const headingOf = (page: Page, name: string) =>
  page.locator('dialog article').getByRole('heading', { name, exact: true });

inChromium('the help', () => {
  /** What the laboratory shows, and what could be lost of it. */
  const viewOf = (page: Page): Promise<unknown> =>
    page.evaluate(() => ({
      lab: document.querySelector('.cm-content')?.textContent,
      at: document.querySelector<HTMLInputElement>('input[type=range]')?.value,
      scroll: document.querySelector('.cm-scroller')?.scrollTop,
      status: document.querySelector('.seen .status')?.textContent,
    }));

  test.for(['Escape', 'Back', 'the button'])(
    'is left by %s, and the laboratory is as it was',
    async (how, { opened, page }) => {
      await opened.open(page, '#lab=nmi-over-task&at=3');
      await page.locator('.cm-content').click();
      await page.keyboard.type('// mine ');
      await expect.poll(() => statusOf(page)).toContain('has changed');
      const before = await viewOf(page);
      // By the keyboard, while the address has not heard of what was typed yet.
      await page.getByRole('link', { name: 'Help', exact: true }).focus();
      await page.keyboard.press('Enter');
      await headingOf(page, 'The page').waitFor();
      expect(hashOf(page)).toBe('#help');
      expect(await isOpen(page)).toBe(true);
      await page.locator('dialog').getByRole('link', { name: 'Language', exact: true }).click();
      await headingOf(page, 'Declarations').waitFor();
      expect(hashOf(page)).toBe('#language');
      if (how === 'Escape') await page.keyboard.press('Escape');
      else if (how === 'Back') await page.goBack();
      else await page.getByRole('button', { name: 'back to the laboratory' }).click();
      await closed(page);
      expect(await viewOf(page)).toEqual(before);
      expect(hashOf(page)).toContain('text=');
      // What was done can be undone: it is the same editor.
      await page.locator('.cm-content').click();
      await page.keyboard.press('ControlOrMeta+z');
      await expect.poll(() => page.locator('.cm-content').textContent()).not.toContain('// mine');
    },
  );

  test('opens at a heading, above a laboratory', async ({ opened, tab }) => {
    await opened.open(tab, '#language/attach-kinds');
    await headingOf(tab, 'Attach kinds').waitFor();
    const top = (): Promise<number> =>
      headingOf(tab, 'Attach kinds').evaluate((e) => e.getBoundingClientRect().top);
    await expect.poll(top).toBeLessThan(200);
    expect(hashOf(tab)).toBe('#language/attach-kinds');
    await tab.keyboard.press('Escape');
    await closed(tab);
    expect(hashOf(tab)).toContain('lab=recursion');
    expect(await statusOf(tab)).toContain('hold');
  });

  test('has every page at its address, by keyboard, and accessible', async ({ opened, page }) => {
    await opened.open(page, '#lab=recursion');
    await page.evaluate(() => {
      location.hash = '#codes/B0201';
    });
    await headingOf(page, 'B0201: mixed register widths').waitFor();
    const pages = page.getByRole('navigation', { name: 'pages of the help' }).getByRole('link');
    expect(await pages.count()).toBeGreaterThan(4);
    for (const link of await pages.all()) {
      const title = (await link.textContent())!;
      await link.press('Enter');
      await page.getByRole('article', { name: title, exact: true }).waitFor();
      expect(hashOf(page)).toBe(await link.getAttribute('href'));
      expect(await violations(page), title).toEqual([]);
    }
    await page.goBack();
    await closed(page);
    expect(hashOf(page)).toContain('lab=recursion');
  });

  test('opens what it shows in the laboratory', async ({ opened, page }) => {
    await opened.open(page, '#lab=recursion');
    await page.evaluate(() => {
      location.hash = '#guards';
    });
    const block = page.locator('dialog figure').filter({ hasText: 'guard mine {' }).first();
    await block.getByRole('button', { name: 'open in the laboratory' }).click();
    await closed(page);
    await settled(page);
    await expect.poll(() => page.locator('#guard').inputValue()).toBe('mine');
    expect(await page.locator('.sentence').textContent()).toContain('the mine guard refused it');
    expect(hashOf(page)).toContain('guard=mine');
    await page.evaluate(() => {
      location.hash = '#exploring';
    });
    await page.locator('dialog figure').getByRole('link', { name: 'open in the laboratory' }).first().click();
    await closed(page);
    await settled(page);
    expect(await page.locator('#lab').inputValue()).toMatch(/^explore\//);
    expect(await page.getByRole('tab', { name: 'Explore' }).getAttribute('aria-selected')).toBe('true');
  });

  test('takes the keys that would move the cursor', async ({ opened, page }) => {
    await opened.open(page, '#lab=recursion&at=4');
    const at = (): Promise<string> => page.locator('input[type=range]').inputValue();
    await page.getByRole('link', { name: 'Help', exact: true }).click();
    await headingOf(page, 'The page').click();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('n');
    expect(await at()).toBe('4');
    await page.keyboard.press('Escape');
    await closed(page);
    await page.locator('h1').click();
    await page.keyboard.press('ArrowRight');
    expect(await at()).toBe('5');
  });

  test('has room at a width of 400 pixels', async ({ opened, tab }) => {
    await tab.setViewportSize({ width: 400, height: 800 });
    await opened.open(tab, '#language');
    await headingOf(tab, 'Declarations').waitFor();
    for (const selector of ['dialog', 'dialog article'])
      expect(
        await tab.locator(selector).evaluate((e) => e.scrollWidth - e.clientWidth),
        selector,
      ).toBeLessThanOrEqual(0);
    expect(await violations(tab)).toEqual([]);
  });
});
