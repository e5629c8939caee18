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
  // Most statements are those of other functions, too.
  const slots = Object.values(BUILT.codes)
    .flat()
    .reduce((sum, code) => sum + code.spans.length / 2, 0);
  expect(packed.words[0]!.length).toBeLessThan(slots / 2);
});
