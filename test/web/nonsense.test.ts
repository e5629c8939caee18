// cspell:ignore programm
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { randomOf } from '../support/clocks.js';
import {
  ENDLESS,
  explored,
  followed,
  modeTo,
  packed,
  settled,
  startExploring,
  statusOf,
} from '../support/page.js';
import { withWorkerClock } from '../support/page-clocks.js';
import { inChromium, test } from '../support/page-test.js';
import { nonsenseIn } from '../support/page-text.js';

const WORK = `function work(u64 a) {
    r0 = 0
    exit
}
program p : fentry/work {
    r0 = 0
    exit
}
`;

const guardOf = (size: number, align: number, enter = 'r0 = 1'): string => `guard mine {
    area size ${size} align ${align}
    enter {
        ${enter}
        exit
    }
    exit {
        exit
    }
}
`;

const scenario = (...lines: readonly string[]): string => `scenario {\n${lines.join('\n')}\n}\n`;
const ONCE = scenario('guard mine', 'cpu 0 { call work(1) }');

/** Labs that leave something out, or have too much of it. */
const LABS: Readonly<Record<string, string>> = {
  'nothing at all': '',
  'empty lines': '\n\n  \n',
  'a comment': '// nothing\n',
  'no scenario': WORK,
  'an empty scenario': scenario(),
  'an empty title': `${WORK}${scenario('cpu 0 { call work(1) }').replace('scenario', 'scenario ""')}`,
  'no time': WORK + scenario('cpu 0 { call work(1) x 0 }'),
  'a CPU that there is not': WORK + scenario('cpu 63 { call work(1) }'),
  'two CPUs': WORK + scenario('cpus 2', 'cpu 0 { call work(1) }', 'cpu 1 { call work(2) }'),
  'a fault': `function work(u64 a) {\n    r0 = *(u64 *)(r1 + 0)\n    exit\n}\n${scenario('task A cpu 0 { call work(0) }')}`,
  'an area of one byte': WORK + guardOf(1, 1) + ONCE,
  'an area of 64 bytes': WORK + guardOf(64, 64) + ONCE,
  'an area of no bytes': WORK + guardOf(0, 1) + ONCE,
  'a guard that faults': WORK + guardOf(4, 4, 'w0 = *(u32 *)(r1 + 0)') + ONCE,
  'a guard that admits nobody': WORK + guardOf(4, 4, 'r0 = 0') + ONCE,
  'no task': WORK + scenario('may nmi { call work(3) }'),
  'interrupts of all kinds':
    WORK +
    scenario(
      'task A cpu 0 { call work(1) }',
      'may nmi x 2 { call work(3) }',
      'may softirq { call work(4) }',
      'may hardirq { call work(4) }',
    ),
  'no end': `function work(u64 a) {\nagain:\n    goto again\n}\n${scenario('task A cpu 0 { call work(1) }')}`,
  'names that objects have anyway': `function constructor(u64 a) {
    r0 = 0
    exit
}
map __proto__ : hash { key 4, value 8, max_entries 1 }
global hasOwnProperty : u64
program toString : fentry/constructor {
    r0 = 0
    exit
}
scenario "valueOf" {
    task __proto__ cpu 0 { call constructor(1) x 2 }
    may nmi { call constructor(3) }
    expect toString.run_cnt == 2
}
`,
  'many scenarios':
    WORK +
    Array.from({ length: 12 }, (_, i) =>
      scenario(`task A cpu 0 { call work(1) }`, `expect p.run_cnt == ${i}`),
    ).join(''),
  'no lab': 'programm x\n',
};

const SCHEDULES: Readonly<Record<string, string>> = {
  'nothing at all': '',
  'a comment': '// breaks nothing: really\n',
  'a guard that there is not': 'guard nosuch\ntask A 1\n',
  'a task that there is not': 'task Z 1\n',
  'no moves': 'task A 0\n',
  'a claim that does not hold':
    '// breaks balanced: not at all\nscenario "readers can be preempted"\nguard arm64\ntask A 3\n',
};

const ADDRESSES = [
  '#lab=recursion&at=9999999',
  '#lab=recursion&at=NaN&scenario=Infinity',
  '#lab=explore/two-tasks&scenario=99&guard=undefined&against=null&kernel=[object',
  '#at=1&at=2&lab=',
  '#text=&schedule=',
  '#against=none&guard=none&lab=sleepable',
];

inChromium('the page prints no nonsense', () => {
  test.beforeAll(async ({ page }) => {
    await withWorkerClock(page, 'is slow');
  });

  const expectSense = async (page: Page, after: string): Promise<void> =>
    expect(await nonsenseIn(page), after).toEqual([]);

  /** Keys, one straight after the other, as whoever uses the page presses them in no field. */
  const press = (page: Page, ...keys: readonly string[]): Promise<void> =>
    page.evaluate((all) => {
      for (const key of all)
        document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
    }, keys);
  const step = async (page: Page, key: string): Promise<void> => {
    await press(page, key);
    await followed(page);
  };
  const choose = async (page: Page, id: string, value: string): Promise<void> => {
    await page.locator(id).selectOption(value);
    await settled(page);
  };

  /** Explores within the least bounds, whatever was chosen before: the clock that would end it is slow. */
  const explore = async (page: Page): Promise<void> => {
    await modeTo(page, 'Explore');
    await page.locator('#explore-bounds').selectOption({ label: '20,000 states, 5 s' });
    await startExploring(page);
  };

  test.for(Object.entries(LABS))('of a lab with %s', async ([, text], { opened, page }) => {
    await opened.open(page, `#text=${packed(text)}`);
    await expectSense(page, 'opened');
    await press(page, 'End', 'ArrowRight', 'n', '+', '0');
    await expectSense(page, 'at its end');
    for (const key of ['s', 'S', 'o', 'f', 'F']) await step(page, key);
    await expectSense(page, 'stepped at its end');
    await press(page, 'Home');
    for (const key of ['S', 's', 'o']) await step(page, key);
    await expectSense(page, 'stepped at its beginning');
    await page.getByLabel('with the timeline').check();
    await choose(page, '#against', 'none');
    await expectSense(page, 'compared');
    await choose(page, '#against', '');
    await page.getByLabel('with the timeline').uncheck();
    await explore(page);
    await expectSense(page, 'asked to explore');
    await explored(page);
    await expectSense(page, 'explored');
    const found = page.locator('.findings button');
    // One broken promise looks as another does: the first and the second tell.
    for (let i = 0; i < Math.min(2, await found.count()); i += 1) {
      await modeTo(page, 'Explore');
      await found.nth(i).click();
      await page.getByRole('button', { name: 'next row' }).click();
      await followed(page);
      await expectSense(page, 'a counterexample');
      await page
        .locator('.counterexample')
        .getByRole('button', { name: /^open in the timeline/ })
        .click();
      await settled(page);
      await expectSense(page, 'a schedule opened');
    }
  });

  test.for(Object.entries(SCHEDULES))('of a schedule with %s', async ([, schedule], { opened, page }) => {
    await opened.open(page, `#lab=explore/two-tasks&schedule=${packed(schedule)}`);
    await expectSense(page, 'opened');
    await choose(page, '#against', 'arm64-v1');
    await expectSense(page, 'compared');
    for (const key of ['f', 'S']) await step(page, key);
    await expectSense(page, 'stepped');
  });

  test.for(ADDRESSES)('of the address %s', async (hash, { opened, page }) => {
    await opened.open(page, hash);
    // What the address asks for and is not there is quoted.
    const said = (await statusOf(page)).replace(/not: \S+/g, 'not: it');
    expect(said).not.toMatch(/NaN|undefined|null|\[object/);
    await choose(page, '#guard', 'arm64');
    // Tests are quicker than browsers let an address be written: it waits then.
    await page.waitForFunction((asked) => location.hash !== asked, hash);
    await expectSense(page, 'opened');
  });

  test('of what was cancelled, at once and later', async ({ opened, page }) => {
    await opened.open(page, `#text=${packed(ENDLESS)}`);
    await modeTo(page, 'Explore');
    await page.locator('#explore-bounds').selectOption({ label: '2,000,000 states, 120 s' });
    const start = page.getByRole('button', { name: 'Explore', exact: true });
    await start.click();
    await press(page, 'Escape');
    expect(await explored(page)).toMatch(/^cancelled/);
    await expectSense(page, 'cancelled at once');
    await start.click();
    await expect.poll(() => page.locator('.counts').innerText()).toMatch(/states/);
    await press(page, 'Escape');
    await expectSense(page, 'cancelled');
    await modeTo(page, 'Cost');
    const bench = page.locator('.bench');
    await bench.getByRole('button', { name: 'Measure' }).click();
    await bench.getByRole('button', { name: 'cancel' }).click();
    await expectSense(page, 'a measurement cancelled at once');
  });

  test.for([
    ['is not there', undefined, /could not be loaded/],
    ['breaks when it is loaded', 'throw new Error("out of order")', /^a bug of tinybpf: .*out of order/],
    ['breaks without a word', 'throw new Error("")', /^a bug of tinybpf: /],
    ['says nothing', '', /no answer within \d+ seconds/],
  ] as const)('of a worker that %s', async ([, body, said], { opened, tab }) => {
    await tab.route(/\/worker-[^/]*\.js$/, (route) =>
      body === undefined ? route.abort() : route.fulfill({ contentType: 'text/javascript', body }),
    );
    // Watchdogs, which wait for seconds, do not wait at all where they are all there is.
    if (body === '')
      await tab.addInitScript(() => {
        const later = setTimeout;
        globalThis.setTimeout = ((act: () => void, ms = 0) =>
          later(act, ms < 10_000 ? ms : 0)) as typeof setTimeout;
      });
    await opened.open(tab, '#lab=recursion&against=generic');
    expect(await statusOf(tab)).toMatch(said);
    await startExploring(tab);
    expect(await explored(tab)).toMatch(said);
    await modeTo(tab, 'Cost');
    await tab.locator('.bench').getByRole('button', { name: 'Measure' }).click();
    if (body !== '') await expect.poll(() => tab.locator('.bench .status').innerText()).toMatch(said);
    await expectSense(tab, 'opened, explored and measured');
    // The browser complains in its console, which is wanted here.
    opened.trouble.length = 0;
  });

  /** Acts, one after another: more with PAGE_ACTS. */
  const ACTS = Number(process.env['PAGE_ACTS'] ?? 25);
  const seed = Number(process.env['TINYBPF_SEED'] ?? Date.now() % 2 ** 31);

  test(`wherever one goes in it (TINYBPF_SEED=${seed})`, async ({ opened, page }) => {
    const random = randomOf(seed);
    const below = (n: number): number => Math.floor(random() * n);
    const one = <T>(all: readonly T[]): T => all[below(all.length)]!;
    const valuesOf = (id: string): Promise<string[]> =>
      page.locator(`${id} option`).evaluateAll((all) => all.map((o) => (o as HTMLOptionElement).value));
    const texts = Object.values(LABS).map((text) => `#text=${packed(text)}`);
    const acts: readonly (() => Promise<void>)[] = [
      () => opened.open(page, `${one(texts)}&at=${below(12)}&x=${below(1e9)}`),
      async () => {
        const id = one(['#lab', '#scenario', '#guard', '#against', '#kernel', '#verify']);
        if (await page.locator(id).isEnabled()) await choose(page, id, one(await valuesOf(id)));
      },
      () => press(page, one(['End', 'Home', 'ArrowLeft', 'ArrowRight', 'n', 'p', '+', '-', '0'])),
      () => step(page, one(['s', 'S', 'o', 'O', 'f', 'F'])),
      async () => {
        const values = page.locator('.value:enabled:visible');
        const n = await values.count();
        if (n > 0) await values.nth(below(n)).click();
      },
      async () => {
        await modeTo(page, 'Explore');
        const open = page.locator(
          '.findings button:visible, .counterexample button:visible:not(:has-text("play"))',
        );
        const n = await open.count();
        if (n > 0) await open.nth(below(n)).click();
        await settled(page);
      },
      async () => {
        await explore(page);
        if (random() < 0.5) await press(page, 'Escape');
        else await explored(page);
      },
    ];
    await opened.open(page, '#lab=recursion&scenario=0');
    const done: number[] = [];
    for (let i = 0; i < ACTS; i += 1) {
      const act = below(acts.length);
      done.push(act);
      await acts[act]!();
      await expectSense(page, `after ${done.join()}`);
    }
  });
});
