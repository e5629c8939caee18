import { Bytes } from './bytes.js';
import { OPCODES, type Opcode } from './opcodes.js';

/** Types of values, as the binary format writes them. */
export const I32 = 0x7f;
export const I64 = 0x7e;
/** What only the host can look into. */
export const EXTERN = 0x6f;
/** The type of a block that leaves nothing. */
const NOTHING = 0x40;
export type ValueType = typeof I32 | typeof I64 | typeof EXTERN;

/** A block that can be branched out of, by the depth at which it was opened. */
export interface Label {
  readonly depth: number;
}

/** The body of a function, written from front to back. */
export class Code {
  readonly bytes = new Bytes();
  readonly params: number;
  readonly #locals: ValueType[] = [];
  #depth = 0;

  constructor(params: number) {
    this.params = params;
  }

  /** A new local variable, zero at first. */
  local(type: ValueType): number {
    this.#locals.push(type);
    return this.params + this.#locals.length - 1;
  }

  op(name: Opcode): void {
    this.bytes.opcode(OPCODES[name]);
  }

  ops(...names: readonly Opcode[]): void {
    for (const name of names) this.op(name);
  }

  get(local: number): void {
    this.bytes.byte(0x20);
    this.bytes.unsigned(local);
  }

  set(local: number): void {
    this.bytes.byte(0x21);
    this.bytes.unsigned(local);
  }

  tee(local: number): void {
    this.bytes.byte(0x22);
    this.bytes.unsigned(local);
  }

  getGlobal(index: number): void {
    this.op('global.get');
    this.bytes.unsigned(index);
  }

  setGlobal(index: number): void {
    this.op('global.set');
    this.bytes.unsigned(index);
  }

  i32(value: number): void {
    this.bytes.byte(0x41);
    this.bytes.signed(value);
  }

  /** A 64-bit constant that is a sign-extended 32-bit one. */
  i64(value: number): void {
    this.bytes.byte(0x42);
    this.bytes.signed(value);
  }

  wide(value: bigint): void {
    this.bytes.byte(0x42);
    this.bytes.signed64(value);
  }

  /** A load or store at the address on the stack plus `offset`. `align` is the exponent of the promised alignment. */
  access(name: Opcode, offset: number, align = 0): void {
    this.op(name);
    this.bytes.unsigned(align);
    this.bytes.unsigned(offset);
  }

  call(fn: number): void {
    this.op('call');
    this.bytes.unsigned(fn);
  }

  #open(name: 'block' | 'loop' | 'if' | 'try', type: number): Label {
    this.op(name);
    this.bytes.byte(type);
    this.#depth += 1;
    return { depth: this.#depth };
  }

  block(): Label {
    return this.#open('block', NOTHING);
  }

  loop(): Label {
    return this.#open('loop', NOTHING);
  }

  if(type: number = NOTHING): Label {
    return this.#open('if', type);
  }

  try(): Label {
    return this.#open('try', NOTHING);
  }

  /** Goes on with whatever is thrown since `try`. */
  catchAll(): void {
    this.op('catch_all');
  }

  /** Throws what was caught after a `try` once more. */
  rethrow(label: Label): void {
    this.op('rethrow');
    this.bytes.unsigned(this.#depth - label.depth);
  }

  else(): void {
    this.op('else');
  }

  end(): void {
    this.op('end');
    this.#depth -= 1;
  }

  br(label: Label): void {
    this.op('br');
    this.bytes.unsigned(this.#depth - label.depth);
  }

  brIf(label: Label): void {
    this.op('br_if');
    this.bytes.unsigned(this.#depth - label.depth);
  }

  /** Branches by the number on the stack; the last label is taken for all larger numbers. */
  brTable(labels: readonly Label[]): void {
    this.op('br_table');
    this.bytes.unsigned(labels.length - 1);
    for (const label of labels) this.bytes.unsigned(this.#depth - label.depth);
  }

  /** The function as the code section holds it: declarations of locals in runs of one type, then the instructions. */
  finish(): Uint8Array<ArrayBuffer> {
    this.op('end');
    const runs: { type: ValueType; count: number }[] = [];
    for (const type of this.#locals) {
      const last = runs.at(-1);
      if (last?.type === type) last.count += 1;
      else runs.push({ type, count: 1 });
    }
    const out = new Bytes();
    out.unsigned(runs.length);
    for (const { type, count } of runs) {
      out.unsigned(count);
      out.byte(type);
    }
    out.all(this.bytes.view());
    return out.view();
  }
}
