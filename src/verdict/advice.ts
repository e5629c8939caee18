/** What to write instead, by what the kernel says. The first that matches counts. */
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [/!read_ok/, 'give the register a value on every path that leads here; a call leaves nothing in r1 to r5'],
  [/_or_null'|null-check it first/, 'compare it with 0 first, and use it only where it is not 0'],
  [
    /invalid mem access 'scalar'/,
    'only an address can be read through: `bpf_probe_read_kernel` reads from a number',
  ],
  [
    /invalid mem access '\w*_or_null'|possibly NULL/,
    'compare it with 0 first, and use it only where it is not 0',
  ],
  [/min value is negative|min value is outside/, 'compare the register with 0 first, or mask it with `&=`'],
  [
    /max value is outside|unbounded memory access|unbounded min value/,
    'compare the register with the size first, or mask it with `&=`',
  ],
  [/invalid access to map value/, 'stay within the size of the value that the map declares'],
  [
    /invalid (?:read from|write to|indirect access to) stack|invalid (?:unbounded )?(?:indirect )?stack/,
    'stay between r10 - 512 and r10, and write what is read',
  ],
  [/misaligned/, 'use an offset that is a multiple of the size of the access'],
  [/frame pointer is read only/, 'copy r10 to another register, and change that'],
  [/At program exit the register R0/, 'return one of the values that programs of this kind may return'],
  [/invalid \w* ?context access/, 'read what programs of this kind find there, in its size'],
  [/unreachable insn/, 'leave the instruction out, or jump to it'],
  [/infinite loop|too complex|too large/i, 'give the loop a bound that can be seen, or use bpf_loop'],
  [
    /unknown func|program of this type cannot use helper/,
    '`tinybpf list helpers` shows which helpers there are',
  ],
  [/GPL/, 'the programs need a licence that is compatible with the GPL'],
  [/Unreleased reference|reference has not been acquired/, 'release what was acquired on every path, once'],
  [
    /pointer arithmetic|bitwise operator .* on pointer|pointer operation/,
    'add to an address, or subtract from it, and nothing else',
  ],
  [/div by zero|division by zero/, 'divide by something that is not 0'],
];

/** What to write instead; undefined where nothing general can be said. */
export const adviceFor = (message: string): string | undefined =>
  ADVICE.find(([pattern]) => pattern.test(message))?.[1];
