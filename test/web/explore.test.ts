import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { tinybpf } from '../support/cli.js';
import {
  ENDLESS,
  explored,
  findingsOf,
  followed,
  modeTo,
  openFound,
  outputOf,
  packed,
  settled,
  startExploring,
  statusOf,
  whatOf,
} from '../support/page.js';
import { withWorkerClock } from '../support/page-clocks.js';
import { inChromium, test } from '../support/page-test.js';
import { printedExploration, printedReplay } from '../support/printed.js';

const TWO = '#lab=explore/two-tasks&guard=arm64-v1';

/** How long it took and how wide that is do not matter. */
const timeless = (text: string): string =>
  text
    .replace(/\d[\d.e-]* s\b/g, 'T s')
    .replace(/[\d,]+ states\/s/g, 'N states/s')
    .replace(/ +/g, ' ');

inChromium('exploring in the page', () => {
  test.beforeAll(async ({ page }) => {
    await withWorkerClock(page, 'is slow');
  });

  const start = (page: Page): Promise<void> => startExploring(page);
  const textOf = (page: Page): Promise<string> => page.locator('.explore pre').innerText();
  const openInTimeline = async (page: Page, name: string): Promise<void> => {
    await openFound(page, name);
    await expect.poll(() => page.locator('.schedule-bar').isVisible()).toBe(true);
    await settled(page);
  };
  test('finds what is broken, and says it as the command line does', async ({ opened, page }) => {
    await opened.open(page, TWO);
    await page.locator('h1').click();
    await page.keyboard.press('e');
    expect(await explored(page)).toBe('done: 1 hold, 1 broken');
    // Nothing is expected of the run itself: a tick would say the opposite of what is found.
    expect(await page.locator('#scenario option').allTextContents()).toEqual([
      '1: readers can be preempted',
      '2: readers cannot be preempted',
    ]);
    const [broken, holds] = await findingsOf(page);
    expect(broken).toMatch(
      /^✗ arm64-v1 · readers can be preempted .*breaks one_instance, balanced, progress$/,
    );
    expect(holds).toMatch(/^✓ arm64-v1 · readers cannot be preempted .*holds$/);
    const printed = printedExploration('programs/explore/two-tasks.bpf', ['arm64-v1']);
    expect(timeless(await textOf(page))).toBe(timeless(printed));
  });

  test('shows a lost update in the timeline, and who wrote the byte that stays', async ({ page }) => {
    await openInTimeline(page, 'arm64-v1 breaks balanced');
    expect(await statusOf(page)).toBe(
      'the schedule is carried out: everything has returned; it breaks one_instance, balanced',
    );
    const bar = await page.locator('.schedule-bar').innerText();
    expect(bar).toContain('breaks balanced, which says: when everything has returned, every active area');
    const slider = page.getByRole('slider');
    expect(await slider.inputValue()).toBe(await slider.getAttribute('max'));
    // The clock stands still.
    const where = page.locator('.where');
    expect(await where.innerText()).toMatch(
      /^event (\d+) of \1 · CPU 0 · \w+ · the schedule ends here: it breaks one_instance, balanced$/,
    );
    const bytes = page.locator('[data-active=on_work]').first();
    expect(await bytes.innerText()).toMatch(/^ff\s*00\s*00\s*00$/);
    // The slider has the focus, so that the keyboard goes on from here.
    await page.keyboard.press('Home');
    expect(await where.innerText()).toMatch(/^event 1 of \d+ · CPU 0 · \w+$/);
    expect(await bytes.innerText()).toMatch(/^00\s*00\s*00\s*00$/);
    await page.keyboard.press('End');
    await bytes.getByRole('button').first().click();
    expect(await page.locator('.place p').first().innerText()).toContain('arm64-v1.exit');
    expect(await page.locator('.slice.switch').count()).toBeGreaterThan(0);
  });

  test('saves a counterexample as a file of its schedule', async ({ page }) => {
    await modeTo(page, 'Explore');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.locator('.counterexample').getByRole('button', { name: 'save' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('two-tasks-arm64-v1-balanced.schedule');
    const saved = readFileSync(await download.path(), 'utf8');
    expect(saved).toBe(await page.locator('#schedule').inputValue());
  });

  test('shows a schedule that ends in the middle, as the command line replays it', async ({ page }) => {
    await openInTimeline(page, 'arm64-v1 breaks one_instance');
    expect(await statusOf(page)).toBe(
      'the schedule is carried out: it ends with something left to do; it breaks one_instance',
    );
    await page.getByLabel('with the timeline').check();
    const schedule = await page.locator('#schedule').inputValue();
    const printed = printedReplay('programs/explore/two-tasks.bpf', schedule);
    expect(printed).toContain('the schedule ends here');
    expect(await outputOf(page)).toBe(printed);
    await page.getByLabel('with the timeline').uncheck();
  });

  test('steps through a schedule in both directions, as tinybpf step does', async ({ page }) => {
    await openInTimeline(page, 'arm64-v1 breaks balanced');
    const schedule = await page.locator('#schedule').inputValue();
    const file = join(mkdtempSync(join(tmpdir(), 'tinybpf-page-')), 'balanced.schedule');
    writeFileSync(file, schedule);
    const steps = page.locator('.steps');
    const where = steps.locator('.status');
    const here = steps.locator('.listing .here');
    const press = async (key: string): Promise<string> => {
      await page.keyboard.press(key);
      await followed(page);
      return where.innerText();
    };
    await page.locator('h1').click();
    // What the schedule breaks is seen at its end: from there it goes back.
    const last = await press('Shift+S');
    const listed = await here.innerText();
    await press('Shift+S');
    expect(await press('s')).toBe(last);
    expect(await here.innerText()).toBe(listed);
    await page.keyboard.press('Home');
    expect(await press('Shift+S')).toMatch(/^0 instructions · CPU 0, /);
    await press('s');
    const { stdout } = tinybpf([
      'step',
      'programs/explore/two-tasks.bpf',
      '--schedule',
      file,
      '--execute',
      'stepi',
    ]);
    // All instructions of the listing are of the function that is named above it.
    const [, fn = ''] = /· ([^·]+)\+\d+ \(\w+\)/.exec(await where.innerText()) ?? [];
    expect(stdout).toContain(`=> ${fn}${(await here.innerText()).slice(3).trimEnd()}`);
    // Another schedule begins anew.
    await openInTimeline(page, 'arm64-v1 breaks one_instance');
    await followed(page);
    expect(await where.innerText()).toContain('the schedule ends here');
    await page.keyboard.press('Home');
    await followed(page);
    expect(await press('f')).toMatch(/the schedule ends here/);
  });

  test('compares guards on a schedule, and says where it is not possible', async ({ page }) => {
    await openInTimeline(page, 'arm64-v1 breaks balanced');
    await page.locator('#against').selectOption('arm64');
    await settled(page);
    const line = page.locator('.difference-line');
    await expect
      .poll(() => line.innerText())
      .toMatch(/arm64-v1: on_work admitted[\s\S]*arm64: on_work REFUSED/);
    await page.locator('#against').selectOption('none');
    await expect
      .poll(() => line.innerText())
      .toMatch(/^none cannot be compared:\s+`task \w+ \d+` is not possible: \w+ has nothing left to do/);
    expect(await statusOf(page)).toContain('there is nothing to compare with');
    await page.locator('#against').selectOption('');
    await settled(page);
  });

  test('keeps the schedule in the address', async ({ page, tab }) => {
    await openInTimeline(page, 'arm64-v1 breaks progress');
    await page.keyboard.press('Home');
    await page.keyboard.press('n');
    const shown = { what: await whatOf(page), output: await outputOf(page), status: await statusOf(page) };
    expect(shown.what).toContain('REFUSED');
    const at = await page.getByRole('slider').inputValue();
    await expect.poll(() => page.url()).toMatch(new RegExp(`guard=arm64-v1.*at=${at}&.*schedule=[\\w-]+`));
    await tab.goto(page.url());
    await settled(tab);
    expect({
      what: await whatOf(tab),
      output: await outputOf(tab),
      status: await statusOf(tab),
    }).toEqual(shown);
    await tab.getByRole('button', { name: 'leave the schedule' }).click();
    await settled(tab);
    expect(await tab.locator('.schedule-bar').isVisible()).toBe(false);
    await expect.poll(() => tab.url()).not.toContain('schedule=');
  });

  test('replays a schedule that was changed by hand', async ({ page }) => {
    await page.locator('.schedule-bar summary').click();
    await page.locator('#schedule').fill('scenario "readers cannot be preempted"\ntask A 30\ntask B 1\n');
    await page.getByRole('button', { name: 'replay' }).click();
    await expect.poll(() => statusOf(page)).toContain('not possible: `task B 1` is not possible');
    expect(await outputOf(page)).toContain('A cannot be preempted now');
    await page.locator('#schedule').fill('scenario "readers cannot be preempted"\ntask A 30\n');
    await page.getByRole('button', { name: 'replay' }).click();
    await expect.poll(() => statusOf(page)).toContain('something left to do');
  });

  test('goes from a schedule back to its scenario', async ({ page }) => {
    await page.getByRole('button', { name: 'leave the schedule' }).click();
    await settled(page);
    await expect
      .poll(() => page.locator('#scenario option:checked').textContent())
      .toContain('readers cannot be preempted');
  });

  test('compares all guards, as the command line does', async ({ opened, page }) => {
    await opened.open(page, '#lab=explore/broken-guard');
    await modeTo(page, 'Explore');
    await page.locator('#explore-guards').selectOption('all');
    await start(page);
    expect(await explored(page)).toMatch(/^done: \d hold, \d broken$/);
    const printed = printedExploration('programs/explore/broken-guard.bpf', 'all');
    expect(timeless(await textOf(page))).toBe(timeless(printed));
    expect((await findingsOf(page)).map((f) => f.split(' ')[1])).toContain('mine');
    await page.locator('#explore-guards').selectOption('chosen');
  });

  test('stops at once, and says what is known', async ({ opened, page }) => {
    await opened.open(page, `#text=${packed(ENDLESS)}`);
    await modeTo(page, 'Explore');
    await page.locator('#explore-bounds').selectOption({ label: '2,000,000 states, 120 s' });
    await start(page);
    await expect.poll(() => page.locator('.counts').innerText()).toMatch(/breaks one_instance/);
    // The page itself has nothing to do.
    expect(await page.evaluate(() => 1 + 1)).toBe(2);
    await page.locator('h1').click();
    await page.keyboard.press('Escape');
    const status = page.locator('.explore > .status');
    expect(await status.innerText()).toMatch(
      /^cancelled; the guard of the lab: [\d,]+ states, .* breaks one_instance.*, not complete$/,
    );
    expect(await page.getByRole('button', { name: 'Explore', exact: true }).isEnabled()).toBe(true);
  });

  test('ends within its bounds, with what it has found', async ({ page }) => {
    await page.locator('#explore-bounds').selectOption({ label: '20,000 states, 5 s' });
    await start(page);
    expect(await explored(page)).toBe('done: 0 hold, 1 broken');
    const [finding] = await findingsOf(page);
    expect(finding).toContain('breaks one_instance (not complete)');
    expect(await textOf(page)).toContain('NOT COMPLETE: --max-states was reached');
    await openInTimeline(page, 'arm64-v1 breaks one_instance');
    expect(await statusOf(page)).toContain('something left to do');
  });

  test('says who goes round and where, of an exploration that never comes to an end', async ({
    opened,
    tab,
  }) => {
    const lab = `global n : u64
function work(u64 who) {
again:
    r1 = n ll
    r2 = *(u64 *)(r1 + 0)
    r2 += 1
    *(u64 *)(r1 + 0) = r2
    goto again
}
scenario {
    task A cpu 0 { call work(1) }
}
`;
    await withWorkerClock(tab, 'is fast');
    await opened.open(tab, `#text=${packed(lab)}`);
    await modeTo(tab, 'Explore');
    await tab.locator('#explore-bounds').selectOption({ label: '20,000 states, 5 s' });
    await startExploring(tab);
    expect(await explored(tab)).toBe('done: 0 hold, 0 broken, 1 not complete');
    const said = /A has gone round [\d,]+ times at work\+0 \(mine\.bpf:4\)/;
    expect((await findingsOf(tab))[0]).toMatch(said);
    expect(await textOf(tab)).toMatch(said);
  });

  test('ends when its seconds are over', async ({ opened, tab }) => {
    await withWorkerClock(tab, 'is fast');
    await opened.open(tab, `#text=${packed(ENDLESS)}`);
    await startExploring(tab);
    expect(await explored(tab)).toMatch(/^done: 0 hold, (?:1 broken|0 broken, 1 not complete)$/);
    expect(await tab.locator('.explore pre').innerText()).toContain(
      'NOT COMPLETE: --max-seconds was reached',
    );
  });

  test('says why a lab cannot be explored, and what it is that has changed', async ({ opened, page }) => {
    await opened.open(page, '#lab=nmi-over-task');
    await start(page);
    expect(await explored(page)).toBe('this lab cannot be explored');
    expect(await textOf(page)).toContain('error[B0411]');
    await opened.open(page, TWO);
    await start(page);
    await explored(page);
    expect(await page.getByText('The lab has changed since.').isVisible()).toBe(false);
    await page.locator('#lab').selectOption('recursion');
    expect(await page.getByText('The lab has changed since.').isVisible()).toBe(true);
  });
});
