import { describe, expect, test } from 'vitest';
import { flipped, randomFrom, readAll, scrambled, truncated } from '../support/damage.js';
import { RECORDED } from '../support/objects.js';

/** Damaged copies of each of the larger objects; `npm run fuzz -- object-bytes` tries more. */
const SAMPLE = 35;

const seed = Number(process.env['TINYBPF_SEED'] ?? Date.now() % 2 ** 31);
const random = randomFrom(seed);
const [smallest, ...others] = [...RECORDED].sort((a, b) => a.bytes.length - b.bytes.length);

describe(`damaged objects get a diagnostic, and nothing crashes or hangs (TINYBPF_SEED=${seed})`, () => {
  const { name, bytes } = smallest!;

  test(`every byte of ${name} changed once`, () => {
    const { read, refused } = readAll(
      name,
      Array.from(bytes, (_, i) => flipped(bytes, i, random)),
    );
    expect(read + refused).toBe(bytes.length);
    expect(refused).toBeGreaterThan(bytes.length / 10);
  });

  test(`every truncation of ${name}`, () => {
    const damages = Array.from(bytes, (_, i) => truncated(bytes, i));
    expect(readAll(name, damages)).toEqual({ read: 0, refused: bytes.length });
  });

  test.each(others)(`${SAMPLE} damaged copies of $name`, ({ name, bytes }) => {
    const at = (): number => Math.floor(random() * bytes.length);
    const damages = Array.from({ length: SAMPLE }, (_, i) =>
      i % 3 === 0
        ? scrambled(bytes, random)
        : i % 3 === 1
          ? truncated(bytes, at())
          : flipped(bytes, at(), random),
    );
    const { read, refused } = readAll(name, damages);
    expect(read + refused).toBe(SAMPLE);
    expect(refused).toBeGreaterThanOrEqual(SAMPLE / 3 - 1);
  });
});
