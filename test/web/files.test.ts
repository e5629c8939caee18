// cspell:ignore raed
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, test as inProcess } from 'vitest';
import { guardIn, kindOf } from '../../src/web/files.js';
import { ROOT, tinybpf } from '../support/cli.js';
import { outputOf, packed, settled, statusOf } from '../support/page.js';
import { inChromium, test } from '../support/page-test.js';
import { printedReplay } from '../support/printed.js';

const file = (path: string): string => join(ROOT, path);
const kindIn = (path: string): string => {
  const bytes = readFileSync(file(path));
  return kindOf(bytes, bytes.toString());
};
const below = (folder: string, ending: string): string[] =>
  readdirSync(file(folder))
    .filter((name) => name.endsWith(ending))
    .map((name) => `${folder}/${name}`);

inProcess.each([
  [
    'lab',
    [...below('programs', '.bpf'), ...below('programs/explore', '.bpf'), ...below('test/data/labs', '.bpf')],
  ],
  ['guard', below('programs/guards', '.bpf')],
  ['object', below('test/data/objects', '.o')],
  ['schedule', below('test/data/web', '.schedule')],
] as const)('a %s is told by what is in it', (kind, paths) => {
  expect(paths.length).toBeGreaterThan(0);
  for (const path of paths) expect(kindIn(path), path).toBe(kind);
});

inProcess('the name of a guard is the one that the parser finds', () => {
  for (const path of below('programs/guards', '.bpf'))
    expect(`${guardIn(readFileSync(file(path), 'utf8'))}.bpf`).toBe(path.slice(path.lastIndexOf('/') + 1));
});

inChromium('files in the page', () => {
  test.beforeAll(async ({ opened, page }) => {
    await opened.open(page);
  });

  /** Opens a file; what is there before is another run than what comes. */
  const open = async (page: Page, path: string): Promise<void> => {
    await page.getByLabel('a file to open').setInputFiles(file(path));
  };

  test('a lab that names an object, and the object', async ({ page }) => {
    await open(page, 'test/data/labs/object-file.bpf');
    await expect
      .poll(() => statusOf(page))
      .toContain('there is no file ../objects/functions.bpf.o in this page');
    await open(page, 'test/data/objects/functions.bpf.o');
    await expect.poll(() => page.locator('#scenario option').count()).toBe(3);
    await settled(page);
    expect(await statusOf(page)).toMatch(/^3 scenarios, \d+ expectations hold$/);
    const { stdout } = tinybpf(['run', 'test/data/labs/object-file.bpf']);
    expect((await outputOf(page)).trim()).toBe(stdout.trim());
  });

  test('an object alone runs as on the command line: functions are made, and what happens is asked', async ({
    opened,
    page,
  }) => {
    await opened.open(page, '#lab=recursion');
    await open(page, 'test/data/objects/traced.bpf.o');
    await expect.poll(() => page.locator('.cm-content').innerText()).toContain('object "traced.bpf.o"');
    await settled(page);
    expect(await page.locator('.intro summary').innerText()).toBe('Programs of an object file.');
    // Nothing has happened: there is nothing that a cursor could be on.
    expect(await page.locator('.timeline:visible .cursor').count()).toBe(0);
    expect(await page.locator('section.moment').isVisible()).toBe(false);
    expect(await page.locator('.splitter:visible').count()).toBe(1);
    expect(await page.locator('#lab').inputValue()).toBe('');
    const made = await page.locator('.do p').innerText();
    expect(made).toMatch(
      /^made because programs are attached to them: do_unlinkat\(dfd, name\), .*functions return 0$/,
    );
    // What the diagnostic proposes is there to be done.
    const box = page.getByLabel('what to do');
    expect(await box.inputValue()).toBe('call do_unlinkat(1, 2)');
    await box.fill('call do_unlinkat(3, 4); call do_unlinkat(5, 6)');
    await box.press('Enter');
    await expect.poll(() => page.locator('.cm-content').innerText()).toContain('call do_unlinkat(5, 6)');
    await settled(page);
    expect(await page.locator('section.moment').isVisible()).toBe(true);
    const { stdout } = tinybpf([
      'run',
      'test/data/objects/traced.bpf.o',
      '--do',
      'call do_unlinkat(3, 4); call do_unlinkat(5, 6)',
    ]);
    const [, ...lines] = stdout.trim().split('\n');
    expect(lines.join('\n')).toContain(made);
    expect((await outputOf(page)).trim()).toContain(lines.join('\n'));
  });

  test('a name that is near to one that people trace is said', async ({ opened, page }) => {
    const lab =
      'object "traced.bpf.o"\nscenario { attach probe to kprobe/vfs_raed\ncpu 0 { call vfs_raed(1) } }\n';
    await opened.open(page, `#text=${packed(lab)}`);
    await expect.poll(() => page.locator('.problems').textContent()).toContain('did you mean vfs_read?');
    expect(await outputOf(page)).toMatch(/name probe .* run_cnt 1 /);
    expect(await page.locator('.do').isHidden()).toBe(true);
  });

  test('a guard is added to the lab, and chosen', async ({ opened, page }) => {
    await opened.open(page, '#lab=recursion');
    await open(page, 'test/data/web/always.bpf');
    await expect.poll(() => page.locator('#guard').inputValue()).toBe('always');
    await settled(page);
    expect(await outputOf(page)).toContain('guard always');
  });

  test('a schedule is carried out', async ({ opened, page }) => {
    await opened.open(page, '#lab=explore/two-tasks&guard=arm64-v1');
    await open(page, 'test/data/web/lost-update.schedule');
    await expect
      .poll(() => statusOf(page))
      .toBe('the schedule is carried out: everything has returned; it breaks one_instance, balanced');
    const schedule = readFileSync(file('test/data/web/lost-update.schedule'), 'utf8');
    await page.getByLabel('with the timeline').check();
    expect(await outputOf(page)).toBe(printedReplay('programs/explore/two-tasks.bpf', schedule));
    await page.getByLabel('with the timeline').uncheck();
  });

  test('what is neither is refused', async ({ page }) => {
    await page.getByLabel('a file to open').setInputFiles({
      name: 'x.bin',
      mimeType: 'application/octet-stream',
      buffer: Buffer.from([1, 0, 2, 0]),
    });
    await expect.poll(() => statusOf(page)).toBe('x.bin is not text, and not an object file');
  });

  /** Saves one of what the page says can be saved: its bytes, each a character. */
  const saved = async (page: Page, name: string): Promise<string> => {
    await page.locator('.files').getByRole('button', { name: 'Save' }).click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.locator('.saves').getByRole('button', { name, exact: true }).click(),
    ]);
    expect(download.suggestedFilename()).toBe(name);
    return readFileSync(await download.path(), 'latin1');
  };
  const onDisk = (path: string): string => readFileSync(file(path), 'latin1');
  const offered = async (page: Page): Promise<string[]> => {
    await page.locator('.files').getByRole('button', { name: 'Save' }).click();
    const names = await page.locator('.saves li').allInnerTexts();
    await page.keyboard.press('Escape');
    await page.locator('.saves').waitFor({ state: 'hidden' });
    return names;
  };

  test('lab and guards are saved as they are', async ({ opened, page }) => {
    await opened.open(page, '#lab=mutual&guard=arm64-v1&against=arm64');
    const [lab, ...more] = await offered(page);
    expect(lab).toBe('mutual.bpf the lab');
    // Objects that were opened before are offered, too.
    expect(more.slice(0, 2)).toEqual(['arm64-v1.bpf a guard', 'arm64.bpf a guard']);
    expect(await saved(page, 'mutual.bpf')).toBe(onDisk('programs/mutual.bpf'));
    expect(await saved(page, 'arm64.bpf')).toBe(onDisk('programs/guards/arm64.bpf'));
  });

  test('what was opened is saved as it came: a guard, a schedule, an object', async ({ opened, page }) => {
    await opened.open(page, '#lab=explore/two-tasks');
    await open(page, 'test/data/web/always.bpf');
    await expect.poll(() => page.locator('#guard').inputValue()).toBe('always');
    await settled(page);
    expect(await saved(page, 'always.bpf')).toBe(onDisk('test/data/web/always.bpf'));
    await open(page, 'test/data/web/lost-update.schedule');
    await expect.poll(() => statusOf(page)).toMatch(/^the schedule is carried out/);
    expect(await saved(page, 'mine-arm64-v1-balanced.schedule')).toBe(
      onDisk('test/data/web/lost-update.schedule'),
    );
    await open(page, 'test/data/objects/small.bpf.o');
    await expect.poll(() => offered(page)).toContain('small.bpf.o an object file');
    expect(await saved(page, 'small.bpf.o')).toBe(onDisk('test/data/objects/small.bpf.o'));
  });
});
