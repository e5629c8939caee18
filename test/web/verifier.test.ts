import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { packed, statusOf } from '../support/page.js';
import { isOfVerifier } from '../support/page-server.js';
import { inChromium, test } from '../support/page-test.js';

const HEAD = `map calls : hash { key 8, value 8, max_entries 100 }
function work(u64 who) {
    r0 = 0
    exit
}
`;
const program = (load: readonly string[]): string => `${HEAD}program count : fentry/work {
    r6 = *(u64 *)(r1 + 0)
    if r6 == 0 goto out
    *(u64 *)(r10 - 8) = r6
    r1 = calls ll
    r2 = r10
    r2 += -8
    call bpf_map_lookup_elem
${load.map((line) => `    ${line}\n`).join('')}out:
    r0 = 0
    exit
}
`;
/** Reads through what may be null, at line 14. */
const REFUSED = program(['r1 = *(u64 *)(r0 + 0)']);
const GOOD = program(['if r0 == 0 goto out', 'r1 = *(u64 *)(r0 + 0)']);
/** A function of the lab, which Linux is not asked about, that reads what nothing has written. */
const DOUBTFUL = `function other(u64 who) {
    r1 = r7
    r0 = 0
    exit
}
`;
const NOT_WRITTEN = 'reads r7, which nothing has written';
const scenario = (setting: string): string => `scenario {
    ${setting}
    cpu 0 { call work(0) }
    expect count.run_cnt == 1
}
`;
const LINE = 14;
const KERNEL_SAYS = "R0 invalid mem access 'map_value_or_null'";
const TITLE = 'Linux 7.3 does not load count: address that may be null';

const address = (text: string, more = ''): string => `#text=${packed(text)}${more}`;
const problems = (page: Page) => page.locator('.problems:visible');

/** Which files a tab asks for of the verifier, as they are asked for; what explains a refusal may be asked for with other texts. */
function asked(page: Page): string[] {
  const files: string[] = [];
  page.on('request', (request) => {
    if (isOfVerifier(request.url()) && !request.url().includes('/refusals-')) files.push(request.url());
  });
  return files;
}

/** Waits for an answer of the verifier, by a lab that is refused: labs are looked at one after the other. */
async function answered(page: Page): Promise<void> {
  await expect.poll(() => problems(page).count()).toBe(1);
}

inChromium('what Linux would refuse', () => {
  test('is a warning at its line, with the words of the kernel, and the lab runs all the same', async ({
    opened,
    tab,
  }) => {
    await opened.open(tab, address(REFUSED + scenario('')));
    expect(await statusOf(tab)).toContain('1 expectation holds');
    await answered(tab);
    const [item] = await problems(tab).locator('li').all();
    expect(await problems(tab).locator('h2').innerText()).toBe('1 warning');
    expect(await item!.locator('summary').innerText()).toContain(TITLE);
    await item!.locator('summary').click();
    const said = await item!.innerText();
    expect(said).toContain(`line ${LINE}`);
    expect(said).toContain(KERNEL_SAYS);
    expect(said).toContain('compare it with 0 first');
    expect(said).toMatch(/the way there: .*if r6 == 0 goto out.* not taken/);
    // What there is to explain of it comes with the verifier.
    expect(said).toContain('What a lookup or a reservation gives is null');
    expect(said).toContain('B0514');
    const mark = tab.locator('.flaw-mark.warning');
    expect(await mark.count()).toBe(1);
    expect(await mark.getAttribute('title')).toContain(KERNEL_SAYS);
    expect(await tab.locator('.cm-line .flaw.warning').innerText()).toBe('r1 = *(u64 *)(r0 + 0)');
  });

  test('is not said of programs that Linux loads, beside one that it does not', async ({ opened, tab }) => {
    const good = 'program fine : fexit/work {\n    r0 = 0\n    exit\n}\n';
    await opened.open(tab, address(REFUSED + good + scenario('')));
    await answered(tab);
    const said = await problems(tab).innerText();
    expect(said).toContain(TITLE);
    expect(said).not.toContain('fine');
    // Mended, it is well.
    await opened.open(tab, address(GOOD + good + scenario('')));
    await expect.poll(() => problems(tab).count()).toBe(0);
  });

  test('is said of what is typed', async ({ opened, tab }) => {
    const files = asked(tab);
    await opened.open(tab, address(`${GOOD}${scenario('')}//`));
    await expect.poll(() => files.length).toBeGreaterThan(0);
    expect(await problems(tab).count()).toBe(0);
    await tab.locator('.cm-line', { hasText: 'if r0 == 0 goto out' }).click();
    await tab.keyboard.press('Home');
    await tab.keyboard.type('// ');
    await answered(tab);
    expect(await problems(tab).locator('summary').innerText()).toContain(TITLE);
  });

  test('is refused in a scenario that says so, and then nothing runs', async ({ opened, tab }) => {
    await opened.open(tab, address(REFUSED + scenario('verify on')));
    expect(await statusOf(tab)).toContain('Linux 7.3 does not load `count`');
    await answered(tab);
    expect(await problems(tab).locator('h2').innerText()).toBe('1 error');
    expect(await tab.locator('.flaw-mark.error').count()).toBe(1);
    await opened.open(tab, address(GOOD + scenario('verify on')));
    expect(await statusOf(tab)).toContain('1 expectation holds');
    await expect.poll(() => problems(tab).count()).toBe(0);
  });

  test('is refused, or not asked for, as it is chosen, and the address says that', async ({
    opened,
    tab,
  }) => {
    await opened.open(tab, address(REFUSED + scenario('')));
    await answered(tab);
    await tab.locator('#verify').selectOption('off');
    await expect.poll(() => problems(tab).count()).toBe(0);
    await expect.poll(() => new URL(tab.url()).hash).toContain('verify=off');
    await tab.locator('#verify').selectOption('on');
    await expect.poll(() => statusOf(tab)).toContain('does not load');
    await expect.poll(() => new URL(tab.url()).hash).toContain('verify=on');
  });

  test('is silent, and nothing is loaded for it, where the address or the lab says so', async ({
    opened,
    tab,
  }) => {
    const files = asked(tab);
    const marks = tab.locator('.flaw-mark.warning');
    await opened.open(tab, address(REFUSED + DOUBTFUL + scenario(''), '&verify=off'));
    expect(await tab.locator('#verify').inputValue()).toBe('off');
    // That the text has been looked at is seen by what else is said of it.
    await expect.poll(() => marks.count()).toBe(1);
    expect(await marks.getAttribute('title')).toContain(NOT_WRITTEN);
    expect(files).toEqual([]);
    await opened.open(tab, address(REFUSED + DOUBTFUL + scenario('')));
    await expect.poll(() => marks.count()).toBe(2);
    expect(files.length).toBeGreaterThan(0);
    await opened.open(tab, address(REFUSED + DOUBTFUL + scenario('verify off')));
    await expect.poll(() => marks.count()).toBe(1);
    expect(await marks.getAttribute('title')).toContain(NOT_WRITTEN);
  });

  test('is asked for once a lab has been shown', async ({ opened, tab }) => {
    const shownFirst: boolean[] = [];
    await tab.route(
      (url) => isOfVerifier(url.pathname),
      async (route) => {
        shownFirst.push((await tab.locator('.timeline svg, svg.timeline').count()) > 0);
        await route.continue();
      },
    );
    await opened.open(tab, address(REFUSED + scenario('')));
    await answered(tab);
    expect(shownFirst.length).toBeGreaterThan(1);
    expect(shownFirst).not.toContain(false);
  });

  test('is said where it could not be asked', async ({ opened, tab }) => {
    await tab.route(/\/verifier-[^/]*\.js$/, (route) => route.abort());
    await opened.open(tab, address(REFUSED + scenario('')));
    expect(await statusOf(tab)).toContain('1 expectation holds');
    await answered(tab);
    expect(await problems(tab).innerText()).toContain('Linux’s verifier could not be loaded');
    opened.trouble.splice(0);
  });

  test('is said of an embedded lab', async ({ opened, tab }) => {
    await tab.goto(`${opened.url}?embed${address(REFUSED + scenario(''))}`);
    await answered(tab);
    expect(await problems(tab).locator('summary').innerText()).toContain(TITLE);
    await problems(tab).locator('summary').click();
    expect(await problems(tab).innerText()).toContain(KERNEL_SAYS);
  });

  test('is said of shipped labs whose first comment says it', async ({ opened, tab }) => {
    await opened.open(tab, '#lab=bh-disabled-is-level-0');
    await answered(tab);
    expect(await problems(tab).innerText()).toContain('Linux 7.3 does not load on_work');
  });
});
