/**
 * Makes the pictures of the page in test/screenshots that README shows: `npm run accept --
 * pictures`. Needs Chromium as the tests of the page do.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { explored, followed, launch, Opened, startExploring } from '../support/page.js';
import { servePage } from '../support/page-server.js';
import { smallPng } from '../support/small-png.js';

const OUT = fileURLToPath(new URL('../screenshots/', import.meta.url));
/** Pictures lie in the repository: small ones only. */
const LARGEST = 100 * 1024;

interface Shot {
  readonly name: string;
  readonly hash: string;
  readonly width: number;
  readonly height: number;
  /** The element that is shown; the whole window if absent. */
  readonly only?: string;
  readonly scheme: 'light' | 'dark';
  readonly before: (page: Page) => Promise<void>;
}

const SHOTS: readonly Shot[] = [
  {
    name: 'recursion',
    hash: '#lab=recursion',
    width: 1280,
    height: 720,
    scheme: 'light',
    before: async (page) => {
      await followed(page);
    },
  },
  {
    name: 'compare',
    hash: '#lab=nmi-over-task&against=arm64-nested',
    width: 860,
    height: 900,
    only: '.seen',
    scheme: 'dark',
    before: async (page) => {
      await page.getByRole('button', { name: 'first difference' }).click();
    },
  },
  {
    name: 'lost-update',
    hash: '#lab=explore/two-tasks&guard=arm64-v1',
    width: 1280,
    height: 900,
    scheme: 'light',
    before: async (page) => {
      await startExploring(page);
      await explored(page);
      await page.getByRole('button', { name: 'counterexample: arm64-v1 breaks balanced' }).click();
      for (let i = 0; i < 9; i += 1) await page.getByRole('button', { name: 'next row' }).click();
      await followed(page);
    },
  },
  {
    name: 'course',
    hash: '#lesson=5',
    width: 1280,
    height: 720,
    scheme: 'light',
    before: async (page) => {
      await page.getByRole('button', { name: 'Check my lab' }).click();
      await page.locator('.said.bad').waitFor();
      await page.locator('h1').click();
      await followed(page);
    },
  },
];

/** The modes of the page, each taken at every width, light and dark, in one tab. */
const MODES: readonly Pick<Shot, 'name' | 'hash' | 'before'>[] = [
  { name: 'run', hash: '#lab=nmi-over-task&at=8', before: followed },
  {
    name: 'explore',
    hash: '#lab=explore/three-tasks-irq-nmi&guard=arm64-v1',
    before: async (page) => {
      await startExploring(page);
      await explored(page);
      await page.getByRole('button', { name: 'next row' }).click();
      await followed(page);
    },
  },
  {
    name: 'cost',
    hash: '#lab=recursion&mode=cost',
    before: async (page) => {
      await page.locator('.bench').getByRole('button', { name: 'Measure' }).click();
      await page.locator('.bench img').waitFor();
    },
  },
];
const SIZES = [
  { width: 1400, height: 800 },
  { width: 900, height: 800 },
  { width: 400, height: 800 },
] as const;
const SCHEMES = ['light', 'dark'] as const;

/** What is on the screen once everything of it is drawn, in few bytes. */
async function take(page: Page, name: string, only?: string): Promise<void> {
  await page.evaluate(() => scrollTo(0, 0));
  await page.evaluate(
    () => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))),
  );
  const small = smallPng(await (only === undefined ? page : page.locator(only)).screenshot());
  console.log(`${name}: ${small.length} bytes`);
  if (small.length > LARGEST) throw new Error(`${name} is larger than ${LARGEST} bytes`);
  writeFileSync(`${OUT}${name}.png`, small);
}

mkdirSync(OUT, { recursive: true });
const browser = await launch();
const served = await servePage();
const opened = new Opened(await browser.newContext(), served.url);
for (const { name, hash, before, only, ...options } of SHOTS) {
  const page = await opened.page(options);
  await opened.open(page, hash);
  await before(page);
  await take(page, name, only);
  await opened.close(page);
}
for (const { name, hash, before } of MODES) {
  const page = await opened.page();
  await opened.open(page, hash);
  await before(page);
  for (const size of SIZES)
    for (const colorScheme of SCHEMES) {
      await page.setViewportSize(size);
      await page.emulateMedia({ colorScheme });
      await take(page, `${name}-${size.width}-${colorScheme}`);
    }
  await opened.close(page);
}
await browser.close();
await served.close();
