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

const encoded = new Map<Operation, readonly Piece[]>();

/** Writes an operation's meaning; the two functions push its operands, as i32 where the operation works on 32 bits. */
export function writeMeaning(code: Code, op: Operation, d: () => void, s: () => void): void {
  let pieces = encoded.get(op);
  if (pieces === undefined) {
    if (op.wasm === undefined) throw new Error(`${op.name} has no meaning in WebAssembly`);
    pieces = encode(op.wasm, op.width);
    encoded.set(op, pieces);
  }
  for (const piece of pieces) {
    if (piece === 'd') d();
    else if (piece === 's') s();
    else code.bytes.all(piece);
  }
}
