/** How soon the page can be used, and how soon it answers, beside a page with nothing but a word, in Chromium. */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { type Browser, chromium, type Page } from 'playwright-core';
import { preview } from 'vite';
import { heading, median, table } from './support.js';

const CHROMIUM = process.env['TINYBPF_CHROMIUM'] ?? '/usr/bin/chromium';
const ROOT = new URL('../../', import.meta.url);
const PAGE = fileURLToPath(new URL('dist/web/', ROOT));
const ROUNDS = 15;
/** How often each of both is opened besides, only to see it painted: that takes little, and differs from time to time. */
const PAINTS = 30;
/** Keys that are pressed one after the other while a worker explores. */
const PRESSES = 10;

/** What the page is compared with. It can be painted, and a key changes it. */
const EMPTY = `<!doctype html><html lang="en"><title>empty</title><p>0</p>
<script>addEventListener('keydown', () => { document.querySelector('p').textContent += '.'; })</script>`;

/** More schedules than anybody can try. */
const ENDLESS = `function work(u64 who) {
    r0 = 0
    exit
}
program on_work : fentry/work {
    r0 = 0
    exit
}
scenario {
    guard arm64-v1
    task A cpu 0 { call work(1) x 9 }
    task B cpu 0 { call work(2) x 9 }
    task C cpu 0 { call work(3) x 9 }
    may nmi x 9 { call work(4) }
}
`;

/** Milliseconds from the request for a page until something was so of it, or from a key until what it changed is seen. */
interface Times {
  readonly paint: number;
  readonly editable: number;
  readonly timeline: number;
  readonly input: number;
}

/** Runs in a page before anything of it: writes down when elements are there first, and how long keys take. */
function watch(selectors: readonly string[]): void {
  const kept = { there: {} as Record<string, number>, inputs: [] as number[] };
  Object.assign(globalThis, { kept });
  new MutationObserver(() => {
    for (const selector of selectors)
      if (!(selector in kept.there) && document.querySelector(selector) !== null)
        kept.there[selector] = performance.now();
  }).observe(document, { subtree: true, childList: true, attributes: true });
  addEventListener('keydown', (e) => {
    // A frame is painted between what runs before it and the next task.
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => kept.inputs.push(performance.now() - e.timeStamp);
      port2.postMessage(undefined);
    });
  });
}

const EDITABLE = '.cm-content[contenteditable=true]';
const TIMELINE = '.timeline .slice';

interface Kept {
  readonly kept: { readonly there: Readonly<Record<string, number>>; readonly inputs: readonly number[] };
}

const paintOf = (page: Page): Promise<number> =>
  page.evaluate(
    () =>
      new Promise<number>((heard) => {
        new PerformanceObserver((list) => {
          for (const { name, startTime } of list.getEntries())
            if (name === 'first-contentful-paint') heard(startTime);
        }).observe({ type: 'paint', buffered: true });
      }),
  );

/** From a key to the frame that shows what it did, in the middle of some. */
async function inputOf(page: Page): Promise<number> {
  const heard = (): Promise<readonly number[]> =>
    page.evaluate(() => (globalThis as unknown as Kept).kept.inputs);
  for (let i = 1; i <= PRESSES; i += 1) {
    await page.keyboard.press(i % 2 === 0 ? 'ArrowLeft' : 'ArrowRight');
    await page.waitForFunction((n) => (globalThis as unknown as Kept).kept.inputs.length >= n, i);
  }
  return median(await heard());
}

/** Opens a page with nothing of it in any cache. */
async function opened<T>(browser: Browser, url: string, use: (page: Page) => Promise<T>): Promise<T> {
  const page = await browser.newPage();
  await page.addInitScript(watch, [EDITABLE, TIMELINE]);
  await page.goto(url, { waitUntil: 'commit' });
  const result = await use(page);
  await page.close();
  return result;
}

const openEmpty = (browser: Browser, url: string): Promise<Pick<Times, 'paint' | 'input'>> =>
  opened(browser, `${url}empty.html`, async (page) => ({
    paint: await paintOf(page),
    input: await inputOf(page),
  }));

const openPage = (browser: Browser, url: string): Promise<Times> =>
  opened(browser, url, async (page) => {
    await page.locator(TIMELINE).first().waitFor();
    const there = await page.evaluate(() => (globalThis as unknown as Kept).kept.there);
    const paint = await paintOf(page);
    const lab = deflateRawSync(ENDLESS).toString('base64url');
    await page.evaluate((text) => {
      location.hash = `#text=${text}`;
    }, lab);
    await page.locator('#lab option:checked', { hasText: 'your own text' }).waitFor({ state: 'attached' });
    await page.getByRole('tab', { name: 'Explore' }).click();
    await page.getByRole('button', { name: 'Explore', exact: true }).click();
    await page.locator('.counts', { hasText: 'states' }).waitFor();
    await page.getByRole('tab', { name: 'Run' }).click();
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    const input = await inputOf(page);
    if (await page.locator('.explore .controls button', { hasText: 'cancel' }).first().isDisabled())
      throw new Error('the exploration is over, and nothing was measured beside it');
    return { paint, editable: there[EDITABLE]!, timeline: there[TIMELINE]!, input };
  });

function packedSize(): number {
  const files = readdirSync(PAGE, { recursive: true, withFileTypes: true }).filter((f) => f.isFile());
  return files.reduce((sum, f) => sum + gzipSync(readFileSync(`${f.parentPath}/${f.name}`)).length, 0);
}

/** What is measured, what it is compared with, and how many times as long it may take. */
const ROWS: readonly (readonly [
  moment: string,
  of: keyof Times,
  beside: 'paint' | 'input',
  most: number | '',
])[] = [
  ['the first content is painted', 'paint', 'paint', 1.5],
  ['the lab can be edited', 'editable', 'paint', ''],
  ['its timeline is there', 'timeline', 'paint', ''],
  ['from a key to what it does, while a worker explores', 'input', 'input', ''],
];

/** How soon the page can be used, in a real browser from a local server. */
export async function pageSuite(): Promise<void> {
  heading(
    `page: opened ${ROUNDS} times (painted ${ROUNDS + PAINTS}) without a cache beside an empty page, interleaved; milliseconds`,
  );
  if (!existsSync(CHROMIUM)) {
    console.log(`skipped: there is no ${CHROMIUM}; TINYBPF_CHROMIUM names another`);
    return;
  }
  // Both are files of one folder, so that they come in the same way.
  const folder = mkdtempSync(join(tmpdir(), 'tinybpf-page-'));
  cpSync(PAGE, folder, { recursive: true });
  writeFileSync(join(folder, 'empty.html'), EMPTY);
  const server = await preview({
    configFile: false,
    root: folder,
    build: { outDir: folder },
    logLevel: 'silent',
    preview: { host: '127.0.0.1', port: 0 },
  });
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu'],
  });
  const url = server.resolvedUrls!.local[0]!;
  await openPage(browser, url);
  const empty: Pick<Times, 'paint' | 'input'>[] = [];
  const full: Times[] = [];
  for (let i = 0; i < ROUNDS; i += 1) {
    empty.push(await openEmpty(browser, url));
    full.push(await openPage(browser, url));
  }
  // Each comes after itself as often as after the other.
  const paints = { empty: empty.map((e) => e.paint), full: full.map((f) => f.paint) };
  for (let i = 0; i < PAINTS; i += 1)
    for (const which of i % 2 === 0 ? (['empty', 'full'] as const) : (['full', 'empty'] as const))
      paints[which].push(await opened(browser, which === 'empty' ? `${url}empty.html` : url, paintOf));
  await browser.close();
  await server.close();
  rmSync(folder, { recursive: true });
  table(
    ROWS.map(([moment, of, beside, most]) => {
      const times = of === 'paint' ? paints.full : full.map((round) => round[of]);
      const base = median(beside === 'paint' ? paints.empty : empty.map((round) => round[beside]));
      return {
        moment,
        least: Math.min(...times).toFixed(0),
        median: median(times).toFixed(0),
        most: Math.max(...times).toFixed(0),
        empty: base.toFixed(0),
        'x empty': (median(times) / base).toFixed(2),
        'at most': most,
      };
    }),
  );
  console.log(`\nall of its files compressed: ${Math.round(packedSize() / 1000)} kB`);
}
