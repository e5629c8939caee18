import type { Insn } from '../../src/isa/insn.js';
import type { AlignmentRules } from '../../src/machine/access.js';
import type { Engine, Stop } from '../../src/machine/engine.js';
import { backtrace, type Fault } from '../../src/machine/fault.js';
import { Interpreter } from '../../src/machine/interpreter.js';
import type { LoadRequest } from '../../src/machine/load.js';
import { WORD } from '../../src/machine/thread.js';
import { WasmEngine } from '../../src/machine/wasm/engine.js';
import { indirectReads, planUnit } from '../../src/machine/wasm/plan.js';
import { prepare, type Subject } from './machine.js';

/** How a program is run: stretch after stretch, each on one of the engines. The reference runs all on the interpreter. */
export interface Plan {
  readonly alignment: AlignmentRules;
  readonly flow: 'structured' | 'dispatch';
  readonly slice: number;
  readonly inline: boolean;
  readonly eager: boolean;
  readonly stretches: readonly { readonly engine: 'interp' | 'wasm'; readonly budget: number }[];
}

/** What is compared: everything that code can come to see, and what is reported. */
function describeFault(fault: Fault): string {
  const where = fault.backtrace.map((f) => `${f.function}+${f.slot}`).join(' < ');
  return `${fault.kind} ${fault.access} of ${fault.size} at 0x${fault.address.toString(16)} (${fault.where}) in ${where} after ${fault.executed}`;
}

function describeStop({ machine, thread }: Subject, stop: Stop): string {
  const at = `pc ${thread.pc} sp ${thread.sp} executed ${machine.executed}`;
  switch (stop.kind) {
    case 'done':
      return `done r0 0x${thread.getRegister(0).toString(16)} ${at}`;
    case 'fault':
      return `fault ${describeFault(stop.fault)} ${at}`;
    case 'budget':
    case 'break':
    case 'blocked':
    case 'yield': {
      const frames = backtrace(machine, thread, thread.pc).map((f) => `${f.function}+${f.slot}`);
      return `${stop.kind} ${at} r10 ${thread.getRegister(10)} r11 ${thread.getRegister(11)} in ${frames.join(' < ')}`;
    }
    default:
      return stop satisfies never;
  }
}

/** Registers that the code will read where the threads stand. */
function differentRegister(a: Subject, b: Subject): string | undefined {
  const { machine, thread } = a;
  const frame = machine.memory.i32[thread.word + WORD.r10]! - thread.sp;
  const { root } = planUnit(
    machine,
    thread.pc,
    frame,
    () => [],
    () => indirectReads(machine),
  );
  for (let n = 0; n < 10; n += 1) {
    if ((root.live[0]! & (1 << n)) === 0) continue;
    const [x, y] = [thread.getRegister(n), b.thread.getRegister(n)];
    if (x !== y) return `r${n} is 0x${x.toString(16)} and 0x${y.toString(16)}`;
  }
  return undefined;
}

/** The first byte that may be touched and differs, or whose poison does. */
function differentMemory(a: Subject, b: Subject): string | undefined {
  const [x, y] = [a.machine.memory, b.machine.memory];
  for (let i = 0; i < x.poison.length; i += 1) {
    if (x.poison[i] !== y.poison[i]) return `poison of ${i * 8} is ${x.poison[i]} and ${y.poison[i]}`;
    if (x.poison[i] === 0xff) continue;
    for (let k = i * 8; k < i * 8 + 8; k += 1) {
      if (x.u8[k] !== y.u8[k]) return `byte ${k} is ${x.u8[k]} and ${y.u8[k]}`;
    }
  }
  return undefined;
}

export type Comparison =
  | { readonly kind: 'same'; readonly end: Stop['kind'] }
  | { readonly kind: 'refused' }
  | { readonly kind: 'different'; readonly what: string };

/** Runs a program on both engines. */
export function compareEngines(
  insns: readonly Insn[],
  plan: Plan,
  kind: LoadRequest['kind'] = 'kernel',
): Comparison {
  const a = prepare(0, insns, plan.alignment, kind);
  const b = prepare(1, insns, plan.alignment, kind);
  if (a === undefined || b === undefined) return { kind: 'refused' };
  const reference = new Interpreter(a.machine);
  const { eager, slice, flow, inline } = plan;
  const engines: Readonly<Record<'interp' | 'wasm', Engine>> = {
    interp: new Interpreter(b.machine),
    wasm: new WasmEngine(b.machine, { eager, slice, flow, inline }),
  };
  let end: Stop['kind'] = 'budget';
  for (const [i, { engine, budget }] of plan.stretches.entries()) {
    const expected = reference.run(a.thread, budget);
    let got: Stop;
    try {
      got = engines[engine].run(b.thread, budget);
    } catch (e) {
      return { kind: 'different', what: `stretch ${i} on ${engine}: ${String(e)}` };
    }
    const [x, y] = [describeStop(a, expected), describeStop(b, got)];
    if (x !== y) return { kind: 'different', what: `stretch ${i} on ${engine}:\n  ${x}\n  ${y}` };
    const memory = differentMemory(a, b);
    if (memory !== undefined) return { kind: 'different', what: `stretch ${i} on ${engine}: ${memory}` };
    end = expected.kind;
    if (end === 'done' || end === 'fault') break;
    const register = differentRegister(a, b);
    if (register !== undefined) return { kind: 'different', what: `stretch ${i} on ${engine}: ${register}` };
  }
  return { kind: 'same', end };
}
