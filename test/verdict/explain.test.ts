import { describe, expect, test } from 'vitest';
import { REFUSAL_CODES, type RefusalCode } from '../../src/text/codes-refused.js';
import { kindOfRefusal } from '../../src/verdict/refusals.js';
import { tinybpfHere } from '../support/in-process.js';

/** All else: no lab is its example. */
const REST = 'B0513';

const codes = (Object.keys(REFUSAL_CODES) as RefusalCode[]).filter((code) => code !== REST);

describe.each(codes.map((code) => ({ code, ...REFUSAL_CODES[code] })))('$code', (info) => {
  const labOf = (which: 'wrong' | 'right'): string => {
    const lab = which in info ? info[which as keyof typeof info] : '';
    expect(lab).not.toBe('');
    return lab;
  };

  test('is what the wrong lab gets, with what to write instead', async () => {
    const { stderr } = await tinybpfHere(['check', '-'], labOf('wrong'));
    expect(stderr).toMatch(new RegExp(`^warning\\[${info.code}\\]: Linux .*: ${info.title}$`, 'm'));
    expect(stderr.match(/^(?:error|warning)\[/gm)).toHaveLength(1);
    expect(stderr).toMatch(/^ *= help: /m);
  });

  test('is not what the right one gets: Linux loads it', async () => {
    const { status, stdout, stderr } = await tinybpfHere(['--json', 'check', '-'], labOf('right'));
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ verdicts: [{ verdict: 'accepted' }] });
  });

  test('is explained with both', async () => {
    const { stdout } = await tinybpfHere(['explain', info.code]);
    const unindented = stdout.replace(/^ {4}/gm, '');
    expect(unindented).toContain(`\nwrong:\n\n${labOf('wrong')}\n`);
    expect(unindented).toContain(`\nright:\n\n${labOf('right')}\n`);
  });
});

test('what is of no kind that has a code of its own is told as well', () => {
  expect(kindOfRefusal(['schedule() is not modifiable'])).toEqual({ code: REST });
  expect(kindOfRefusal([])).toEqual({ code: REST });
  expect(
    kindOfRefusal(['cannot call GPL-restricted function from non-GPL compatible program']),
  ).toMatchObject({
    code: REST,
    help: expect.stringContaining('licence'),
  });
});

/** Branches before a read of address 0, and what is known after the last of them. */
const KNOWN = [
  ['r6 != 0', 'taken', 'r6 is 1 or more'],
  ['r6 > 255', 'not taken', 'r6 is at most 255'],
  ['r6 s< -5', 'not taken', 'r6 is -5 or more (signed)'],
  ['w6 s< 3', 'taken', 'w6 is at most 2 (signed)'],
  ['r6 == 7', 'taken', 'r6 is 7'],
  ['w6 > 3', 'not taken', 'w6 is at most 3'],
  ['r6 & 4', 'taken', 'r6 has the bits 4'],
  ['r8 == 0', 'not taken', 'r8 is ctx'],
  ['r6 < r7', 'taken', 'r6 is at most 99, r7 is 1 to 100'],
] as const;

test.each(KNOWN)('after `if %s`, %s: %s', async (condition, way, known) => {
  const wrong = 'r0 = *(u64 *)(r0 + 0)';
  const [taken, on] = way === 'taken' ? [wrong, 'goto out'] : ['goto out', wrong];
  const lab = `program p : fentry/htab_map_delete_elem {
    r8 = r1
    call bpf_ktime_get_ns
    r6 = r0
    call bpf_ktime_get_ns
    r7 = r0
    if r7 > 100 goto out
    r1 = *(u64 *)(r8 + 0)
    r0 = 0
    if ${condition} goto there
    ${on}
there:
    ${taken}
out:
    r0 = 0
    exit
}
`;
  const { stderr } = await tinybpfHere(['check', '-'], lab);
  expect(stderr).toContain(`<stdin>:10:5 \`if ${condition} goto there\` ${way}, ${known}\n`);
});

test('a branch of C is told by its line and by the jump, which may go the other way', async () => {
  const { stderr } = await tinybpfHere(['check', 'test/data/objects/kernel-pointers.bpf.o']);
  const jump = '`if r0 == 0x0 goto pc+2` not taken, r0 is map_value';
  expect(stderr).toContain(`the way there: kernel-pointers.bpf.c:33:6 \`if (value)\`, ${jump}\n`);
});
