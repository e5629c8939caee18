import { describe, expect, test } from 'vitest';
import { modelNamed, parseOrThrow } from '../../src/lab/environment.js';
import { runScenario, scenariosOf } from '../../src/lab/run.js';
import { ENGINES } from '../support/engines.js';
import { environment } from '../support/environment.js';

/** What a program of a section sees of its context: its level, and how many interrupts came on top of it. */
function contextOf(section: string, model: string, engine: (typeof ENGINES)[number][1]) {
  const text = `global came : u64
global during : u64
global level : u64
global after : u64
function f() {
    r0 = 1
    r0 = 2
    r0 = 3
    exit
}
function own_level() kfunc {
    call interrupt_context_level
    exit
}
function note() {
    r1 = came ll
    r2 = 1
    lock *(u64 *)(r1 + 0) += r2
    r0 = 0
    exit
}
function calls() {
    call f
    call interrupt_context_level
    r1 = after ll
    *(u64 *)(r1 + 0) = r0
    exit
}
program p : ${section} {
    call own_level
    r1 = level ll
    *(u64 *)(r1 + 0) = r0
    r1 = came ll
    r2 = *(u64 *)(r1 + 0)
    r1 = during ll
    *(u64 *)(r1 + 0) = r2
    r0 = 0
    exit
}
scenario {
    cpu 0 { call calls() }
    at p+1 hardirq { call note() }
    expect p.run_cnt == 1
    expect came == 1
    expect after == 0
    expect during == 99 || level == 99
}`;
  const lab = parseOrThrow({ name: 'breakpoint.bpf', text });
  const { expects } = runScenario(lab, scenariosOf(lab)[0]!, environment, {
    engine,
    model: modelNamed(model),
  });
  const [came, level] = expects.at(-1)!.found.map((f) => Number(/ is (\d+)/.exec(f)![1]));
  return { failed: expects.slice(0, -1).flatMap((e) => e.found), came, level };
}

const ON = { came: 1, level: 0 };
const OFF = { came: 0, level: 0 };
const LIKE_NMI = { came: 0, level: 3 };

describe.each(ENGINES)('on %s', (_, engine) => {
  test.each([
    // A breakpoint is an exception: on arm64 with interrupts off, on x86-64 counted as an NMI besides.
    ['kprobe/f', 'arm64-6.1', OFF],
    ['kprobe/f', 'arm64-6.12', OFF],
    ['kprobe/f', 'arm64-7.3', OFF],
    ['kprobe/f', 'arm64-7.3-rt', OFF],
    ['kprobe/f+8', 'arm64-7.3', OFF],
    ['kprobe/f+8', 'amd64-7.3', LIKE_NMI],
    ['kprobe/f+8', 'amd64-7.0', LIKE_NMI],
    ['kprobe/f+8', 'amd64-6.1', LIKE_NMI],
    // From ftrace nothing but preemption is off.
    ['kprobe/f', 'amd64-7.3', ON],
    ['kprobe/f', 'amd64-6.1', ON],
    ['kprobe.multi/f', 'arm64-7.3', ON],
    ['kretprobe.multi/f', 'arm64-7.3', ON],
    ['kretprobe.multi/f', 'amd64-6.12', ON],
    ['fentry/f', 'arm64-7.3', ON],
    // Where a function returns to is a breakpoint on arm64 since Linux 6.9.
    ['kretprobe/f', 'arm64-6.6', ON],
    ['kretprobe/f', 'arm64-6.12', OFF],
    ['kretprobe/f', 'arm64-7.3', OFF],
    ['kretprobe/f', 'amd64-7.3', ON],
  ])('%s on %s', (section, model, expected) => {
    expect(contextOf(section, model, engine)).toEqual({ failed: [], ...expected });
  });
});
