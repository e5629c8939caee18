import { deflateRawSync } from 'node:zlib';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { CHROMIUM, CHROMIUM_FLAGS } from './chromium.js';
import { WAIT_LIMIT } from './limits.js';
import { SLOWNESS } from './page-clocks.js';

/** Runs in the page: its watchdogs, which wait for seconds, do not take a slow machine for one that hangs. */
function patient(times: number): void {
  const later = setTimeout;
  const patiently = (act: () => void, ms = 0) => later(act, ms < 10_000 ? ms : ms * times);
  globalThis.setTimeout = patiently as typeof setTimeout;
}

/** A browser as the page is tested in. */
export const launch = (executablePath = CHROMIUM): Promise<Browser> =>
  chromium.launch({ executablePath, args: [...CHROMIUM_FLAGS], timeout: WAIT_LIMIT });

/** The built page in a browser. Everything that goes wrong in it unheard of is kept. */
export class Opened {
  readonly trouble: string[] = [];
  /** Addresses that were asked for, but for the page's own. */
  readonly strangers: string[] = [];
  readonly #context: BrowserContext;
  /** Where the page is served. */
  readonly url: string;

  constructor(context: BrowserContext, url: string) {
    this.#context = context;
    this.url = url;
  }

  /** A new tab. It shares the context, since one of its own is a window of its own, which takes as long as the page does. */
  async page(options: { width?: number; height?: number; scheme?: 'light' | 'dark' } = {}): Promise<Page> {
    const { width = 1280, height = 900, scheme = 'light' } = options;
    const page = await this.#context.newPage();
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme: scheme });
    page.setDefaultTimeout(WAIT_LIMIT);
    await page.addInitScript(patient, SLOWNESS);
    page.on('pageerror', (e) => this.trouble.push(String(e)));
    page.on('console', (m) => {
      if (m.type() === 'error') this.trouble.push(m.text());
    });
    page.on('request', (r) => {
      if (!r.url().startsWith(this.url) && !/^(?:data|blob):/.test(r.url())) this.strangers.push(r.url());
    });
    return page;
  }

  /** Closes a tab. The next finds nothing that this one kept, and may do nothing that this one was allowed to. */
  async close(page: Page): Promise<void> {
    if (page.url().startsWith(this.url)) await page.evaluate(() => localStorage.clear());
    await this.#context.clearPermissions();
    await page.close();
  }

  /**
   * Shows what an address says and waits until it has run. A tab that has the page already is only given the rest of
   * the address, as by a link within it: the emulated kernel need not be read anew.
   */
  async open(page: Page, hash = ''): Promise<void> {
    if (!page.url().startsWith(this.url)) await page.goto(this.url + hash);
    else if (new URL(page.url()).hash === hash) await page.reload();
    else await page.evaluate(follow, hash);
    await settled(page);
  }
}

/** Runs in the page: changes the address after `#`, and waits until the page has heard of it. */
const follow = (hash: string): Promise<void> =>
  new Promise((heard) => {
    addEventListener('hashchange', () => heard(), { once: true });
    location.hash = hash;
  });

/** Waits until what was asked for has run. */
export async function settled(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    const status = document.querySelector('.seen .status')?.textContent ?? 'loading';
    return status !== 'loading' && status !== 'running';
  });
}

export const statusOf = (page: Page): Promise<string> => page.locator('.seen .status').first().innerText();
export const outputOf = async (page: Page): Promise<string> =>
  (await page.locator('.text pre').textContent()) ?? '';
export const whatOf = (page: Page): Promise<string> => page.locator('.what').innerText();

/** A text as the address has it. */
export const packed = (text: string | Uint8Array): string => deflateRawSync(text).toString('base64url');

/** More schedules than anybody can try. */
export const ENDLESS = `function work(u64 who) {
    r0 = 0
    exit
}
program on_work : fentry/work {
    r0 = 0
    exit
}
scenario {
    kernel arm64-7.3-preempt-rcu
    guard arm64-v1
${['A', 'B', 'C'].map((t) => `    task ${t} cpu 0 { call work(1) x 9 }`).join('\n')}
    may nmi x 9 { call work(3) }
}
`;

/** Goes to a mode of the middle of the page. */
export const modeTo = (page: Page, name: 'Run' | 'Explore' | 'Cost'): Promise<void> =>
  page.getByRole('tab', { name }).click();

/** Starts an exploration, in its mode. */
export async function startExploring(page: Page): Promise<void> {
  await modeTo(page, 'Explore');
  await page.getByRole('button', { name: 'Explore', exact: true }).click();
}

/** Opens a counterexample that has been found in the timeline: `arm64-v1 breaks balanced`. */
export async function openFound(page: Page, name: string): Promise<void> {
  await modeTo(page, 'Explore');
  await page.getByRole('button', { name: `counterexample: ${name}` }).click();
  await page.getByRole('button', { name: `open in the timeline: ${name}` }).click();
}

/** Waits until what is shown at the cursor is what is so there. */
export const followed = (page: Page): Promise<void> =>
  page.locator('.steps:not([aria-busy=true])').waitFor({ state: 'attached' });

/** Waits until the exploration is over; how it ended. */
export async function explored(page: Page): Promise<string> {
  await page
    .locator('.explore')
    .getByRole('button', { name: 'Explore', exact: true, disabled: false })
    .waitFor();
  return page.locator('.explore > .status').innerText();
}

/** Verdicts, a line each: the guard, the scenario, and what has come out. */
export const findingsOf = (page: Page): Promise<string[]> =>
  page
    .locator('.finding > th')
    .evaluateAll((all) =>
      all.map((e) => `${(e as HTMLElement).innerText} ${e.querySelector('strong')?.title}`),
    );
