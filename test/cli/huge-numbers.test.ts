import { describe, expect, test } from 'vitest';
import { tinybpfHere } from '../support/in-process.js';

const HUGE = `0x${'f'.repeat(300)}`;
const WRITTEN = String(BigInt(HUGE));

/** Inputs with a number that no JavaScript number can hold. */
const INPUTS: Readonly<Record<string, readonly [readonly string[], string]>> = {
  'the target of a jump': [['asm', '-'], `goto ${HUGE}\nexit\n`],
  'the target of a long jump': [['asm', '-'], `gotol +${HUGE}\nexit\n`],
  'the target of a mnemonic jump': [['asm', '--dialect', 'mnemonic', '-'], `jeq r1, r2, +${HUGE}\nexit\n`],
  'the size of an area': [
    ['check', '-'],
    `guard g {\n    area size ${HUGE} align 4\n    enter {\n        exit\n    }\n    exit {\n        exit\n    }\n}\nscenario {\n    guard g\n}\n`,
  ],
  'the alignment of an area': [
    ['check', '-'],
    `guard g {\n    area size 4 align ${HUGE}\n    enter {\n        exit\n    }\n    exit {\n        exit\n    }\n}\nscenario {\n    guard g\n}\n`,
  ],
};

describe('a number beyond all others is refused as it was written', () => {
  test.each(Object.entries(INPUTS))('%s', async (_, [args, input]) => {
    const { status, stdout, stderr } = await tinybpfHere(args, input);
    expect(status).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^error\[B0(?:302|606)\]/);
    expect(stderr).toContain(WRITTEN);
    expect(stderr).not.toContain('Infinity');
  });
});
