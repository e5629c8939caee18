import type { Span } from '../text/source.js';

/** `r3` (64 bits) or `w3` (its lower 32). Number 0 to 11; 11 is the machine's own. */
export interface Reg {
  readonly kind: 'reg';
  readonly width: 32 | 64;
  readonly number: number;
  readonly span: Span;
}

export type Expr =
  | { readonly kind: 'number'; readonly value: bigint; readonly octal: boolean; readonly span: Span }
  | { readonly kind: 'name'; readonly name: string; readonly span: Span }
  | { readonly kind: 'negative'; readonly operand: Expr; readonly span: Span }
  | {
      readonly kind: 'binary';
      readonly op: '+' | '-' | '*' | '<<';
      readonly left: Expr;
      readonly right: Expr;
      readonly span: Span;
    };

export type Operand = Reg | Expr;

/** `(r1 + 8)`: the sign is folded into the offset; absent means 0. */
export interface Address {
  readonly base: Reg;
  readonly offset: Expr | undefined;
  readonly span: Span;
}

/** `*(u32 *)(r1 + 8)`; also the pointer operand `(u32 *)(r1 + 8)` of an atomic. */
export interface Deref {
  readonly size: string;
  readonly address: Address;
  readonly span: Span;
}

export type Target =
  | { readonly kind: 'relative'; readonly offset: Expr; readonly span: Span }
  | { readonly kind: 'local'; readonly number: number; readonly forward: boolean; readonly span: Span }
  | { readonly kind: 'expression'; readonly expr: Expr; readonly span: Span };

export type Callee =
  | { readonly kind: 'relative'; readonly offset: Expr; readonly span: Span }
  | { readonly kind: 'kfunc'; readonly id: Expr; readonly span: Span }
  | { readonly kind: 'expression'; readonly expr: Expr; readonly span: Span };

/** The right side of `reg = …`. */
export type Rhs =
  | { readonly kind: 'negate'; readonly reg: Reg }
  | { readonly kind: 'swap'; readonly op: string; readonly reg: Reg }
  | { readonly kind: 'extend'; readonly size: string; readonly reg: Reg }
  | {
      readonly kind: 'packet';
      readonly size: string;
      readonly index: Reg | undefined;
      readonly offset: Expr | undefined;
    }
  | { readonly kind: 'load'; readonly from: Deref }
  | { readonly kind: 'fetch'; readonly op: string; readonly at: Deref; readonly args: readonly Reg[] }
  | { readonly kind: 'xchg'; readonly op: string; readonly at: Address; readonly args: readonly Reg[] }
  | { readonly kind: 'acquire'; readonly from: Deref }
  | { readonly kind: 'cast'; readonly reg: Reg; readonly to: Expr; readonly from: Expr }
  | { readonly kind: 'percpu'; readonly reg: Reg }
  | { readonly kind: 'kernelmap'; readonly text: string; readonly span: Span }
  | { readonly kind: 'wide'; readonly expr: Expr }
  | { readonly kind: 'plain'; readonly operand: Operand };

/** One instruction as written. Widths and ranges are not yet judged. */
export type InsnAst = { readonly span: Span } & (
  | { readonly kind: 'exit' }
  | { readonly kind: 'goto'; readonly long: boolean; readonly target: Target }
  | { readonly kind: 'gotox'; readonly reg: Reg }
  | { readonly kind: 'may_goto'; readonly target: Target }
  | {
      readonly kind: 'if';
      readonly left: Operand;
      readonly op: string;
      readonly right: Operand;
      readonly target: Target;
    }
  | { readonly kind: 'call'; readonly callee: Callee }
  | { readonly kind: 'callx'; readonly reg: Reg }
  | { readonly kind: 'lock'; readonly at: Deref; readonly op: string; readonly reg: Reg }
  | { readonly kind: 'this_cpu'; readonly at: Deref; readonly op: string; readonly reg: Reg }
  | { readonly kind: 'release'; readonly at: Deref; readonly reg: Reg }
  | { readonly kind: 'pseudo'; readonly dst: Reg; readonly src: Expr; readonly imm: Expr }
  | { readonly kind: 'store'; readonly to: Deref; readonly value: Operand }
  | { readonly kind: 'assign'; readonly dst: Reg; readonly rhs: Rhs }
  | { readonly kind: 'alu'; readonly dst: Reg; readonly op: string; readonly src: Operand }
  | {
      readonly kind: 'mnemonic';
      readonly name: string;
      readonly operands: readonly MnemonicOperand[];
    }
);

/** An operand of the mnemonic dialect; only the instruction table knows which are wanted. */
export type MnemonicOperand =
  | Reg
  | { readonly kind: 'memory'; readonly base: Reg; readonly offset: Expr | undefined; readonly span: Span }
  | {
      readonly kind: 'number';
      readonly value: bigint;
      readonly octal: boolean;
      readonly signed: boolean;
      readonly span: Span;
    }
  | { readonly kind: 'name'; readonly name: string; readonly span: Span };

export interface Directive {
  readonly kind: 'directive';
  readonly name: string;
  readonly args: string;
  readonly span: Span;
}

export interface Label {
  readonly name: string;
  readonly span: Span;
}

/** One statement of assembly: labels, then at most one instruction or directive. */
export interface Line {
  readonly labels: readonly Label[];
  readonly stmt: InsnAst | Directive | undefined;
  /** Nothing is known of what was written here: it could not be read, and that has been reported. */
  readonly isUnread?: true;
  /** Bytes from a listing's byte column; text and bytes must agree. */
  readonly bytes?: Uint8Array;
  /** Opcode byte that a kernel listing (`(b7) r1 = 5`) prints before the text; it settles what the text leaves open. */
  readonly opcode?: number;
  /** After a listing's `Disassembly of section`: names of what a linker has to find need not be known. */
  readonly isListed?: true;
  readonly span: Span;
}
