// cspell:ignore frobnicate
import { describe, expect, test } from 'vitest';
import { helperByName } from '../../src/isa/helpers.js';
import { isOtherKfunc } from '../../src/isa/kfuncs.js';
import { KINDS } from '../../src/kernel/attach/kinds.js';
import { callRow, refuseCall } from '../../src/kernel/boot/callers.js';
import { LEAF_NAMES } from '../../src/kernel/leaves.js';
import { findModel } from '../../src/kernel/model.js';
import { HELPERS } from '../../src/verify/calls/helpers.js';
import { KFUNCS } from '../../src/verify/calls/kfuncs.js';
import { hasKind, kindsOf } from '../../src/verify/calls/row.js';
import { tinybpfHere } from '../support/in-process.js';
import { boot } from '../support/kernel.js';
import { refusalOf } from '../support/refusal.js';

const rows = [...HELPERS.rows.values(), ...KFUNCS.rows.values()];
const { symbols, parameters } = boot('scenario { }');

test('what programs can call has a row, and what has a row can be called', () => {
  const named = [...symbols.callees('public')].filter((name) => !name.startsWith('trace_'));
  expect(named.sort()).toEqual(rows.map((row) => row.name).sort());
});

/** Of Linux's kfuncs those that are provided, as its sources spell them. */
const OF_LINUX = `
  bpf_cast_to_kern_ctx bpf_cpumask_acquire bpf_cpumask_and bpf_cpumask_any_and_distribute
  bpf_cpumask_any_distribute bpf_cpumask_clear bpf_cpumask_clear_cpu bpf_cpumask_copy bpf_cpumask_create
  bpf_cpumask_empty bpf_cpumask_equal bpf_cpumask_first bpf_cpumask_first_and bpf_cpumask_first_zero
  bpf_cpumask_full bpf_cpumask_intersects bpf_cpumask_or bpf_cpumask_populate bpf_cpumask_release
  bpf_cpumask_set_cpu bpf_cpumask_setall bpf_cpumask_subset bpf_cpumask_test_and_clear_cpu
  bpf_cpumask_test_and_set_cpu bpf_cpumask_test_cpu bpf_cpumask_weight bpf_cpumask_xor bpf_dynptr_adjust
  bpf_dynptr_clone bpf_dynptr_is_null bpf_dynptr_is_rdonly bpf_dynptr_size bpf_dynptr_slice
  bpf_dynptr_slice_rdwr bpf_modify_return_test_tp bpf_iter_num_destroy bpf_iter_num_new bpf_iter_num_next
  bpf_local_irq_restore bpf_local_irq_save bpf_preempt_disable bpf_preempt_enable bpf_rcu_read_lock
  bpf_rcu_read_unlock bpf_rdonly_cast bpf_res_spin_lock bpf_res_spin_lock_irqsave bpf_res_spin_unlock
  bpf_res_spin_unlock_irqrestore bpf_session_cookie bpf_session_is_return bpf_task_acquire
  bpf_task_release
`
  .trim()
  .split(/\s+/);

test('helpers have numbers, and kfuncs are ones that Linux has', () => {
  expect([...HELPERS.rows.keys()].filter((name) => helperByName(name) === undefined)).toEqual([]);
  expect([...KFUNCS.rows.keys()].sort()).toEqual(OF_LINUX.sort());
  expect(OF_LINUX.filter((name) => isOtherKfunc(name))).toEqual([]);
});

test('functions take as many arguments as their rows say', () => {
  // Linux checks fewer of this one: those of its format are optional.
  const differing = rows.filter(({ name, args }) => {
    if (LEAF_NAMES.includes(name) || name === 'bpf_trace_printk') return false;
    return parameters.get(symbols.functionIndex(name)) !== args.length;
  });
  expect(differing.map((row) => row.name)).toEqual([]);
});

test('sets of kinds name kinds that there are', () => {
  const sets = rows.flatMap((row) => row.callers.map((c) => c.kinds));
  const named = [...new Set(sets)].flatMap((set) => kindsOf(set) ?? []);
  expect(named.filter((kind) => !Object.hasOwn(KINDS, kind))).toEqual([]);
});

test('a set without a list has every kind', () => {
  expect(hasKind('every', 'tc')).toBe(true);
  expect(hasKind('tracing', 'tc')).toBe(false);
  expect(hasKind('trampoline', 'fexit')).toBe(true);
});

/** What kernels let programs of a kind call: their answers are recorded, or follow from the tables in their sources. */
const ANSWERS: readonly (readonly [string, keyof typeof KINDS, string, boolean])[] = [
  ['bpf_get_current_pid_tgid', 'tc', '6.1', false],
  ['bpf_get_current_pid_tgid', 'tc', '6.12', true],
  ['bpf_get_current_uid_gid', 'tc', '6.12', false],
  ['bpf_get_current_uid_gid', 'tc', '7.3', true],
  ['bpf_get_current_uid_gid', 'syscall', '6.1', true],
  ['bpf_probe_read_kernel', 'tc', '6.1', true],
  ['bpf_probe_read', 'tc', '7.3', false],
  ['bpf_jiffies64', 'tc', '6.1', true],
  ['bpf_ktime_get_coarse_ns', 'fentry', '7.3', false],
  ['bpf_ktime_get_coarse_ns', 'tc', '6.1', true],
  ['bpf_get_func_arg', 'kprobe', '7.3', false],
  ['bpf_get_func_arg', 'fmod_ret', '7.3', true],
  ['bpf_get_attach_cookie', 'raw_tp', '6.1', false],
  ['bpf_get_attach_cookie', 'raw_tp', '6.12', true],
  ['bpf_get_attach_cookie', 'iter', '7.3', false],
  ['bpf_cpumask_create', 'fentry', '6.12', true],
  ['bpf_cpumask_create', 'fentry', '6.1', false],
  ['bpf_cpumask_create', 'raw_tp', '7.3', false],
  ['bpf_rcu_read_lock', 'tc', '6.12', true],
  ['bpf_rcu_read_lock', 'kprobe', '6.1', false],
  ['bpf_local_irq_save', 'kprobe', '6.12', false],
  ['bpf_local_irq_save', 'kprobe', '6.18', true],
  ['bpf_preempt_disable', 'raw_tp', '6.12', true],
];

test.each(ANSWERS)('%s in a %s program on Linux %s: %s', (name, kind, release, allowed) => {
  const model = findModel(`amd64-${release}`)!;
  expect(callRow(name)).toBeDefined();
  expect(refuseCall(name, { kind, model }) === undefined).toBe(allowed);
});

describe('a call that is refused says why', () => {
  const lab = (kind: string, call: string, kernel: string): string =>
    `function f(u64 a) {\n    r0 = 0\n    exit\n}\nprogram p : ${kind} {\n    call ${call}\n    r0 = 0\n    exit\n}\nscenario { kernel ${kernel} }`;
  const CASES: readonly (readonly [string, string, string, RegExp, readonly RegExp[]])[] = [
    [
      'tc',
      'bpf_get_current_uid_gid',
      'arm64-6.12',
      /error\[B0608\]: programs of kind tc cannot call `bpf_get_current_uid_gid` on arm64-6\.12\n/,
      [/they can since Linux 6\.16/, /program of this type cannot use helper bpf_get_current_uid_gid#15/],
    ],
    [
      'tc',
      'bpf_get_current_pid_tgid',
      'amd64-6.1',
      /error\[B0608\]: programs of kind tc cannot call/,
      [/since Linux 6\.10/, /unknown func bpf_get_current_pid_tgid#14/],
    ],
    [
      'kprobe/f',
      'bpf_get_func_arg_cnt',
      'amd64-7.3',
      /error\[B0608\]: programs of kind kprobe cannot call/,
      [/programs of these kinds can: fentry, fexit, fmod_ret, fsession\n/, /bpf_get_func_arg_cnt#185/],
    ],
    [
      'kprobe/f',
      'bpf_cpumask_create',
      'amd64-7.3',
      /error\[B0608\]: programs of kind kprobe cannot call/,
      [/tp_btf/, /calling kernel function bpf_cpumask_create is not allowed/],
    ],
    [
      'fentry/f',
      'bpf_preempt_disable',
      'amd64-6.1',
      /error\[B0608\]: amd64-6\.1 has no `bpf_preempt_disable`\n/,
      [/came with Linux 6\.10; `--kernel` chooses another/],
    ],
  ];
  test.each(CASES)('%s: %s on %s', (kind, call, kernel, message, others) => {
    const said = refusalOf(() => boot(lab(kind, call, kernel)));
    for (const part of [message, / --> test\.bpf:6:10/, ...others]) expect(said).toMatch(part);
  });
});

describe('a function that nobody provides', () => {
  const source = (name: string): string =>
    `program p : syscall {\n    call ${name}\n    r0 = 0\n    exit\n}\nscenario { }`;

  test('is said to be of Linux where Linux has it', () => {
    expect(refusalOf(() => boot(source('bpf_skb_store_bytes')))).toMatch(
      /error\[B0608\]: `bpf_skb_store_bytes` exists in Linux, but this emulator does not provide it/,
    );
  });

  test.each([
    [
      'provided-by-nobody',
      'frobnicate',
      /error\[B0601\]: `frobnicate` is declared in the object, and nobody provides it/,
    ],
    [
      'provided-by-nobody',
      'dynptrs',
      /error\[B0608\]: `bpf_dynptr_copy` exists in Linux, but this emulator does not provide it/,
    ],
  ])('of object %s, program %s', async (object, _program, message) => {
    const { status, stderr } = await tinybpfHere(['run', `test/data/objects/${object}.bpf.o`]);
    expect(status).toBe(1);
    expect(stderr).toMatch(message);
  });
});

describe('list kinds', () => {
  // fsession came with Linux 7.0, fprobes on arm64 with 6.14, direct calls on arm64 with 6.4, kprobe.session with 6.10.
  test.each([
    ['arm64-7.3', ['fentry', 'fsession', 'kprobe', 'kprobe.multi', 'kprobe.session'], []],
    ['arm64-6.12', ['fentry', 'kprobe'], ['fsession', 'kprobe.multi', 'kprobe.session']],
    ['arm64-6.1', ['kprobe', 'raw_tp'], ['fentry', 'fexit', 'freplace', 'kprobe.multi']],
    ['amd64-6.1', ['fentry', 'kprobe.multi'], ['fsession', 'kprobe.session']],
  ])('of %s are those that it has', async (kernel, there, missing) => {
    const { stdout } = await tinybpfHere(['list', 'kinds', '--kernel', kernel]);
    const names = stdout.split('\n').map((line) => line.split(' ')[0]);
    expect(names).toEqual(expect.arrayContaining(there));
    expect(names.filter((name) => missing.includes(name!))).toEqual([]);
  });
});

describe('list', () => {
  test.each([
    ['helpers', /^ *15 +bpf_get_current_uid_gid +int .* 4\.2 +all but tc, all since 6\.16$/m],
    [
      'helpers',
      /^183 +bpf_get_func_arg +ctx ctx, any n, out_u64 value +int .* fentry fexit fmod_ret fsession$/m,
    ],
    ['kfuncs', /^bpf_cpumask_create +bpf_cpumask_or_null +acquires +6\.3 /m],
  ])('%s', async (what, line) => {
    const { status, stdout } = await tinybpfHere(['list', what]);
    expect(status).toBe(0);
    expect(stdout).toMatch(line);
  });
});
