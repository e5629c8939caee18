// cspell:ignore programm
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { SUBJECTS } from '../../src/web/subjects.js';
import { ROOT, tinybpf } from '../support/cli.js';
import { followed, outputOf, packed, settled, statusOf, whatOf } from '../support/page.js';
import { inChromium, test } from '../support/page-test.js';
import { printedRuns } from '../support/printed.js';

const labsIn = (folder: string): string[] =>
  readdirSync(join(ROOT, 'programs', folder))
    .filter((f) => f.endsWith('.bpf'))
    .map((f) => folder + f.slice(0, -'.bpf'.length))
    .sort();
const RUN = labsIn('');
const EXPLORED = labsIn('explore/');

inChromium('the page', () => {
  test.beforeAll(async ({ opened, page }) => {
    await opened.open(page);
  });

  test('can be used before anything has run', async ({ opened, tab }) => {
    await tab.goto(opened.url);
    await tab.locator('#lab').selectOption('mutual');
    await settled(tab);
    expect(await outputOf(tab)).toBe(printedRuns('programs/mutual.bpf'));
  });

  test('has every shipped lab in its menu', async ({ page }) => {
    const values = await page
      .locator('#lab option')
      .evaluateAll((all) => all.map((o) => (o as HTMLOptionElement).value));
    expect(values.toSorted()).toEqual([...RUN, ...EXPLORED].sort());
    const subjects = await page
      .locator('#lab optgroup')
      .evaluateAll((all) => all.map((group) => (group as HTMLOptGroupElement).label));
    expect(subjects).toEqual(SUBJECTS.map(([subject]) => subject));
  });

  test.for([...RUN, ...EXPLORED])('runs %s as the command line does', async (lab, { page }) => {
    await page.locator('#lab').selectOption(lab);
    await settled(page);
    expect(await outputOf(page)).toBe(printedRuns(`programs/${lab}.bpf`));
    expect(await statusOf(page)).toMatch(
      EXPLORED.includes(lab)
        ? /^\d scenarios?, Explore \(e\) tells whether \d+ verdicts? holds?$/
        : /holds?(?:, \d ended in a fault)?(?:; scenario \d is shown, the first that has an answer)?$/,
    );
  });

  test('exports its text as the command line prints it, with the timeline', async ({ opened, page }) => {
    await opened.open(page, '#lab=two-tasks-one-cpu');
    await page.getByLabel('with the timeline').check();
    expect(await outputOf(page)).toBe(
      tinybpf(['run', 'programs/two-tasks-one-cpu.bpf', '--timeline']).stdout,
    );
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.locator('.text').getByRole('button', { name: 'save' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('two-tasks-one-cpu.txt');
    await page.getByLabel('with the timeline').uncheck();
  });

  test('shows the recursion refused', async ({ opened, page }) => {
    await opened.open(page, '#lab=recursion');
    expect(await page.locator('.timeline h2').first().innerText()).toMatch(
      /^guard arm64: \d+ events, 2 refusals$/,
    );
    expect(await page.locator('#scenario option').allTextContents()).toEqual(['✓ 1']);
    await expect.poll(() => page.locator('.slice.refused').count()).toBe(2);
    await page.getByRole('button', { name: 'next refusal' }).click();
    expect(await whatOf(page)).toBe('on_delete REFUSED  active 01 00 00 00 → 02 00 00 00');
    expect(await page.locator('.what').getAttribute('class')).toContain('refusal');
    expect(await page.locator('[data-active=on_delete]').first().innerText()).toMatch(/02\s*00\s*00\s*00/);
  });

  test('scrubs forwards and backwards', async ({ opened, page }) => {
    await opened.open(page, '#lab=recursion&at=2');
    const slider = page.getByRole('slider');
    const first = await whatOf(page);
    expect(first).toContain('admitted');
    const table = await page.locator('.state').first().innerText();
    await page.locator('h1').click();
    await page.keyboard.press('ArrowRight');
    expect(await slider.inputValue()).toBe('3');
    await page.keyboard.press('ArrowLeft');
    expect(await whatOf(page)).toBe(first);
    expect(await page.locator('.state').first().innerText()).toBe(table);
    await slider.focus();
    await page.keyboard.press('End');
    expect(await slider.inputValue()).toBe(await slider.getAttribute('max'));
    expect(await slider.getAttribute('aria-valuetext')).toMatch(/^(\d+) of \1: delete hash2\[0\] = -2$/);
  });

  test('steps through instructions in both directions, as tinybpf step does', async ({ opened, page }) => {
    const where = page.locator('.steps .status');
    const here = page.locator('.steps .listing .here');
    const registers = page.getByLabel('registers');
    const position = async (): Promise<number> => Number.parseInt(await where.innerText(), 10);
    const press = async (key: string): Promise<void> => {
      await page.keyboard.press(key);
      await followed(page);
    };
    await opened.open(page, '#lab=recursion');
    await page.getByRole('button', { name: 'next refusal' }).click();
    await page.locator('h1').click();
    await press('s');
    // The guard has refused: the next instructions are those of what asked it.
    const first = { position: await position(), here: await here.innerText() };
    expect(await where.innerText()).toMatch(/CPU 0, task 0 .* programs\/kernel\/trampoline\.bpf:\d+$/);
    await press('s');
    expect(await position()).toBe(first.position + 1);
    await press('Shift+S');
    expect({ position: await position(), here: await here.innerText() }).toEqual(first);
    expect(await registers.innerText()).toMatch(/^r0 0$/m);
    await press('f');
    expect(await where.innerText()).toContain('trampoline of htab_map_delete_elem+');
    await press('Shift+F');
    // Back at the beginning of the run everything is as at its first instruction.
    await press('Home');
    await press('Shift+S');
    expect(await position()).toBe(0);
    const { stdout } = tinybpf(['step', 'programs/recursion.bpf', '--execute', 'stepi']);
    await press('s');
    // All instructions of the listing are of the function that is named above it.
    const [, fn = ''] = /· (\S+)\+\d+ \(kernel\)/.exec(await where.innerText()) ?? [];
    expect(stdout).toContain(`=> ${fn}${(await here.innerText()).slice(3).trimEnd()}`);
  });

  test('shows no code and no registers of a run that is gone', async ({ opened, page }) => {
    const steps = page.locator('.steps');
    const where = steps.locator('.status');
    const step = async (): Promise<void> => {
      await steps.getByRole('button', { name: 'step ▶' }).click();
      await expect.poll(() => where.innerText()).toMatch(/^\d+ instructions · /);
      expect(await steps.locator('.listing .here').count()).toBe(1);
    };
    const isEmpty = async (): Promise<void> => {
      await settled(page);
      await followed(page);
      expect(await where.innerText()).toBe('right after the event under the cursor');
      expect(await steps.locator('pre').allInnerTexts()).toEqual(['', '']);
    };
    await opened.open(page, '#lab=recursion');
    await step();
    await page.locator('#lab').selectOption('two-programs');
    await settled(page);
    await followed(page);
    expect(await steps.innerText()).not.toContain('on_delete');
    await step();
    await page.locator('.cm-content').click();
    await page.keyboard.press('Control+Home');
    await page.keyboard.type('programm x\n');
    await isEmpty();
    await page.keyboard.press('Control+Enter');
    await settled(page);
    // Nothing has run: there is nothing to show, and nothing to step through.
    expect(await steps.isVisible()).toBe(false);
    await page.locator('h1').click();
    await page.keyboard.press('s');
    await followed(page);
    expect(await steps.isVisible()).toBe(false);
    await page.locator('#lab').selectOption('recursion');
    await settled(page);
    await followed(page);
    expect(await where.innerText()).toMatch(/^\d+ instructions · /);
  });

  test('shows what a run has ended by, of a fault and of one that has finished', async ({ opened, page }) => {
    const here = page.locator('.steps .listing .here');
    const where = page.locator('.steps .status');
    await opened.open(page, '#lab=stack-overflow');
    await followed(page);
    const [, fn] = /it is over: fault after (\S+)\+\d+ \(kernel\) · \S+$/.exec(await where.innerText()) ?? [];
    const [, at, insn] = /^=> (\+\d+) {2}(.*)/.exec(await here.innerText()) ?? [];
    const { stdout } = tinybpf(['run', 'programs/stack-overflow.bpf']);
    expect(stdout).toContain(`#0  ${fn}${at} (kernel)  ${insn}  programs/kernel/`);
    expect(await page.getByLabel('registers').innerText()).toMatch(/^r10 0x/m);
    await opened.open(page, '#lab=recursion');
    await page.locator('h1').click();
    await page.keyboard.press('End');
    await followed(page);
    expect(await where.innerText()).toContain('it is over: finished after ');
    expect((await here.innerText()).trimEnd()).toMatch(/ {2}exit$/);
  });

  test('shows the line of the lab that is executed next', async ({ opened, page }) => {
    await opened.open(page, '#lab=recursion&at=3');
    const line = page.locator('.cm-activeLine');
    await page.locator('h1').click();
    const where = page.locator('.steps .status');
    await page.getByRole('button', { name: 'step ▶' }).click();
    await expect.poll(() => where.innerText()).toContain('on_delete+1');
    await page.getByRole('button', { name: '◀ step' }).click();
    await expect
      .poll(() => where.innerText())
      .toMatch(/on_delete\+0 \(program\) · programs\/recursion\.bpf:\d+$/);
    expect(await line.innerText()).toContain('r6 = *(u64 *)(r1 + 0)');
    await page.getByRole('button', { name: 'over ▶' }).click();
    await expect.poll(() => line.innerText()).toContain('r1 = hash1 ll');
  });

  test('leads from a value to the instruction that wrote it', async ({ opened, page }) => {
    await opened.open(page, '#lab=recursion');
    await page.getByRole('button', { name: 'next refusal' }).click();
    await page.locator('[data-active=on_delete] button').first().click();
    expect(await page.locator('.place p').first().innerText()).toContain(
      'arm64.enter+9 (guard) wrote on_delete.active',
    );
    expect(await page.locator('.place .here').innerText()).toMatch(/\*\(u8 \*\)\(.*\) = /);
    await page.locator('[data-count] button').first().click();
    expect(await page.locator('.place p').first().innerText()).toContain('wrote preempt_count on CPU 0');
  });

  test('decodes preempt_count in an interrupt', async ({ opened, page }) => {
    await opened.open(page, '#lab=nmi-over-task');
    await page.getByRole('button', { name: 'next refusal' }).click();
    expect(await page.locator('.state .decoded').first().innerText()).toMatch(/hardirq 1 · nmi 1$/);
    expect(await page.locator('.slice.nmi').count()).toBe(1);
  });

  test('marks the first difference between two guards', async ({ opened, page }) => {
    await opened.open(page, '#lab=nmi-over-task&against=arm64-nested');
    expect(await page.locator('.timeline').count()).toBe(2);
    const said = page.locator('.difference-line p');
    expect(await said.first().innerText()).toMatch(/^arm64: on_work REFUSED/);
    expect(await said.nth(1).innerText()).toMatch(/^arm64-nested: on_work admitted/);
    await page.getByRole('button', { name: 'first difference' }).click();
    await expect.poll(() => page.locator('rect.difference').count()).toBe(2);
    expect(await whatOf(page)).toContain('REFUSED');
    await page.locator('#against').selectOption('generic');
    await settled(page);
    await expect
      .poll(() => page.locator('.difference-line').innerText())
      .toBe('arm64 and generic decide alike here.');
  });

  test('keeps what is shown in the address', async ({ opened, page, tab }) => {
    // A tab that has not written its address before, and may at once.
    await opened.open(tab, '#lab=two-programs');
    await tab.locator('.cm-content').click();
    await tab.keyboard.press('Control+Home');
    await tab.keyboard.type('// mine: <b>ä</b>\n');
    await tab.locator('#guard').selectOption('generic');
    await tab.locator('#kernel').selectOption('amd64-7.3');
    await settled(tab);
    expect(await outputOf(tab)).toContain('kernel amd64-7.3');
    await tab.locator('h1').click();
    await tab.keyboard.press('n');
    const shown = { what: await whatOf(tab), output: await outputOf(tab) };
    const at = await tab.getByRole('slider').inputValue();
    // The address may be written a moment later, where it is written often.
    const all = new RegExp(`guard=generic&kernel=amd64-7\\.3.*at=${at}&.*text=`);
    await expect.poll(() => tab.url()).toMatch(all);
    await page.goto('about:blank');
    await page.goto(tab.url());
    await settled(page);
    expect({ what: await whatOf(page), output: await outputOf(page) }).toEqual(shown);
    expect(await page.locator('.cm-line').first().innerText()).toBe('// mine: <b>ä</b>');
    expect(await page.locator('#kernel').inputValue()).toBe('amd64-7.3');
  });

  test('shows what is wrong where it is', async ({ opened, page }) => {
    await opened.open(page, '#lab=two-programs');
    await page.locator('.cm-content').click();
    await page.keyboard.press('Control+Home');
    await page.keyboard.type('programm x\n');
    await expect.poll(() => page.locator('.flaw.error').count()).toBe(1);
    await page.keyboard.press('Control+Enter');
    await settled(page);
    expect(await outputOf(page)).toContain('error[B0401]');
    expect(await outputOf(page)).toContain('mine.bpf:1:1');
  });

  test('lists all that is wrong, and marks what a run has shown to be wrong at its line', async ({
    opened,
    page,
  }) => {
    const lab = `// wrong.bpf: a lab that is wrong.
//
// In three ways.
function work(u64 a) {
    r0 = 0
    exit
}
program p : fentry/work {
    r1 = 0xffffffff
    r0 = 0
    exit
}
scenario {
    cpu 0 { call work(1) x 3 }
    expect p.run_cnt == 4
    expect p.run_cnt == 3
    expect p.recursion_misses == 1
}
`;
    await opened.open(page, `#text=${packed(lab)}`);
    const problems = page.locator('.problems li');
    await expect.poll(() => problems.count()).toBe(3);
    expect(await page.locator('.problems h2').innerText()).toBe('2 errors, 1 warning');
    const said = (await problems.allInnerTexts()).map((text) => text.replaceAll(/\s+/g, ' '));
    expect(said[0]).toMatch(/^line 9 ! 0xffffffff is sign-extended/);
    expect(said.slice(1)).toEqual([
      'line 15 ✗ this does not hold: p.run_cnt is 3',
      'line 17 ✗ this does not hold: p.recursion_misses is 0',
    ]);
    expect(await page.locator('.flaw.error').allInnerTexts()).toEqual([
      'expect p.run_cnt == 4',
      'expect p.recursion_misses == 1',
    ]);
    await page.getByRole('button', { name: 'line 17' }).click();
    expect(await page.locator('.cm-activeLine').innerText()).toContain('recursion_misses');
    // What the code means is told where it is asked for, as `tinybpf explain` tells it.
    await problems.first().locator('summary').click();
    const { stdout } = tinybpf(['explain', 'B0202']);
    const told = await problems.first().locator('p').nth(-2).innerText();
    expect(stdout.replaceAll(/[\s`]+/g, ' ')).toContain(told.replaceAll(/\s+/g, ' '));
    // A list that stays the same after another run is left as it is, with what was opened in it.
    // (The text is looked at after it has run, so before a second run is answered.)
    for (let run = 0; run < 2; run++) {
      await page.keyboard.press('Control+Enter');
      await settled(page);
    }
    expect(await problems.first().locator('details').getAttribute('open')).toBe('');
    expect(await page.locator('.intro').innerText()).toMatch(/^A lab that is wrong\.\s+In three ways\.$/);
    // Results of an older text are dimmed until it is run again.
    const isStale = (): Promise<number> => page.locator('.page.stale').count();
    expect(await isStale()).toBe(0);
    await page.locator('.cm-content').click();
    await page.keyboard.press('Control+End');
    await page.keyboard.type('// more\n');
    expect(await isStale()).toBe(1);
    await page.keyboard.press('Control+Enter');
    await settled(page);
    expect(await isStale()).toBe(0);
    await opened.open(page, '#lab=recursion');
    await expect.poll(() => problems.count()).toBe(0);
    expect(await page.locator('.problems').isVisible()).toBe(false);
  });

  test('hands a trace to Perfetto, as the command line writes it', async ({ opened, page }) => {
    const listener = `<script>addEventListener('message', (e) => {
      if (e.data === 'PING') e.source.postMessage('PONG', e.origin);
      else globalThis.got = { title: e.data.perfetto.title, text: new TextDecoder().decode(e.data.perfetto.buffer) };
    })</script>`;
    await page
      .context()
      .route('https://ui.perfetto.dev/**', (route) =>
        route.fulfill({ contentType: 'text/html', body: listener }),
      );
    await opened.open(page, '#lab=nmi-over-task');
    const [perfetto] = await Promise.all([
      page.waitForEvent('popup'),
      page.getByRole('button', { name: 'open in Perfetto' }).click(),
    ]);
    await perfetto.waitForFunction(() => 'got' in globalThis);
    const got = await perfetto.evaluate(() => (globalThis as { got?: { title: string; text: string } }).got);
    const file = join(mkdtempSync(join(tmpdir(), 'tinybpf-page-')), 'trace.json');
    tinybpf(['run', 'programs/nmi-over-task.bpf', '--perfetto', file]);
    expect(got).toEqual({ title: 'programs/nmi-over-task.bpf', text: readFileSync(file, 'utf8') });
    await perfetto.close();
    // The browser complains of what was sent before the other page was there.
    opened.trouble.length = 0;
  });

  test.for(['recursion', 'printk-recursion'])('begins with all of %s seen', async (lab, { opened, page }) => {
    await opened.open(page, `#lab=${lab}`);
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn))));
    expect(await page.locator('.timeline').first().innerText()).not.toContain('are seen');
    const slices = await page.locator('.slice').count();
    await page.getByRole('button', { name: 'zoom in' }).click();
    await expect
      .poll(() => page.locator('.timeline').first().innerText())
      .toMatch(/events \d+ to \d+ of \d+ are seen/);
    await page.getByRole('button', { name: 'fit' }).click();
    await expect.poll(() => page.locator('.timeline').first().innerText()).not.toContain('are seen');
    expect(await page.locator('.slice').count()).toBe(slices);
  });

  test('begins with what can be told apart of a long run', async ({ opened, page }) => {
    const lab = `function work(u64 a) {
    r0 = 0
    exit
}
scenario {
    cpu 0 { call work(1) x 1000 }
}
`;
    await opened.open(page, `#text=${packed(lab)}`);
    await expect
      .poll(() => page.locator('.timeline').first().innerText())
      .toMatch(/events 1 to \d\d\d of \d{4} are seen/);
  });

  test('zooms and pans', async ({ opened, page }) => {
    await opened.open(page, '#lab=sleepable');
    const widthOfFirst = async (): Promise<number> =>
      Number(await page.locator('.slice rect').first().getAttribute('width'));
    const before = await widthOfFirst();
    await page.locator('h1').click();
    await page.keyboard.press('+');
    await expect.poll(widthOfFirst).toBeGreaterThan(before);
    await page.keyboard.press('0');
    await expect.poll(widthOfFirst).toBeLessThanOrEqual(before);
  });
});
