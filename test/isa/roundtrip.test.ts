import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeProgram } from '../../src/isa/decode.js';
import { encodeProgram } from '../../src/isa/encode.js';
import { type Field, FORMS } from '../../src/isa/forms.js';
import { type Insn, makeInsn } from '../../src/isa/insn.js';
import type { Operation } from '../../src/isa/operation.js';
import { type Listing, listProgram } from '../../src/isa/print/listing.js';
import { OPERATIONS } from '../../src/isa/table.js';
import { assembleText, toHex } from '../support/assemble.js';

const s32 = fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff });
const s16 = fc.integer({ min: -0x8000, max: 0x7fff });
const register = fc.integer({ min: 0, max: 9 });

/** Any instruction of the operation; r10 is left out, since writing it is refused. */
function anyInsn(op: Operation): fc.Arbitrary<Insn> {
  const uses: readonly Field[] = FORMS[op.form].uses;
  const of = <T>(field: Field, values: fc.Arbitrary<T>, none: T): fc.Arbitrary<T> =>
    uses.includes(field) ? values : fc.constant(none);
  return fc
    .record({
      dst: of('dst', register, 0),
      src: of('src', register, 0),
      off: of('off', s16, 0),
      imm: of('imm', s32, 0),
      hi: of('hi', s32, 0),
    })
    .map((fields) => makeInsn(op, fields));
}

const STYLES: readonly (Listing & { readonly name: string })[] = [
  { name: 'llvm', style: 'llvm', alu32: false, bytes: true },
  { name: 'llvm with w registers', style: 'llvm', alu32: true, bytes: true },
  { name: 'llvm without bytes', style: 'llvm', alu32: true, bytes: false },
  { name: 'kernel', style: 'kernel', alu32: false, bytes: false },
  { name: 'mnemonic', style: 'mnemonic', alu32: false, bytes: false },
];

describe.each(STYLES)('disassembly in style $name', (listing) => {
  test.each(OPERATIONS.map((op) => [op.name, op] as const))(
    'of %s reassembles to the same bytes',
    (_, op) => {
      fc.assert(
        fc.property(anyInsn(op), (insn) => {
          const bytes = encodeProgram([insn]);
          const text = listProgram(decodeProgram(bytes), listing).join('\n');
          const again = assembleText(text, {}, listing.style === 'mnemonic' ? 'mnemonic' : 'llvm');
          expect(again.diagnostics.filter((d) => d.severity === 'error')).toEqual([]);
          expect({ text, hex: toHex(encodeProgram(again.insns)) }).toEqual({ text, hex: toHex(bytes) });
        }),
        { numRuns: 20 },
      );
    },
  );
});

test('decode never throws and encode gives back the bytes it read', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      const insns = decodeProgram(bytes);
      const again = encodeProgram(insns);
      const oldCallx = insns.some((i) => i.op?.form === 'callx');
      if (!oldCallx) expect(toHex(again)).toBe(toHex(bytes));
    }),
  );
});
