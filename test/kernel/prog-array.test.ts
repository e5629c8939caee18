import { describe, expect, test } from 'vitest';
import type { Kernel } from '../../src/kernel/kernel.js';
import { numberBytes } from '../../src/kernel/map/bytes.js';
import { parseOrThrow } from '../../src/lab/environment.js';
import { runScenario, scenariosOf } from '../../src/lab/run.js';
import { toAddress } from '../../src/machine/memory.js';
import { formatTimeline } from '../../src/report/timeline.js';
import { environment } from '../support/environment.js';
import { boot, buffers, callFunction } from '../support/kernel.js';

const PROGRAM = (name: string, attach: string): string => `program ${name} : ${attach} {
    r0 = 0
    exit
}
`;

const LAB = `map jmp : prog_array { max_entries 2 }
tracepoint hit(u64 a)
${PROGRAM('entry1', 'fentry/htab_map_delete_elem')}
${PROGRAM('entry2', 'fentry/htab_map_delete_elem')}
${PROGRAM('elsewhere', 'fentry/htab_map_update_elem')}
${PROGRAM('leaving', 'fexit/htab_map_delete_elem')}
${PROGRAM('traced', 'raw_tp/hit')}
scenario { }`;

function update(kernel: Kernel, index: number, program: number, flags = 0n): bigint {
  const { key, value } = buffers(kernel);
  kernel.memory.u8.set(numberBytes(BigInt(index), 4), key);
  kernel.memory.u8.set(numberBytes(BigInt(program), 4), value);
  const args = [kernel.symbols.addressOf('jmp'), toAddress(key), toAddress(value), flags];
  return callFunction(kernel, 'map_update_elem', args);
}

function remove(kernel: Kernel, index: number): bigint {
  const { key } = buffers(kernel);
  kernel.memory.u8.set(numberBytes(BigInt(index), 4), key);
  return callFunction(kernel, 'map_delete_elem', [kernel.symbols.addressOf('jmp'), toAddress(key)]);
}

describe('a program array', () => {
  test('answers with the error numbers of the kernel', () => {
    const kernel = boot(LAB);
    const id = (name: string): number => kernel.programs.get(name)!.id;
    expect(update(kernel, 0, id('entry1'), 1n)).toBe(-22n);
    expect(update(kernel, 2, id('entry1'))).toBe(-7n);
    expect(update(kernel, 0, 99)).toBe(-9n);
    expect(remove(kernel, 0)).toBe(-2n);
    expect(remove(kernel, 2)).toBe(-7n);
    expect(update(kernel, 0, id('entry1'))).toBe(0n);
    expect(remove(kernel, 0)).toBe(0n);
  });

  test('takes programs that go with the first it has had, and no others', () => {
    const kernel = boot(LAB);
    const id = (name: string): number => kernel.programs.get(name)!.id;
    expect(update(kernel, 0, id('entry1'))).toBe(0n);
    expect(update(kernel, 1, id('entry2'))).toBe(0n);
    for (const name of ['elsewhere', 'leaving', 'traced']) expect(update(kernel, 1, id(name))).toBe(-22n);
    expect(remove(kernel, 0)).toBe(0n);
    expect(remove(kernel, 1)).toBe(0n);
    expect(update(kernel, 1, id('traced'))).toBe(-22n);
  });
});

test('events of a run with tail calls are balanced, and the timeline names the programs', () => {
  const lab = parseOrThrow({
    name: 'test.bpf',
    text: `map jmp : prog_array { max_entries 1 }
tracepoint hit(u64 a)
program first : raw_tp/hit {
    call part
    r0 = 1
    exit
part:
    r2 = jmp ll
    r3 = 0
    call bpf_tail_call
    r0 = 2
    exit
}
program direct : raw_tp/hit {
    r2 = jmp ll
    r3 = 0
    call bpf_tail_call
    r0 = 3
    exit
}
program target : raw_tp/never {
    r0 = 7
    exit
}
tracepoint never()
scenario { cpu 0 { update jmp[0] = target  fire hit(1) } }`,
  });
  const [scenario] = scenariosOf(lab);
  const { events } = runScenario(lab, scenario!, environment, { observe: true });
  const told = events.flatMap((e) => {
    if (e.kind === 'run') return [`run ${e.program}`];
    if (e.kind === 'tail_call') return [`${e.program} -> ${e.target}`];
    return e.kind === 'run_end' ? [`end ${e.program} ${e.result}`] : [];
  });
  expect(told).toEqual([
    'run first',
    'first.part -> target',
    'end first 1',
    'run direct',
    'direct -> target',
    'end target 7',
  ]);
  expect(formatTimeline(events)).toContain('direct goes on as target');
});
