import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { swapByteOrder } from '../../src/isa/byte-order.js';
import { tinybpfHere } from '../support/in-process.js';

/** `clang -target bpfeb` made the objects, of the sources in test/data/objects, and `llvm-objdump -d -r` the texts. */
const FOLDER = 'test/data/big-endian';
const objects = readdirSync(FOLDER).filter((f) => f.endsWith('.o'));

describe.each(objects)('the big-endian object %s', (name) => {
  const path = `${FOLDER}/${name}`;

  test('is listed as llvm-objdump lists it', async () => {
    const recorded = readFileSync(path.replace(/\.o$/, '.txt'), 'utf8');
    const { stdout } = await tinybpfHere(['disasm', '--no-alu32', path]);
    expect(stdout.replace(path, name)).toBe(recorded);
  });

  test.each(['run', 'check'])('is refused by %s', async (command) => {
    const { status, stderr } = await tinybpfHere([command, path]);
    expect(status).toBe(1);
    expect(stderr).toContain('error[B1002]: ');
  });

  test.each(['llvm', 'kernel', 'mnemonic'])('has a listing in %s that `asm` reads', async (style) => {
    const { stdout } = await tinybpfHere(['disasm', '--style', style, path]);
    const dialect = style === 'mnemonic' ? 'mnemonic' : 'llvm';
    expect(await tinybpfHere(['asm', '--dialect', dialect, '-'], stdout)).toMatchObject({ status: 0 });
  });
});

test('the two byte orders are each other’s inverse', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (code) => {
      expect(swapByteOrder(swapByteOrder(code))).toEqual(code);
    }),
  );
});

test('a line of a listing whose bytes and text agree in neither byte order is refused', async () => {
  const { stderr } = await tinybpfHere(['asm', '-'], '   0:\tb7 10 00 00 00 00 00 2a\tr1 = 0x2b\n');
  expect(stderr).toContain('error[B0105]');
  const { stdout } = await tinybpfHere(['asm', '-'], '   0:\tb7 10 00 00 00 00 00 2a\tr1 = 0x2a\n');
  expect(stdout).toBe('b7 01 00 00 2a 00 00 00\n');
});
