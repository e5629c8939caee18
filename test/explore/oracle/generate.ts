import { Random } from '../../fuzz/random.js';
import { Bodies } from './bodies.js';
import { type Draft, type Piece, piece } from './draft.js';
import { guardedCall, guardParts } from './guarded.js';
import { HEAD } from './pieces.js';
import { estimate } from './size.js';
import { type Kind, THEMES, type Theme, weighted } from './themes.js';

const KERNELS = [
  'arm64-7.3',
  'arm64-7.3',
  'arm64-7.3-preempt-rcu',
  'amd64-7.3',
  'amd64-7.3',
  'arm64-7.3-rt',
  'arm64-6.18',
] as const;

const MAPS = [
  'array { key 4, value 8, max_entries 2 }',
  'array { key 4, value 8, max_entries 2 }',
  'hash { key 4, value 8, max_entries 2 }',
  'hash { key 4, value 8, max_entries 1 }',
  'percpu_array { key 4, value 8, max_entries 2 }',
  'percpu_hash { key 4, value 8, max_entries 2 }',
  'lru_hash { key 4, value 8, max_entries 2 }',
] as const;

function functionPart(name: string, pieces: readonly Piece[]): Draft['parts'][number] {
  return {
    head: [`function ${name}(u64 v) {`, ...HEAD],
    pieces,
    tail: ['out:', '    r0 = 0', '    exit', '}'],
  };
}

function claimOf(random: Random, hasMap: boolean, hasWord: boolean): string {
  const n = random.between(0, 3);
  const what = random.of([
    's[0]',
    's[1]',
    's[0] + s[1]',
    ...(hasMap ? ['m[0]'] : []),
    ...(hasWord ? ['w[0]'] : []),
  ]);
  const test = random.of(['!=', '!=', '!=', '<=', '==']);
  return `${random.of(['finally', 'finally', 'always'])} ${what} ${test} ${n}`;
}

/** Labs for which more states are to be expected are not made; the odd one has more all the same. */
const LARGEST = 8_000;

/** The random lab of a seed. */
export const draftOf = (seed: number): Draft => draftBy(new Random(seed));

/** A random lab, small enough for all its orders to be tried. */
export function draftBy(random: Random): Draft {
  const theme = weighted(random, Object.values(THEMES));
  for (;;) {
    const draft = anyDraft(random, theme);
    if (estimate(draft) <= LARGEST) return draft;
  }
}

/** Steps of tasks besides calls, and in how many of a hundred tasks they come. */
const STEPS = {
  before: ['set w[1] = 1', 'set w[0] = 2'],
  behind: ['set w[1] = 1', 'set w[0] = 2', 'set w[2] = 0'],
  syscalls: ['update m[0] = 3', 'delete m[0]', 'lookup m[0]'],
} as const;

function stepsOf(random: Random, call: string): string[] {
  return [
    ...(random.chance(5) ? [random.of(STEPS.before)] : []),
    call,
    ...(random.chance(8) ? [call.replace('(1)', '(2)')] : []),
    ...(random.chance(6) ? [random.of(STEPS.behind)] : []),
    ...(random.chance(4) ? [random.of(STEPS.syscalls)] : []),
  ];
}

const LEVELS = ['hardirq', 'hardirq', 'hardirq', 'nmi', 'nmi', 'softirq', 'softirq'] as const;

function sourceOf(random: Random, levels: Theme['levels'], cpus: number, fn: string): string {
  const level = random.of(levels ?? LEVELS);
  const on = cpus === 1 || random.chance(40) ? '' : ` cpu ${random.between(0, cpus - 1)}`;
  return `may ${level}${on} x ${random.chance(8) ? 2 : 1} { call ${fn}(${random.between(1, 2)}) }`;
}

function anyDraft(random: Random, theme: Theme): Draft {
  const bodies = new Bodies(random, theme);
  const { pieces } = bodies;
  const cpus = random.chance(20) ? 2 : 1;
  const [cast, ...does] = random.of(theme.casts);
  const guards = random.chance(theme.guarded ?? 4) ? guardParts(random, bodies.any(0)) : undefined;
  const body = (kind: Kind): Piece[] =>
    guards !== undefined && random.chance(75)
      ? [...(random.chance(40) ? [bodies.any(0)] : []), guardedCall()]
      : bodies.body(kind);
  const parts: Draft['parts'][number][] = [];
  const tasks: Draft['tasks'][number][] = [];
  const sources: string[] = [];
  [...cast].forEach((who, n) => {
    const fn = `f${'abcd'[n]!}`;
    parts.push(functionPart(fn, body(does[n]!)));
    if (who === 'i') sources.push(sourceOf(random, theme.levels, cpus, fn));
    else
      tasks.push({
        name: who,
        cpu: n === 0 ? 0 : random.between(0, cpus - 1),
        steps: stepsOf(random, `call ${fn}(1)`),
      });
  });
  const code = JSON.stringify([guards?.parts, parts]);
  const calls = (name: string): boolean => code.includes(` ${name}"`) || code.includes(` ${name} ll`);
  if (calls('sub')) parts.unshift(subPart(pieces.subBody()));
  if (calls('ua')) {
    if (random.chance(90)) tasks[0] = { ...tasks[0]!, steps: ['set ua = page', ...tasks[0]!.steps] };
    if (random.chance(80)) {
      const i = tasks.length - 1;
      if (i > 0) tasks[i] = { ...tasks[i]!, steps: [...tasks[i]!.steps, 'provide page'] };
      else tasks.push({ name: 'P', cpu: 0, steps: ['provide page'] });
    }
  }
  if (calls('pa')) {
    parts.unshift(...tailParts(random));
    if (random.chance(85)) tasks[0] = { ...tasks[0]!, steps: ['update pa[0] = q', ...tasks[0]!.steps] };
  }
  if (tasks.length > 1 && random.chance(5)) {
    const last = tasks.pop()!;
    tasks.push({ ...last, steps: ['join A', ...last.steps] });
  }
  const map = random.of(MAPS);
  const isPerCpu = map.startsWith('percpu') && cpus > 1;
  const elements = [0, 1].flatMap((k) => (isPerCpu ? [`m[${k}][0]`, `m[${k}][1]`] : [`m[${k}]`]));
  const claimed = theme.claimed ?? 8;
  const claims = ['finally s[0] == s[0]', claimOf(random, !isPerCpu && calls('m'), random.chance(claimed))];
  if (random.chance(claimed)) claims.push('finally w[0] == w[0]');
  const observed = ['s[0]', 's[1]', ...elements, 'rb'];
  if (claims.join().includes('w[')) observed.push('w[0]', 'w[1]', 'w[2]');
  if (guards !== undefined && random.chance(50)) {
    claims.push('finally p.run_cnt >= 0 && p.recursion_misses >= 0');
    observed.push('p.run_cnt', 'p.recursion_misses');
  }
  return {
    kernel: random.of(theme.kernels ?? KERNELS),
    cpus,
    guard: guards?.name,
    declared: {
      w: 'global w : u64[4]',
      s: 'global s : u64[2]',
      c: 'percpu c : u64',
      m: `map m : ${map}`,
      rb: 'map rb : ringbuf { max_entries 4096 }',
      pa: 'map pa : prog_array { max_entries 1 }',
      ua: 'global ua : u64',
      page: `user page : u64 = 7 ${random.chance(80) ? 'missing' : ''}`,
    },
    parts: [...(guards?.parts ?? []), ...parts],
    tasks,
    sources,
    claims,
    observed,
  };
}

function subPart(pieces: readonly Piece[]): Draft['parts'][number] {
  return { head: ['function sub(u64 a, u64 b) notrace {'], pieces, tail: ['out:', '    exit', '}'] };
}

/** A program that is gone on as, and what it is attached to, which nobody calls. */
function tailParts(random: Random): Draft['parts'] {
  return [
    { head: ['function untouched() {'], pieces: [], tail: ['    r0 = 0', '    exit', '}'] },
    {
      head: ['program q : fentry/untouched {', '    r6 = w ll', '    r9 = s ll'],
      pieces: [
        random.of([
          piece('    r7 = *(u64 *)(r6 + 8)', '    *(u64 *)(r9 + 0) = r7'),
          piece('    *(u64 *)(r9 + 8) = 5'),
          piece('    r1 = 1', '    lock *(u64 *)(r6 + 0) += r1'),
        ]),
      ],
      tail: ['    r0 = 0', '    exit', '}'],
    },
  ];
}
