import { describe, expect, test } from 'vitest';
import { ATTACH_TYPE, PROGRAM_TYPE } from '../../src/verify/kinds.js';
import type { VerifiedMap, VerifyRequest } from '../../src/verify/request.js';
import { seriesOf } from '../../src/verify/series.js';
import { MAPS } from '../support/verify/programs.js';
import { mapNumber, saidOfText } from '../support/verify/text.js';

/** The current task, which the program owns from here on, in r7. */
const own = `
  call bpf_get_current_task_btf
  r1 = r0
  kfunc bpf_task_acquire
  if r0 == 0 goto out
  r7 = r0`;
/** A value with a pointer to a task at 8, in r6. */
const find = `
  *(u32 *)(r10 - 4) = 0
  r2 = r10
  r2 += -4
  map r1 array kptr
  call bpf_map_lookup_elem
  r6 = r0`;
const exchange = (at = 8, what = 'r7'): string => `
  r1 = r6
  r1 += ${at}
  r2 = ${what}
  call bpf_kptr_xchg`;
/** Gives back what is in a register, if anything. */
const giveBack = (register = 'r0'): string => `
  if ${register} == 0 goto out
  r1 = ${register}
  kfunc bpf_task_release`;
const end = `
  out:
  r0 = 0
  exit`;

const KIND = {
  type: PROGRAM_TYPE.tracing,
  attachType: ATTACH_TYPE.fentry,
  flags: 0,
  target: 'wake_up_new_task',
};
/** The tests' maps, with a pointer of another sort in the values of that one. */
const withTag = (tag: 'kptr' | 'kptr_untrusted' | 'percpu_kptr'): readonly VerifiedMap[] =>
  MAPS.map((m, i) =>
    i === mapNumber('array', 'kptr')
      ? { ...m, fields: [{ kind: 'pointer', tag, to: 'task_struct', offset: 8 }] }
      : m,
  );
const said = (text: string, change: Partial<VerifyRequest> = {}): string | undefined =>
  saidOfText(`${text}${end}`, { kind: KIND, ...change });

/** Pairs just inside and just outside of a rule of process_kptr_func and map_kptr_match_type (kernel/bpf/verifier.c). */
const RULES: readonly (readonly [string, string, string | undefined])[] = [
  [
    'an object that is given away, and the former given back',
    `${own}${find}${exchange()}${giveBack()}`,
    undefined,
  ],
  ['the former that is not', `${own}${find}${exchange()}`, 'Unreleased reference id=4 alloc_insn=15'],
  [
    'the object that was given away',
    `${own}${find}${exchange()}${giveBack()}${giveBack('r7')}`,
    'release kfunc bpf_task_release expects referenced PTR_TO_BTF_ID passed to R1',
  ],
  ['null for an object', `${find}${exchange(8, '0')}${giveBack()}`, undefined],
  [
    'an object that is not owned',
    `call bpf_get_current_task_btf\nr7 = r0${find}${exchange()}${giveBack()}`,
    'release helper bpf_kptr_xchg expects referenced PTR_TO_BTF_ID passed to R2',
  ],
  [
    'what may be null',
    `call bpf_get_current_task_btf\nr1 = r0\nkfunc bpf_task_acquire\nr7 = r0${find}${exchange()}${giveBack()}`,
    'Possibly NULL pointer passed to helper R2',
  ],
  ['a number', `${find}${exchange(8, '1')}`, 'R2 type=scalar expected=ptr_, trusted_ptr_, rcu_ptr_'],
  [
    'an object of another type',
    `kfunc bpf_cpumask_create\nif r0 == 0 goto out\nr7 = r0${find}${exchange()}`,
    'invalid kptr access, R2 type=trusted_ptr_bpf_cpumask expected=ptr_task_struct',
  ],
  ['beside the field', `${own}${find}${exchange(0)}`, "off=0 doesn't point to kptr"],
  [
    'in a value without one',
    `${own}${find.replace('array kptr', 'hash bpf_timer')}\nif r0 == 0 goto out${exchange()}`,
    'R1 has no valid kptr',
  ],
  [
    'in a value without types',
    `${own}${find.replace('array kptr', 'array')}${exchange()}`,
    "map 'array' has to have BTF in order to use bpf_kptr_xchg",
  ],
  [
    'at an offset that is not known',
    `${own}${find}\nr3 = *(u64 *)(r6 + 0)\nr3 &= 8\nr1 = r6\nr1 += r3\nr2 = r7\ncall bpf_kptr_xchg`,
    "R1 doesn't have constant offset. kptr has to be at the constant offset",
  ],
  [
    'on the stack',
    `${own}\nr1 = r10\nr1 += -8\nr2 = r7\ncall bpf_kptr_xchg`,
    'R1 type=fp expected=map_value, ptr_, ptr_, rcu_ptr_',
  ],
  ['stored', `${own}${find}\n*(u64 *)(r6 + 8) = r7`, 'store to referenced kptr disallowed'],
];

test.each(RULES)('%s', (_, text, message) => {
  expect(said(text)).toBe(message);
});

describe('pointers that a map does not own', () => {
  const maps = withTag('kptr_untrusted');
  const store = (what: string): string => `r7 = *(u64 *)(r1 + 0)${find}\n*(u64 *)(r6 + 8) = ${what}`;

  test('are stored', () => {
    expect(said(store('r7'), { maps })).toBeUndefined();
    expect(said(store('r10'), { maps })).toBe(
      'invalid kptr access, R10 type=fp expected=ptr_task_struct or untrusted_ptr_task_struct',
    );
    expect(said(store('0'), { maps })).toBeUndefined();
    expect(said(store('1'), { maps })).toBe('BPF_ST imm must be 0 when storing to kptr at off=8');
  });

  test('are not exchanged', () => {
    expect(said(`${own}${find}${exchange()}`, { maps })).toBe("off=8 kptr isn't referenced kptr");
  });

  test('are all of them before Linux 6.4', () => {
    const series = seriesOf('6.1');
    expect(
      said(`${find.replace('r6 = r0', 'if r0 == 0 goto out\nr6 = r0')}${exchange(8, '0')}`, { series }),
    ).toBe("off=8 kptr isn't referenced kptr");
  });
});
