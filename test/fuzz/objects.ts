import { flipped, randomFrom, readAll, scrambled, truncated } from '../support/damage.js';
import { RECORDED } from '../support/objects.js';
import type { Fuzzer, FuzzOptions } from './options.js';

/** Every byte of every object changed once and every truncation; with `--seconds`, then random damage of many words. */
function run({ seconds, seed }: FuzzOptions): void {
  const random = randomFrom(seed);
  for (const { name, bytes } of RECORDED) {
    const all = function* () {
      for (let i = 0; i < bytes.length; i += 1) {
        yield flipped(bytes, i, random);
        yield truncated(bytes, i);
      }
    };
    const { read, refused } = readAll(name, all());
    console.log(`${name}: ${read + refused} damaged copies, ${refused} refused, ${read} read`);
  }
  if (seconds === undefined) return;
  const end = performance.now() + seconds * 1000;
  let copies = 0;
  while (performance.now() < end) {
    const { name, bytes } = RECORDED[Math.floor(random() * RECORDED.length)]!;
    readAll(name, [scrambled(bytes, random)]);
    copies += 1;
  }
  console.log(`${copies} scrambled copies`);
}

export const objects: Fuzzer = { about: 'damaged object files: a diagnostic, and no crash or hang', run };
