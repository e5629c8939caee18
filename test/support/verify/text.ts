import { expect } from 'vitest';
import { type Insn, makeInsn } from '../../../src/isa/insn.js';
import { operation } from '../../../src/isa/table.js';
import { KFUNCS } from '../../../src/verify/calls/kfuncs.js';
import { UNPROVIDED_KFUNCS } from '../../../src/verify/calls/unprovided.js';
import type { Refusal, VerifyRequest } from '../../../src/verify/request.js';
import { verify } from '../../../src/verify/verify.js';
import { assembleText } from '../assemble.js';
import { MAPS, requestOf } from './programs.js';

const NAMES = [...KFUNCS.rows.keys(), ...UNPROVIDED_KFUNCS.rows.keys()];

/** The number of a map of the tests' by its type and what the kernel manages in its values. */
export const mapNumber = (type: string, field?: string): number =>
  MAPS.findIndex(
    (m) =>
      m.name === type &&
      (field === undefined || m.fields.some((f) => (f.kind === 'managed' ? f.type : f.tag) === field)),
  );

/**
 * The instructions of a text in which besides may be `map r1 TYPE [FIELD]`, the address of a map of the tests', and `kfunc NAME`, a
 * call. Both are as long as what is assembled in their place.
 */
export function insnsOfText(text: string): readonly Insn[] {
  const real: (Insn | undefined)[] = [];
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const plain = lines.map((line) => {
    const [word = '', name = '', type = '', field] = line.split(' ');
    if (word === 'map') {
      const imm = mapNumber(type, field);
      expect(imm, line).toBeGreaterThanOrEqual(0);
      real.push(makeInsn(operation('lddw_map_fd'), { dst: Number(name.slice(1)), imm }));
      return `${name} = 1 ll`;
    }
    if (word === 'kfunc') {
      const imm = NAMES.indexOf(name);
      expect(imm, line).toBeGreaterThanOrEqual(0);
      real.push(makeInsn(operation('call_kfunc'), { imm }));
      return 'call bpf_jiffies64';
    }
    if (!line.endsWith(':')) real.push(undefined);
    return line;
  });
  const { insns, diagnostics } = assembleText(plain.join('\n'));
  expect(diagnostics).toEqual([]);
  return insns.filter((insn) => insn.op !== undefined).map((insn, i) => real[i] ?? insn);
}

/** Why a program is refused; undefined if it is accepted. */
function refusalOfText(text: string, change: Partial<VerifyRequest> = {}): Refusal | undefined {
  const verdict = verify(requestOf(insnsOfText(text), { kfuncs: NAMES, ...change }));
  if (verdict.kind === 'not judged') throw new Error(verdict.why);
  return verdict.kind === 'refused' ? verdict.refusal : undefined;
}

/** What is said of it. */
export const saidOfText = (text: string, change: Partial<VerifyRequest> = {}): string | undefined =>
  refusalOfText(text, change)?.message;
