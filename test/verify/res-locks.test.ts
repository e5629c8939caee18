import { expect, test } from 'vitest';
import { saidOfText } from '../support/verify/text.js';

/** Finds a value with a lock, and keeps its address in a register. */
const find = (register: string, field = 'bpf_res_spin_lock'): string => `
  *(u32 *)(r10 - 4) = 0
  r2 = r10
  r2 += -4
  map r1 hash ${field}
  call bpf_map_lookup_elem
  if r0 == 0 goto out
  ${register} = r0`;
const lock = (register: string): string => `
  r1 = ${register}
  kfunc bpf_res_spin_lock
  if r0 != 0 goto out`;
const unlock = (register: string): string => `
  r1 = ${register}
  kfunc bpf_res_spin_unlock`;
const irq = (name: string, register: string, at = -16): string => `
  r1 = ${register}
  r2 = r10
  r2 += ${at}
  kfunc bpf_res_spin_${name}`;
const lockIrq = (register: string, at = -16): string =>
  `${irq('lock_irqsave', register, at)}\nif r0 != 0 goto out`;
const unlockIrq = (register: string, at = -16): string => irq('unlock_irqrestore', register, at);
const end = `
  out:
  r0 = 0
  exit`;
const HELD = 'BPF_EXIT instruction in main prog cannot be used inside bpf_spin_lock-ed region';

/** Pairs just inside and just outside of a rule of process_spin_lock and its neighbours (kernel/bpf/verifier.c). */
const RULES: readonly (readonly [string, string, string | undefined])[] = [
  ['a lock that is let go', `${find('r6')}${lock('r6')}${unlock('r6')}`, undefined],
  ['that is not', `${find('r6')}${lock('r6')}`, HELD],
  ['that was not taken', `${find('r6')}${unlock('r6')}`, 'bpf_res_spin_unlock without taking a lock'],
  [
    'let go where taking it failed',
    `${find('r6')}\nr1 = r6\nkfunc bpf_res_spin_lock${unlock('r6')}`,
    'bpf_res_spin_unlock without taking a lock',
  ],
  [
    'taken again',
    `${find('r6')}${lock('r6')}\nr1 = r6\nkfunc bpf_res_spin_lock\nif r0 != 0 goto failed${unlock('r6')}\nfailed:${unlock('r6')}`,
    'Acquiring the same lock again, AA deadlock detected',
  ],
  [
    'two, the inner first',
    `${find('r6')}${find('r7')}${lock('r6')}\nr1 = r7\nkfunc bpf_res_spin_lock\nif r0 != 0 goto failed${unlock('r7')}\nfailed:${unlock('r6')}`,
    undefined,
  ],
  [
    'two, the outer first',
    `${find('r6')}${find('r7')}${lock('r6')}\nr1 = r7\nkfunc bpf_res_spin_lock\nif r0 != 0 goto failed${unlock('r6')}\nfailed:${unlock('r7')}`,
    'bpf_res_spin_unlock cannot be out of order',
  ],
  [
    'another one let go',
    `${find('r6')}${find('r7')}${lock('r6')}${unlock('r7')}`,
    'bpf_res_spin_unlock of different lock',
  ],
  [
    'of a value without one',
    `${find('r6', 'bpf_timer')}${lock('r6')}`,
    "map 'hash' has no valid bpf_res_spin_lock",
  ],
  [
    'at another offset',
    `${find('r6')}\nr6 += 4${lock('r6')}`,
    "off 4 doesn't point to 'struct bpf_res_spin_lock' that is at 0",
  ],
  [
    'of no value',
    'r1 = r10\nr1 += -8\nkfunc bpf_res_spin_lock',
    "R1 doesn't point to map value or allocated object",
  ],
  [
    'of what may be null',
    `${find('r6').replace('if r0 == 0 goto out', '')}${lock('r6')}`,
    'Possibly NULL pointer passed to trusted R1',
  ],
  [
    'a helper with it held',
    `${find('r6')}${lock('r6')}\ncall bpf_ktime_get_ns${unlock('r6')}`,
    'function calls are not allowed while holding a lock',
  ],
  ['interrupts off', `${find('r6')}${lockIrq('r6')}${unlockIrq('r6')}`, undefined],
  [
    'let go as if they were on',
    `${find('r6')}${lockIrq('r6')}${unlock('r6')}`,
    'bpf_res_spin_unlock of different lock',
  ],
  [
    'as if they were off',
    `${find('r6')}${lock('r6')}${unlockIrq('r6')}`,
    'bpf_res_spin_unlock of different lock',
  ],
  [
    'flags of another kind',
    `${find('r6')}\nr1 = r10\nr1 += -24\nkfunc bpf_local_irq_save${lockIrq('r6')}${unlockIrq('r6', -24)}`,
    'irq flag acquired by native kfuncs cannot be restored with lock kfuncs',
  ],
  [
    'flags where some are',
    `${find('r6')}\nr1 = r10\nr1 += -16\nkfunc bpf_local_irq_save${lockIrq('r6')}`,
    'expected uninitialized irq flag as R2',
  ],
  [
    'flags at an address that is not aligned',
    `${find('r6')}${lockIrq('r6', -12)}`,
    'expected uninitialized irq flag as R2',
  ],
];

test.each(RULES)('%s', (_, text, said) => {
  expect(saidOfText(`${text}${end}`)).toBe(said);
});

test('a failed attempt leaves what it found', () => {
  const failed = `${find('r6')}\nr1 = r6\nkfunc bpf_res_spin_lock\nif r0 == 0 goto held`;
  expect(
    saidOfText(`${failed}\nif r0 s> -1 goto held\nr0 = 0\nexit\nheld:${unlock('r6')}${end}`),
  ).toBeUndefined();
});
