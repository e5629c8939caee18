import { expect, test } from 'vitest';
import { decodeProgram } from '../../src/isa/decode.js';
import { encodeProgram } from '../../src/isa/encode.js';
import { type Field, FORMS } from '../../src/isa/forms.js';
import { makeInsn } from '../../src/isa/insn.js';
import type { Operation } from '../../src/isa/operation.js';
import { OPERATIONS, operation, operationsOf } from '../../src/isa/table.js';
import { Findings } from '../../src/text/findings.js';
import { checkStructure } from '../../src/verify/structure.js';

type Unused = 'dst' | 'src' | 'off' | 'imm';

/** Every field of every operation that carries nothing, where setting it does not make another operation of it. */
const cases = OPERATIONS.flatMap((op) =>
  (['dst', 'src', 'off', 'imm'] as const)
    .filter((f) => !(FORMS[op.form].uses as readonly Field[]).includes(f) && op.select?.field !== f)
    .map((field) => [op.name, field, op] as const),
);

function withField(op: Operation, field: Unused, value: number): Uint8Array {
  const bytes = encodeProgram([makeInsn(op, { dst: 0 })]);
  const view = new DataView(bytes.buffer);
  if (field === 'dst') view.setUint8(1, view.getUint8(1) | value);
  else if (field === 'src') view.setUint8(1, view.getUint8(1) | (value << 4));
  else if (field === 'off') view.setInt16(2, value, true);
  else view.setInt32(4, value, true);
  return bytes;
}

/** A value that no operation of the opcode selects by this field. */
function strayValue(op: Operation, field: Unused): number {
  const selected = operationsOf(op.opcode).map((o) => (o.select?.field === field ? o.select.value : 0));
  const old = op.form === 'callx' && field === 'imm' ? 11 : 3;
  for (let value = old; ; value += 1) if (!selected.includes(value)) return value;
}

test.each(cases)('%s with a value in its unused field %s is refused', (_, field, op) => {
  const bytes = withField(op, field, strayValue(op, field));
  const findings = new Findings();
  checkStructure([...decodeProgram(bytes), makeInsn(operation('exit'))], { internal: true }, findings);
  expect(findings.diagnostics[0]?.code).toBe('B0502');
});

test('there are as many kinds as the table has unused fields', () => {
  expect(new Set(cases.map(([, field, op]) => `${op.form} ${field}`)).size).toBeGreaterThanOrEqual(45);
});

test('a second slot that is not empty is refused', () => {
  const bytes = encodeProgram([makeInsn(operation('lddw'), { imm: 1 })]);
  for (const at of [8, 9, 10, 11]) {
    const bad = bytes.slice();
    bad[at] = 1;
    const findings = new Findings();
    checkStructure(decodeProgram(bad), { internal: true }, findings);
    expect(findings.diagnostics[0]?.message).toContain('second slot');
  }
});
