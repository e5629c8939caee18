/** What can go wrong when an instruction is carried out. */
export const TRAP_KINDS = [
  'null_pointer',
  'wild_address',
  'out_of_bounds',
  'use_after_free',
  'stack_out_of_frame',
  'percpu_pointer',
  'misaligned',
  'stack_overflow',
  'bad_call',
  'bad_jump',
  'bad_argument',
  'no_packet',
  'scheduling_while_atomic',
  'unresolved_relocation',
] as const;

export type TrapKind = (typeof TRAP_KINDS)[number];

export type Access = 'read' | 'write' | 'atomic' | 'call' | 'jump';

/**
 * Thrown inside an engine at the instruction that cannot be carried out; the engine turns it into a fault with a report.
 * `kind` is undefined for a memory access, whose kind follows from what lies at the address.
 */
export class Trap extends Error {
  /** The one that was thrown last and not dealt with: compiled code catches what a leaf throws without looking at it. */
  static latest: Trap | undefined;
  readonly kind: TrapKind | undefined;
  /** The address as the program formed it, unsigned. */
  readonly address: bigint;
  /** Bytes accessed. */
  readonly size: number;
  readonly access: Access;
  /** For a bad argument: what it is and what it should have been; for a thread that may not wait: why. */
  readonly what: string;

  constructor(kind: TrapKind | undefined, address: bigint, size: number, access: Access, what = '') {
    super(kind ?? 'memory');
    this.name = 'Trap';
    this.kind = kind;
    this.address = BigInt.asUintN(64, address);
    this.size = size;
    this.access = access;
    this.what = what;
    Trap.latest = this;
  }
}
