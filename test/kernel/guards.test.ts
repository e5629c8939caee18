import { describe, expect, test } from 'vitest';
import type { Kernel } from '../../src/kernel/kernel.js';
import { TASK } from '../../src/kernel/layout.js';
import { GUARD_ENTER, GUARD_EXIT } from '../../src/kernel/names.js';
import { environment } from '../support/environment.js';
import { boot, callFunction } from '../support/kernel.js';

const LAB = `program p : fentry/htab_map_delete_elem {
    r0 = 0
    exit
}`;

/** preempt_count in each context, in the layout of Linux 7.3 (include/linux/preempt.h). */
const LEVELS = { task: 0, softirq: 0x100, hardirq: 0x0100_0000, nmi: 0x1100_0000 } as const;
type Level = keyof typeof LEVELS;

interface Case {
  readonly guard: string;
  readonly level: Level;
  /** The program's word before, as the kernel prints it. */
  readonly before: number;
  readonly admitted: boolean;
  readonly after: number;
}

/** Guard words as recorded on kernels: own byte 0x1, 0x100, 0x10000, 0x1000000 by level; an int is 0x1 at every level. */
const cases: readonly Case[] = [
  { guard: 'arm64', level: 'task', before: 0, admitted: true, after: 0x1 },
  { guard: 'arm64', level: 'softirq', before: 0, admitted: true, after: 0x100 },
  { guard: 'arm64', level: 'hardirq', before: 0, admitted: true, after: 0x1_0000 },
  { guard: 'arm64', level: 'nmi', before: 0, admitted: true, after: 0x100_0000 },
  { guard: 'arm64', level: 'task', before: 0x1, admitted: false, after: 0x2 },
  { guard: 'arm64', level: 'softirq', before: 0x1, admitted: false, after: 0x101 },
  { guard: 'arm64', level: 'hardirq', before: 0x1, admitted: false, after: 0x1_0001 },
  { guard: 'arm64', level: 'hardirq', before: 0x100, admitted: false, after: 0x1_0100 },
  { guard: 'arm64', level: 'nmi', before: 0x1, admitted: false, after: 0x100_0001 },
  { guard: 'arm64', level: 'nmi', before: 0x1_0000, admitted: false, after: 0x101_0000 },
  { guard: 'arm64', level: 'task', before: 0xff, admitted: false, after: 0x0 },
  { guard: 'generic', level: 'task', before: 0, admitted: true, after: 0x1 },
  { guard: 'generic', level: 'nmi', before: 0, admitted: true, after: 0x1 },
  { guard: 'generic', level: 'nmi', before: 0x1, admitted: false, after: 0x2 },
  { guard: 'generic', level: 'task', before: 0xff, admitted: false, after: 0x100 },
  { guard: 'x86', level: 'hardirq', before: 0, admitted: true, after: 0x1 },
  { guard: 'x86', level: 'hardirq', before: 0x1, admitted: false, after: 0x2 },
  { guard: 'arm64-v1', level: 'nmi', before: 0, admitted: true, after: 0x100_0000 },
  { guard: 'arm64-v1', level: 'task', before: 0xff, admitted: false, after: 0x0 },
  { guard: 'arm64-v2', level: 'softirq', before: 0, admitted: true, after: 0x100 },
  { guard: 'arm64-v2', level: 'softirq', before: 0x1, admitted: false, after: 0x101 },
  { guard: 'arm64-nested', level: 'hardirq', before: 0x1, admitted: true, after: 0x1_0001 },
  { guard: 'arm64-nested', level: 'hardirq', before: 0x1_0000, admitted: false, after: 0x2_0000 },
  { guard: 'none', level: 'nmi', before: 5, admitted: true, after: 5 },
];

test('each guard that is shipped has a case', () => {
  expect([...new Set(cases.map((c) => c.guard))].sort()).toEqual([...environment.guardNames].sort());
});

function setLevel(kernel: Kernel, level: Level): void {
  const variable = kernel.percpuVariables.get('__preempt_count');
  const at =
    variable === undefined
      ? kernel.tasks[0]!.at + TASK.fields.preempt_count.offset
      : kernel.percpu.at(variable, 0);
  kernel.memory.writeU32(at, LEVELS[level]);
}

describe.each(['arm64-7.3', 'amd64-7.3'])('on %s', (model) => {
  test.each(cases)(
    'guard $guard at level $level with $before: admitted $admitted',
    ({ guard, level, before, admitted, after }) => {
      const kernel = boot(`${LAB}\nscenario { kernel ${model}\n guard ${guard}\n }`);
      const { active } = kernel.programs.get('p')!;
      const word = kernel.percpu.at(active, 0);
      setLevel(kernel, level);
      kernel.memory.writeU32(word, before);
      expect(callFunction(kernel, GUARD_ENTER, [active.pointer])).toBe(admitted ? 1n : 0n);
      expect(kernel.memory.readU32(word)).toBe(after);
      callFunction(kernel, GUARD_EXIT, [active.pointer]);
      expect(kernel.memory.readU32(word)).toBe(before);
      expect(kernel.preemptCount(0)).toBe(LEVELS[level]);
    },
  );

  test.each(Object.entries(LEVELS).map(([name, count], i) => [name, count, i] as const))(
    'interrupt_context_level of %s is right',
    (_, count, level) => {
      const kernel = boot(`${LAB}\nscenario { kernel ${model}\n }`);
      for (const extra of [0, 1, 0xff, 0x200]) {
        const variable = kernel.percpuVariables.get('__preempt_count');
        const at =
          variable === undefined
            ? kernel.tasks[0]!.at + TASK.fields.preempt_count.offset
            : kernel.percpu.at(variable, 0);
        kernel.memory.writeU32(at, count | extra);
        expect(callFunction(kernel, 'interrupt_context_level', [])).toBe(BigInt(level));
      }
    },
  );
});

test('per-CPU accesses go to the unit of the CPU that makes them', () => {
  const kernel = boot(`${LAB}\nscenario { cpus 2\n cpu 1 { } }`);
  const { active } = kernel.programs.get('p')!;
  const task = kernel.tasks.find((t) => t.thread.cpu === 1)!;
  kernel.tasks.splice(0, kernel.tasks.length, task);
  callFunction(kernel, GUARD_ENTER, [active.pointer]);
  expect([...kernel.active(kernel.programs.get('p')!, 0)]).toEqual([0, 0, 0, 0]);
  expect([...kernel.active(kernel.programs.get('p')!, 1)]).toEqual([1, 0, 0, 0]);
});
