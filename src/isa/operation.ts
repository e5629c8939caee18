import type { Form } from './forms.js';
import type { Registers } from './semantics/alu64.js';

/** First version of the instruction set that has the operation; `linux` and `internal` are not ISA versions. */
export type IsaVersion = 'v1' | 'v2' | 'v3' | 'v4' | 'linux' | 'internal';

/** Computes into the destination; the indices are those of low words. Unary operations ignore the source. */
export type Compute = (w: Registers, d: number, s: number) => void;
export type Condition = (w: Registers, d: number, s: number) => boolean;

/** A field that tells operations of one opcode apart, and the value it has. */
export interface Select {
  readonly field: 'src' | 'off' | 'imm';
  readonly value: number;
}

/** One row of the instruction table. Encode, decode, print, verify, run and the documentation derive from it. */
export interface Operation {
  /** Position in the table; the machine's code words hold it. */
  readonly id: number;
  /** Unique, as in `add64_imm`, `jslt32_reg`, `ldxsh`. */
  readonly name: string;
  readonly form: Form;
  readonly opcode: number;
  readonly select?: Select;
  /** The operator in LLVM's spelling: `+=`, `be16`, `s>`, `u32`, `atomic_fetch_add`. */
  readonly text: string;
  /** The operator in the kernel's spelling, where that differs. */
  readonly kernelText: string;
  /** The word in the mnemonic dialect. */
  readonly mnemonic: string;
  /** Width of the registers it works on, in bits. */
  readonly width: 32 | 64;
  /** Bytes of memory it touches; 0 for none. */
  readonly size: 0 | 1 | 2 | 4 | 8;
  /** Loads only: the value is sign-extended. */
  readonly signed: boolean;
  readonly isa: IsaVersion;
  readonly compute?: Compute;
  readonly condition?: Condition;
  /** What `compute` or `condition` is in WebAssembly; semantics/wasm.ts says how it is written. */
  readonly wasm?: string;
  /** What updates memory in one step: how, as WebAssembly's read-modify-write instructions are called. */
  readonly rmw?: 'add' | 'or' | 'and' | 'xor' | 'xchg' | 'cmpxchg';
}

/** True for the operations that only guards, trampolines and kernel functions may contain. */
export function isInternal(op: Operation): boolean {
  return op.isa === 'internal';
}
