import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { violations } from '../support/axe.js';
import { followed, packed, settled, statusOf, whatOf } from '../support/page.js';
import { isOfVerifier, PAGE } from '../support/page-server.js';
import { inChromium, test } from '../support/page-test.js';

/** Of all files but the verifier's, compressed as servers compress them, what an embedded lab may load at most. */
const MOST = 0.6;

async function openEmbed(page: Page, url: string, hash = ''): Promise<void> {
  await page.goto(`${url}?embed${hash}`);
  await settled(page);
}

const compressed = (path: string): number => gzipSync(readFileSync(path)).length;

inChromium('an embedded lab', () => {
  test('shows the lab, what happened and what is so then, and nothing to choose', async ({ opened, tab }) => {
    await openEmbed(tab, opened.url);
    expect(await tab.locator('.lab-text').innerText()).toContain('program on_delete');
    expect(await tab.locator('.sentence').innerText()).toContain('re-entered itself on CPU 0');
    expect(await tab.locator('.timeline svg, svg.timeline').count()).toBeGreaterThan(0);
    await followed(tab);
    expect(await tab.locator('.state-box:visible').first().innerText()).toContain('on_delete');
    expect(await tab.locator('select, .cm-editor, [role=tab], .files').count()).toBe(0);
    expect(await tab.getByRole('button', { name: 'every schedule' }).count()).toBe(0);
  });

  test('loads less than the laboratory', async ({ opened, tab }) => {
    const loaded = new Set<string>();
    tab.on('request', (request) => loaded.add(new URL(request.url()).pathname));
    await openEmbed(tab, opened.url, '#lab=nmi-over-task&against=generic');
    await tab.keyboard.press('s');
    await followed(tab);
    const folder = new URL(opened.url).pathname;
    const files = [...loaded].map((path) => path.slice(folder.length) || 'index.html');
    expect(files.length).toBeGreaterThan(4);
    const all = readdirSync(PAGE, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    const sum = (paths: readonly string[]): number =>
      paths.filter((path) => !isOfVerifier(path)).reduce((n, path) => n + compressed(path), 0);
    expect(sum(files.map((file) => join(PAGE, file))) / sum(all)).toBeLessThan(MOST);
  });

  test('is gone through by keys', async ({ opened, tab }) => {
    await openEmbed(tab, opened.url, '#lab=recursion&at=0');
    const first = await whatOf(tab);
    await tab.keyboard.press('ArrowRight');
    const second = await whatOf(tab);
    expect(second).not.toBe(first);
    await tab.keyboard.press('n');
    expect(await whatOf(tab)).toContain('REFUSED');
    await tab.keyboard.press('Home');
    expect(await whatOf(tab)).toBe(first);
    // The instruction that is next is marked in the lab's text, where it is one of the lab.
    for (let i = 0; i < 20 && !(await whatOf(tab)).includes('on_delete admitted'); i += 1)
      await tab.keyboard.press('ArrowRight');
    await followed(tab);
    for (let i = 0; i < 30 && (await tab.locator('.lab-text .here').count()) === 0; i += 1) {
      await tab.keyboard.press('s');
      await followed(tab);
    }
    expect(await tab.locator('.lab-text .here').count()).toBe(1);
    // What only the laboratory does is not begun.
    await tab.keyboard.press('e');
    await tab.keyboard.press('Control+Enter');
    expect(await statusOf(tab)).not.toBe('running');
  });

  test('leads to the same in the laboratory', async ({ opened, tab }) => {
    await openEmbed(
      tab,
      opened.url,
      '#lab=explore/two-tasks&guard=arm64-v1&against=arm64&kernel=arm64-7.0&at=3',
    );
    await tab.keyboard.press('ArrowRight');
    const href = (await tab.getByRole('link', { name: 'open in the laboratory' }).getAttribute('href'))!;
    const { search, hash } = new URL(href);
    expect(search).toBe('');
    expect(Object.fromEntries(new URLSearchParams(hash.slice(1)))).toEqual({
      lab: 'explore/two-tasks',
      guard: 'arm64-v1',
      against: 'arm64',
      kernel: 'arm64-7.0',
      at: '4',
    });
    const what = await whatOf(tab);
    await tab.goto(href);
    await settled(tab);
    expect(await whatOf(tab)).toBe(what);
    expect(await tab.locator('#guard').inputValue()).toBe('arm64-v1');
  });

  test('is what the laboratory copies a frame of', async ({ opened, tab }) => {
    await tab.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await opened.open(tab, `#text=${packed(readFileSync('programs/mutual.bpf', 'utf8'))}&mode=explore`);
    await tab.getByRole('button', { name: 'copy embed' }).click();
    await tab.getByText('copied').waitFor();
    const frame = await tab.evaluate(() => navigator.clipboard.readText());
    const blog = `${opened.url}blog.html`;
    await tab.route(blog, (route) =>
      route.fulfill({ contentType: 'text/html', body: `<p>a blog</p>${frame}` }),
    );
    await tab.goto(blog);
    const inner = tab.frameLocator('iframe');
    expect(await inner.locator('.sentence').innerText()).not.toBe('');
    expect(await inner.locator('.lab-text').innerText()).toContain('scenario');
    expect(await tab.locator('iframe').getAttribute('title')).toBe('tinybpf: mine.bpf');
    expect(await tab.locator('iframe').getAttribute('src')).not.toContain('mode');
  });

  test('the laboratory copies a link to what it shows', async ({ opened, tab }) => {
    await tab.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await opened.open(tab, '#lab=recursion&guard=generic');
    await tab.getByRole('button', { name: 'copy link' }).click();
    await tab.getByText('copied').waitFor();
    expect(await tab.evaluate(() => navigator.clipboard.readText())).toBe(tab.url());
  });

  test.for([
    ['#lab=nothing-like-it', 'a lab that there is not: nothing-like-it'],
    ['#guard=soft', 'a guard that there is not: soft'],
    ['#kernel=arm64-2.4', 'a kernel that there is not: arm64-2.4'],
    ['#scenario=77', 'a scenario that there is not: 78'],
    ['#at=x', '`at` in the address is not a number'],
    ['#text=AAAA', 'the lab in the address cannot be read: it is damaged'],
    ['#lesson=2', 'a lesson cannot be embedded'],
    ['#mode=cost', 'only a run can be embedded'],
    ['#language', 'the help cannot be embedded'],
  ] as const)('says what is wrong with %s', async ([hash, what], { opened, page }) => {
    await openEmbed(page, opened.url, hash);
    expect(await statusOf(page)).toContain(what);
  });

  test('says what is wrong with what is not a lab', async ({ opened, page }) => {
    await openEmbed(page, opened.url, `#text=${packed('program p : fentry/x {\n    r0 = = 1\n}\n')}`);
    expect(await page.locator('.problems').innerText()).toContain('line 2');
    await page.locator('.problems').getByRole('button', { name: 'line 2' }).click();
    expect(await page.locator('.lab-text .here').innerText()).toContain('r0 = = 1');
  });

  test('carries out a schedule', async ({ opened, page }) => {
    const schedule = packed(readFileSync('test/data/web/lost-update.schedule', 'utf8'));
    await openEmbed(page, opened.url, `#lab=explore/two-tasks&guard=arm64-v1&schedule=${schedule}`);
    expect(await statusOf(page)).toContain('it breaks one_instance, balanced');
  });

  test.for(['light', 'dark'] as const)('is accessible in %s', async (scheme, { opened, page }) => {
    await page.emulateMedia({ colorScheme: scheme });
    await openEmbed(page, opened.url, '#lab=nmi-over-task&against=arm64-nested&at=8');
    await followed(page);
    expect(await violations(page)).toEqual([]);
  });

  test.for([400, 640, 800] as const)('fits into %i pixels', async (width, { opened, page }) => {
    await page.setViewportSize({ width, height: 600 });
    await openEmbed(page, opened.url, '#lab=nmi-over-task&against=arm64-nested&at=8');
    await followed(page);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(over).toBeLessThanOrEqual(0);
    expect(await violations(page)).toEqual([]);
  });
});
