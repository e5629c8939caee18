/** What to write instead, by what the kernel says. The first that matches counts. */
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [/!read_ok/, 'give the register a value on every path that leads here; a call leaves nothing in r1 to r5'],
  [
    /_or_null'|type=\w*_or_null expected|null-check it first|possibly NULL/i,
    'compare it with 0 first, and use it only where it is not 0',
  ],
  [
    /invalid access to packet|outside of the packet/,
    'compare the address with `data_end` first, and read only what lies before it',
  ],
  [
    /invalid mem access 'scalar'/,
    'only an address can be read through, and none that was released; `bpf_probe_read_kernel` reads from a number',
  ],
  [/type=\w+ expected=/, 'hand over what is named after `expected=`; what was released is a number'],
  [/min value is negative/, 'compare the register with 0 first, or mask it with `&=`'],
  [
    /max value is outside|unbounded memory access|unbounded min value/,
    'compare the register with the size first, or mask it with `&=`',
  ],
  [
    /min value is outside|invalid access to map value/,
    'stay within the size: even the lowest address that it can be is outside',
  ],
  [
    /invalid (?:read from|write to|indirect access to) stack|invalid (?:unbounded )?(?:indirect )?stack/,
    'stay between r10 - 512 and r10, and write what is read',
  ],
  [/combined stack size|stack size of subprog/, 'use less stack, or keep large data in a map'],
  [/misaligned/, 'use an offset that is a multiple of the size of the access'],
  [/frame pointer is read only/, 'copy r10 to another register, and change that'],
  [/At program exit the register R0/, 'return one of the values that programs of this kind may return'],
  [
    /invalid \w* ?context access/,
    'read what programs of this kind find there, in its size; most of it cannot be written',
  ],
  [/unreachable insn/, 'leave the instruction out, or jump to it'],
  [
    /recursive call|back-edge from|frames is too deep/,
    'functions of a program cannot call themselves: write a loop, or use bpf_loop',
  ],
  [/infinite loop|too complex|too large/i, 'give the loop a bound that can be seen, or use bpf_loop'],
  [
    /unknown func|program of this type cannot use helper/,
    '`tinybpf list helpers` shows which helpers there are',
  ],
  [/calling kernel function/, '`tinybpf list kfuncs` shows which programs can call what'],
  [/GPL/, 'the programs need a licence that is compatible with the GPL'],
  [
    /Unreleased reference|Leaking reference|reference has not been acquired/,
    'release what was acquired on every path, once',
  ],
  [
    /-ed region/,
    'end what was begun before: a section of RCU, a lock, or what keeps interrupts or other tasks away',
  ],
  [
    /sleepable helper|is sleepable within/,
    'only programs that may sleep (`.s` after their kind) can call it, and only outside of locks and sections',
  ],
  [/is not a const\b|not a known constant/, 'give it a number that is known when the program is loaded'],
  [/zero-sized read/, 'give a size above 0'],
  [
    /pointer arithmetic|bitwise operator .* on pointer|pointer operation/,
    'add to an address, or subtract from it, and nothing else',
  ],
  [/div by zero|division by zero/, 'divide by something that is not 0'],
];

/** What to write instead, by the lines in which the kernel says what is wrong; undefined where nothing general can be said. */
export const adviceFor = (lines: readonly string[]): string | undefined =>
  ADVICE.find(([pattern]) => lines.some((line) => pattern.test(line)))?.[1];
