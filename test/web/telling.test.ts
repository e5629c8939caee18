import { expect } from 'vitest';
import { packed, settled, statusOf } from '../support/page.js';
import { inChromium, test } from '../support/page-test.js';

const program = (name: string, body: readonly string[]): string =>
  `program ${name} : fentry/work {\n${[...body, 'r0 = 0', 'exit'].map((l) => `    ${l}\n`).join('')}}\n`;
const WORK = 'function work(u64 again) {\n    r0 = 0\n    exit\n}\n';
const QUIET = 'scenario "quiet" {\n    attach plain\n    cpu 0 { call work(0) }\n}\n';
const REFUSED = 'scenario "refused" {\n    attach nested\n    cpu 0 { call work(1) }\n}\n';
const LAB = `${WORK}${program('plain', [])}${program('nested', ['r1 = 0', 'call work'])}`;

const address = (text: string, more = ''): string => `#text=${packed(text)}${more}`;

inChromium('a lab opens on the scenario that has the answer', () => {
  test.for([
    ['the second', [QUIET, REFUSED, QUIET.replace('quiet', 'last')], '1'],
    ['the first of two', [REFUSED, QUIET, REFUSED.replace('refused', 'again')], '0'],
    ['the first, if none has', [QUIET, QUIET.replace('quiet', 'last')], '0'],
  ] as const)('%s', async ([, scenarios, chosen], { opened, tab }) => {
    await opened.open(tab, address(LAB + scenarios.join('')));
    expect(await tab.locator('#scenario').inputValue()).toBe(chosen);
    const said = await statusOf(tab);
    if (chosen === '0') expect(said).not.toContain('is shown');
    else expect(said).toContain(`scenario ${Number(chosen) + 1} is shown`);
    const sentence = await tab.locator('.sentence').innerText();
    expect(/guard refused it/.test(sentence)).toBe(scenarios[Number(chosen)]!.includes('nested'));
  });

  test('and the address says which, also where the first is chosen', async ({ opened, tab }) => {
    await opened.open(tab, address(LAB + QUIET + REFUSED));
    const asked = (): string | null => new URLSearchParams(new URL(tab.url()).hash.slice(1)).get('scenario');
    expect(asked()).toBe('1');
    await tab.locator('#scenario').selectOption('0');
    await settled(tab);
    expect(asked()).toBe('0');
    await tab.reload();
    await settled(tab);
    expect(await tab.locator('#scenario').inputValue()).toBe('0');
    expect(await statusOf(tab)).not.toContain('there is not');
  });
});
