import type { Page } from 'playwright-core';
import { describe, expect, test as unit } from 'vitest';
import { lessons } from '../../src/web/course/lessons.js';
import { SHIPPED_GUARDS, SHIPPED_LABS } from '../../src/web/labs.js';
import { type Entry, found } from '../../src/web/search.js';
import { violations } from '../support/axe.js';
import { settled } from '../support/page.js';
import { inChromium, test } from '../support/page-test.js';

const entry = (name: string, title: string, text = ''): Entry => ({
  kind: 'lab',
  name,
  title,
  text,
  hash: `#${name}`,
});
const namesOf = (entries: readonly Entry[], asked: string): string[] =>
  found(entries, asked).map((e) => e.name);

describe('what is found', () => {
  const entries = [
    entry('d', 'nothing', 'a furnace of alarms'),
    entry('c', 'nothing', 'has an arm somewhere'),
    entry('b', 'an ARM of title'),
    entry('farmed', 'inside'),
    entry('arms', 'begins'),
    entry('arm', 'itself'),
    entry('e', 'nothing at all'),
  ];

  unit('is in the order of how well it matches', () => {
    expect(namesOf(entries, 'Arm')).toEqual(['arm', 'arms', 'b', 'farmed', 'c', 'd']);
  });

  unit('is what is called so, before what has the words better', () => {
    const titled = [entry('the-end-of-it', 'a name with all words'), entry('x', 'The end of it')];
    expect(namesOf(titled, 'the end of it')).toEqual(['x', 'the-end-of-it']);
  });

  unit('has all the words', () => {
    expect(namesOf(entries, ' arm  nothing ')).toEqual(['c', 'd']);
    expect(namesOf(entries, 'arm missing')).toEqual([]);
    expect(namesOf(entries, '   ')).toEqual([]);
  });

  unit('is not a list without end', () => {
    const many = Array.from({ length: 500 }, (_, i) => entry(`n${i}`, 'same'));
    expect(namesOf(many, 'same').length).toBeLessThan(20);
  });
});

inChromium('the search', () => {
  const field = (page: Page) => page.getByRole('combobox', { name: /^search/ });
  const options = (page: Page) => page.getByRole('listbox', { name: 'what is found' }).getByRole('option');
  /** What is asked is answered once the first that is found has a word. */
  const ask = async (page: Page, asked: string, first: string): Promise<void> => {
    await field(page).fill(asked);
    await options(page).first().filter({ hasText: first }).waitFor();
  };
  const hashOf = (page: Page): string => new URL(page.url()).hash;

  test('finds every lab, guard and lesson by its name', async ({ opened, page }) => {
    await opened.open(page, '#lab=recursion');
    for (const name of [...SHIPPED_LABS.map((l) => l.name), ...SHIPPED_GUARDS]) await ask(page, name, name);
    for (const { title } of lessons()) await ask(page, title, title);
  });

  test.for([
    ['a subject', 'probe layer', 'kprobe-blocks-tracepoint'],
    ['words of a first comment', 'selftests recursion', 'recursion'],
    ['a heading of the help', 'attach kinds', 'Attach kinds'],
    ['a promise', 'one_instance admitted', 'What is checked'],
    ['a code', 'b0201', 'mixed register widths'],
    ['what is explained of a code', 'leading zero octal 017', 'B0107'],
  ])('finds %s', async ([, asked, answer], { opened, page }) => {
    await opened.open(page, '#lab=mutual');
    await field(page).fill(asked!);
    await options(page).filter({ hasText: answer! }).first().waitFor();
  });

  test('is used by the keyboard, and opens what is chosen', async ({ opened, page }) => {
    await opened.open(page, '#lab=recursion');
    await page.locator('h1').click();
    await page.keyboard.press('/');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('search');
    await page.keyboard.type('nmi over');
    await options(page).first().filter({ hasText: 'nmi-over-task' }).waitFor();
    expect(await violations(page)).toEqual([]);
    const active = async (): Promise<string> => {
      const id = (await field(page).getAttribute('aria-activedescendant'))!;
      expect(await page.locator('#found [aria-selected=true]').getAttribute('id')).toBe(id);
      return page.locator(`#${id}`).innerText();
    };
    const first = await active();
    await page.keyboard.press('ArrowDown');
    expect(await active()).not.toBe(first);
    await page.keyboard.press('ArrowUp');
    expect(await active()).toBe(first);
    await page.keyboard.press('ArrowUp');
    expect(await active()).toBe(await options(page).last().innerText());
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('#lab').inputValue()).toBe('nmi-over-task');
    expect(await field(page).getAttribute('aria-expanded')).toBe('false');
    expect(await field(page).inputValue()).toBe('');
    // The laboratory that was left is one step back.
    await settled(page);
    await page.goBack();
    await expect.poll(() => page.locator('#lab').inputValue()).toBe('recursion');
  });

  test('chooses a guard for the lab that is there', async ({ opened, page }) => {
    await opened.open(page, '#lab=mutual');
    await ask(page, 'generic', 'generic');
    await options(page).first().click();
    await expect.poll(() => page.locator('#guard').inputValue()).toBe('generic');
    expect(await page.locator('#lab').inputValue()).toBe('mutual');
    await settled(page);
    expect(hashOf(page)).toContain('guard=generic');
  });

  test('opens lessons, the help and diagnostics; Escape leaves it', async ({ opened, page }) => {
    await opened.open(page, '#lab=recursion');
    await ask(page, 'why 255', 'lesson 6');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: /^6\. / }).waitFor();
    await ask(page, 'B0107', 'octal literal');
    await page.keyboard.press('Enter');
    await page.locator('dialog').getByRole('heading', { name: 'B0107: octal literal' }).waitFor();
    expect(hashOf(page)).toBe('#codes/B0107');
    await page.keyboard.press('Escape');
    await page.locator('dialog:not([open])').waitFor({ state: 'attached' });
    await field(page).fill('guard nowhere-to-be-found');
    await page.getByText('nothing has all these words').waitFor();
    await page.keyboard.press('Escape');
    expect(await field(page).inputValue()).toBe('');
    expect(await page.getByText('nothing has all these words').isVisible()).toBe(false);
  });
});
