import { expect, test } from 'vitest';
import { type Insn, makeInsn } from '../../src/isa/insn.js';
import { operation } from '../../src/isa/table.js';
import { Btf, type BtfType } from '../../src/object/btf.js';
import { Bytes } from '../../src/object/bytes.js';
import { Strings } from '../../src/object/strings.js';
import { KFUNCS } from '../../src/verify/calls/kfuncs.js';
import type { VerifyRequest } from '../../src/verify/request.js';
import { seriesOf } from '../../src/verify/series.js';
import { verify } from '../../src/verify/verify.js';
import { assembleText } from '../support/assemble.js';
import { MAPS, requestOf } from '../support/verify/programs.js';

const insnsOf = (text: string): readonly Insn[] => {
  const { insns, diagnostics } = assembleText(text);
  expect(diagnostics).toEqual([]);
  return insns.filter((insn) => insn.op !== undefined);
};

/** What is said of a program; undefined if it is accepted. */
function saidOf(insns: readonly Insn[], change: Partial<VerifyRequest> = {}): string | undefined {
  const verdict = verify(requestOf(insns, change));
  if (verdict.kind === 'not judged') return verdict.why;
  return verdict.kind === 'refused' ? verdict.refusal.message : undefined;
}

const kfunc = (name: string): Insn =>
  makeInsn(operation('call_kfunc'), { imm: [...KFUNCS.rows.keys()].indexOf(name) });

/** Finds a value with a lock and holds it while it runs `held`, which may use r7 to r9. */
const underLock = (...held: readonly Insn[]): readonly Insn[] => [
  ...insnsOf('*(u32 *)(r10 - 4) = 0\nr2 = r10\nr2 += -4'),
  makeInsn(operation('lddw_map_fd'), { dst: 1, imm: MAPS.findIndex(({ fields }) => fields.length > 0) }),
  ...insnsOf('call bpf_map_lookup_elem\nif r0 != 0 goto +1\nexit\nr6 = r0\nr1 = r0\ncall bpf_spin_lock'),
  ...held,
  ...insnsOf('r1 = r6\ncall bpf_spin_unlock\nr0 = 0\nexit'),
];
/** Address of the iterator in r1. */
const ITERATOR = 'r1 = r10\nr1 += -16';
const loop = [
  ...insnsOf(`${ITERATOR}\nr2 = 0\nr3 = 4`),
  kfunc('bpf_iter_num_new'),
  ...insnsOf(ITERATOR),
  kfunc('bpf_iter_num_destroy'),
];
const UNDER_LOCK = 'function calls are not allowed while holding a lock';

test.each([
  ['a loop over numbers', loop, '7.3', undefined],
  ['a loop over numbers', loop, '6.12', UNDER_LOCK],
  ['another kfunc', [kfunc('bpf_rcu_read_lock'), kfunc('bpf_rcu_read_unlock')], '7.3', UNDER_LOCK],
  ['a helper', insnsOf('call bpf_ktime_get_ns'), '7.3', UNDER_LOCK],
] as const)('%s with a lock held, Linux %3$s', (_, held, release, said) => {
  expect(saidOf(underLock(...held), { series: seriesOf(release) })).toBe(said);
});

/** Hands a helper the first four bytes of the packet in r2 and r1. */
const withPacket = (call: string): string => `
  r2 = *(u32 *)(r1 + 76)
  r3 = *(u32 *)(r1 + 80)
  r4 = r2
  r4 += 4
  if r4 > r3 goto out
  ${call}
  out:
  r0 = 0
  exit`;

test('helpers take the packet where their prototypes say so', () => {
  const strtol = 'r1 = r2\nr2 = 4\nr3 = 0\nr4 = r10\nr4 += -8\ncall bpf_strtol';
  expect(saidOf(insnsOf(withPacket(strtol)))).toBe('helper access to the packet is not allowed');
  const sum = 'r1 = r2\nr2 = 4\nr3 = 0\nr4 = 0\nr5 = 0\ncall bpf_csum_diff';
  expect(saidOf(insnsOf(withPacket(sum)))).toBeUndefined();
});

const NO_BYTES = new Bytes(new Uint8Array(), 'B1006', 'types', 0);

/** A program that calls a function with so many arguments that is verified by itself. */
function callOfGlobal(count: number): VerifyRequest {
  const int: BtfType = { kind: 'int', name: 'int', size: 4, bits: 32, signed: true };
  const proto = (parameters: number): BtfType => ({
    kind: 'func_proto',
    name: '',
    returns: 1,
    parameters: Array.from({ length: parameters }, (_, i) => ({ name: `a${i}`, type: 1 })),
  });
  const types: readonly BtfType[] = [
    { kind: 'void', name: '' },
    int,
    proto(0),
    { kind: 'func', name: 'main', type: 2, linkage: 'static' },
    proto(count),
    { kind: 'func', name: 'f', type: 4, linkage: 'global' },
  ];
  const text = `${[1, 2, 3, 4, 5].map((n) => `r${n} = 0`).join('\n')}\ncall f\nr0 = 0\nexit\nf:\nr0 = 0\nexit`;
  const btf = new Btf(types, new Strings(NO_BYTES), NO_BYTES);
  const functions = [
    { slot: 0, type: 3 },
    { slot: 8, type: 5 },
  ];
  return requestOf(insnsOf(text), { program: { btf, functions } });
}

test('a function takes as many arguments as there are registers for them', () => {
  expect(verify(callOfGlobal(5)).kind).toBe('accepted');
  expect(verify(callOfGlobal(11))).toMatchObject({
    kind: 'refused',
    refusal: {
      errno: 'EINVAL',
      message: "Caller passes invalid args into func#1 ('f')",
      before: ['Global function f() with 11 > 5 args. Buggy compiler.'],
    },
  });
});
