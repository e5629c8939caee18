import { formatAddress, plural } from '../text/numbers.js';
import type { Machine } from './machine.js';
import { fromAddress, KIND, type Memory, PERCPU_HIGH } from './memory.js';
import { type FrameInfo, isClobbered, RECORD, walkFrames } from './stack.js';
import { TEXT_HIGH } from './text.js';
import { STACK_SIZE, type Thread } from './thread.js';
import type { Trap, TrapKind } from './trap.js';

/** An object in memory by its offsets. */
interface Located {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** What lies at an offset: the region's own account of it, or the region. */
export function objectAt(memory: Memory, at: number): Located | undefined {
  const region = memory.regionAt(at);
  if (region === undefined) return undefined;
  const part = region.describe?.(at - region.start);
  if (part === undefined) return { name: region.name, start: region.start, end: region.end };
  return { name: part.name, start: region.start + part.start, end: region.start + part.end };
}

/** The first byte of an access that may not be touched. */
function firstPoisoned(memory: Memory, at: number, size: number): number {
  for (let i = at; i < at + size; i += 1) if (i >= memory.limit || memory.isPoisoned(i)) return i;
  return at;
}

/** How far to look for the object an access missed. */
const NEAR = 1 << 16;

/** The object with the touchable byte nearest to `bad`. */
function nearestObject(memory: Memory, bad: number): Located | undefined {
  for (let far = 1; far < NEAR; far += 1) {
    if (bad - far >= 0 && !memory.isPoisoned(bad - far)) return objectAt(memory, bad - far);
    if (bad + far < memory.limit && !memory.isPoisoned(bad + far)) return objectAt(memory, bad + far);
  }
  return undefined;
}

interface Description {
  readonly kind: TrapKind;
  readonly where: string;
}

/** Where a stack offset is, relative to the live frames. */
function describeFrames(machine: Machine, frames: readonly FrameInfo[], bad: number): string | undefined {
  const name = (frame: FrameInfo | undefined): string => machine.text.at(frame?.slot ?? -1)?.fn.name ?? '?';
  const [inner] = frames;
  if (inner === undefined) return 'where no frame is open';
  if (bad < inner.bottom) {
    const below = plural(inner.bottom - bad, 'byte');
    const size = plural(inner.top - inner.bottom, 'byte');
    return `${below} below the frame of ${name(inner)} (${size}): no frame is open there`;
  }
  const i = frames.findIndex((f) => bad >= f.top && bad < f.top + RECORD);
  const [above, below] = [frames[i], frames[i + 1]];
  if (above === undefined) return undefined;
  if (i === 0 || below === undefined) {
    return bad === above.top
      ? `right above the frame of ${name(above)}`
      : `${plural(bad - above.top, 'byte')} above the frame of ${name(above)}`;
  }
  return `${plural(below.bottom - bad, 'byte')} below the frame of ${name(below)}`;
}

function describeStack(machine: Machine, thread: Thread, slot: number, bad: number, part: string): string {
  const { stack } = thread;
  if (bad < stack.start || bad >= stack.end) {
    return `${machine.memory.regionAt(bad)?.name ?? 'a stack'}, which belongs to another thread`;
  }
  const where = describeFrames(machine, walkFrames(machine.memory, thread.word, slot), bad);
  return where === undefined ? stack.name : `${stack.name}, ${part}${where}`;
}

/** An address that is not data of the machine. */
function describeWild(address: bigint, limit: number): Description | undefined {
  const far = BigInt.asIntN(64, address);
  if (far > -4096n && far < 4096n) {
    return { kind: 'null_pointer', where: far === 0n ? 'a null pointer' : `a null pointer plus ${far}` };
  }
  const wild = (where: string): Description => ({ kind: 'wild_address', where });
  if (isClobbered(address)) return wild('a register that a call has clobbered (r1 to r5 are lost in a call)');
  const high = Number(BigInt.asIntN(32, address >> 32n));
  if (high === PERCPU_HIGH) {
    const how = 'a guard or kernel function goes through `r1 = &(void __percpu *)(r1)` first';
    return { kind: 'percpu_pointer', where: `a per-CPU pointer without this CPU's offset; ${how}` };
  }
  if (high === TEXT_HIGH) return wild('kernel text, which is not data');
  const at = fromAddress(address);
  if (at === undefined) return wild(address < 1n << 47n ? 'a user address' : 'an address where nothing is');
  return at >= limit ? wild('an address where nothing is') : undefined;
}

function describeMemory(machine: Machine, thread: Thread, slot: number, trap: Trap): Description {
  const { memory } = machine;
  const wild = describeWild(trap.address, memory.limit);
  if (wild !== undefined) return wild;
  const at = fromAddress(trap.address)!;
  const bad = firstPoisoned(memory, at, trap.size);
  /** An access that begins inside of an object: how much of it is outside. */
  const part = bad === at ? '' : `${at + trap.size - bad} of the ${trap.size} bytes lie `;
  if (memory.regionAt(bad)?.kind === 'stack') {
    return { kind: 'stack_out_of_frame', where: describeStack(machine, thread, slot, bad, part) };
  }
  if (memory.kinds[bad >> 3] === KIND.freed) {
    const name = objectAt(memory, bad)?.name ?? 'memory';
    return { kind: 'use_after_free', where: `${name}, which has been freed` };
  }
  const object = nearestObject(memory, bad);
  if (object === undefined) return { kind: 'wild_address', where: 'unused memory' };
  const whose = `${object.name} (${plural(object.end - object.start, 'byte')})`;
  const past = bad - object.end;
  const where =
    past === 0
      ? `${part}right past the end of ${whose}`
      : past > 0
        ? `${plural(past, 'byte')} past the end of ${whose}`
        : `${plural(object.start - bad, 'byte')} before ${whose}`;
  return { kind: 'out_of_bounds', where };
}

/** What lies where a trap happened, as the kind of fault it is and a phrase for the report. */
export function describeTrap(machine: Machine, thread: Thread, slot: number, trap: Trap): Description {
  const { kind, address } = trap;
  switch (kind) {
    case undefined:
      return describeMemory(machine, thread, slot, trap);
    case 'misaligned': {
      const name = objectAt(machine.memory, fromAddress(address) ?? 0)?.name ?? 'memory';
      const rest = address % BigInt(trap.size);
      return { kind, where: `${name}: the address is ${rest} above a multiple of ${trap.size}` };
    }
    case 'stack_overflow': {
      const used = thread.stack.end - thread.sp;
      const where = `${used} of ${STACK_SIZE} bytes are in use and the next frame needs ${trap.size}`;
      return { kind, where: `${thread.stack.name}: ${where}` };
    }
    case 'bad_call': {
      const what =
        address === 0n ? 'a null function pointer' : `${formatAddress(address)}, where no function begins`;
      return { kind, where: what };
    }
    case 'bad_jump':
      return { kind, where: `${formatAddress(address)}, which is not an instruction of this function` };
    case 'bad_argument':
    case 'scheduling_while_atomic':
      return { kind, where: trap.what };
    case 'no_packet':
      return { kind, where: 'a packet, and this program was not given one' };
    case 'unresolved_relocation': {
      const insn = machine.text.at(slot)?.insn;
      const what = insn?.missing ?? insn?.ref?.name;
      const missing = what === undefined ? 'something' : `\`${what}\``;
      return { kind, where: `${missing}, which this kernel does not have` };
    }
    default:
      return describeMemory(machine, thread, slot, trap);
  }
}
