// cspell:ignore hashtable
/** What a program is counted as: what it spends its time on decides what it may take beside C. */
export type ProgramKind = 'compute' | 'calls' | 'function' | 'helper' | 'lookup' | 'atomics' | 'ring';

/** A program that is timed; its source is c/NAME.c, which is compiled for the host and, recorded beside it, for BPF. */
export interface BenchProgram {
  readonly name: string;
  readonly what: string;
  readonly kind: ProgramKind;
  /** Set where division takes most of the time, which differs between processors more than all else. */
  readonly divides?: true;
  /** Set where it needs the emulated kernel: for maps. */
  readonly kernel?: true;
  /** Set for a program by which compilers are judged: nothing is tuned for it. */
  readonly judges?: true;
}

/** Instruction sets that clang compiles for. */
export type Version = 'v3' | 'v4';

export const PROGRAMS: readonly BenchProgram[] = [
  { name: 'alu', what: '64-bit ALU mix', kind: 'compute' },
  { name: 'primes', what: 'trial division in 64 bits', kind: 'compute', divides: true },
  { name: 'fletcher32', what: 'fletcher32 over 64 KiB', kind: 'compute' },
  { name: 'siphash', what: 'SipHash over 4 KiB, 16 times', kind: 'compute' },
  { name: 'collatz', what: 'collatz below 3000', kind: 'compute' },
  { name: 'calls', what: 'recursive calls: fib(20)', kind: 'calls' },
  { name: 'helpers', what: 'calls of JavaScript', kind: 'function' },
  { name: 'atomics', what: 'atomic fetch-add', kind: 'atomics' },
  { name: 'mix', what: 'both widths, with spills', kind: 'compute' },
  { name: 'trial', what: 'trial division in 32 bits', kind: 'compute', divides: true },
  { name: 'fletcher_be', what: 'fletcher32, words swapped', kind: 'compute' },
  { name: 'siphash24', what: 'SipHash-2-4 of short messages', kind: 'compute' },
  { name: 'collatz32', what: 'collatz with a table', kind: 'compute' },
  { name: 'chain', what: 'calls with a structure on the stack', kind: 'calls' },
  { name: 'counters', what: 'atomic counters of bytes', kind: 'atomics' },
  { name: 'hashtable', what: 'a hash table in BPF', kind: 'compute', judges: true },
  { name: 'scan', what: 'a string scan with bounds', kind: 'compute', judges: true },
  { name: 'packet', what: 'a packet parser', kind: 'compute', judges: true },
  { name: 'states', what: 'a state machine over a table', kind: 'compute', judges: true },
  { name: 'sort', what: 'heap sort and binary search', kind: 'compute', judges: true },
  { name: 'who', what: 'helpers: who runs, and where', kind: 'helper', kernel: true },
  { name: 'lookup', what: 'lookups in an array map', kind: 'lookup', kernel: true },
  { name: 'histogram', what: 'a histogram in an array map', kind: 'lookup', kernel: true },
  { name: 'ring', what: 'a producer for a ring buffer', kind: 'ring', kernel: true },
];
