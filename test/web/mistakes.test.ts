import fc from 'fast-check';
import { expect, test as unit } from 'vitest';
import { CODES } from '../../src/text/codes.js';
import { withoutCommands } from '../../src/web/commands.js';
import { sectionsOfCodes } from '../../src/web/help/codes.js';
import { runLab } from '../../src/web/worker/run.js';
import { builtInEnvironment } from '../../src/web/worker/shipped.js';
import { packed } from '../support/page.js';
import { inChromium, test } from '../support/page-test.js';

const HEAD = `function work(u64 who) {
    r0 = 0
    exit
}
program on_work : fentry/work {
    r0 = 0
    exit
}
`;
const scenario = (...lines: readonly string[]): string =>
  `${HEAD}scenario {\n${lines.map((line) => `    ${line}\n`).join('')}}\n`;

/** Labs that do not end, and the lines at which that can be seen: where it is stopped depends on the budget. */
const ENDLESS: readonly (readonly [what: string, lab: string, lines: readonly number[], said: string])[] = [
  [
    'an interrupt after every instruction',
    scenario('cpu 0 { call work(1) }', 'every 1 insns hardirq { call work(2) }'),
    [2, 3, 6, 7, 11],
    '`every 1 insns hardirq` came',
  ],
  [
    'an interrupt that raises itself',
    scenario('cpu 0 { call work(1) }', 'at work+0 every 1 hardirq { call work(2) }'),
    [2, 3, 11],
    '`at work+0 every 1 hardirq` came',
  ],
  [
    'a loop of a function',
    'function work(u64 who) {\nagain:\n    r1 += 1\n    goto again\n}\nscenario {\n    cpu 0 { call work(1) }\n}\n',
    [3, 4],
    'task 0 has not done `call work(1)`',
  ],
  [
    'a step that is done for ever',
    scenario('cpu 0 { call work(1) x 1000000 }'),
    [2, 3, 6, 7, 10],
    'task 0 has not done `call work(1)`',
  ],
];

unit.each(ENDLESS)('%s is told at its line, in the page and on the command line', (_, text, lines, said) => {
  const { runs } = runLab(
    { name: 'mine.bpf', text },
    { guard: undefined, kernel: undefined },
    builtInEnvironment(() => undefined),
  );
  const [run] = runs;
  expect(run?.outcome).toBe('budget');
  const flaw = run!.flaws.find((f) => f.code === 'B0702')!;
  expect(flaw).toMatchObject({ severity: 'error', message: expect.stringContaining(said) });
  const lineOf = text.slice(0, flaw.from).split('\n').length;
  expect(lines).toContain(lineOf);
  expect(flaw.message).not.toContain('--');
  // What the command line prints.
  expect(run!.text).toContain(said);
  expect(run!.text).toMatch(/mine\.bpf:\d+/);
});

unit('explanations in the page are of what the page can do, and none is lost', () => {
  const sections = sectionsOfCodes();
  expect(sections.length).toBe(Object.keys(CODES).length);
  for (const { anchor, body } of sections) {
    const text = JSON.stringify(body);
    expect(text, anchor).not.toMatch(/[\s`("]--[a-z]|tinybpf [a-z]/);
    expect(text.length, anchor).toBeGreaterThan(40);
  }
});

unit.each([
  ['mend it; `--max-errors` asks for more', 'mend it'],
  ['`--max-memory` says so', ''],
  ['One. Two with `--x`. Three, of FILE.o; four.', 'One. Three, of FILE.o; four.'],
  ['It is so; `tinybpf list kinds` shows all.', 'It is so.'],
  ['r1 -= 5; r2 --r3', 'r1 -= 5'],
  ['a line -- and another', 'a line -- and another'],
])('of %j the page says %j', (text, left) => {
  expect(withoutCommands(text)).toBe(left);
});

unit('a text without commands is as it was, and others lose only their clauses', () => {
  const clause = fc.constantFrom(
    'write `r0 = 0`',
    'see line 3',
    'ask `--help`',
    'run `tinybpf list codes`',
    '1.5 of it',
  );
  fc.assert(
    fc.property(fc.array(clause, { minLength: 1, maxLength: 5 }), (clauses) => {
      const kept = clauses.filter((c) => !/--|tinybpf/.test(c));
      expect(withoutCommands(clauses.join('; '))).toBe(kept.join('; '));
    }),
  );
});

inChromium('mistakes in the page', () => {
  test.for([
    ['an error of the text', scenario('cpu 0 { call nothing(1) }'), 10, 'B0407'],
    [
      'a failed expectation',
      scenario('cpu 0 { call work(1) }', 'expect on_work.run_cnt == 7'),
      11,
      undefined,
    ],
    [
      'a fault',
      `${HEAD.replace('r0 = 0\n    exit\n}\np', 'r0 = *(u64 *)(r1 + 0)\n    exit\n}\np')}scenario {\n    cpu 0 { call work(1) }\n}\n`,
      2,
      'B0701',
    ],
    ['a run that does not end', ENDLESS[0]![1], 11, 'B0702'],
  ] as const)(
    '%s is listed and marked at its line, with what there is to say',
    async ([, text, line, code], { opened, tab }) => {
      await opened.open(tab, `#text=${packed(text)}`);
      const problem = tab
        .locator('.problems li')
        .filter({ has: tab.getByRole('button', { name: `line ${line}`, exact: true }) });
      await problem.first().waitFor();
      const marker = tab.locator('.flaw-mark.error').first();
      await marker.waitFor();
      // By hovering at the line, and over what is marked.
      const said = await problem.first().innerText();
      for (const mark of [marker, tab.locator('.cm-content .flaw.error').first()]) {
        const [first] = ((await mark.getAttribute('title')) ?? '').split('\n');
        expect(first!.length).toBeGreaterThan(8);
        // In the list, code is set as code.
        expect(said).toContain(first!.replaceAll('`', ''));
      }
      // And by tapping in the list.
      if (code !== undefined) {
        await problem.first().locator('summary').click();
        await problem.first().getByText(code, { exact: true }).waitFor();
      }
      const words = await tab.locator('.problems').innerText();
      expect(words).not.toMatch(/--[a-z]/);
    },
  );
});
