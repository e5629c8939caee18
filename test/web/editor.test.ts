import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import type { Page } from 'playwright-core';
import { expect, test as unit } from 'vitest';
import { paintLine } from '../../src/web/editor/language.js';
import { ROOT } from '../support/cli.js';
import { followed, packed, settled } from '../support/page.js';
import { inChromium, test } from '../support/page-test.js';

/** What a line is painted: each part with its look. */
function painted(line: string, isInComment = false): { parts: string[]; isOpen: boolean } {
  const parts: string[] = [];
  let last = 0;
  const isOpen = paintLine(line, isInComment, (from, to, look) => {
    expect(from).toBeGreaterThanOrEqual(last);
    expect(to).toBeGreaterThanOrEqual(from);
    last = to;
    parts.push(`${look} ${line.slice(from, to)}`);
  });
  expect(last).toBeLessThanOrEqual(line.length);
  return { parts, isOpen };
}

unit.each([
  ['program p : fentry/work {', ['keyword program', 'name fentry/work']],
  [
    'again:  r0 = *(u64 *)(r10 - 8) // it',
    ['name again', 'register r0', 'type u64', 'register r10', 'number 8', 'comment // it'],
  ],
  ['scenario "a // b" {', ['keyword scenario', 'string "a // b"']],
  ['w1 = 0x10 /* a */ + 2', ['register w1', 'number 0x10', 'comment /* a */', 'number 2']],
  ['xr1 12ab r12 "open', ['string "open']],
])('%j is painted', (line, parts) => {
  expect(painted(line)).toEqual({ parts, isOpen: false });
});

unit('a comment goes on in the lines that follow', () => {
  expect(painted('r0 = 1 /* from')).toEqual({
    parts: ['register r0', 'number 1', 'comment /* from'],
    isOpen: true,
  });
  expect(painted('r0 = 1', true)).toEqual({ parts: ['comment r0 = 1'], isOpen: true });
  expect(painted('to */ r1', true)).toEqual({ parts: ['comment to */', 'register r1'], isOpen: false });
});

unit('whatever a line is, it is gone through once and in order', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.constantFrom('/*', '*/', '//', '"', '\\', 'r1', '0x', ' ', ':', 'fentry/', 'ä', '\u{1F600}', '\t'),
        {
          maxLength: 30,
        },
      ),
      fc.boolean(),
      (parts, isInComment) => {
        painted(parts.join(''), isInComment);
      },
    ),
  );
  const started = painted('x'.repeat(1_000_000));
  expect(started.parts).toEqual([]);
});

unit('every line of every shipped lab has its comments told apart', () => {
  for (const folder of ['programs', 'programs/explore', 'programs/guards'])
    for (const file of readdirSync(join(ROOT, folder)).filter((name) => name.endsWith('.bpf'))) {
      let isOpen = false;
      for (const line of readFileSync(join(ROOT, folder, file), 'utf8').split('\n')) {
        const found = painted(line, isOpen);
        isOpen = found.isOpen;
        if (/^\s*\/\//.test(line)) expect(found.parts, line).toEqual([`comment ${line.trim()}`]);
      }
      expect(isOpen, file).toBe(false);
    }
});

inChromium('the editor', () => {
  const LAB =
    'function work(u64 a) {\n    r0 = 0\n    exit\n}\nprogram p : fentry/work {\n    r0 = 0\n    exit\n}\n';
  const textOf = (page: Page): Promise<string> =>
    page.locator('.cm-line').evaluateAll((lines) => lines.map((line) => line.textContent).join('\n'));
  /** Puts the cursor to the end of a line, counted from 1. */
  const goTo = async (page: Page, line: number): Promise<void> => {
    await page.locator('.cm-content').focus();
    await page.keyboard.press('Control+Home');
    for (let i = 1; i < line; i += 1) await page.keyboard.press('ArrowDown');
    await page.keyboard.press('End');
  };

  test('keeps indentation, comments lines out, moves and deletes them, and undoes all of it', async ({
    opened,
    page,
  }) => {
    await opened.open(page, `#text=${packed(LAB)}`);
    await settled(page);
    await goTo(page, 2);
    await page.keyboard.press('Enter');
    await page.keyboard.type('r1 = 7');
    expect(await textOf(page)).toBe(LAB.replace('r0 = 0\n', 'r0 = 0\n    r1 = 7\n'));
    await page.keyboard.press('Control+/');
    expect(await textOf(page)).toContain('\n    // r1 = 7\n');
    await page.keyboard.press('Control+/');
    await page.keyboard.press('Alt+ArrowUp');
    expect(await textOf(page)).toContain('{\n    r1 = 7\n    r0 = 0\n');
    await page.keyboard.press('Control+]');
    expect(await textOf(page)).toContain('{\n        r1 = 7\n');
    await page.keyboard.press('Control+[');
    await page.keyboard.press('Control+Shift+K');
    expect(await textOf(page)).toBe(LAB);
    for (let i = 0; i < 20; i += 1) await page.keyboard.press('Control+z');
    expect(await textOf(page)).toBe(LAB);
  });

  test('paints what is within a comment that has just been opened, and marks brackets that belong together', async ({
    opened,
    page,
  }) => {
    await opened.open(page, `#text=${packed(LAB)}`);
    await settled(page);
    const paintedAs = (look: string): Promise<string[]> =>
      page.locator(`.cm-line .tok-${look}`).allTextContents();
    expect(await paintedAs('keyword')).toContain('exit');
    expect(await paintedAs('comment')).toEqual([]);
    await goTo(page, 1);
    expect(await page.locator('.cm-line .bracket').allTextContents()).toEqual(['{', '}']);
    await page.keyboard.type(' /*');
    expect(await paintedAs('keyword')).toEqual(['function']);
    expect((await paintedAs('comment')).length).toBeGreaterThan(6);
    await page.keyboard.press('Backspace');
    expect(await paintedAs('comment')).toEqual([]);
    expect(await paintedAs('name')).toContain('fentry/work');
  });

  test('shows what is selected while the focus is elsewhere, and no longer when it comes', async ({
    opened,
    page,
  }) => {
    const guard = readFileSync(join(ROOT, 'programs/guards/arm64.bpf'), 'utf8').replace(
      'guard arm64 ',
      'guard mine ',
    );
    const run = 'scenario {\n    guard mine\n    cpu 0 { call work(1) }\n}\n';
    await opened.open(page, `#text=${packed(`${LAB}${guard}${run}`)}`);
    await followed(page);
    await page.locator('input[type=range]').press('End');
    await followed(page);
    const shown = page.locator('.cm-line .selected');
    expect(await shown.count()).toBe(0);
    // What a guard of the lab has written.
    await page.locator('[data-active] .value:enabled').first().click();
    expect((await shown.allInnerTexts()).join('')).toMatch(/\*\(u8 \*\)\(.*\) [-+]?= /);
    await page.locator('.cm-content').focus();
    await expect.poll(() => shown.count()).toBe(0);
  });
});
