import type { Insn } from '../../src/isa/insn.js';
import type { AlignmentRules } from '../../src/machine/access.js';
import {
  BLOCKED,
  type CpuWord,
  type Leaf,
  type LeafCall,
  type SlotArray,
  TAIL_CALL,
  YIELD,
} from '../../src/machine/leaf.js';
import { type LoadRequest, loadProgram, type Resolver } from '../../src/machine/load.js';
import { Machine } from '../../src/machine/machine.js';
import { KIND, Memory, PERCPU_HIGH, type Region, toAddress } from '../../src/machine/memory.js';
import { startThread } from '../../src/machine/start.js';
import type { MachineFunction } from '../../src/machine/text.js';
import { STACK_SIZE, THREAD_SIZE, Thread } from '../../src/machine/thread.js';
import { indirectReads } from '../../src/machine/wasm/entry-reads.js';
import { ARGUMENTS } from '../../src/machine/wasm/live.js';
import { planUnit } from '../../src/machine/wasm/plan.js';
import { WriteTracker } from '../../src/machine/write-tracker.js';
import { errorAt } from '../../src/text/diagnostic.js';
import { Findings } from '../../src/text/findings.js';
import type { Called, CodeFunction } from '../../src/verify/unit.js';

function given(region: Region | undefined): Region {
  if (region === undefined) throw new Error('the machine is too small');
  return region;
}

const SIZE = 256;
/** Bytes of the structure of the one task. */
const TASK_SIZE = 40;
/** The first word of the table is its own address; the others are those of functions. */
export const TABLE_WORDS = 4;
/** CPUs with a word of their own, and the bytes from one to the next. */
const CPUS = 4;
const CPU_STRIDE = 12;

/** Memory with a thread and some data, made once and brought back to its first state for every program. */
class Ground {
  readonly memory = new Memory(1 << 17);
  readonly block = given(this.memory.reserve('thread', 'thread', THREAD_SIZE, { align: 64 }));
  readonly stack = given(this.memory.reserve('the stack', 'stack', STACK_SIZE, { align: 16 }));
  readonly irqBlock = given(
    this.memory.reserve('thread of an interrupt', 'thread', THREAD_SIZE, { align: 64 }),
  );
  readonly irqStack = given(
    this.memory.reserve('the stack of interrupts', 'stack', STACK_SIZE, { align: 16 }),
  );
  readonly data = given(this.memory.reserve('the data', 'memory', SIZE, { align: 64 }));
  /** Addresses that normally stay as they are, of functions and of the table itself. */
  readonly table = given(this.memory.reserve('the table', 'structure', TABLE_WORDS * 8, { align: 8 }));
  readonly task = given(this.memory.reserve('the task', 'structure', TASK_SIZE));
  readonly cpus = given(this.memory.reserve('words of CPUs', 'thread', CPUS * CPU_STRIDE));
  readonly percpu = given(this.memory.reserve('the per-CPU unit', 'percpu', 64, { align: 64 }));
  readonly #first: Uint8Array;

  constructor() {
    const { memory, data, percpu, table, task } = this;
    memory.unpoison(table.start, TABLE_WORDS * 8);
    for (let i = 0; i < TABLE_WORDS; i += 1) memory.settle(table.start + i * 8);
    memory.unpoison(task.start, TASK_SIZE);
    memory.unpoison(data.start, SIZE);
    memory.poisonRange(data.start + 96, 12, KIND.redzone);
    memory.poisonRange(data.start + 160, 4, KIND.freed);
    memory.unpoison(percpu.start, 36);
    for (let i = 0; i < SIZE; i += 1) memory.u8[data.start + i] = i * 37;
    memory.writeU64(data.start + 8, toAddress(data.start + 32));
    this.#first = memory.u8.slice();
  }

  reset(): void {
    this.memory.u8.set(this.#first);
  }
}

/** The two machines that are compared; they look the same from inside. */
const grounds = [new Ground(), new Ground()] as const;
const PERCPU_DISTANCE = BigInt(grounds[0].percpu.start) + 0x7fff_0000_0000n;

export const DATA = {
  size: SIZE,
  address: toAddress(grounds[0].data.start),
  table: toAddress(grounds[0].table.start),
  /** A per-CPU pointer: this CPU's offset takes it to the per-CPU unit. */
  percpu: BigInt.asUintN(64, toAddress(grounds[0].percpu.start) - PERCPU_DISTANCE),
} as const;
if (Number(DATA.percpu >> 32n) === PERCPU_HIGH >>> 0) throw new Error('per-CPU pointers are elsewhere');

export function toWords(value: bigint): { imm: number; hi: number } {
  return { imm: Number(BigInt.asIntN(32, value)), hi: Number(BigInt.asIntN(32, value >> 32n)) };
}

/** Calls may be redirected only to what reads nothing else: what is live elsewhere is known from the code as it is. */
function readsArgumentsOnly(machine: Machine, fn: MachineFunction): boolean {
  const { root } = planUnit(
    machine,
    { slot: fn.start, frameSize: fn.frameSize },
    () => [],
    () => indirectReads(machine),
  );
  return (root.live[0]! & ~ARGUMENTS) === 0;
}

/** Gives the frame to another function every other time. */
function tailCall(machine: Machine, c: LeafCall): typeof TAIL_CALL | undefined {
  const { text } = machine;
  const to = text.functions[c.arg32(1) % text.functions.length]!;
  if ((c.arg32(2) & 1) === 0 || !readsArgumentsOnly(machine, to)) return undefined;
  c.target = to.index;
  return TAIL_CALL;
}

/** What the leaf `slot` finds slots of, where `withdraw` does not reach; compiled code does that itself. */
const SLOTS: SlotArray = {
  ...{ address: DATA.address, length: 5, first: grounds[0].data.start + 168, stride: 16 },
  ...{ holds: 'values', size: 8 },
};

const CPU_WORD = { kind: 'cpu_word', first: grounds[0].cpus.start + 4, stride: CPU_STRIDE } as const;
const SET_WORD: CpuWord = { ...CPU_WORD, to: -5, gives: true };
const RESTORE_WORD: CpuWord = { ...CPU_WORD, to: 'argument', gives: false };

/** Leaves of all kinds: pure, inlined, writing, faulting, blocking now and then, silent, freeing, redirecting calls. */
function leavesOf(machine: Machine, calls: { count: number }): readonly Leaf[] {
  return [
    { name: 'sum', direct: 'gives', run: (c) => c.give(c.arg(1) + 3n * c.arg(2) + 5n * c.arg(5)) },
    { name: 'current', inline: 'current', run: (c) => c.giveAddress(c.current) },
    { name: 'cpu', inline: 'cpu', run: (c) => c.giveNumber(c.cpu) },
    { name: 'clock', inline: 'clock', run: (c) => c.give(BigInt(c.machine.executed)) },
    { name: 'set_word', inline: SET_WORD, run: (c) => c.changeCpuWord(SET_WORD) },
    { name: 'restore_word', inline: RESTORE_WORD, run: (c) => c.changeCpuWord(RESTORE_WORD) },
    { name: 'clock_called', run: (c) => c.give(BigInt(c.machine.executed)) },
    {
      name: 'increment',
      direct: 'gives',
      run: (c) => {
        const at = c.pointer(1, 4, 'write');
        c.machine.memory.writeU32(at, (c.machine.memory.readU32(at) + 1) >>> 0);
        c.giveNumber(c.arg32(2));
      },
    },
    {
      name: 'slot',
      direct: 'gives',
      arrays: () => [SLOTS],
      run: (c) => {
        const at = c.pointer(2, 4);
        const index = c.machine.memory.readU32(at);
        if (c.arg(1) !== BigInt.asUintN(64, SLOTS.address) || index >= SLOTS.length) c.giveNumber(0);
        else c.giveAddress(SLOTS.first + index * SLOTS.stride);
      },
    },
    { name: 'silent', direct: 'gives', run: () => undefined },
    {
      name: 'withdraw',
      direct: 'returns',
      run: (c) => {
        const { memory } = c.machine;
        memory.poisonRange(grounds[0].data.start + (c.arg32(1) & 0x78), 8, KIND.freed);
        return c.arg32(1) & 0x78;
      },
    },
    {
      name: 'wait',
      run: (c) => {
        calls.count += 1;
        if (calls.count % 3 === 1) return BLOCKED;
        return c.giveNumber(calls.count);
      },
    },
    {
      name: 'yield',
      run: (c) => {
        c.giveNumber(c.arg32(1));
        return YIELD;
      },
    },
    { name: 'tail_call', run: (c) => tailCall(machine, c) },
    { name: 'tail_call_interpreted', seesFrames: true, run: (c) => tailCall(machine, c) },
    {
      name: 'redirect',
      run: (c) => {
        const { text } = machine;
        const from = c.arg32(1) % text.functions.length;
        const to = text.functions[c.arg32(2) % text.functions.length]!;
        if (readsArgumentsOnly(machine, to)) text.enterAt(from, to.start, to.frameSize);
        c.giveNumber(from);
      },
    },
  ];
}

const anywhere = new Machine(new Memory(1 << 16), { atomics: false, plain: false });
export const LEAVES: readonly string[] = leavesOf(anywhere, { count: 0 }).map((leaf) => leaf.name);

const resolver: Resolver = {
  call: (insn) =>
    (insn.op.form === 'call_helper' || insn.op.form === 'call_kfunc') &&
    insn.imm >= 0 &&
    insn.imm < LEAVES.length
      ? { kind: 'leaf', index: insn.imm }
      : errorAt('B0608', `no leaf ${insn.imm}`),
  address: () => errorAt('B0208', 'nothing has a name here'),
};

export interface Subject {
  readonly machine: Machine;
  /** What a watch has found: slots, registers and bytes of the stack that were read before anything wrote them. */
  readonly found: string[];
  readonly thread: Thread;
  /** Has nothing to do until an interrupt comes. */
  readonly interrupt: Thread;
}

const ARGS = [DATA.address, 7n, DATA.percpu, 0xffff_ffff_ffffn, 1n];

/** Lets an interrupt come whose handler is one of the program's functions; one that has not returned goes on. */
export function interrupted({ machine, interrupt }: Subject, handler: number): void {
  if (interrupt.isBusy) return;
  const { functions } = machine.text;
  startThread(machine, interrupt, functions[handler % functions.length]!.index, ARGS);
}

export interface Preparation {
  readonly alignment: AlignmentRules;
  /** Bytes of the stack that are left. */
  readonly room: number;
  readonly kind?: LoadRequest['kind'];
  /** Functions that are watched, a bit each. */
  readonly watched: number;
}

/** Has some of the functions that were loaded, a bit each, be looked at for reads of what was never written. */
function watch(machine: Machine, index: number, which: number, found: string[]): void {
  const { start, code } = machine.text.placementOf(index)!;
  const chosen = code.functions.flatMap((_, i) => ((which >> (i % 8)) & 1 ? [i] : []));
  const functions = chosen.map((i): CodeFunction => {
    const f = code.functions[i]!;
    const slots = Array.from({ length: f.end - f.start }, (_, k) => f.start + k);
    const insns = slots.map((slot) => code.insnAt(slot)).filter((insn) => insn !== undefined);
    return { role: i === 0 ? 'program' : 'own', args: 0, start: f.start, insns };
  });
  const own = new Map(
    code.relocations.flatMap((r) => (r.kind === 'own_call' ? [[r.slot, r.fn] as const] : [])),
  );
  const called = (slot: number): Called => {
    const fn = chosen.indexOf(own.get(slot) ?? -1);
    return fn < 0 ? { kind: 'other', args: 5, isVoid: false } : { kind: 'own', fn };
  };
  machine.tracker = new WriteTracker(machine.memory, [{ unit: { functions, called }, start }], (_, read) => {
    const { slot, registers, stack } = read;
    const bytes = stack === undefined ? '' : ` ${stack.offset}+${stack.first} ${stack.size}`;
    found.push(`${slot} ${registers}${bytes}`);
  });
  machine.text.track(machine.tracker.slots);
}

/** A machine that is at the beginning of a program; undefined if the program is refused. */
export function prepare(
  which: 0 | 1,
  insns: readonly Insn[],
  { alignment, room, kind = 'kernel', watched }: Preparation,
): Subject | undefined {
  const ground = grounds[which];
  ground.reset();
  const machine = new Machine(ground.memory, alignment);
  for (const leaf of leavesOf(machine, { count: 0 })) machine.addLeaf(leaf);
  const loaded = new Findings().attempt(() => loadProgram(machine, { name: 'f0', kind, insns, resolver }));
  if (loaded === undefined) return undefined;
  for (let i = 0; i < TABLE_WORDS; i += 1) {
    const { functions } = machine.text;
    const { index } = functions[i % functions.length]!;
    const word = i === 0 ? DATA.table : machine.text.addressOf(index);
    ground.memory.writeU64(ground.table.start + i * 8, word);
  }
  const found: string[] = [];
  if (watched !== 0) watch(machine, loaded.index, watched, found);
  const thread = new Thread(ground.memory, 'fuzz', ground.block, ground.stack);
  thread.begin(ground.stack.start + room);
  const interrupt = new Thread(ground.memory, 'interrupt', ground.irqBlock, ground.irqStack);
  for (const t of [thread, interrupt]) {
    t.setCpu(3, PERCPU_DISTANCE);
    t.current = ground.task.start;
    machine.threads.push(t);
  }
  interrupt.level = 2;
  startThread(machine, thread, loaded.index, ARGS);
  for (const [n, value] of [6n, 7n, 8n, 9n].entries()) thread.setRegister(n + 6, value * 0x1_0001_0001n);
  return { machine, found, thread, interrupt };
}
