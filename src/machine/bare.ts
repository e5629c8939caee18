import type { AnyInsn } from '../isa/insn.js';
import { type Diagnostic, errorAt } from '../text/diagnostic.js';
import { Findings } from '../text/findings.js';
import type { Engine } from './engine.js';
import type { Fault } from './fault.js';
import { Interpreter } from './interpreter.js';
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
  const resolver = options.resolver?.(memory) ?? alone;
  const findings = new Findings();
  const loaded = findings.attempt(() =>
    loadProgram(machine, { name: 'main', kind: 'program', insns, resolver }),
  );
  if (loaded === undefined) return { kind: 'refused', diagnostics: findings.diagnostics };
  startThread(machine, thread, loaded.index);
  thread.setRegister(1, input.length === 0 ? 0n : toAddress(packet.start));
  thread.setRegister(2, BigInt(input.length));
  const engine = (options.engine ?? interpreter)(machine);
  const stop = engine.run(thread, options.budget ?? BARE_BUDGET);
  switch (stop.kind) {
    case 'done':
      return {
        kind: 'done',
        r0: thread.getRegister(0),
        memory: memory.u8.slice(packet.start, packet.end),
        executed: machine.executed,
      };
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
