import { printInsn } from '../isa/print/listing.js';
import type { Span } from '../text/source.js';
import type { Machine } from './machine.js';
import { fromAddress, KIND, type Memory, PERCPU_HIGH } from './memory.js';
import { isClobbered, walkFrames } from './stack.js';
import { type FunctionKind, TEXT_HIGH } from './text.js';
import { STACK_SIZE, type Thread } from './thread.js';
import type { Access, Trap, TrapKind } from './trap.js';

/** One line of a backtrace. */
export interface FrameLine {
  readonly function: string;
  readonly kind: FunctionKind;
  /** Slot within the function. */
  readonly slot: number;
  readonly text: string;
  readonly span?: Span;
}

/** An instruction that could not be carried out, and all that is known of why. */
export interface Fault {
  readonly kind: TrapKind;
  readonly address: bigint;
  readonly size: number;
  readonly access: Access;
  /** A sentence: what lies at the address, whose it is, and how far outside the access is. */
  readonly where: string;
  readonly thread: string;
  readonly cpu: number;
  /** Innermost first; the first line is the faulting instruction. */
  readonly backtrace: readonly FrameLine[];
  /** Instructions executed when it happened. */
  readonly executed: number;
}

const plural = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`;
const hex = (n: bigint): string => `0x${n.toString(16).padStart(16, '0')}`;

export function backtrace(machine: Machine, thread: Thread, slot: number): FrameLine[] {
  return walkFrames(machine.memory, thread.word, slot).map((frame) => {
    const placed = machine.text.at(frame.slot);
    const fn = placed?.fn ?? machine.text.functions[frame.fn];
    const span = placed?.insn.span;
    return {
      function: fn?.name ?? '?',
      kind: fn?.kind ?? 'kernel',
      slot: frame.slot - (fn?.start ?? 0),
      text: placed === undefined ? '?' : printInsn(placed.insn, { style: 'llvm', alu32: true, bytes: false }),
      ...(span && { span }),
    };
  });
}

/** The first byte of an access that may not be touched. */
function firstPoisoned(memory: Memory, at: number, size: number): number {
  for (let i = at; i < at + size; i += 1) if (i >= memory.limit || memory.isPoisoned(i)) return i;
  return at;
}

/** How far to look for the object an access missed. */
const NEAR = 1 << 16;

/** The touchable bytes that end before `bad` or begin after it, whichever is nearer. */
function nearestObject(memory: Memory, bad: number): { start: number; end: number } | undefined {
  let below = bad - 1;
  while (below > bad - NEAR && below >= 0 && memory.isPoisoned(below)) below -= 1;
  let above = bad + 1;
  while (above < bad + NEAR && above < memory.limit && memory.isPoisoned(above)) above += 1;
  const hasBelow = below >= 0 && !memory.isPoisoned(below);
  const hasAbove = above < memory.limit && !memory.isPoisoned(above);
  if (hasBelow && (!hasAbove || bad - below <= above - bad)) {
    let start = below;
    while (start > 0 && !memory.isPoisoned(start - 1) && below - start < NEAR) start -= 1;
    return { start, end: below + 1 };
  }
  if (!hasAbove) return undefined;
  let end = above;
  while (end < memory.limit && !memory.isPoisoned(end) && end - above < NEAR) end += 1;
  return { start: above, end };
}

/** The name of what lies at an offset: the region's own description, or its name. */
export function nameOf(memory: Memory, at: number): string {
  const { inside } = memory.locate(at);
  if (inside === undefined) return 'unused memory';
  return inside.describe?.(at - inside.start) ?? inside.name;
}

function describeStack(machine: Machine, thread: Thread, slot: number, bad: number): string {
  const { stack } = thread;
  if (bad < stack.start || bad >= stack.end)
    return `${machine.memory.locate(bad).inside?.name ?? 'a stack'}, which belongs to another thread`;
  const frames = walkFrames(machine.memory, thread.word, slot);
  const inner = frames[0];
  if (inner === undefined) return `${stack.name}, where no frame is open`;
  const name = (i: number): string => machine.text.at(frames[i]?.slot ?? -1)?.fn.name ?? '?';
  if (bad < inner.bottom) {
    const below = plural(inner.bottom - bad, 'byte');
    const size = inner.top - inner.bottom;
    return `${stack.name}, ${below} below the frame of ${name(0)} (${plural(size, 'byte')}): no frame is open there`;
  }
  const i = frames.findIndex((f) => bad >= f.top && bad < f.top + 64);
  if (i >= 0)
    return `${stack.name}, ${plural(bad - (frames[i]?.top ?? bad), 'byte')} above the frame of ${name(i)}`;
  return stack.name;
}

function describeMemory(
  machine: Machine,
  thread: Thread,
  slot: number,
  trap: Trap,
): { kind: TrapKind; where: string } {
  const { memory } = machine;
  const { address, size } = trap;
  const high = Number(BigInt.asIntN(32, address >> 32n));
  const far = BigInt.asIntN(64, address);
  if (far > -4096n && far < 4096n) {
    return { kind: 'null_pointer', where: far === 0n ? 'a null pointer' : `a null pointer plus ${far}` };
  }
  if (isClobbered(address))
    return {
      kind: 'wild_address',
      where: 'a register that a call has clobbered (r1 to r5 are lost in a call)',
    };
  if (high === PERCPU_HIGH) {
    return {
      kind: 'percpu_pointer',
      where:
        "a per-CPU pointer without this CPU's offset: it has to go through `r1 = &(void __percpu *)(r1)` or bpf_this_cpu_ptr first",
    };
  }
  if (high === TEXT_HIGH) return { kind: 'wild_address', where: 'kernel text, which is no data' };
  const at = fromAddress(address);
  if (at === undefined || at >= memory.limit) {
    return {
      kind: 'wild_address',
      where: at === undefined && address < 1n << 47n ? 'a user address' : 'an address where nothing is',
    };
  }
  const bad = firstPoisoned(memory, at, size);
  const { inside } = memory.locate(bad);
  if (inside?.kind === 'stack')
    return { kind: 'stack_out_of_frame', where: describeStack(machine, thread, slot, bad) };
  if (memory.kinds[bad >> 3] === KIND.freed)
    return { kind: 'use_after_free', where: `${nameOf(memory, bad)}, which has been freed` };
  const object = nearestObject(memory, bad);
  if (object === undefined) return { kind: 'wild_address', where: nameOf(memory, bad) };
  const whose = `${nameOf(memory, object.start)} (${plural(object.end - object.start, 'byte')})`;
  const where =
    bad >= object.end
      ? `${plural(bad - object.end, 'byte')} past the end of ${whose}`
      : `${plural(object.start - bad, 'byte')} before ${whose}`;
  return { kind: 'out_of_bounds', where: where.replace(/^0 bytes past/, 'right past') };
}

function describe(
  machine: Machine,
  thread: Thread,
  slot: number,
  trap: Trap,
): { kind: TrapKind; where: string } {
  const { kind, address } = trap;
  switch (kind) {
    case undefined:
      return describeMemory(machine, thread, slot, trap);
    case 'misaligned': {
      const at = fromAddress(address);
      const name = at === undefined ? 'memory' : nameOf(machine.memory, at);
      return {
        kind,
        where: `${name}: the address is ${address % BigInt(trap.size)} above a multiple of ${trap.size}`,
      };
    }
    case 'stack_overflow': {
      const used = thread.stack.end - thread.sp;
      return {
        kind,
        where: `${thread.stack.name}: ${used} of ${STACK_SIZE} bytes are in use and the next frame needs ${trap.size}`,
      };
    }
    case 'bad_call':
      return {
        kind,
        where: address === 0n ? 'a null function pointer' : `${hex(address)}, where no function begins`,
      };
    case 'bad_jump':
      return { kind, where: `${hex(address)}, which is no instruction of this function` };
    case 'no_packet':
      return { kind, where: 'a packet, and this program was not given one' };
    default:
      return { kind, where: trap.message };
  }
}

export function makeFault(machine: Machine, thread: Thread, trap: Trap): Fault {
  const slot = thread.pc;
  const { kind, where } = describe(machine, thread, slot, trap);
  return {
    kind,
    address: trap.address,
    size: trap.size,
    access: trap.access,
    where,
    thread: thread.name,
    cpu: thread.cpu,
    backtrace: backtrace(machine, thread, slot),
    executed: machine.executed,
  };
}

/** One line: what was tried, where, and what lies there. */
export function summarizeFault(fault: Fault): string {
  const bytes = plural(fault.size, 'byte');
  const what: Readonly<Record<Access, string>> = {
    read: `read of ${bytes} at ${hex(fault.address)}`,
    write: `write of ${bytes} at ${hex(fault.address)}`,
    atomic: `atomic access to ${bytes} at ${hex(fault.address)}`,
    call: 'call',
    jump: 'jump',
  };
  if (fault.kind === 'stack_overflow') return `kernel stack overflow on ${fault.where}`;
  if (fault.kind === 'panic') return fault.where;
  if (fault.kind === 'misaligned') return `misaligned ${what[fault.access]}, ${fault.where}`;
  const preposition = fault.access === 'call' || fault.access === 'jump' ? ' to' : ':';
  return `${what[fault.access]}${preposition} ${fault.where}`;
}
