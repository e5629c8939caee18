import type { Code } from '../text/codes.js';
import { formatAddress, plural } from '../text/numbers.js';
import type { Span } from '../text/source.js';
import type { FunctionKind } from './text.js';
import type { Access, TrapKind } from './trap.js';

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

/** The diagnostic that a fault is, where it ends what it happened in. */
export const codeOfFault = (fault: Fault): Code => (fault.kind === 'stack_overflow' ? 'B0703' : 'B0701');

/** One line: what was tried, where, and what lies there. */
export function summarizeFault(fault: Fault): string {
  const bytes = plural(fault.size, 'byte');
  const what: Readonly<Record<Access, string>> = {
    read: `read of ${bytes} at ${formatAddress(fault.address)}`,
    write: `write of ${bytes} at ${formatAddress(fault.address)}`,
    atomic: `atomic access to ${bytes} at ${formatAddress(fault.address)}`,
    call: 'call',
    jump: 'jump',
  };
  if (fault.kind === 'stack_overflow') return `kernel stack overflow on ${fault.where}`;
  if (fault.kind === 'unresolved_relocation') return `the object needs ${fault.where}`;
  if (fault.kind === 'bad_argument') return `bad argument: ${fault.where}`;
  if (fault.kind === 'scheduling_while_atomic') return `call that has to wait ${fault.where}`;
  if (fault.kind === 'no_packet') return `read of ${fault.where}`;
  if (fault.kind === 'misaligned') return `misaligned ${what[fault.access]}, ${fault.where}`;
  const preposition = fault.access === 'call' || fault.access === 'jump' ? ' to' : ':';
  return `${what[fault.access]}${preposition} ${fault.where}`;
}
