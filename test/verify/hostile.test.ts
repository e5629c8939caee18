import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeInsn } from '../../src/isa/insn.js';
import { printKernel } from '../../src/isa/print/kernel.js';
import { operation } from '../../src/isa/table.js';
import type { Verdict, VerifyRequest } from '../../src/verify/request.js';
import { verify, verifyWithLog } from '../../src/verify/verify.js';
import { hostileRequest, requestOf } from '../support/verify/programs.js';

const RUNS = 400;

const show = ({ insns, kind, capabilities, series }: VerifyRequest): string =>
  [
    `type ${kind.type}, ${capabilities}, Linux ${series.release}`,
    ...insns.map((insn) => (insn.op === undefined ? 'unknown' : printKernel(insn))),
  ].join('\n');

/** All there is of an answer that says something. */
function isAnswer(verdict: Verdict): boolean {
  switch (verdict.kind) {
    case 'accepted':
      return verdict.statistics.processed > 0;
    case 'refused':
      return /^E\w+$/.test(verdict.refusal.errno);
    case 'not judged':
      return verdict.why !== '';
    default:
      return verdict satisfies never;
  }
}

test('whatever a program is, there is an answer, and it does not depend on what was verified before', () => {
  const kinds = new Set<string>();
  fc.assert(
    fc.property(fc.tuple(hostileRequest, hostileRequest), ([one, other]) => {
      const verdict = verify(one);
      kinds.add(verdict.kind);
      expect(isAnswer(verdict), show(one)).toBe(true);
      verifyWithLog(other, 2);
      expect(verifyWithLog(one, 1).verdict, show(one)).toEqual(verdict);
    }),
    { numRuns: RUNS },
  );
  expect([...kinds].sort()).toEqual(['accepted', 'not judged', 'refused']);
});

test('a chain of jumps back is verified in one go', () => {
  const jumps = 80_000;
  const back = makeInsn(operation('ja'), { off: -2 });
  const insns = [
    makeInsn(operation('mov64_imm'), { dst: 0, imm: 0 }),
    makeInsn(operation('ja32'), { imm: jumps }),
    makeInsn(operation('exit')),
    ...Array.from({ length: jumps }, () => back),
  ];
  expect(verify(requestOf(insns)).kind).toBe('accepted');
});
