import type { Placement } from '../machine/text.js';
import type { Span } from '../text/source.js';
import { loadsThroughBtf, type TypedContext } from '../verify/btf-loads.js';
import { flowGraph, type Unit } from '../verify/unit.js';
import { kindInfo } from './attach/kinds.js';
import type { Kernel, Program } from './kernel.js';
import { unitOf } from './unit.js';

/** Loads of a program that read 0 in place of a fault. */
export interface ZeroReads {
  readonly program: string;
  readonly count: number;
  /** Of the first of them. */
  readonly span: Span | undefined;
}

const NOTHING: TypedContext = { holdsObjects: false };
const ANYTHING: TypedContext = { holdsObjects: true };

/**
 * Where the context of a program holds addresses of the kernel's objects. A compiler that made a load through an argument had it
 * as an address, and Linux would refuse the program if its BTF said otherwise; what a lab declares are numbers, but for what an
 * iterator hands over.
 */
function contextOf({ attach, isOfObject }: Program): TypedContext {
  const { isTyped, site } = kindInfo(attach.kind);
  return isTyped && (isOfObject || site === 'none') ? ANYTHING : NOTHING;
}

const callsForObject = (unit: Unit): boolean =>
  unit.functions.some((fn) =>
    flowGraph(fn, unit).calls.some((call) => call?.kind === 'other' && call.givesObject === true),
  );

/** Slots in code of loads through such addresses; code that was looked at before, as another kind of program, has others. */
const known = new WeakMap<object, ReadonlyMap<TypedContext, readonly number[]>>();

function slotsOfLoads({ code }: Placement, unit: Unit, context: TypedContext): readonly number[] {
  const before = known.get(code)?.get(context);
  if (before !== undefined) return before;
  const isWorth = context !== NOTHING || callsForObject(unit);
  const loads = isWorth ? loadsThroughBtf(unit, context) : new Set();
  const slots: number[] = [];
  for (const fn of code.functions)
    for (let slot = fn.start; slot < fn.end; slot += 1) {
      const insn = code.insnAt(slot);
      if (insn !== undefined && loads.has(insn)) slots.push(slot);
    }
  known.set(code, new Map([...(known.get(code) ?? []), [context, slots]]));
  return slots;
}

/** Has the loads of programs read 0, in place of a fault, that Linux makes so: those through addresses of its objects. */
export function markLoadsThroughBtf(kernel: Kernel, faulty: ReadonlySet<number>): void {
  const { text } = kernel.machine;
  for (const program of kernel.programs.values()) {
    const placement = text.placementOf(program.fn);
    if (placement === undefined || faulty.has(program.fn)) continue;
    const unit = unitOf(kernel, placement, { role: 'program', args: 0 });
    const slots = slotsOfLoads(placement, unit, contextOf(program));
    if (slots.length > 0) text.guardLoads(slots.map((slot) => placement.start + slot));
  }
}

/** What the loads of programs have read as 0 since the machine was booted. */
export function zeroReadsOf({ machine, programs }: Kernel): ZeroReads[] {
  const found: ZeroReads[] = [];
  for (const { fn, name } of programs.values()) {
    const placement = machine.text.placementOf(fn);
    if (placement === undefined) continue;
    const last = placement.start + (placement.code.functions.at(-1)?.end ?? 0);
    const slots = [...machine.zeroReads].filter(([slot]) => slot >= placement.start && slot < last);
    if (slots.length === 0) continue;
    const first = Math.min(...slots.map(([slot]) => slot));
    const count = slots.reduce((n, [, times]) => n + times, 0);
    found.push({
      program: name,
      count,
      span: machine.text.at(first)?.insn.span,
    });
  }
  return found;
}
