import { expect, test } from 'vitest';
import { BUILT } from '../../src/kernel/boot/built.generated.js';
import { packKernel, unpackKernel } from '../../src/web/worker/packed-kernel.js';

test('the kernel that the page unpacks is the one that was built, but for comments between functions', () => {
  const packed = JSON.parse(JSON.stringify(packKernel(BUILT))) as ReturnType<typeof packKernel>;
  const { kernelTexts, trees: _none, ...rest } = unpackKernel(packed);
  const { kernelTexts: whole, trees: _all, ...others } = BUILT;
  expect(rest).toEqual(others);
  for (const [name, text] of Object.entries(kernelTexts)) {
    const lines = whole[name]!.split('\n');
    // What is not blank is at its place.
    expect(text.length).toBe(whole[name]!.length);
    let [at, other] = [0, 0];
    for (const [i, line] of text.split('\n').entries()) {
      if (line !== lines[i]) {
        expect(lines[i]).toMatch(/^\/\//);
        expect(line).toMatch(/^ *$/);
      } else if (line !== '') expect(at).toBe(other);
      at += line.length + 1;
      other += lines[i]!.length + 1;
    }
  }
  // Most statements are those of other functions, too.
  const slots = Object.values(BUILT.codes)
    .flat()
    .reduce((sum, code) => sum + code.spans.length / 2, 0);
  expect(packed.words[0]!.length).toBeLessThan(slots / 2);
});
