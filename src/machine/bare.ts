import type { AnyInsn } from '../isa/insn.js';
import { type Diagnostic, errorAt } from '../text/diagnostic.js';
import { Findings } from '../text/findings.js';
import type { Engine, Stop } from './engine.js';
import type { Fault } from './fault.js';
import { Interpreter } from './interpreter.js';
import { type Leaf, YIELD } from './leaf.js';
import { loadProgram, type Resolver } from './load.js';
import { Machine } from './machine.js';
import { Memory, toAddress } from './memory.js';
import { startThread } from './start.js';
import { STACK_SIZE, THREAD_SIZE, Thread } from './thread.js';

/** How a program ended that ran on a bare machine. */
export type BareResult =
  | { readonly kind: 'done'; readonly r0: bigint; readonly memory: Uint8Array; readonly executed: number }
  | { readonly kind: 'refused'; readonly diagnostics: readonly Diagnostic[] }
  | { readonly kind: 'fault'; readonly fault: Fault }
  | { readonly kind: 'budget'; readonly executed: number };

export type EngineFactory = (machine: Machine) => Engine;
export const interpreter: EngineFactory = (machine) => new Interpreter(machine);

/** A bare machine has no kernel: nothing can be called but the program's own functions. */
const alone: Resolver = {
  call: (insn) =>
    errorAt('B0608', `helper ${insn.imm} is not available: there is no kernel here`, {
      ...(insn.span && { span: insn.span }),
    }),
  address: (insn) =>
    errorAt('B0208', `there is no map or symbol ${insn.imm} here`, { ...(insn.span && { span: insn.span }) }),
};

export interface BareOptions {
  readonly engine?: EngineFactory;
  /** The most instructions that are executed. */
  readonly budget?: number;
  readonly resolver?: (memory: Memory) => Resolver;
  /** A helper that can be called, by its number or by `callx` to the number. */
  readonly helper?: BareHelper;
}

/** A helper that returns its first argument; if that is 0 the program ends, from however deep a call. */
export interface BareHelper {
  readonly number: number;
}

/** The resolver of a bare machine that has a helper. */
function withHelper(machine: Machine, { number }: BareHelper, others: Resolver): Resolver {
  const leaf: Leaf = {
    name: `helper ${number}`,
    run(call) {
      call.give(call.arg(1));
      return call.arg(1) === 0n ? YIELD : undefined;
    },
  };
  const index = machine.addLeaf(leaf);
  return {
    ...others,
    call: (insn) =>
      insn.op.form === 'call_helper' && insn.imm === number ? { kind: 'leaf', index } : others.call(insn),
  };
}

/** Whether a thread has stopped at a `callx` to a helper's number, which is then carried out; undefined if it has not. */
function calledByNumber(thread: Thread, stop: Stop, { number }: BareHelper): 'ends' | 'goes on' | undefined {
  if (stop.kind !== 'fault' || stop.fault.kind !== 'bad_call' || stop.fault.address !== BigInt(number))
    return undefined;
  const argument = thread.getRegister(1);
  thread.setRegister(0, argument);
  thread.pc += 1;
  return argument === 0n ? 'ends' : 'goes on';
}

const BARE_BUDGET = 100_000_000;

/** Runs a program with nothing around it: r1 is the address of `input`, r2 its length, as bpf_conformance has it. */
export function runBare(insns: readonly AnyInsn[], input: Uint8Array, options: BareOptions = {}): BareResult {
  const memory = new Memory(Math.max(1 << 16, input.length + STACK_SIZE * 2));
  const machine = new Machine(memory, { atomics: false, plain: false });
  const block = memory.reserve('thread', 'thread', THREAD_SIZE, { align: 64 });
  const stack = memory.reserve('the stack', 'stack', STACK_SIZE, { align: 16 });
  const packet = memory.reserve('the input', 'memory', input.length);
  if (block === undefined || stack === undefined || packet === undefined)
    throw new Error('a bare machine is too small');
  const thread = new Thread(memory, 'main', block, stack);
  memory.unpoison(packet.start, input.length);
  memory.u8.set(input, packet.start);
  const others = options.resolver?.(memory) ?? alone;
  const { helper } = options;
  const resolver = helper === undefined ? others : withHelper(machine, helper, others);
  const findings = new Findings();
  const loaded = findings.attempt(() =>
    loadProgram(machine, { name: 'main', kind: 'program', insns, resolver }),
  );
  if (loaded === undefined) return { kind: 'refused', diagnostics: findings.diagnostics };
  startThread(machine, thread, loaded.index);
  thread.setRegister(1, input.length === 0 ? 0n : toAddress(packet.start));
  thread.setRegister(2, BigInt(input.length));
  const engine = (options.engine ?? interpreter)(machine);
  const budget = options.budget ?? BARE_BUDGET;
  const done = (): BareResult => ({
    kind: 'done',
    r0: thread.getRegister(0),
    memory: memory.u8.slice(packet.start, packet.end),
    executed: machine.executed,
  });
  let stop = engine.run(thread, budget);
  while (helper !== undefined) {
    const called = calledByNumber(thread, stop, helper);
    if (called === 'ends' || stop.kind === 'yield') return done();
    if (called === undefined) break;
    stop = engine.run(thread, budget - machine.executed);
  }
  switch (stop.kind) {
    case 'done':
      return done();
    case 'fault':
      return { kind: 'fault', fault: stop.fault };
    case 'budget':
    case 'blocked':
    case 'break':
    case 'yield':
      return { kind: 'budget', executed: machine.executed };
    default:
      return stop satisfies never;
  }
}
