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
    for (const [i, line] of text.split('\n').entries())
      if (line !== lines[i]) {
        expect(lines[i]).toMatch(/^\/\//);
        expect(line).toBe(' '.repeat(lines[i]!.length));
      }
  }
  // Most places are where the text says.
  const slots = packed.slots.reduce((sum, n) => sum + n, 0);
  expect(packed.places.length / 3).toBeLessThan(slots / 3);
});
