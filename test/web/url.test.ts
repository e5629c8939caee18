import { deflateRawSync, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canHold, LARGEST, notShown, pack, readHash, unpack, writeHash } from '../../src/web/url.js';

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc.lorem({ mode: 'sentences', maxCount: 60 }),
  fc.nat(Math.floor(LARGEST / 3)).map((n) => 'ab\n'.repeat(n)),
);
const state = fc.record(
  {
    lab: fc.string({ minLength: 1, maxLength: 120 }),
    guard: fc.string({ minLength: 1, maxLength: 300 }),
    kernel: fc.string({ minLength: 1 }),
    against: fc.string({ minLength: 1 }),
    verify: fc.string({ minLength: 1 }),
    scenario: fc.nat(999),
    at: fc.nat(50_000),
    lesson: fc.nat(99),
    schedule: text,
    text,
  },
  { requiredKeys: [] },
);

test('an address says all that was written into it, and is there at once when it is written again', async () => {
  await fc.assert(
    fc.asyncProperty(state, async (shown) => {
      const hash = await writeHash(shown);
      expect(await readHash(hash)).toEqual({ state: shown, troubles: [] });
      expect(writeHash(shown)).toBe(hash);
    }),
  );
});

test('several addresses that are written at a time have the text of each', async () => {
  const texts = ['one', 'two', 'three', 'one'];
  const hashes = await Promise.all(texts.map((text) => writeHash({ text, schedule: `${text}!` })));
  for (const [i, text] of texts.entries())
    expect((await readHash(hashes[i]!)).state).toEqual({ text, schedule: `${text}!` });
});

test('what others pack can be read, and what is packed others can read', async () => {
  const lab = 'scenario {\n    cpu 0 { call work(1) }\n}\n';
  expect(await unpack(deflateRawSync(lab).toString('base64url'))).toBe(lab);
  const packed = await pack(lab);
  expect(packed).toMatch(/^[\w-]+$/);
  expect(inflateRawSync(Buffer.from(packed, 'base64url')).toString()).toBe(lab);
});

const packed = (text: string): string => deflateRawSync(text).toString('base64url');

/** A block that is not the last, and nothing after it. */
const WITHOUT_END = Buffer.from([0, 3, 0, 0xfc, 0xff, 0x61, 0x62, 0x63]).toString('base64url');

describe('an address that cannot be read', () => {
  test.each([
    ['text=%%%', 'the lab in the address cannot be read: it is damaged'],
    ['text=', 'the lab in the address cannot be read: it is damaged'],
    [`text=${packed('x'.repeat(900)).slice(0, -3)}`, 'the lab in the address cannot be read: it is damaged'],
    [`text=${WITHOUT_END}`, 'the lab in the address cannot be read: it is damaged'],
    ['schedule=AAAA', 'the schedule in the address cannot be read: it is damaged'],
    [`text=${deflateRawSync(new Uint8Array([0xff, 0xfe])).toString('base64url')}`, 'it is damaged'],
    [`text=${packed(' '.repeat(LARGEST + 1))}`, `there are more than ${LARGEST} bytes in it`],
    ['at=-1', '`at` in the address is not a number'],
    ['scenario=1e3', '`scenario` in the address is not a number'],
  ])('says so: %s', async (hash, why) => {
    const { state: found, troubles } = await readHash(`#${hash}`);
    expect(found).toEqual({});
    expect(troubles).toHaveLength(1);
    expect(troubles[0]).toContain(why);
  });

  test('does not become larger than it may, whatever is in it', async () => {
    const bomb = deflateRawSync(new Uint8Array(200 << 20), { level: 9 }).toString('base64url');
    expect(bomb.length).toBeLessThan(300_000);
    expect((await readHash(`#text=${bomb}`)).troubles).toEqual([
      `the lab in the address cannot be read: there are more than ${LARGEST} bytes in it`,
    ]);
  });

  test('holds no text that could not be read', async () => {
    for (const large of ['x'.repeat(LARGEST + 1), 'ä'.repeat(LARGEST / 2 + 1)]) {
      expect(canHold(large)).toBe(false);
      expect(writeHash({ text: large, at: 3 })).toBe('#at=3');
    }
    const just = 'ä'.repeat(LARGEST / 2);
    expect(canHold(just)).toBe(true);
    expect((await readHash(await writeHash({ text: just }))).state.text).toBe(just);
  });
});

test('says what is asked for and not there', () => {
  const shown = {
    lab: 'recursion',
    guard: undefined,
    against: undefined,
    kernel: undefined,
    verify: undefined,
    scenario: 0,
  };
  expect(notShown({}, shown)).toEqual([]);
  expect(notShown({ guard: 'arm63', scenario: 4 }, shown)).toEqual([
    'the address asks for a guard that there is not: arm63',
    'the address asks for a scenario that there is not: 5',
  ]);
  expect(notShown({ lab: 'x'.repeat(500) }, { ...shown, lab: undefined })).toEqual([
    `the address asks for a lab that there is not: ${'x'.repeat(80)}`,
  ]);
  expect(notShown({ verify: 'maybe' }, shown)).toEqual([
    'the address asks for a choice of verify that there is not: maybe',
  ]);
  // Its own text is shown, whatever lab it began as.
  expect(notShown({ lab: 'gone', text: 'r0 = 0\n' }, { ...shown, lab: undefined })).toEqual([]);
});
