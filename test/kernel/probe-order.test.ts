import { describe, expect, test } from 'vitest';
import { findModel } from '../../src/kernel/model.js';
import { parseOrThrow } from '../../src/lab/environment.js';
import { runScenario, scenariosOf } from '../../src/lab/run.js';
import { ENGINES } from '../support/engines.js';
import { environment } from '../support/environment.js';
import { tinybpfHere } from '../support/in-process.js';

const PROGRAMS: Readonly<Record<string, string>> = {
  k1: 'kprobe/f',
  k2: 'kprobe/f',
  ret1: 'kretprobe/f',
  ret2: 'kretprobe/f',
  m1: 'kprobe.multi/f',
  m2: 'kprobe.multi/f',
  n1: 'kretprobe.multi/f',
  n2: 'kretprobe.multi/f',
  s1: 'kprobe.session/f',
  s2: 'kprobe.session/f',
  u1: 'uprobe/f',
  v1: 'uretprobe/f',
  v2: 'uretprobe/f',
  on_g: 'kprobe/g',
};

const NAMES = Object.keys(PROGRAMS);

/** The order in which programs ran after some actions, `f` where the function itself did. */
function ran(model: string, engine: (typeof ENGINES)[number][1], actions: string): string {
  const mentioned = NAMES.filter((name) => new RegExp(`\\b${name}\\b`).test(actions));
  const note = (number: number): string => `    r1 = count ll
    r2 = *(u64 *)(r1 + 0)
    r3 = r2
    r3 += 1
    *(u64 *)(r1 + 0) = r3
    r1 = order ll
    r2 <<= 3
    r1 += r2
    r2 = ${number}
    *(u64 *)(r1 + 0) = r2
    r0 = 0
    exit
`;
  const expected = Array.from({ length: 24 }, (_, i) => `    expect order[${i}] == 0\n`).join('');
  const text = `global count : u64
global order : u64[24]
function f(u64 a) {
${note(100)}}
function g() {
    r0 = 0
    exit
}
${mentioned.map((name) => `program ${name} : ${PROGRAMS[name]} {\n${note(NAMES.indexOf(name) + 1)}}\n`).join('')}
tracepoint t(u64 a)
program nothing : raw_tp/t {
    r0 = 0
    exit
}
scenario {
    attach nothing
    cpu 0 { ${actions} }
${expected}}
`;
  const lab = parseOrThrow({ name: 'order.bpf', text });
  const result = runScenario(lab, scenariosOf(lab)[0]!, environment, {
    engine,
    model: findModel(model)!,
  });
  const numbers = result.expects.map((e) => Number(/ is (\d+)$/.exec(e.found[0] ?? ' is 0')![1]));
  return numbers
    .slice(0, numbers.indexOf(0))
    .map((n) => (n === 100 ? 'f' : NAMES[n - 1]))
    .join(' ');
}

describe.each(ENGINES)('on %s', (_, engine) => {
  test.each([
    ['arm64-7.3', 'attach m1  attach k1  attach ret1  attach n1', 'k1 m1 f n1 ret1'],
    ['amd64-7.3', 'attach k1  attach m1  attach k2', 'm1 k2 k1 f'],
    // A callback keeps its place while anything needs it, on whatever function that is.
    ['amd64-7.3', 'attach on_g  attach m1  attach k1', 'm1 k1 f'],
    ['amd64-7.3', 'attach k1  attach m1  attach k2  detach k1', 'm1 k2 f'],
    ['amd64-7.3', 'attach k1  attach m1  detach k1  attach k2', 'k2 m1 f'],
    ['amd64-7.3', 'attach n1  attach ret1', 'f n1 ret1'],
    // fprobes of one callback are asked in the same order again; by rethook each has its own.
    ['amd64-6.12', 'attach n1  attach n2', 'f n1 n2'],
    ['arm64-6.18', 'attach n1  attach n2', 'f n2 n1'],
    ['arm64-6.18', 'attach s1  attach m1', 'm1 s1 f s1'],
    ['arm64-6.18', 'attach m1  attach s1  attach m2', 'm2 s1 m1 f s1'],
    ['arm64-6.19', 'attach m1  attach s1  attach m2', 's1 m2 m1 f s1'],
    ['amd64-6.12', 'attach s1  attach s2', 's2 s1 f s1 s2'],
    ['arm64-7.3', 'attach s1  attach s2', 's2 s1 f s2 s1'],
    ['arm64-7.3', 'attach ret1  attach k1  attach ret2', 'k1 f ret1 ret2'],
    ['arm64-7.3', 'attach v1  attach u1  attach v2', 'u1 f v2 v1'],
  ])('%s: %s', (model, actions, expected) => {
    expect(ran(model, engine, `${actions}  call f(1)`)).toBe(expected);
  });
});

const RETURNS = `function f() {
    r0 = 0
    exit
}
program r : kretprobe/f {
    r0 = 0
    exit
}
program m : kretprobe.multi/f {
    r0 = 0
    exit
}
`;

test.each([
  ['scenario {\n    attach r maxactive 0\n    cpu 0 { call f() }\n}\n', '0 is not a number of returns'],
  ['scenario {\n    attach r maxactive 4097\n    cpu 0 { call f() }\n}\n', '4097 is not a number of returns'],
  ['scenario {\n    cpu 0 { attach r maxactive 5000  call f() }\n}\n', '5000 is not a number of returns'],
  ['scenario {\n    attach m maxactive 2\n    cpu 0 { call f() }\n}\n', 'kretprobe.multi has no `maxactive`'],
  ['scenario {\n    cpu 0 { attach m maxactive 2  call f() }\n}\n', 'kretprobe.multi has no `maxactive`'],
])('what maxactive may not say: %s', async (scenario, message) => {
  const { status, stderr } = await tinybpfHere(['run', '-'], RETURNS + scenario);
  expect(status).toBe(1);
  expect(stderr).toContain(message);
});
