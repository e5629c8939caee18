import type { Random } from './random.js';

/** What a step has: registers, and labels that nothing else has. */
export interface Hand {
  readonly random: Random;
  /** Holds a number, mostly. */
  readonly number: number;
  /** Points at `bytes` bytes of a map's value, mostly. */
  readonly value: number;
  readonly bytes: number;
  /** What the step may write: a callee-saved register. */
  readonly to: number;
  label(): string;
}

/** The lines of a step, and what `to` holds afterwards if that changes; `functions` are those that the lines name. */
interface Step {
  readonly lines: readonly string[];
  readonly holds?: 'number' | 'value';
  readonly functions?: readonly FunctionName[];
}

/** A number near one that is right: right mostly. */
const near = (random: Random, right: number): number =>
  random.chance(85) ? right : right + random.of([-1, 1, 2, 8]);

/** Slots of the stack that steps read and write: those four words below r10 that every program has written. */
const STACK = 32;

/** Helpers that are given memory and its size, in which registers, and what the others hold. The last one wants a size that is not 0. */
const SIZED = [
  { name: 'bpf_probe_read_kernel', at: [1, 2], more: ['r3 = 0'] },
  { name: 'bpf_ringbuf_output', at: [2, 3], more: ['r1 = ring ll', 'r4 = 0'] },
  { name: 'bpf_get_current_comm', at: [1, 2], more: [] },
] as const;

/** Memory of the stack or of a value is given away with a size that was bounded for it. */
function sizedCall(hand: Hand): Step {
  const { random, number, value, bytes } = hand;
  const { name, at, more } = random.of(SIZED);
  const [memory, size] = at;
  const isStack = random.chance(50);
  const room = isStack ? STACK : bytes;
  const start = random.of([0, 0, 4, 8, 16]);
  const most = near(random, room - start);
  const isZeroTaken = name !== 'bpf_get_current_comm' && random.chance(70);
  return {
    lines: [
      random.chance(70) ? `if r${number} > ${most} goto out` : `if w${number} s> ${most} goto out`,
      ...(isZeroTaken
        ? []
        : [random.chance(50) ? `if r${number} == 0 goto out` : `if r${number} s< 1 goto out`]),
      `r${memory} = r${isStack ? 10 : value}`,
      `r${memory} += ${isStack ? start - STACK : start}`,
      random.chance(80) ? `r${size} = r${number}` : `w${size} = w${number}`,
      ...more,
      `call ${name}`,
    ],
  };
}

/** A part of a word is stored and another part, or all of it, is loaded. */
function narrowSpill({ random, number, to }: Hand): Step {
  const [stored, loaded] = [random.of([1, 2, 4]), random.of([1, 2, 4, 8])];
  const word = 8 * random.between(1, 4);
  const within = stored * random.between(0, 8 / stored - 1);
  const from = random.chance(60) ? within - (within % loaded) : loaded * random.between(0, 8 / loaded - 1);
  const sign = loaded < 8 && random.chance(40) ? 's' : 'u';
  return {
    lines: [
      ...(random.chance(30) ? [`*(u64 *)(r10 - ${word}) = ${random.of([0, -1])}`] : []),
      `*(u${8 * stored} *)(r10 - ${word - within}) = r${number}`,
      `r${to} = *(${sign}${8 * loaded} *)(r10 - ${word - from})`,
    ],
    holds: 'number',
  };
}

/** An index below a bound that a value is written at. */
function writeAt({ random, bytes }: Hand, pointer: string, index: string): string[] {
  const size = random.of([1, 2, 4, 8]);
  const shift = random.between(0, 3);
  const most = near(random, (bytes - size) >> shift);
  return [
    `if ${index} > ${most} goto out`,
    `r1 = ${pointer}`,
    `r2 = ${index}`,
    `r2 <<= ${shift}`,
    'r1 += r2',
    `*(u${8 * size} *)(r1 + 0) = ${random.between(0, 9)}`,
  ];
}

/** A loop that the kernel ends if the program does not. */
function mayGoto(hand: Hand): Step {
  const { random, value, to } = hand;
  if (to === value) return { lines: [] };
  const [again, done] = [hand.label(), hand.label()];
  return {
    lines: [
      `r${to} = ${random.of([0, 0, 1, 40])}`,
      `${again}:`,
      `may_goto ${done}`,
      ...writeAt(hand, `r${value}`, `r${to}`).map((line) => line.replace('goto out', `goto ${done}`)),
      `r${to} ${random.of(['+= 1', '+= 3', '-= 1'])}`,
      ...(random.chance(30) ? [`if r${to} == ${random.between(0, 9)} goto ${done}`] : []),
      `goto ${again}`,
      `${done}:`,
    ],
    holds: 'number',
  };
}

/** Functions that helpers call; each goes after the program once. */
const FUNCTIONS = {
  /** index, ctx: 32 bytes of the caller's stack. */
  each: (random: Random): string[] => [
    `if r1 > ${near(random, 3)} goto each_out`,
    'r1 <<= 3',
    'r2 += r1',
    ...(random.chance(60) ? ['*(u64 *)(r2 + 0) = r1'] : ['r3 = *(u64 *)(r2 + 0)', '*(u64 *)(r10 - 8) = r3']),
    'each_out:',
    `r0 = ${near(random, random.between(0, 1))}`,
  ],
  /** map, key, value, ctx: 32 bytes of the caller's stack. */
  element: (random: Random): string[] => [
    'r5 = *(u64 *)(r4 + 0)',
    ...(random.chance(90) ? [`if r5 > ${near(random, 40)} goto element_out`] : []),
    'r3 += r5',
    random.chance(50) ? '*(u64 *)(r3 + 0) = r5' : 'r5 = *(u64 *)(r3 + 0)',
    ...(random.chance(50) ? ['*(u64 *)(r4 + 0) = r5'] : []),
    'element_out:',
    `r0 = ${near(random, random.between(0, 1))}`,
  ],
} as const;
export type FunctionName = keyof typeof FUNCTIONS;

/** The lines of such a function. */
export const functionLines = (name: FunctionName, random: Random): readonly string[] => [
  `${name}:`,
  ...FUNCTIONS[name](random),
  'exit',
];

/** A function is called for every number below one, or for every element; it writes the words that it is given. */
function callback(hand: Hand): Step {
  const { random, number } = hand;
  const isLoop = random.chance(60);
  const name = isLoop ? 'each' : 'element';
  const first = isLoop
    ? [random.chance(60) ? `r1 = ${random.between(0, 6)}` : `r1 = r${number}`, 'r1 &= 15']
    : [`r1 = ${random.of(['array', 'hash', 'percpu'])} ll`];
  return {
    lines: [
      ...first,
      `r2 = ${name} ll`,
      'r3 = r10',
      `r3 += -${near(random, STACK)}`,
      'r4 = 0',
      `call ${isLoop ? 'bpf_loop' : 'bpf_for_each_map_elem'}`,
    ],
    functions: [name],
  };
}

/** What is known of a number holds of its copies, and of those that differ by a constant. */
function linked(hand: Hand): Step {
  const { random, number, value, to, bytes } = hand;
  if (to === number || to === value || number === value) return { lines: [] };
  const size = random.of([1, 2, 4, 8]);
  const more = random.of([0, 0, 1, 4, 8, -1, -8]);
  const letter = random.chance(70) ? 'r' : 'w';
  const most = near(random, bytes - size - more);
  return {
    lines: [
      `${letter}${to} = ${letter}${number}`,
      ...(more === 0 ? [] : [`${random.chance(70) ? 'r' : 'w'}${to} += ${more}`]),
      ...(random.chance(30) ? [`*(u64 *)(r10 - 8) = r${to}`] : []),
      `if ${random.chance(70) ? 'r' : 'w'}${number} > ${most} goto out`,
      ...(more < 0 ? [`if ${random.chance(70) ? 'r' : 'w'}${number} < ${near(random, -more)} goto out`] : []),
      ...(random.chance(30) ? [`r${to} = *(u64 *)(r10 - 8)`] : []),
      `r1 = r${value}`,
      `r1 += r${to}`,
      `*(u${8 * size} *)(r1 + 0) = 1`,
    ],
    holds: 'number',
  };
}

/** One copy of what a lookup gives is checked, and another is used. */
function lateCheck({ random, to, bytes }: Hand): Step {
  return {
    lines: [
      '*(u64 *)(r10 - 8) = 1',
      `r1 = ${random.of(['hash', 'array', 'small'])} ll`,
      'r2 = r10',
      'r2 += -8',
      'call bpf_map_lookup_elem',
      random.chance(50) ? '*(u64 *)(r10 - 16) = r0' : `r${to} = r0`,
      ...(random.chance(90) ? [random.chance(90) ? 'if r0 == 0 goto out' : 'if w0 == 0 goto out'] : []),
      random.chance(50) ? `r${to} = *(u64 *)(r10 - 16)` : `r${to} = r0`,
      `r3 = *(u32 *)(r${to} + ${random.of([0, 0, bytes - 4, bytes])})`,
    ],
    holds: 'value',
  };
}

/** Bytes the other way round, atomic operations that give back what was there. */
function exchange({ random, number, to }: Hand): Step {
  const at = `r10 - ${8 * random.between(1, 4)}`;
  const bits = random.of([32, 64]);
  const letter = bits === 64 ? 'r' : 'w';
  const lines = random.of([
    [`r${to} = ${random.of(['be16', 'be32', 'be64', 'le16', 'bswap16', 'bswap32', 'bswap64'])} r${to}`],
    [
      `r${to} = r${number}`,
      `${letter}${to} = atomic_fetch_${random.of(['add', 'or', 'and', 'xor'])}((u${bits} *)(${at}), ${letter}${to})`,
    ],
    [
      `r${to} = r${number}`,
      `${letter}${to} = ${bits === 32 ? 'xchg32_32' : 'xchg_64'}(${at}, ${letter}${to})`,
    ],
    [
      'r0 = 0',
      `${letter}0 = ${bits === 32 ? 'cmpxchg32_32' : 'cmpxchg_64'}(${at}, ${letter}0, ${letter}${number})`,
      `r${to} = r0`,
    ],
  ]);
  return { lines, holds: 'number' };
}

/** Memory as a dynptr, and a part of it that is looked at. */
function dynptr({ random, value, bytes, to }: Hand): Step {
  const slice = random.of([1, 8, 16]);
  return {
    lines: [
      `r1 = r${value}`,
      `r2 = ${near(random, bytes)}`,
      'r3 = 0',
      'r4 = r10',
      'r4 += -128',
      'call bpf_dynptr_from_mem',
      'r1 = r10',
      'r1 += -128',
      `r2 = ${random.of([0, 8, 40])}`,
      `r3 = ${slice}`,
      'call bpf_dynptr_data',
      'if r0 == 0 goto out',
      `*(u8 *)(r0 + ${near(random, slice - 1)}) = 1`,
      `r${to} = *(u8 *)(r0 + 0)`,
    ],
    holds: 'number',
  };
}

/** Steps and how often each is taken. */
const STEPS: readonly (readonly [number, (hand: Hand) => Step])[] = [
  [4, sizedCall],
  [4, narrowSpill],
  [2, mayGoto],
  [3, callback],
  [5, linked],
  [2, lateCheck],
  [3, exchange],
  [1, dynptr],
];
const TOGETHER = STEPS.flatMap(([weight, step]) => Array.from({ length: weight }, () => step));

export const anyStep = (hand: Hand): Step => hand.random.of(TOGETHER)(hand);

/** A number, a width, a register, a comparison or a line of a program becomes another one: what was accepted is so barely, or no more. */
export function changeLine(lines: string[], random: Random): void {
  const at = random.between(0, lines.length - 1);
  const line = lines[at];
  // Labels stay, registers that are named twice, and widths of atomic operations.
  if (line === undefined || line.endsWith(':') || /swap|[bl]e\d|= -|lock|atomic|xchg/.test(line)) return;
  const kind = random.between(0, 9);
  if (kind === 0) lines.splice(at, 1);
  else if (kind === 1) lines.splice(at, 0, random.of(lines.filter((l) => !l.endsWith(':'))));
  else if (kind < 5)
    lines[at] = line.replace(/(?<![\w])\d+(?= |$|\))/, (n) => String(Number(n) + random.of([-8, -1, 1, 8])));
  else if (kind === 5)
    lines[at] = line.replace(
      /\(([us])(?:8|16|32|64) /,
      (_, sign: string) => `(${sign}${random.of([8, 16, 32, 64])} `,
    );
  else if (kind < 8) lines[at] = line.replace(/\b[rw]([6-9])\b/, (r) => `${r[0]}${random.between(6, 9)}`);
  else if (kind === 8) lines[at] = line.replace(/^( *if )r(\d)/, '$1w$2');
  else
    lines[at] = line.replace(
      /(if \w+) (s?)([<>])/,
      (_, head: string, sign: string, way: string) => `${head} ${sign === '' ? 's' : ''}${way}`,
    );
}
