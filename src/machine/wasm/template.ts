import type { Operation } from '../../isa/operation.js';
import { Bytes } from './bytes.js';
import { type Code, I32, I64 } from './code.js';
import { isOpcode, OPCODES } from './opcodes.js';

/** A meaning of the table, ready to be written: operands to push, and encoded instructions between them. */
type Piece = 'd' | 's' | Uint8Array;

/** Encodes a meaning; see isa/semantics/wasm.ts for how it is written. */
function encode(meaning: string, width: 32 | 64): readonly Piece[] {
  const pieces: Piece[] = [];
  let bytes = new Bytes();
  const words = meaning.split(' ');
  for (let i = 0; i < words.length; i += 1) {
    const text = words[i]!;
    const word = text.startsWith('T.') ? `i${width}${text.slice(1)}` : text;
    if (word === 'd' || word === 's') {
      if (bytes.length > 0) pieces.push(bytes.view());
      bytes = new Bytes();
      pieces.push(word);
      continue;
    }
    if (!isOpcode(word)) throw new Error(`no WebAssembly instruction ${word} in \`${meaning}\``);
    bytes.opcode(OPCODES[word]);
    if (word === 'if') bytes.byte(width === 64 ? I64 : I32);
    if (word.endsWith('.const')) {
      i += 1;
      bytes.signed64(BigInt(words[i]!));
    }
  }
  if (bytes.length > 0) pieces.push(bytes.view());
  return pieces;
}

/**
 * What comparisons end with where they ask for the opposite. Unequal is more than 0 apart: of `ne` V8 makes `eq` and a
 * comparison of what that finds.
 */
const OPPOSITES: Readonly<Record<string, string>> = {
  ...{ eq: 'xor T.const 0 T.gt_u', ne: 'xor T.const 1 T.lt_u' },
  ...{ gt_u: 'le_u', ge_u: 'lt_u', lt_u: 'ge_u', le_u: 'gt_u' },
  ...{ gt_s: 'le_s', ge_s: 'lt_s', lt_s: 'ge_s', le_s: 'gt_s' },
};

/** The meaning of a condition that holds where another does not. */
const opposite = (meaning: string): string =>
  meaning.replace(/(?<=\.)\w+$/, (comparison) => OPPOSITES[comparison]!);

const encoded = new Map<Operation, readonly Piece[]>();
const encodedOpposites = new Map<Operation, readonly Piece[]>();

/**
 * Writes an operation's meaning, or the opposite of a condition; the two functions push its operands, as i32 where the
 * operation works on 32 bits.
 */
export function writeMeaning(
  code: Code,
  op: Operation,
  d: () => void,
  s: () => void,
  isOpposite = false,
): void {
  const known = isOpposite ? encodedOpposites : encoded;
  let pieces = known.get(op);
  if (pieces === undefined) {
    if (op.wasm === undefined) throw new Error(`${op.name} has no meaning in WebAssembly`);
    pieces = encode(isOpposite ? opposite(op.wasm) : op.wasm, op.width);
    known.set(op, pieces);
  }
  for (const piece of pieces) {
    if (piece === 'd') d();
    else if (piece === 's') s();
    else code.bytes.all(piece);
  }
}
