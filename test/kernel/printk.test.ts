import { expect, test } from 'vitest';
import { boot, callFunction } from '../support/kernel.js';

/** Formats as bpf_trace_printk takes them: the result, or -EINVAL for what the kernel refuses. */
const cases: readonly (readonly [string, readonly bigint[], string | bigint])[] = [
  ['plain', [], 'plain'],
  ['%d %u', [-5n, 5n], '-5 5'],
  ['%x %X', [0xabcn, 0xabcn], 'abc ABC'],
  ['%lld', [-(1n << 40n)], String(-(1n << 40n))],
  ['%d', [(1n << 32n) + 7n], '7'],
  ['%5d|', [-5n], '   -5|'],
  ['%05d', [-5n], '-0005'],
  ['%-5d|', [5n], '5    |'],
  ['%+d % d', [5n, 6n], '+5  6'],
  ['%c%c', [72n, 105n], 'Hi'],
  ['100%%', [], '100%'],
  ['%s.', [0n], '.'],
  ['%p|', [0xabcn], '0000000000000abc|'],
  ['%px %pK', [1n, 2n], '0000000000000001 0000000000000002'],
  ['%pS', [5n], '0x5'],
  ['%pks|%pus|', [0n, 0n], '||'],
  ['%pI4', [0n], '0.0.0.0'],
  ['%pi4', [0n], '000.000.000.000'],
  ['%pI6', [0n], '0000:0000:0000:0000:0000:0000:0000:0000'],
  ['%pi6', [0n], '0'.repeat(32)],
  ['%pI5', [0n], -22n],
  ['%pz', [0n], -22n],
  ['%sx', [0n], -22n],
  ['%s_', [0n], '_'],
  ['a\tb', [], 'a\tb'],
  ['%hd', [1n], -22n],
  ['%q', [1n], -22n],
  ['%d %d %d %d', [1n, 2n, 3n], -22n],
  ['%', [], -22n],
];

test.each(cases)('%s with %o', (format, values, expected) => {
  const size = format.length + 1;
  const kernel = boot(`global f : u8[${Math.max(2, size)}] = "${format}"\nscenario { }`);
  const args = [kernel.symbols.addressOf('f'), BigInt(size), ...values];
  const result = callFunction(kernel, 'bpf_trace_printk', args);
  expect(kernel.preemptCount(0)).toBe(0);
  if (typeof expected === 'bigint') {
    expect(result).toBe(expected);
    expect(kernel.printed()).toBe('');
  } else {
    expect(kernel.printed()).toBe(`${expected}\n`);
    expect(result).toBe(BigInt(expected.length));
  }
});

test('a width beyond all reason is cut to the buffer', () => {
  const kernel = boot('global f : u8[16] = "%999999999d"\nscenario { }');
  expect(callFunction(kernel, 'bpf_trace_printk', [kernel.symbols.addressOf('f'), 12n, 7n])).toBe(1023n);
});

test('the pipe keeps whole lines of what was printed last', () => {
  const kernel = boot('global f : u8[16] = "line %d"\nscenario { }');
  for (let i = 0; i < 10_000; i += 1)
    callFunction(kernel, 'bpf_trace_printk', [kernel.symbols.addressOf('f'), 8n, BigInt(i)]);
  const lines = kernel.printed().trimEnd().split('\n');
  expect(lines.at(-1)).toBe('line 9999');
  expect(lines[0]).toMatch(/^line \d+$/);
  expect(lines.length).toBeLessThan(10_000);
});
