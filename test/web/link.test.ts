// cspell:ignore ftwo
import { inflateRawSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { explored, outputOf, packed, settled, startExploring, statusOf } from '../support/page.js';
import { inChromium, test } from '../support/page-test.js';

/** What the page shows of what an address holds, and the address, both read in one go. */
interface Both {
  readonly view: Readonly<
    Record<'lab' | 'guard' | 'against' | 'kernel' | 'verify' | 'scenario' | 'at', string>
  > & {
    readonly schedule: string | null;
    readonly text: string;
  };
  readonly hash: string;
}

/** Runs in the page. */
function readBoth(): Both {
  const value = (selector: string): string =>
    document.querySelector<HTMLInputElement | HTMLSelectElement>(selector)?.value ?? '';
  const bar = document.querySelector<HTMLElement>('.schedule-bar');
  const lines = [...document.querySelectorAll('.cm-line')].map((l) => l.textContent);
  return {
    view: {
      lab: value('#lab'),
      guard: value('#guard'),
      against: value('#against'),
      kernel: value('#kernel'),
      verify: value('#verify'),
      scenario: value('#scenario'),
      at: value('input[type=range]'),
      schedule: bar?.hidden === false ? value('#schedule') : null,
      text: lines.join('\n'),
    },
    hash: location.hash,
  };
}

const unpacked = (text: string): string => inflateRawSync(Buffer.from(text, 'base64url')).toString();

/** Expects an address to say what is shown. */
function expectTheSame({ view, hash }: Both): void {
  const said = new URLSearchParams(hash.slice(1));
  const schedule = said.get('schedule');
  const text = said.get('text');
  expect({
    lab: said.get('lab') ?? '',
    guard: said.get('guard') ?? '',
    against: said.get('against') ?? '',
    kernel: said.get('kernel') ?? '',
    verify: said.get('verify') ?? '',
    scenario: said.get('scenario') ?? '0',
    at: said.get('at') ?? '0',
    schedule: schedule === null ? null : unpacked(schedule),
  }).toEqual({
    lab: view.lab,
    guard: view.guard,
    against: view.against,
    kernel: view.kernel,
    verify: view.verify,
    scenario: view.scenario,
    at: view.at,
    schedule: view.schedule,
  });
  // The editor draws the first lines only.
  if (text === null) expect(view.lab).not.toBe('');
  else expect(unpacked(text).startsWith(view.text)).toBe(true);
}

inChromium('the address and the view change together', () => {
  test.beforeAll(async ({ opened, page }) => {
    // Whenever the page says that it has shown something, in the same task.
    await page.addInitScript(`
      globalThis.readBoth = ${readBoth};
      globalThis.shown = [];
      addEventListener('DOMContentLoaded', () => new MutationObserver((changes) => {
        const status = document.querySelector('.seen .status');
        if (!changes.some((c) => status?.contains(c.target))) return;
        if (!/^(?:loading|running|the text has changed)/.test(status.textContent)) shown.push(readBoth());
      }).observe(document, { subtree: true, childList: true, characterData: true }));
    `);
    await opened.open(page, '#lab=recursion');
  });

  const both = (page: Page): Promise<Both> => page.evaluate(readBoth);

  /** Does something in the page, and reads both before anything else can happen there. */
  const doing = (page: Page, act: string): Promise<Both> => page.evaluate(`${act}; readBoth()`);
  const choosing = (page: Page, id: string, value: string): Promise<Both> =>
    doing(
      page,
      `{ const e = document.getElementById('${id}'); e.value = '${value}'; e.dispatchEvent(new Event('change')); }`,
    );
  const pressing = (page: Page, key: string): Promise<Both> =>
    doing(
      page,
      `document.body.dispatchEvent(new KeyboardEvent('keydown', { key: '${key}', bubbles: true }))`,
    );

  /** All that was shown since it was asked last, once the page has come to rest. */
  const everythingShown = async (page: Page): Promise<Both[]> => {
    await settled(page);
    return page.evaluate('shown.splice(0)');
  };
  const expectAllTheSame = async (page: Page): Promise<void> => {
    const all = await everythingShown(page);
    expect(all.length).toBeGreaterThan(0);
    for (const one of all) expectTheSame(one);
    expectTheSame(await both(page));
  };

  test('when it is opened', ({ page }) => expectAllTheSame(page));

  test('when the cursor moves', async ({ page }) => {
    for (const key of ['ArrowRight', 'ArrowRight', 'ArrowLeft', 'n', 'End', 'p', 'Home'])
      expectTheSame(await pressing(page, key));
    const range = `document.querySelector('input[type=range]')`;
    expectTheSame(await doing(page, `{ ${range}.value = 7; ${range}.dispatchEvent(new Event('input')); }`));
    expect((await both(page)).view.at).toBe('7');
  });

  test.for([
    ['guard', 'generic'],
    ['kernel', 'amd64-7.3'],
    ['guard', ''],
    ['against', 'arm64-nested'],
    ['against', ''],
    ['kernel', ''],
    ['verify', 'off'],
    ['verify', ''],
  ] as const)('when %s is chosen: %s', async ([id, value], { page }) => {
    const at = await choosing(page, id, value);
    const { guard, kernel, against, verify } = at.view;
    expect({ guard, kernel, against, verify }).toMatchObject({ [id]: value });
    expect(new URLSearchParams(at.hash.slice(1)).get(id) ?? '').toBe(value);
    await expectAllTheSame(page);
  });

  test('when another lab is chosen, and one of its scenarios, with and without something to compare with', async ({
    page,
  }) => {
    const { hash } = await choosing(page, 'lab', 'explore/two-tasks');
    expect(hash).toBe('#lab=explore%2Ftwo-tasks');
    await expectAllTheSame(page);
    for (const [id, value] of [
      ['scenario', '1'],
      ['against', 'generic'],
      ['scenario', '0'],
      ['scenario', '1'],
    ] as const) {
      const chosen = await choosing(page, id, value);
      expect(new URLSearchParams(chosen.hash.slice(1)).get(id) ?? '0').toBe(value);
      await expectAllTheSame(page);
    }
    await choosing(page, 'against', '');
    await expectAllTheSame(page);
  });

  test('when a scenario is chosen while the lab is still being run', async ({ page }) => {
    await page.evaluate(`
      for (const [id, value] of [['guard', 'generic'], ['scenario', '0'], ['guard', 'arm64'], ['scenario', '1']]) {
        const e = document.getElementById(id);
        e.value = value;
        e.dispatchEvent(new Event('change'));
      }
    `);
    await expectAllTheSame(page);
    expect((await both(page)).view).toMatchObject({ guard: 'arm64', scenario: '1' });
  });

  test('when a schedule is opened, replayed, and left', async ({ page }) => {
    await choosing(page, 'guard', 'arm64-v1');
    await settled(page);
    await startExploring(page);
    await explored(page);
    await page.getByRole('button', { name: 'counterexample: arm64-v1 breaks balanced' }).click();
    await everythingShown(page);
    const open = await doing(
      page,
      `[...document.querySelectorAll('.counterexample button')].find((b) => /^open in the timeline/.test(b.getAttribute('aria-label'))).click()`,
    );
    expect(open.view.schedule).toContain('breaks balanced');
    // It has to be packed first.
    const said = async (): Promise<string | null> =>
      new URLSearchParams((await both(page)).hash.slice(1)).get('schedule');
    await expect.poll(said).not.toBeNull();
    expect(unpacked((await said())!)).toBe(open.view.schedule);
    await expectAllTheSame(page);
    expect((await both(page)).view.at).not.toBe('0');
    const button = (name: string): string =>
      `[...document.querySelectorAll('.schedule-bar button')].find((b) => b.textContent === '${name}').click()`;
    const replayed = await doing(
      page,
      `document.getElementById('schedule').value = 'scenario "readers can be preempted"\\nguard arm64\\ntask A 12\\n'; ${button('replay')}`,
    );
    expect(replayed.view).toMatchObject({ guard: 'arm64' });
    await expectAllTheSame(page);
    expect(new URLSearchParams((await both(page)).hash.slice(1)).get('guard')).toBe('arm64');
    const left = await doing(page, button('leave the schedule'));
    expect(left.view.schedule).toBeNull();
    expect(left.hash).not.toContain('schedule=');
    await expectAllTheSame(page);
  });

  test('when a text was typed and is run', async ({ page }) => {
    await choosing(page, 'lab', 'mutual');
    await settled(page);
    await page.locator('.cm-content').click();
    await page.keyboard.press('Control+Home');
    await page.keyboard.type('// mine\n');
    await page.keyboard.press('Control+Enter');
    await everythingShown(page);
    expectTheSame(await both(page));
    expect((await both(page)).view.lab).toBe('');
  });

  test('soon after a text was typed, and at once when the page is left for the address', async ({ page }) => {
    await page.locator('.cm-content').click();
    await page.keyboard.press('Control+Home');
    await page.keyboard.type('// more\n');
    await expect
      .poll(async () => unpacked(new URLSearchParams((await both(page)).hash.slice(1)).get('text')!))
      .toMatch(/^\/\/ more\n/);
    await page.keyboard.type('// and more\n');
    // It has to be packed first, and nothing is waited for beyond that.
    await doing(page, `dispatchEvent(new Event('blur'))`);
    await expect
      .poll(async () => unpacked(new URLSearchParams((await both(page)).hash.slice(1)).get('text')!))
      .toContain('// and more\n');
    expectTheSame(await both(page));
  });

  test('when a link is followed while another is being opened, and while a text waits', async ({ page }) => {
    await page.locator('.cm-content').click();
    await page.keyboard.type('// gone\n');
    await page.evaluate(
      async (hashes) => {
        for (const hash of hashes) {
          location.hash = hash;
          await new Promise((heard) => addEventListener('hashchange', heard, { once: true }));
        }
      },
      [
        `#text=${packed('// first\n')}&at=3`,
        '#lab=nmi-over-task&against=arm64-nested&at=8',
        '#lab=recursion&at=5',
      ],
    );
    // What was shown while the browser had the next link already is not looked at.
    await everythingShown(page);
    expectTheSame(await both(page));
    expect((await both(page)).hash).toBe('#lab=recursion&at=5');
  });

  test('when a link asks for what there is not, which is said', async ({ opened, page }) => {
    await opened.open(page, '#lab=recursion&guard=arm63&scenario=7&kernel=plan9&at=100000');
    await expectAllTheSame(page);
    expect(await statusOf(page)).toBe(
      'the address asks for a guard that there is not: arm63; the address asks for a kernel that there is not: plan9; the address asks for a scenario that there is not: 8',
    );
    await opened.open(page, '#lab=nosuch');
    await expectAllTheSame(page);
    expect(await statusOf(page)).toBe('the address asks for a lab that there is not: nosuch');
    expect((await both(page)).view.lab).toBe('recursion');
  });

  test('but not of a text that is too much for an address, which is said', async ({ page }) => {
    const note = page.getByText('This is too much for an address');
    expect(await note.isVisible()).toBe(false);
    await page.locator('.cm-content').click();
    await page.keyboard.press('Control+End');
    await page.evaluate(`document.execCommand('insertText', false, '\\n// ' + 'x'.repeat(262144))`);
    await note.waitFor();
    expect((await both(page)).hash).not.toContain('text=');
    await page.keyboard.press('Control+z');
    await note.waitFor({ state: 'hidden' });
  });

  test('and nothing wrong is said of a text that has changed since it was run', async ({ opened, page }) => {
    await opened.open(page, '#lab=two-programs');
    await page.locator('.cm-content').click();
    await page.keyboard.press('Control+Home');
    // The run is asked for, and the text changed before it is there.
    await page.evaluate(`{
      const guard = document.getElementById('guard');
      guard.value = 'generic';
      guard.dispatchEvent(new Event('change'));
      document.querySelector('.cm-content').focus();
      document.execCommand('insertText', false, 'nonsense ');
    }`);
    await expect.poll(() => outputOf(page)).toContain('guard generic');
    expect(await statusOf(page)).toBe('the text has changed: Run (Ctrl-Enter) shows what it does');
    // What is gone through is what was run.
    await page.locator('.steps').getByRole('button', { name: 'step ▶' }).click();
    await page.locator('.steps .listing .here').waitFor();
    expect(await statusOf(page)).toBe('the text has changed: Run (Ctrl-Enter) shows what it does');
    await page.keyboard.press('Control+Enter');
    await settled(page);
    expect(await outputOf(page)).toContain('error[B');
    expectTheSame(await both(page));
  });
});
