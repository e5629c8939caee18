import { describe, expect, test } from 'vitest';
import { ACCESS, ACCESS_OF, accessedAt, SIZE_OF } from '../../src/explore/reduce/access.js';
import { type Field, FORMS, type Touches } from '../../src/isa/forms.js';
import { makeInsn } from '../../src/isa/insn.js';
import type { Operation } from '../../src/isa/operation.js';
import { OPERATIONS, operation } from '../../src/isa/table.js';
import { Interpreter } from '../../src/machine/interpreter.js';
import { loadProgram, type Resolver } from '../../src/machine/load.js';
import { Machine } from '../../src/machine/machine.js';
import { Memory, toAddress } from '../../src/machine/memory.js';
import { startThread } from '../../src/machine/start.js';
import { STACK_SIZE, THREAD_SIZE, Thread } from '../../src/machine/thread.js';
import { errorAt } from '../../src/text/diagnostic.js';
import { spyOn } from '../support/spied-memory.js';

const OFFSET = 8;
/** Distance from a per-CPU pointer to the CPU's copy. */
const PERCPU = 32;
const LINKED_AWAY = ['pseudo', 'call_kfunc', 'call_helper', 'call_local', 'callx'];
const PACKET = ['packet_abs', 'packet_ind'];

const NOTHING: Resolver = {
  call: () => errorAt('B0608', 'nothing can be called'),
  address: () => errorAt('B0208', 'nothing has an address'),
};

/** Carries out one instruction whose dst and src point into a buffer; what it reads and writes there. */
function carriedOut(op: Operation) {
  const memory = new Memory(1 << 17);
  const machine = new Machine(memory, { atomics: false, plain: false });
  const block = memory.reserve('thread', 'thread', THREAD_SIZE, { align: 64 })!;
  const stack = memory.reserve('the stack', 'stack', STACK_SIZE, { align: 16 })!;
  const buffer = memory.reserve('the buffer', 'memory', 256, { align: 64 })!;
  memory.unpoison(buffer.start, 256);
  const thread = new Thread(memory, 'main', block, stack);
  thread.setCpu(0, BigInt(PERCPU));
  const { uses, touches } = FORMS[op.form];
  const has = (field: Field, value: number): number =>
    (uses as readonly Field[]).includes(field) ? value : 0;
  // A jump goes on after itself.
  const off = touches === 'nothing' ? 0 : has('off', OFFSET);
  const insn = makeInsn(op, { dst: has('dst', 1), src: has('src', 2), off, imm: 0, hi: 0 });
  const insns = [insn, makeInsn(operation('exit'))];
  const loaded = loadProgram(machine, { name: 'main', kind: 'kernel', insns, resolver: NOTHING });
  startThread(machine, thread, loaded.index, [toAddress(buffer.start), toAddress(buffer.start + 128)]);
  const at = accessedAt(machine.text.code, thread.pc, thread);
  const spy = spyOn(memory);
  spy.during(() => new Interpreter(machine).step(thread, 1));
  const inside = spy.accesses.filter((a) => a.at >= buffer.start && a.at < buffer.end);
  const bytes = (writes: boolean): number[] =>
    [...new Set(inside.filter((a) => a.writes === writes).flatMap(bytesOf))].sort((a, b) => a - b);
  return { at, dst: buffer.start, src: buffer.start + 128, reads: bytes(false), writes: bytes(true) };
}

const bytesOf = ({ at, size }: { readonly at: number; readonly size: number }): number[] =>
  Array.from({ length: size }, (_, i) => at + i);

/** What an instruction of each kind reads and writes, of the two that it could. */
const EXPECTED: Readonly<
  Record<Touches, { readonly reads: boolean; readonly writes: boolean; readonly kind: readonly number[] }>
> = {
  nothing: { reads: false, writes: false, kind: [ACCESS.none] },
  load: { reads: true, writes: false, kind: [ACCESS.load] },
  store: { reads: false, writes: true, kind: [ACCESS.store] },
  update: { reads: true, writes: true, kind: [ACCESS.update, ACCESS.add] },
  percpu_update: { reads: true, writes: true, kind: [ACCESS.percpu, ACCESS.percpuAdd] },
  leaf: { reads: false, writes: false, kind: [ACCESS.leaf] },
  return: { reads: false, writes: false, kind: [ACCESS.exit] },
};

describe('what the form of an instruction says it touches', () => {
  test.each(OPERATIONS.map((op) => [op.name, op] as const))('%s', (_, op) => {
    const { touches } = FORMS[op.form];
    const { reads, writes, kind } = EXPECTED[touches];
    expect(kind).toContain(ACCESS_OF[op.id]);
    expect(op.size > 0 && !PACKET.includes(op.form)).toBe(reads || writes);
    if (LINKED_AWAY.includes(op.form)) return;
    const found = carriedOut(op);
    const base = (touches === 'load' ? found.src : found.dst) + (touches === 'percpu_update' ? PERCPU : 0);
    const touched = bytesOf({ at: base + OFFSET, size: SIZE_OF[op.id]! });
    expect(found.reads).toEqual(reads ? touched : []);
    expect(found.writes).toEqual(writes ? touched : []);
    if (reads || writes) expect(found.at).toBe(base + OFFSET);
  });

  test('only adds whose old value nobody gets commute', () => {
    const adds = OPERATIONS.filter(({ id }) =>
      [ACCESS.add, ACCESS.percpuAdd].includes(ACCESS_OF[id] as never),
    );
    expect(adds.map((op) => op.name).sort()).toEqual([
      'lock_add32',
      'lock_add64',
      'this_cpu_add32',
      'this_cpu_add64',
    ]);
  });
});
