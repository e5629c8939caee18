import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { violations } from '../support/axe.js';
import { settled } from '../support/page.js';
import { inChromium, test } from '../support/page-test.js';

const saidOf = async (page: Page): Promise<string> => {
  await page.waitForFunction(
    () => !/^(?:checking)?$/.test(document.querySelector('.said')?.textContent ?? ''),
  );
  return page.locator('.said').innerText();
};
const headingOf = (page: Page): Promise<string> => page.locator('.lesson h2').innerText();
const labOf = (page: Page): Promise<string> => page.locator('.cm-content').innerText();
const addressOf = (page: Page): URLSearchParams => new URLSearchParams(new URL(page.url()).hash.slice(1));

inChromium('the course', () => {
  test('is gone through with the keyboard: a wrong answer, the right one, the next lesson', async ({
    opened,
    page,
  }) => {
    await opened.open(page);
    expect(await page.locator('.lesson').isVisible()).toBe(false);
    await page.getByRole('button', { name: 'Course' }).focus();
    await page.keyboard.press('Enter');
    await settled(page);
    expect(await headingOf(page)).toBe('1. A refusal is counted');
    expect(addressOf(page).get('lesson')).toBe('1');
    expect(addressOf(page).has('text')).toBe(false);
    expect(await labOf(page)).toContain('delete loops[0] x 3');
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('H2');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('answer');
    await page.keyboard.type('8');
    await page.keyboard.press('Enter');
    expect(await saidOf(page)).toBe('Not yet: 8 is not right.');
    expect(await page.locator('.lessons').innerText()).not.toContain('✓');
    await page.keyboard.press('Backspace');
    await page.keyboard.type('3');
    await page.keyboard.press('Enter');
    await page.locator('.said.good').waitFor();
    expect(await saidOf(page)).toMatch(/^Right\. /);
    await page.getByRole('link', { name: 'lesson 1: A refusal is counted, solved' }).waitFor();
    await page.getByRole('link', { name: 'next lesson' }).press('Enter');
    // The browser tells the page of the new address a moment later.
    await expect.poll(() => headingOf(page)).toBe('2. Whose counter grows?');
    await settled(page);
    expect(await page.locator('#lab option:checked').innerText()).toBe('lesson 2: Whose counter grows?');
    expect(await page.locator('.said').innerText()).toBe('');
  });

  test('keeps what is solved, and begins with the first that is not', async ({ opened, page }) => {
    await opened.open(page, '#lab=mutual');
    await page.reload();
    await settled(page);
    expect(await page.locator('.lesson').isVisible()).toBe(false);
    await page.getByRole('button', { name: 'Course' }).click();
    expect(await headingOf(page)).toMatch(/^2\. /);
    expect(await page.locator('.lessons').innerText()).toMatch(/^1 ✓/);
    await page.getByRole('button', { name: 'close the course' }).click();
    expect(await page.locator('.lesson').isVisible()).toBe(false);
    // Its lab is a text of one's own now, which has to be packed first.
    await expect.poll(() => addressOf(page).has('lesson')).toBe(false);
  });

  test('an address opens a lesson, with what was done to its lab', async ({ opened, page, tab }) => {
    await opened.open(page, '#lesson=5');
    expect(await headingOf(page)).toBe('5. Make arm64-v1 fail');
    expect(await page.locator('.lesson input').count()).toBe(0);
    await page.getByRole('button', { name: 'Check my lab' }).click();
    expect(await saidOf(page)).toBe('Not yet: on_work.run_cnt is 1, on_work.active is 0.');
    await page.locator('.cm-content').focus();
    await page.keyboard.press('ControlOrMeta+End');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Home');
    await page.keyboard.press('Shift+End');
    await page.keyboard.insertText('at arm64-v1.enter+8 in A preempt B');
    await page.keyboard.press('Enter');
    await page.keyboard.insertText('at on_work+0 in B preempt A');
    await page.getByRole('button', { name: 'Check my lab' }).click();
    await page.locator('.said.good').waitFor();
    await expect.poll(() => addressOf(page).has('text')).toBe(true);
    expect(addressOf(page).get('lesson')).toBe('5');
    const link = new URL(page.url()).hash;
    await opened.open(tab, link);
    expect(await headingOf(tab)).toBe('5. Make arm64-v1 fail');
    expect(await labOf(tab)).toContain('at arm64-v1.enter+8 in A preempt B');
    await opened.open(tab, '#lesson=99');
    expect(await tab.locator('.lesson').isVisible()).toBe(false);
    expect(await tab.locator('.seen .status').first().innerText()).toContain('there is no lesson 99');
  });

  test.for(['light', 'dark'] as const)(
    'is accessible in %s, wide and narrow',
    async (scheme, { opened, page }) => {
      await page.emulateMedia({ colorScheme: scheme });
      for (const width of [1280, 400]) {
        await page.setViewportSize({ width, height: 720 });
        await opened.open(page, '#lesson=3');
        await page.locator('#answer').fill('4');
        await page.locator('#answer').press('Enter');
        expect(await saidOf(page)).toBe('Not yet: 4 is not right.');
        await page.getByText('a hint').click();
        expect(await violations(page)).toEqual([]);
        expect(
          await page.evaluate(() => document.documentElement.scrollWidth - innerWidth),
        ).toBeLessThanOrEqual(0);
      }
      expect(opened.trouble).toEqual([]);
    },
  );

  test.for([
    [4, 'scenario {'],
    [6, 'scenario {'],
    [8, 'guard mine {'],
  ] as const)('lesson %i shows what is to be changed', async ([number, line], { opened, tab }) => {
    await tab.setViewportSize({ width: 1280, height: 720 });
    await opened.open(tab, `#lesson=${number}`);
    const isSeen = (): Promise<boolean> =>
      tab.locator('.cm-line', { hasText: line }).evaluateAll((lines) => {
        const box = document.querySelector('.cm-scroller')!.getBoundingClientRect();
        return lines.some((e) => {
          const { top, bottom } = e.getBoundingClientRect();
          return top >= box.top - 1 && bottom <= box.bottom + 1;
        });
      });
    await expect.poll(isSeen).toBe(true);
  });
});
