import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { callRow } from '../../src/kernel/boot/callers.js';
import { parseOrThrow } from '../../src/lab/environment.js';
import { type RunOptions, runScenario, type ScenarioResult } from '../../src/lab/run.js';
import { WasmEngine } from '../../src/machine/wasm/engine.js';
import { checkLab } from '../../src/replay/check.js';
import type { Diagnostic } from '../../src/text/diagnostic.js';
import { placeOf } from '../../src/text/source.js';
import { ENGINES } from '../support/engines.js';
import { environment } from '../support/environment.js';
import { tinybpfHere } from '../support/in-process.js';
import { boot } from '../support/kernel.js';
import { labScenarios } from '../support/labs.js';
import { runs } from '../support/runs.js';

const AROUND = `map h : hash { key 4, value 8, max_entries 8 }
map ring : ringbuf { max_entries 4096 }
map progs : prog_array { max_entries 2 }
global flags : u64[8]
function helper(u64 a, u64 b) {
    r0 = r1
    exit
}
`;

/** A lab with one program; `actions` run it. */
function labOf(body: string, actions: string) {
  const text = `${AROUND}program p : tc {\n${body}\n}\nscenario {\n    cpu 0 { ${actions} }\n}\n`;
  const lab = parseOrThrow({ name: 'unwritten.bpf', text });
  return { lab, scenario: lab.declarations.findLast((d) => d.kind === 'scenario')! };
}

const isRead = (d: Diagnostic): boolean => d.code === 'B0511' || d.code === 'B0512';
/** The line in the program's body, from 1, and the code. */
const LINES = AROUND.split('\n').length;
const placesOf = (all: readonly Diagnostic[]): string[] =>
  all.filter(isRead).map((d) => `${placeOf(d.span!.source, d.span!.start).line - LINES} ${d.code}`);

function run(body: string, actions = 'test_run p', options: RunOptions = {}): ScenarioResult {
  const { lab, scenario } = labOf(body, actions);
  return runScenario(lab, scenario, environment, options);
}

function check(body: string): string[] {
  const { lab } = labOf(body, 'test_run p');
  return placesOf(checkLab(lab, environment, {}));
}

describe('what is certain is told by check, and by a run that never comes there', () => {
  test.each([
    ['a register', 'r0 = r7\nexit', ['1 B0511']],
    ['half of one', 'w0 = w7\nexit', ['1 B0511']],
    ['one that is changed', 'r0 += 1\nexit', ['1 B0511']],
    ['both operands', 'r0 ^= r0\nexit', ['1 B0511']],
    ['the result', 'exit', ['1 B0511']],
    ['r2 at the beginning', 'r0 = r2\nexit', ['1 B0511']],
    ['the context is there', 'r0 = r1\nexit', []],
    ['r10 is there', 'r0 = r10\nexit', []],
    ['the context after a call', 'call bpf_ktime_get_ns\nr0 = r1\nexit', ['2 B0511']],
    ['r0 after a call is there', 'call bpf_ktime_get_ns\nexit', []],
    [
      'r0 after a helper that returns nothing',
      'r1 = ring ll\nr2 = 8\nr3 = 0\ncall bpf_ringbuf_reserve\nif r0 == 0 goto out\nr1 = r0\nr2 = 0\ncall bpf_ringbuf_discard\nexit\nout:\nexit',
      ['9 B0511'],
    ],
    ['an argument of a helper', 'r1 = h ll\ncall bpf_map_lookup_elem\nr0 = 0\nexit', ['2 B0511']],
    ['an argument of a function of the lab', 'call helper\nr0 = 0\nexit', ['1 B0511']],
    [
      'arguments that Linux does not check',
      '*(u64 *)(r10 - 8) = 0\nr1 = r10\nr1 += -8\nr2 = 2\ncall bpf_trace_printk\nr0 = 0\nexit',
      [],
    ],
    ['the condition of a jump', 'if r3 == 0 goto out\nout:\nr0 = 0\nexit', ['1 B0511']],
    ['the base of a load', 'r0 = *(u64 *)(r6 + 0)\nexit', ['1 B0511']],
    ['the value of a store', '*(u64 *)(r10 - 8) = r6\nr0 = 0\nexit', ['1 B0511']],
    [
      'r0 of a compare and exchange',
      '*(u64 *)(r10 - 8) = 0\nr2 = 1\nr0 = cmpxchg_64(r10 - 8, r0, r2)\nexit',
      ['3 B0511'],
    ],
    ['bytes of the stack', 'r0 = *(u64 *)(r10 - 8)\nexit', ['1 B0512']],
    ['half of the bytes', '*(u32 *)(r10 - 8) = 1\nr0 = *(u64 *)(r10 - 8)\nexit', ['2 B0512']],
    [
      'bytes that were written in two halves',
      '*(u32 *)(r10 - 8) = 1\n*(u32 *)(r10 - 4) = 1\nr0 = *(u64 *)(r10 - 8)\nexit',
      [],
    ],
    ['through a copy of r10', 'r2 = r10\nr2 += -16\nr0 = *(u8 *)(r2 + 3)\nexit', ['3 B0512']],
    ['an atomic operation on the stack', 'r2 = 1\nlock *(u64 *)(r10 - 8) += r2\nr0 = 0\nexit', ['2 B0512']],
    [
      'what a helper may have written',
      'r1 = r10\nr1 += -8\nr2 = 8\nr3 = 0\ncall bpf_probe_read_kernel\nr0 = *(u64 *)(r10 - 8)\nexit',
      [],
    ],
    [
      'what somebody may write who has its address by compare and exchange',
      'r1 = r10\nr1 += -8\nr2 = flags ll\nr0 = 0\nr0 = cmpxchg_64(r2 + 0, r0, r1)\nr0 = *(u64 *)(r10 - 8)\nexit',
      [],
    ],
    [
      'what lies below it',
      'r1 = r10\nr1 += -8\nr2 = 8\nr3 = 0\ncall bpf_probe_read_kernel\nr0 = *(u64 *)(r10 - 16)\nexit',
      ['6 B0512'],
    ],
    [
      'in a branch, where all ways lead',
      'r2 = flags ll\nr2 = *(u64 *)(r2 + 0)\nif r2 == 0 goto out\nr3 = 1\nout:\nr0 = r7\nexit',
      ['6 B0511'],
    ],
    ['after what is never reached', 'r0 = 0\nexit\nr0 = r7\nexit', []],
    ['an argument that no caller of a function has', 'r1 = 1\ncall f\nexit\nf:\nr0 = r2\nexit', ['5 B0511']],
    ['an argument that the caller has', 'r2 = 1\ncall f\nexit\nf:\nr0 = r2\nexit', []],
    ["a callee's r6", 'r6 = 1\ncall f\nexit\nf:\nr0 = r6\nexit', ['5 B0511']],
    ['the result of a function that gives none', 'call f\nexit\nf:\nexit', ['2 B0511']],
    ['a function without a result that nobody reads', 'call f\nr0 = 0\nexit\nf:\nexit', []],
  ] as const)('%s', (_, body, expected) => {
    expect(check(body)).toEqual(expected);
    expect(placesOf(run(body, 'call helper(1, 2)').warnings)).toEqual(expected);
  });
});

/** Branches on a flag that a scenario sets: r9 is 0 or not. */
const flag = (i: number): string => `r9 = flags ll\nr9 = *(u64 *)(r9 + ${8 * i})`;
const SOMETIMES = `${flag(0)}\nif r9 == 0 goto skip\nr7 = 1\n*(u64 *)(r10 - 8) = r7\nskip:\nr2 = *(u64 *)(r10 - 8)\nr0 = r7\nexit`;

describe.each(ENGINES)('what only a run can tell, on engine %s', (_, engine) => {
  test('is not told by check, nor by a run that goes the right way', () => {
    expect(check(SOMETIMES)).toEqual([]);
    expect(placesOf(run(SOMETIMES, 'set flags[0] = 1 test_run p x 3', { engine }).warnings)).toEqual([]);
  });

  test('is told once for each place, the first time', () => {
    const result = run(SOMETIMES, 'set flags[0] = 1 test_run p set flags[0] = 0 test_run p x 40', { engine });
    expect(placesOf(result.warnings)).toEqual(['7 B0512', '8 B0511']);
    expect(result.warnings[0]).toMatchObject({
      severity: 'warning',
      notes: [expect.stringContaining('invalid read from stack off -8+0 size 8')],
    });
    expect(result.warnings[1]).toMatchObject({ notes: [expect.stringContaining('R7 !read_ok')] });
  });

  test('follows arguments into functions of the program, and their results back', () => {
    const body = `${flag(0)}\nr1 = 1\nif r9 == 0 goto skip\nr2 = 2\nskip:\ncall f\nexit\nf:\nif r1 == 0 goto none\nr0 = r2\nnone:\nexit`;
    const right = run(body, 'set flags[0] = 1 test_run p', { engine });
    expect(placesOf(right.warnings)).toEqual([]);
    expect(placesOf(run(body, 'test_run p', { engine }).warnings)).toEqual(['11 B0511']);
  });

  test('changes nothing else: results, memory, counters, instructions', () => {
    const body = `r6 = 0\nagain:\n${SOMETIMES.replace('exit', '').replace('skip:', 'r0 = 0\nskip:')}\nr6 += 1\nif r6 < 50 goto again\nr0 = r6\nexit`;
    const { lab, scenario } = labOf(body, 'test_run p x 3 call helper(5, 6) x 20');
    const { warnings: found, ...rest } = runScenario(lab, scenario, environment, { engine });
    expect(found.filter(isRead).length).toBeGreaterThan(0);
    const plainly = labOf(body, 'set flags[0] = 0 test_run p x 3 call helper(5, 6) x 20');
    const { warnings: _w, ...again } = runScenario(plainly.lab, plainly.scenario, environment, { engine });
    expect(rest.executed).toBe(again.executed);
    const { warnings: _v, ...observed } = runScenario(lab, scenario, environment, { engine, observe: true });
    expect({ ...observed, events: [] }).toEqual(rest);
  });

  test('holds over a callback and a tail call that fails', () => {
    const body = `r6 = r1\n${flag(0)}\nif r9 == 0 goto skip\nr7 = 1\nskip:\nr1 = 3\nr2 = callback ll\nr3 = 0\nr4 = 0\ncall bpf_loop\nr1 = r6\nr2 = progs ll\nr3 = 0\ncall bpf_tail_call\nr0 = r7\nexit\ncallback:\nr0 = 0\nexit`;
    expect(placesOf(run(body, 'test_run p x 2', { engine }).warnings)).toEqual(['16 B0511']);
  });
});

/** A lab of its own, whose program is attached or tail called or blocked. */
function runLab(text: string, options: RunOptions): ScenarioResult {
  const lab = parseOrThrow({ name: 'unwritten.bpf', text });
  return runScenario(lab, lab.declarations.findLast((d) => d.kind === 'scenario')!, environment, options);
}

const messages = (r: ScenarioResult): string[] => r.warnings.filter(isRead).map((d) => d.message);

const ATTACHED = `global flag : u64
function work(u64 v) {
    r0 = 0
    exit
}
function twice(u64 v) kfunc {
    r6 = r1
    call work
    r1 = r6
    call work
    exit
}
program p : fentry/work {
    r9 = flag ll
    r9 = *(u64 *)(r9 + 0)
    if r9 == 0 goto skip
    r7 = 1
skip:
    r8 = r7
    r0 = 0
    exit
}
scenario {
    stats off
    cpu 0 { set flag = 1  call twice(1) x 300  set flag = 0  call twice(1) x 300 }
    expect p.recursion_misses == 0
}
`;

test.each([
  ['compiled where it is entered', {}],
  ['compiled anywhere', { eager: true }],
  ['compiled at last', { patience: 20_000 }],
  ['compiled without bodies in place of calls', { inline: false }],
] as const)('a program that is attached, in code that is %s', (_, options) => {
  const reference = runLab(ATTACHED, {});
  expect(messages(reference)).toEqual(['`r8 = r7` reads r7, which nothing has written']);
  expect(runLab(ATTACHED, { engine: (machine) => new WasmEngine(machine, options) })).toEqual(reference);
});

describe.each(ENGINES)('on engine %s', (_, engine) => {
  test('a program that was tail called has its frame, and begins with nothing written', () => {
    const text = `map progs : prog_array { max_entries 1 }
global flag : u64
program first : tc {
    r9 = flag ll
    r9 = *(u64 *)(r9 + 0)
    r7 = 5
    *(u64 *)(r10 - 8) = r7
    r2 = progs ll
    r3 = 0
    call bpf_tail_call
    r0 = 0
    exit
}
program second : tc {
    r9 = flag ll
    r9 = *(u64 *)(r9 + 0)
    if r9 == 0 goto skip
    r7 = 1
    *(u64 *)(r10 - 8) = r7
skip:
    r0 = *(u64 *)(r10 - 8)
    r0 = r7
    exit
}
scenario {
    cpu 0 { update progs[0] = second  set flag = 1  test_run first  set flag = 0  test_run first x 2 }
    expect first.retval == 5 || first.retval == 0
}
`;
    expect(messages(runLab(text, { engine }))).toEqual([
      '`r0 = *(u64 *)(r10 - 0x8)` reads 8 bytes of the stack at r10 - 8 that nothing has written',
      '`r0 = r7` reads r7, which nothing has written',
    ]);
  });

  test('a call that waited and is tried again has its arguments still', () => {
    const text = `user name : u64 = 7 missing
global flag : u64
global out : u64
function hook(u64 v) sleepable {
    r0 = 0
    exit
}
program p : fentry.s/hook {
    r9 = flag ll
    r9 = *(u64 *)(r9 + 0)
    if r9 == 0 goto skip
    r7 = 1
skip:
    r1 = r10
    r1 += -8
    r2 = 8
    r3 = name ll
    call bpf_copy_from_user
    r1 = *(u64 *)(r10 - 8)
    r2 = out ll
    *(u64 *)(r2 + 0) = r1
    r0 = r7
    exit
}
scenario {
    task A cpu 0 { call hook(1) }
    task B cpu 0 { provide name }
    expect out == 7
}
`;
    const result = runLab(text, { engine });
    expect(result.passed).toBe(true);
    expect(messages(result)).toEqual(['`r0 = r7` reads r7, which nothing has written']);
  });
});

test('the command warns on standard error and in JSON, and the status stays', async () => {
  const lab = `${AROUND}program p : tc {\n    r0 = r7\n    exit\n}\nscenario { cpu 0 { test_run p } }\n`;
  const text = await tinybpfHere(['run', '-'], lab);
  expect(text.status).toBe(0);
  expect(text.stderr).toContain('warning[B0511]: `r0 = r7` reads r7, which nothing has written');
  expect(text.stderr).toContain('R7 !read_ok');
  const json = await tinybpfHere(['--json', 'run', '-'], lab);
  const { scenarios } = JSON.parse(json.stdout) as { scenarios: { warnings: { code: string }[] }[] };
  expect(scenarios[0]!.warnings.map((w) => w.code)).toEqual(['B0511']);
});

test('no shipped lab reads what nothing has written', () => {
  for (const { name, lab, scenario } of labScenarios(
    'programs',
    'programs/bench',
    'programs/explore',
    'programs/guards-of-linux',
  )) {
    const warnings = runScenario(lab, scenario, environment, { maxInsns: 100_000 }).warnings.filter(isRead);
    expect([name, warnings]).toEqual([name, []]);
  }
});

test('of every helper it is known how many arguments it takes', () => {
  const kernel = boot('scenario { cpu 0 { } }');
  for (const leaf of kernel.machine.leaves) {
    const isPublic = kernel.symbols.callees('public').has(leaf.name);
    if (isPublic) expect([leaf.name, callRow(leaf.name)?.name]).toEqual([leaf.name, leaf.name]);
  }
});

/** An instruction of a random program, of which the test knows what it reads and writes. */
type Step =
  | { readonly kind: 'set'; readonly dst: number }
  | { readonly kind: 'move'; readonly dst: number; readonly src: number }
  | { readonly kind: 'add'; readonly dst: number; readonly src: number }
  | { readonly kind: 'call' }
  | { readonly kind: 'store'; readonly reg: number; readonly word: number }
  | { readonly kind: 'load'; readonly reg: number; readonly word: number }
  | { readonly kind: 'skip'; readonly flag: number; readonly steps: number };

const register = fc.integer({ min: 0, max: 8 });
const word = fc.integer({ min: 1, max: 3 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), dst: register }),
  fc.record({ kind: fc.constant('move' as const), dst: register, src: register }),
  fc.record({ kind: fc.constant('add' as const), dst: register, src: register }),
  fc.record({ kind: fc.constant('call' as const) }),
  fc.record({ kind: fc.constant('store' as const), reg: register, word }),
  fc.record({ kind: fc.constant('load' as const), reg: register, word }),
  fc.record({
    kind: fc.constant('skip' as const),
    flag: fc.integer({ min: 0, max: 2 }),
    steps: fc.integer({ min: 1, max: 4 }),
  }),
);

/** The program, and the line of each step that reads something. */
function write(steps: readonly Step[]): { readonly body: string; readonly lines: readonly number[] } {
  const out: string[] = [];
  const lines: number[] = [];
  steps.forEach((s, i) => {
    out.push(`at${i}:`);
    if (s.kind === 'skip') out.push(flag(s.flag));
    lines.push(out.join('\n').split('\n').length + 1);
    if (s.kind === 'set') out.push(`r${s.dst} = 1`);
    else if (s.kind === 'move') out.push(`r${s.dst} = r${s.src}`);
    else if (s.kind === 'add') out.push(`r${s.dst} += r${s.src}`);
    else if (s.kind === 'call') out.push('call bpf_ktime_get_ns');
    else if (s.kind === 'store') out.push(`*(u64 *)(r10 - ${8 * s.word}) = r${s.reg}`);
    else if (s.kind === 'load') out.push(`r${s.reg} = *(u64 *)(r10 - ${8 * s.word})`);
    else out.push(`if r9 == 0 goto at${Math.min(steps.length, i + 1 + s.steps)}`);
  });
  out.push(`at${steps.length}:`);
  lines.push(out.join('\n').split('\n').length + 1);
  out.push('exit');
  return { body: out.join('\n'), lines };
}

/** What the steps read that nothing has written, one after the other: by hand, and not as the machine does it. */
function walk(
  steps: readonly Step[],
  flags: number,
  lines: readonly number[],
): { found: Set<string>; reached: Set<number> } {
  const found = new Set<string>();
  const reached = new Set<number>();
  const written = new Set<string>(['r1']);
  const read = (what: string, i: number): void => {
    if (!written.has(what)) found.add(`${lines[i]} ${what.startsWith('r') ? 'B0511' : 'B0512'}`);
  };
  let i = 0;
  for (; i < steps.length; i += 1) {
    reached.add(lines[i]!);
    const s = steps[i]!;
    if (s.kind === 'skip') {
      if ((flags & (1 << s.flag)) === 0) i += s.steps;
      continue;
    }
    if (s.kind === 'call') {
      for (let n = 1; n <= 5; n += 1) written.delete(`r${n}`);
      written.add('r0');
      continue;
    }
    if (s.kind === 'store') {
      read(`r${s.reg}`, i);
      written.add(`s${s.word}`);
      continue;
    }
    if (s.kind === 'load') read(`s${s.word}`, i);
    if (s.kind === 'move' || s.kind === 'add') read(`r${s.src}`, i);
    if (s.kind === 'add') read(`r${s.dst}`, i);
    written.add(`r${s.kind === 'load' ? s.reg : s.dst}`);
  }
  reached.add(lines[steps.length]!);
  read('r0', steps.length);
  return { found, reached };
}

test('random programs: what is read on the way is told, what is told was read, on both engines', () => {
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 1, maxLength: 14 }),
      fc.array(fc.integer({ min: 0, max: 7 }), { minLength: 1, maxLength: 3 }),
      (steps, runs) => {
        const { body, lines } = write(steps);
        const actions = runs
          .map((f) => `${[0, 1, 2].map((i) => `set flags[${i}] = ${(f >> i) & 1}`).join(' ')} test_run p`)
          .join(' ');
        const result = run(body, actions);
        const told = new Set(placesOf(result.warnings));
        const walked = runs.map((f) => walk(steps, f, lines));
        for (const { found } of walked) for (const place of found) expect(told).toContain(place);
        const certain = new Set(check(body));
        for (const place of told) {
          if (certain.has(place)) continue;
          expect(walked.some(({ found }) => found.has(place))).toBe(true);
        }
        // What is certain is so on every path that leads there.
        for (let f = 0; f < 8; f += 1) {
          const { found, reached } = walk(steps, f, lines);
          for (const place of certain)
            if (reached.has(Number.parseInt(place, 10))) expect(found).toContain(place);
        }
        const [, [, wasm]] = ENGINES as unknown as [unknown, [string, RunOptions['engine']]];
        expect(run(body, actions, { engine: wasm! })).toEqual(result);
      },
    ),
    { numRuns: runs(30) },
  );
});

test('nothing is said of what stands in for a statement that cannot be read', async () => {
  const { stderr, status } = await tinybpfHere(['check', '-'], 'program p : fentry/bpf_fentry_test1 {[}');
  expect(status).toBe(1);
  expect(stderr.match(/^(?:error|warning)\[\w+\]/gm)).toEqual(['error[B0101]']);
});
