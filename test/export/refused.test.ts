import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { shippedFiles } from '../../src/cli/shipped.js';
import { groupOf } from '../../src/export/section.js';
import { kfuncPrototype } from '../../src/export/types.js';
import { parseOrThrow } from '../../src/lab/environment.js';
import { readObject } from '../../src/object/read.js';
import { BtfWriter } from '../../src/object/write/btf.js';
import { KFUNCS } from '../../src/verify/calls/kfuncs.js';
import { exportedFrom } from '../support/exported.js';
import { tinybpfHere } from '../support/in-process.js';
import { scratch } from '../support/shell.js';

const dir = scratch();
const WORK = 'function work() kfunc {\nr0 = 0\nexit\n}\n';
const KEPT = 'program kept : tc {\nr0 = 0\nexit\n}\n';
const program = (point: string, code: string): string => `program p : ${point} {\n${code}\nr0 = 0\nexit\n}\n`;

test.each([
  [
    'calls a function of the lab',
    WORK + program('tc', 'call work'),
    /it calls `work`, a function of the lab/,
  ],
  [
    'takes the address of one',
    `${WORK}map m : hash { key 4, value 4, max_entries 1 }\n${program('tc', 'r1 = m ll\nr2 = work ll\nr3 = 0\nr4 = 0\ncall bpf_for_each_map_elem')}`,
    /it takes the address of `work`, a function of the lab/,
  ],
  [
    'is attached to one',
    WORK + program('fentry/work', ''),
    /it is attached to `work`, a function of the lab/,
  ],
  ['is attached to a program', program('fentry/kept', ''), /it is attached to `kept`, a program/],
  ['probes one', WORK + program('kprobe/work', ''), /it is attached to `work`, a function of the lab/],
  [
    'is attached to a tracepoint of the lab',
    `tracepoint tick(u64 a)\n${program('tp/lab/tick', '')}`,
    /it is attached to `tick`, a tracepoint of the lab/,
  ],
  [
    'fires one',
    `tracepoint tick(u64 a)\n${program('tc', 'r1 = 1\ncall trace_tick')}`,
    /it calls `trace_tick`, a function of the lab/,
  ],
  [
    'reads memory of a process',
    `user page : u64\n${program('tc', 'r3 = page ll')}`,
    /it takes the address of `page`, which is memory of a process/,
  ],
  [
    'starts a timer',
    `map m : array { value 16, max_entries 1 }\n${program('tc', '*(u32 *)(r10 - 4) = 0\nr1 = m ll\nr2 = r10\nr2 += -4\ncall bpf_map_lookup_elem\nif r0 == 0 goto out\nr1 = r0\nr2 = m ll\nr3 = 1\ncall bpf_timer_init\nout:')}`,
    /it calls `bpf_timer_init`, and a lab does not say where/,
  ],
  ['calls itself', program('tc', 'start:\ncall start'), /it calls itself/],
  ['iterates over nothing', program('iter', ''), /it does not say what it iterates over/],
  [
    'asks for a type by its number',
    program('tc', 'r2 = 1\ncall bpf_rdonly_cast'),
    /it calls `bpf_rdonly_cast`, which takes the number of a type/,
  ],
])('a program that %s is left out', (_, text, reason) => {
  const { bytes, leftOut } = exportedFrom('lab.bpf', text + KEPT);
  expect(leftOut.find((l) => l.what === 'program')).toMatchObject({
    name: 'p',
    reason: expect.stringMatching(reason) as string,
  });
  expect(readObject('lab.o', bytes!).programs.map((p) => p.name)).toEqual(['kept']);
});

test('what shares a name with a function of the kernel, or with something else, is left out', () => {
  const { leftOut, maps } = exportedFrom(
    'lab.bpf',
    `map same : array { value 8, max_entries 1 }
global same : u64
global bpf_preempt_disable : u64
${KEPT}`,
  );
  expect(maps).toEqual([{ name: 'same', type: 'array' }]);
  expect(leftOut.map((l) => `${l.what} ${l.name}: ${l.reason}`)).toEqual([
    'variable same: something else in the object has its name',
    'variable bpf_preempt_disable: something else in the object has its name',
  ]);
});

test('functions of a program get names that nothing else has', () => {
  const { bytes } = exportedFrom(
    'lab.bpf',
    `global kept_f : u64\nprogram kept : tc {\ncall f\ncall f.x\nexit\nf:\nr0 = 1\nexit\nf.x:\nr0 = 2\nexit\n}\nprogram kept_f_x : tc {\nr0 = 0\nexit\n}\n`,
  );
  const { programs } = readObject('lab.o', bytes!);
  expect(programs.map((p) => [p.name, [...p.labels.keys()]])).toEqual([
    ['kept', ['kept_f_2', 'kept_f_x_2']],
    ['kept_f_x', []],
  ]);
});

test('a lab without anything to export says why, and writes nothing', async () => {
  const object = join(dir, 'nothing.bpf.o');
  const run = await tinybpfHere(['export', '-', '-o', object], WORK + program('fentry/work', ''));
  expect(run).toMatchObject({ status: 1, stdout: '' });
  expect(run.stderr).toContain('error[B1012]: program `p` cannot be exported: it is attached to `work`');
  expect(existsSync(object)).toBe(false);
  const empty = await tinybpfHere(['export', '-', '-o', object], WORK);
  expect(empty).toMatchObject({ status: 1, stdout: '' });
  expect(empty.stderr).toContain('error[B1012]: there is no program in <stdin>');
});

test('an object is one already, and so is what a lab names', async () => {
  const object = join(dir, 'again.bpf.o');
  const own = 'test/data/objects/functions.bpf.o';
  const run = await tinybpfHere(['export', own, '-o', object]);
  expect(run.status).toBe(1);
  expect(run.stderr).toContain(`error[B1012]: ${own} is an object already`);
  const lab = join(dir, 'names.bpf');
  writeFileSync(lab, `object "${join(process.cwd(), own)}"\n${KEPT}`);
  const kept = await tinybpfHere(['export', lab, '-o', object]);
  expect(kept).toMatchObject({ status: 0, stderr: '' });
  expect(kept.stdout).toContain(`functions.bpf.o: it is an object already (${lab}:1:8)`);
  const c = await tinybpfHere(['export', 'test/data/c/unlink.bpf.c', '-o', object]);
  expect(c.status).toBe(1);
  expect(c.stderr).toContain('error[B1012]: test/data/c/unlink.bpf.c is C');
});

test('standard output has the object alone', async () => {
  const { status, stderr } = await tinybpfHere(['export', '-', '-o', '-'], KEPT);
  expect(status).toBe(0);
  expect(stderr).toContain('program kept: tc, 2 slots');
  const json = await tinybpfHere(['export', '--json', '-', '-o', '-'], KEPT);
  expect(json.status).toBe(2);
});

test('a file that cannot be written is wrong usage, and no file is left half written', async () => {
  const missing = await tinybpfHere(['export', '-', '-o', join(dir, 'no', 'x.o')], KEPT);
  expect(missing.status).toBe(2);
  expect(missing.stderr).toContain('error[B0805]: there is no directory');
  const object = join(dir, 'before.o');
  writeFileSync(object, 'before');
  const wrong = await tinybpfHere(['export', '-', '-o', object], 'program p : tc {\nr0 = \nexit\n}\n');
  expect(wrong.status).toBe(1);
  expect(readFileSync(object, 'utf8')).toBe('before');
});

test('the licence is what is asked for', () => {
  const { bytes } = exportedFrom('lab.bpf', KEPT, 'Dual BSD/GPL');
  expect(readObject('lab.o', bytes!).license).toBe('Dual BSD/GPL');
});

test('every tracepoint of the emulated kernel has a group', () => {
  const names = [...shippedFiles().kernel.values()].flatMap((source) =>
    parseOrThrow(source).declarations.flatMap((d) => (d.kind === 'tracepoint' ? [d.name.name] : [])),
  );
  expect(names.length).toBeGreaterThan(0);
  expect(names.filter((name) => groupOf(name) === undefined)).toEqual([]);
});

test('every function of the kernel that programs call has a prototype', () => {
  const btf = new BtfWriter();
  const names = [...KFUNCS.rows.keys()];
  expect(names.length).toBeGreaterThan(0);
  for (const name of names) expect(kfuncPrototype(btf, name)).toBeGreaterThan(0);
});
