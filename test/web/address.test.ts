import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Address, type AddressHost, MOST_WRITES, WINDOW } from '../../src/web/address.js';

/** A browser whose time passes only when it is said to. */
class FakeBrowser implements AddressHost {
  time = 0;
  address = '';
  readonly writes: number[] = [];
  #waiting: { readonly at: number; readonly act: () => void } | undefined;

  readonly current = (): string => this.address;
  readonly now = (): number => this.time;
  readonly replace = (hash: string): void => {
    this.address = hash;
    this.writes.push(this.time);
  };
  readonly later = (act: () => void, ms: number): (() => void) => {
    const waiting = { at: this.time + ms, act };
    expect(this.#waiting).toBeUndefined();
    this.#waiting = waiting;
    return () => {
      if (this.#waiting === waiting) this.#waiting = undefined;
    };
  };

  pass(ms: number): void {
    const end = this.time + ms;
    while (this.#waiting !== undefined && this.#waiting.at <= end) {
      const { at, act } = this.#waiting;
      this.time = at;
      this.#waiting = undefined;
      act();
    }
    this.time = end;
  }

  get isWaiting(): boolean {
    return this.#waiting !== undefined;
  }
}

function opened() {
  const browser = new FakeBrowser();
  const view = { shown: 0 };
  const address = new Address(() => `#${view.shown}`, browser);
  const say = (how: 'chosen' | 'moved' | 'typed'): void => {
    view.shown += 1;
    address[how]();
  };
  return { browser, view, address, say };
}

test('what is chosen, and a cursor that is moved, are in the address before anything else happens', () => {
  const { browser, say } = opened();
  say('chosen');
  expect(browser.address).toBe('#1');
  say('moved');
  expect(browser.address).toBe('#2');
  expect(browser.isWaiting).toBe(false);
});

test('a text that is typed is there when it rests, or when something is chosen, or the page is left', () => {
  const { browser, address, say } = opened();
  for (let i = 0; i < 30; i += 1) {
    say('typed');
    browser.pass(100);
  }
  expect(browser.writes).toEqual([]);
  browser.pass(200);
  expect(browser.address).toBe('#30');
  say('typed');
  say('chosen');
  expect(browser.address).toBe('#32');
  say('typed');
  address.flush();
  expect(browser.address).toBe('#33');
  expect(browser.isWaiting).toBe(false);
  address.flush();
  expect(browser.writes).toHaveLength(3);
});

test('what is there already is not written again', () => {
  const { browser, address, say } = opened();
  say('chosen');
  address.chosen();
  address.moved();
  expect(browser.writes).toHaveLength(1);
});

test('what waits is not written over an address that is opened', () => {
  const { browser, address, say } = opened();
  say('typed');
  address.leave();
  browser.pass(10_000);
  expect(browser.writes).toEqual([]);
  // What is shown then may be what was shown before, which the address no longer says.
  address.chosen();
  address.leave();
  address.chosen();
  expect(browser.writes).toHaveLength(2);
});

test('a link that is followed is not written over before the page has heard of it', () => {
  const { browser, address, say } = opened();
  say('chosen');
  browser.address = '#elsewhere';
  say('moved');
  expect(browser.address).toBe('#elsewhere');
  browser.pass(1);
  address.leave();
  browser.pass(10_000);
  expect(browser.address).toBe('#elsewhere');
  say('chosen');
  expect(browser.address).toBe('#3');
  // Somebody else wrote it, and nobody says so.
  browser.address = '#other';
  say('moved');
  browser.pass(1000);
  expect(browser.address).toBe('#4');
});

test('after a cursor that was dragged about there is room for what is chosen, at once', () => {
  const { browser, view, say } = opened();
  for (let i = 0; i < 500; i += 1) {
    say('moved');
    browser.pass(20);
  }
  for (let i = 0; i < 10; i += 1) {
    say('chosen');
    expect(browser.address).toBe(`#${view.shown}`);
  }
});

test('however it is used, browsers do not refuse, and the address is soon as the view is', () => {
  const step = fc.record({
    how: fc.constantFrom('chosen', 'moved', 'typed'),
    ms: fc.oneof(fc.constant(0), fc.integer({ max: 40, min: 1 }), fc.integer({ max: 3000, min: 1 })),
    times: fc.integer({ max: 200, min: 1 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const { browser, view, say } = opened();
      for (const { how, ms, times } of steps)
        for (let i = 0; i < times; i += 1) {
          say(how);
          browser.pass(ms);
        }
      const { writes } = browser;
      for (const [i, at] of writes.entries()) {
        const before = writes[i - MOST_WRITES];
        if (before !== undefined) expect(at - before).toBeGreaterThan(WINDOW * 0.99);
      }
      // As long as it takes for what is kept for choices to come free again, at most.
      browser.pass(8000 + 250);
      expect(browser.address).toBe(view.shown === 0 ? '' : `#${view.shown}`);
      expect(browser.isWaiting).toBe(false);
    }),
    { numRuns: 300 },
  );
});

test('what has to be packed first is written then, unless another address is opened or something else is shown', async () => {
  const browser = new FakeBrowser();
  const known = new Set<string>();
  let shown = '#a';
  const address = new Address(
    () => (known.has(shown) ? shown : Promise.resolve(shown).then((hash) => known.add(hash) && hash)),
    browser,
  );
  const packed = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  address.chosen();
  expect(browser.address).toBe('');
  await packed();
  expect(browser.address).toBe('#a');
  // By then something else is shown.
  shown = '#b';
  address.chosen();
  shown = '#c';
  address.moved();
  await packed();
  expect(browser.address).toBe('#c');
  expect(browser.writes).toHaveLength(2);
  // Another address is being opened.
  shown = '#d';
  address.chosen();
  address.leave();
  await packed();
  expect(browser.address).toBe('#c');
  // Known ones are written at once.
  shown = '#a';
  address.chosen();
  expect(browser.address).toBe('#a');
});
