import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { explored, outputOf, packed, settled, startExploring, statusOf } from '../support/page.js';
import { inChromium, test } from '../support/page-test.js';

const MARKUP = `<img src=x onerror="window.owned=1"><script>window.owned=1</script>`;

/** Names, titles and messages are where text of the lab comes back. */
const MARKUP_LAB = `// ${MARKUP}
function work(u64 a) {
    r0 = 0
    exit
}
program p : fentry/work {
    r0 = 0
    exit
}
scenario "${MARKUP.replaceAll('"', "'")}" {
    cpu 0 { call work(1) }
    expect p.run_cnt == 7
}
`;

const LOOP_LAB = `function work(u64 a) {
again:
    goto again
}
scenario {
    cpu 0 { call work(1) }
}
`;

inChromium('a hostile address', () => {
  const owned = (page: Page): Promise<unknown> =>
    page.evaluate(() => (globalThis as { owned?: unknown }).owned);
  const elements = (page: Page): Promise<number> =>
    page.locator('img[src], body script[src=x], iframe, script:not([src])').count();

  test('brings no markup', async ({ opened, page }) => {
    await opened.open(page, `#text=${packed(MARKUP_LAB)}`);
    expect(await outputOf(page)).toContain('<img src=x');
    expect(await page.locator('#scenario option').first().textContent()).toContain('<img src=x');
    expect(await elements(page)).toBe(0);
    expect(await owned(page)).toBeUndefined();
  });

  test('brings no markup in a diagnostic or in its other fields', async ({ opened, page }) => {
    const field = encodeURIComponent(MARKUP);
    await opened.open(
      page,
      `#text=${packed(MARKUP)}&guard=${field}&kernel=${field}&against=${field}&at=${field}&lab=${field}`,
    );
    expect(await outputOf(page)).toContain('error[B');
    expect(await elements(page)).toBe(0);
    expect(await owned(page)).toBeUndefined();
  });

  test('shows what cannot be seen as escapes', async ({ opened, page }) => {
    const hidden = 'a\x1b[31m\x9b\u202eb\u2066\u200b\ufeff\u{e0041}';
    const lab = MARKUP_LAB.replace(/scenario ".*"/, `scenario "${hidden}"`).replaceAll(MARKUP, hidden);
    await opened.open(page, `#text=${packed(lab)}`);
    const escaped = String.raw`a\x1b[31m\x9b\u202eb\u2066\u200b\ufeff\u{e0041}`;
    expect(await outputOf(page)).toContain(escaped);
    expect(await page.locator('#scenario option').first().textContent()).toContain(escaped);
    // The editor has signs of its own that are not seen.
    const found = await page.evaluate(() => {
      const texts: string[] = [];
      for (const element of document.querySelectorAll('body *')) {
        if (element.closest('.cm-editor') !== null) continue;
        for (const node of element.childNodes) if (node.nodeType === 3) texts.push(node.textContent ?? '');
        for (const name of ['title', 'label', 'aria-label', 'aria-valuetext'])
          texts.push(element.getAttribute(name) ?? '');
      }
      return texts.filter((t) => /[^\P{Cc}\n\t]|[\p{Cf}\p{Zl}\p{Zp}\p{DI}]/u.test(t));
    });
    expect(found).toEqual([]);
    expect(await page.locator('.cm-content .cm-specialChar').first().textContent()).toBe(String.raw`\x1b`);
  });

  test('is not let to load or connect', async ({ opened, page }) => {
    const refused = await page.evaluate(async () => {
      const script = document.createElement('script');
      script.textContent = 'window.owned = 1';
      document.body.append(script);
      return fetch('https://example.com/').then(
        () => false,
        () => true,
      );
    });
    expect(refused).toBe(true);
    expect(await owned(page)).toBeUndefined();
    // The browser says so in its console, which is wanted here.
    opened.trouble.length = 0;
    expect(opened.strangers.splice(0).filter((url) => url !== 'https://example.com/')).toEqual([]);
  });

  test('cannot hang the tab with an endless loop', async ({ opened, page }) => {
    await page.goto('about:blank');
    // The page shows that the lab runs while it does, however short that is.
    await page.addInitScript(() => {
      new MutationObserver(() => {
        if (document.querySelector('.seen .status')?.textContent === 'running')
          document.documentElement.dataset['hasRun'] = 'yes';
      }).observe(document, { subtree: true, childList: true, characterData: true });
    });
    await page.goto(`${opened.url}#text=${packed(LOOP_LAB)}`);
    await settled(page);
    expect(await page.evaluate(() => document.documentElement.dataset['hasRun'])).toBe('yes');
    expect(await statusOf(page)).toContain('the budget of instructions was used up');
    expect(await outputOf(page)).toContain('work+0');
  });

  test('cannot hang the tab by an instruction that never comes', async ({ page }) => {
    await page.locator('h1').click();
    await page.keyboard.press('f');
    await expect
      .poll(() => page.locator('.steps .status').innerText())
      .toMatch(/it is over: budget|there was no answer within/);
  });

  test('cannot hang the tab with more events than can be shown', async ({ opened, page }) => {
    const many = LOOP_LAB.replace('again:\n    goto again', '    r0 = 0\n    exit').replace(
      '(1)',
      '(1) x 100000',
    );
    await opened.open(page, `#text=${packed(many)}`);
    expect(await page.locator('.where').textContent()).toContain('event 1 of 50000 (the first of ');
    await page.locator('h1').click();
    await page.keyboard.press('0');
    await page.keyboard.press('End');
    expect(await page.locator('.where').textContent()).toContain('event 50000 of 50000');
    // Not a box an event: no more than there is room for.
    expect(await page.locator('.slice').count()).toBeLessThan(10_000);
  });

  test('brings no markup, and no hang, in a schedule', async ({ opened, page }) => {
    const at = (schedule: string): string => `#lab=explore/two-tasks&schedule=${packed(schedule)}`;
    await opened.open(page, at(`// ${MARKUP}\n${MARKUP}\ntask ${MARKUP} 3\n`));
    expect(await page.locator('.schedule-bar p').innerText()).toContain('<img src=x');
    expect(await statusOf(page)).toContain('unexpected `<`');
    expect(await outputOf(page)).toContain('the schedule:2:1');
    await opened.open(page, at(`scenario "${MARKUP.replaceAll('"', "'")}"\nguard ${MARKUP}\ntask A 1\n`));
    expect(await outputOf(page)).toContain('error[B');
    await opened.open(page, at('scenario "readers can be preempted"\ntask A 1000000000\n'.repeat(2)));
    expect(await statusOf(page)).toContain('2000000000 moves of a schedule');
    await opened.open(page, at('garbage\n'.repeat(30_000)));
    expect(await statusOf(page)).toContain('unexpected `garbage`');
    const loop = LOOP_LAB.replace('cpu 0', 'task A cpu 0');
    await opened.open(page, `#text=${packed(loop)}&schedule=${packed('task A 1900000\n')}`);
    expect(await statusOf(page)).toBe(
      'the schedule is carried out: it ends with something left to do; it breaks no promise',
    );
    expect(await elements(page)).toBe(0);
    expect(await owned(page)).toBeUndefined();
  });

  test('cannot hang the tab with what is explored', async ({ opened, page }) => {
    await opened.open(page, `#text=${packed(LOOP_LAB.replace('cpu 0', 'task A cpu 0'))}`);
    await startExploring(page);
    // It is one state after another for ever, or none: either way it ends, and the tab can be used.
    expect(await page.evaluate(() => 1 + 1)).toBe(2);
    // Nothing is left to cancel where it has ended by now.
    await page.keyboard.press('Escape');
    expect(await explored(page)).toMatch(/^(?:cancelled|done)/);
    await opened.open(page, `#text=${packed(MARKUP_LAB.replace('cpu 0', 'task A cpu 0'))}`);
    await startExploring(page);
    expect(await explored(page)).toMatch(/^done: /);
    expect(await page.locator('.findings').innerText()).toContain('<img src=x');
    expect(await elements(page)).toBe(0);
    expect(await owned(page)).toBeUndefined();
  });

  test('says what it cannot read', async ({ opened, page }) => {
    await opened.open(page, '#text=%%%');
    expect(await statusOf(page)).toBe('the lab in the address cannot be read: it is damaged');
    await opened.open(page, `#text=${packed(new Uint8Array(300 * 1024).fill(0x20))}`);
    expect(await statusOf(page)).toBe(
      'the lab in the address cannot be read: there are more than 262144 bytes in it',
    );
  });

  test('says what it cannot read of a schedule', async ({ opened, page }) => {
    await opened.open(page, '#lab=explore/two-tasks&schedule=%%%');
    expect(await statusOf(page)).toBe('the schedule in the address cannot be read: it is damaged');
    expect(await page.locator('.schedule-bar').isVisible()).toBe(false);
  });
});
