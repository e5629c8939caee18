import type { AnyInsn, Insn } from '../../isa/insn.js';
import { splice } from '../../machine/splice.js';
import type { MachineFunction } from '../../machine/text.js';
import type { Kernel, Link, Traceable } from '../kernel.js';
import { breakpointsIn } from '../names.js';
import { add, address, type CodeLine, clear, inFrame, instructionsOf, load, R11, store } from './lines.js';
import { atBreakpoint, enterKprobes, type ProbedProgram, PT_REGS } from './probe.js';
import { type Written, writtenBefore } from './registers.js';
import { probed } from './stages.js';

/** A breakpoint of the kprobe layer after a function's first instruction, with what it calls: the last registered first. */
interface Breakpoint {
  /** Bytes from the function's beginning. */
  readonly offset: number;
  readonly probes: readonly ProbedProgram[];
}

/** Bytes of an instruction slot. */
export const SLOT_BYTES = 8;

const has = (set: number, register: number): boolean => (set & (1 << register)) !== 0;

/**
 * What happens at a breakpoint, in the frame of the function that it is in, below what that uses:
 *
 *     …             what the function has in r0 to r5 and r11, which calls do not leave alone
 *     8 bytes       what it has interrupted
 *     …             struct pt_regs: what it has written into the registers that the JIT compiler has its own in; 0 in those of
 *                   which nothing is known
 */
function breakpointLines(
  kernel: Kernel,
  { name }: Traceable,
  { offset, probes }: Breakpoint,
  { always, ever }: Written,
  below: number,
): readonly CodeLine[] {
  const { size, saved, ip } = PT_REGS[kernel.model.arch];
  const kept = [0, 1, 2, 3, 4, 5, R11].filter((n) => has(ever, n));
  const keptAt = (i: number): number => -below - 8 * (i + 1);
  const interrupted = keptAt(kept.length);
  const regs = interrupted - size;
  const frame = { args: 0, depth: 0, interrupted, regs, armed: new Map(), cookies: new Map() };
  const id = `${offset}`;
  return [
    ...kept.map((n, i) => store(inFrame(keptAt(i)), n)),
    ...saved.map((at, n) => (has(always, n) ? store(inFrame(regs + at), n) : clear(inFrame(regs + at)))),
    ...atBreakpoint(interrupted, [
      address(1, name),
      add(1, offset),
      store(inFrame(regs + ip), 1),
      ...enterKprobes(probes, frame, id),
    ]),
    ...kept.map((n, i) => load(n, inFrame(keptAt(i)))),
  ];
}

const isInsn = (insn: AnyInsn): insn is Insn => insn.op !== undefined;

/** The breakpoints that links have in a function, but for those at its beginning. */
function breakpointsOf(kernel: Kernel, links: readonly Link[]): readonly Breakpoint[] {
  const offsets = [...new Set(links.map((l) => l.offset))].filter((offset) => offset !== 0);
  return offsets.map((offset) => ({
    offset,
    probes: links
      .filter((l) => l.offset === offset)
      .map((l) => probed(kernel.model, l))
      .reverse(),
  }));
}

/** The instructions of a function, by slots from its first. */
export function instructionsIn(kernel: Kernel, fn: MachineFunction): ReadonlyMap<number, Insn> {
  const { text } = kernel.machine;
  const found = new Map<number, Insn>();
  for (let slot = fn.start; slot < fn.end; slot += 1) {
    const insn = text.at(slot)?.insn;
    if (insn !== undefined) found.set(slot - fn.start, insn);
  }
  return found;
}

/**
 * Has calls of a function itself go to a copy with the breakpoints that links have in it, or, where they have none, to the function.
 * A call that is inside when breakpoints come or go does not notice. Gives what is called.
 */
export function placeBreakpoints(
  kernel: Kernel,
  traced: Traceable,
  body: number,
  links: readonly Link[],
): MachineFunction {
  const { machine, loader } = kernel;
  const { text } = machine;
  const fn = text.functions[body]!;
  const breakpoints = breakpointsOf(kernel, links);
  if (breakpoints.length === 0) {
    text.moveTo(traced.fn, undefined);
    text.enterAt(body, fn.start, fn.frameSize);
    return fn;
  }
  const written = writtenBefore(instructionsIn(kernel, fn), traced.nargs);
  const name = breakpointsIn(traced.name);
  const before = new Map(
    breakpoints.flatMap((b) => {
      const slot = b.offset / SLOT_BYTES;
      const known = written.get(slot);
      // No path leads to what has no entry.
      if (known === undefined) return [];
      const lines = breakpointLines(kernel, traced, b, known, fn.frameSize);
      return [[slot, instructionsOf(name, lines).insns.filter(isInsn)] as const];
    }),
  );
  const { code, slots } = splice(text, fn, before, name);
  const index = text.declare(name, 'kernel');
  loader.placeSpliced(name, index, code);
  const copy = text.functions[index]!;
  text.moveTo(traced.fn, new Map([...slots].map(([from, to]) => [fn.start + from, copy.start + to])));
  text.enterAt(body, copy.start, copy.frameSize);
  return copy;
}
