import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { type Browser, chromium, type Page } from 'playwright-core';
import { preview } from 'vite';
import { heading, table } from './support.js';

const CHROMIUM = process.env['TINYBPF_CHROMIUM'] ?? '/usr/bin/chromium';
const ROOT = new URL('../../', import.meta.url);
const PAGE = fileURLToPath(new URL('dist/web/', ROOT));
const ROUNDS = 9;

/** A moment that is measured, and what has to be done for it. */
const MOMENTS: readonly (readonly [string, (page: Page) => Promise<unknown>])[] = [
  ['a lab can be chosen in the menu', (page) => page.locator('#lab').selectOption('mutual')],
  ['its timeline is shown', (page) => page.locator('.timeline .slice').first().waitFor()],
];

/** Opens the page with nothing of it in any cache; milliseconds from the request to each of the moments. */
async function open(browser: Browser, url: string): Promise<number[]> {
  const page = await browser.newPage();
  const begun = performance.now();
  await page.goto(url, { waitUntil: 'commit' });
  const times: number[] = [];
  for (const [, reach] of MOMENTS) {
    await reach(page);
    times.push(performance.now() - begun);
  }
  await page.close();
  return times;
}

function packedSize(): number {
  const files = readdirSync(PAGE, { recursive: true, withFileTypes: true }).filter((f) => f.isFile());
  return files.reduce((sum, f) => sum + gzipSync(readFileSync(`${f.parentPath}/${f.name}`)).length, 0);
}

/** How soon the page can be used, in a real browser from a local server. */
export async function pageSuite(): Promise<void> {
  heading(`The page, opened ${ROUNDS} times without a cache: milliseconds from the request on`);
  if (!existsSync(CHROMIUM)) {
    console.log(`skipped: there is no ${CHROMIUM}; TINYBPF_CHROMIUM names another`);
    return;
  }
  const server = await preview({
    configFile: fileURLToPath(new URL('src/web/vite.config.ts', ROOT)),
    logLevel: 'silent',
    preview: { host: '127.0.0.1', port: 0 },
  });
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu'],
  });
  const url = server.resolvedUrls!.local[0]!;
  await open(browser, url);
  const rounds: number[][] = [];
  for (let i = 0; i < ROUNDS; i += 1) rounds.push(await open(browser, url));
  await browser.close();
  await server.close();
  table(
    MOMENTS.map(([moment], i) => {
      const sorted = rounds.map((r) => r[i]!).sort((a, b) => a - b);
      const at = (share: number): number => Math.round(sorted[Math.floor(share * (ROUNDS - 1))]!);
      return { moment, least: at(0), median: at(0.5), most: at(1) };
    }),
  );
  console.log(`\nall of its files compressed: ${Math.round(packedSize() / 1000)} kB`);
}
