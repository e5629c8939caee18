import fc from 'fast-check';
import { targetSlot } from '../../../src/isa/flow.js';
import { type Field, FORMS } from '../../../src/isa/forms.js';
import { helperByName } from '../../../src/isa/helpers.js';
import { type Insn, makeInsn, slotsOf } from '../../../src/isa/insn.js';
import { isInternal } from '../../../src/isa/operation.js';
import { OPERATIONS, operation } from '../../../src/isa/table.js';
import type { SpecialField } from '../../../src/object/special-fields.js';
import type { KernelTypes } from '../../../src/verify/c-type.js';
import { HELPERS } from '../../../src/verify/calls/helpers.js';
import { KFUNCS } from '../../../src/verify/calls/kfuncs.js';
import type { ArgumentType, CallRow } from '../../../src/verify/calls/row.js';
import { UNPROVIDED_HELPERS } from '../../../src/verify/calls/unprovided.js';
import { ATTACH_TYPE, PROGRAM_TYPE } from '../../../src/verify/kinds.js';
import { type LinuxMapType, MAP_TYPES_OF_LINUX } from '../../../src/verify/map-types.js';
import type { VerifiedMap, VerifyRequest } from '../../../src/verify/request.js';
import { SERIES, seriesOf } from '../../../src/verify/series.js';

const FUNCTION = 'wake_up_new_task';
const INT = { kind: 'int', name: 'int', size: 4, signed: true } as const;
const TASK = { kind: 'pointer', to: { kind: 'struct', name: 'task_struct' } } as const;
/** One function to attach to, and a structure of one member. */
const TYPES: KernelTypes = {
  struct: (name) =>
    name === 'task_struct'
      ? { name, size: 16, members: [{ name: 'real_parent', bitOffset: 64, bits: 64, type: TASK }] }
      : undefined,
  function: (name) =>
    name === FUNCTION
      ? {
          name,
          returns: INT,
          parameters: [
            { name: 'task', type: TASK },
            { name: 'n', type: INT },
          ],
        }
      : undefined,
  tracepoint: () => undefined,
  variable: () => undefined,
};

const map = (type: LinuxMapType, valueSize: number, fields: readonly SpecialField[] = []): VerifiedMap => ({
  name: type,
  type: MAP_TYPES_OF_LINUX.indexOf(type),
  keySize: type === 'ringbuf' ? 0 : 4,
  valueSize,
  // Only of arrays with one element can the address of a value be loaded.
  maxEntries: type === 'array' ? 1 : 4,
  flags: 0,
  isFrozen: false,
  fields,
});
const managed = (type: string): SpecialField => ({ kind: 'managed', type, offset: 0 });

/** Maps of the sorts that a walk tells apart. */
export const MAPS: readonly VerifiedMap[] = [
  map('array', 16),
  map('hash', 64),
  map('hash', 24, [managed('bpf_spin_lock')]),
  map('hash', 24, [managed('bpf_timer')]),
  map('array', 16, [{ kind: 'pointer', tag: 'kptr', to: 'task_struct', offset: 8 }]),
  map('ringbuf', 0),
  map('prog_array', 4),
  map('queue', 8),
  { ...map('array_of_maps', 4), inner: map('hash', 8) },
  map('hash', 24, [managed('bpf_res_spin_lock')]),
  { ...map('array', 8), flags: 0x80, isFrozen: true, content: Uint8Array.of(65, 66, 0, 1, 2, 3, 4, 5) },
];

const KFUNC_ROWS = [...KFUNCS.rows.values()];

/** A request of a kind of program that is the same everywhere but for what is given. */
export const requestOf = (insns: readonly Insn[], change: Partial<VerifyRequest> = {}): VerifyRequest => ({
  insns,
  kind: { type: PROGRAM_TYPE.tc, attachType: 0, flags: 0 },
  maps: MAPS,
  variables: ['bpf_prog_active', 'runqueues'],
  kfuncs: KFUNC_ROWS.map((row) => row.name),
  licence: 'GPL',
  capabilities: 'all',
  series: seriesOf('7.3'),
  arch: 'amd64',
  processors: 1,
  types: TYPES,
  ...change,
});

const insn = (name: string, fields: Partial<Omit<Insn, 'op'>> = {}): Insn =>
  makeInsn(operation(name), fields);
const register = fc.integer({ min: 0, max: 9 });
const small = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(0, 1, 4, 8, 16, 64, -1) },
  { weight: 1, arbitrary: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }) },
);
/** Offsets from the frame pointer, most often of eight aligned bytes in the stack. */
const onStack = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: 1, max: 8 }).map((n) => -8 * n) },
  { weight: 1, arbitrary: fc.integer({ min: -520, max: 8 }) },
);

const addressOfStack = (dst: number): fc.Arbitrary<Insn[]> =>
  onStack.map((imm) => [insn('mov64_reg', { dst, src: 10 }), insn('add64_imm', { dst, imm })]);
const addressOfMap = (dst: number): fc.Arbitrary<Insn[]> =>
  fc.nat(MAPS.length - 1).map((imm) => [insn('lddw_map_fd', { dst, imm })]);
const addressOfValue = (dst: number): fc.Arbitrary<Insn[]> =>
  fc.constantFrom(0, 4, 10).map((imm) => [insn('lddw_map_value', { dst, imm })]);
const copy = (dst: number): fc.Arbitrary<Insn[]> => register.map((src) => [insn('mov64_reg', { dst, src })]);
const number = (dst: number): fc.Arbitrary<Insn[]> => small.map((imm) => [insn('mov64_imm', { dst, imm })]);

/** What an argument may be given so that it fits more often than not. */
function argument(type: ArgumentType, dst: number): fc.Arbitrary<Insn[]> {
  if (type === 'map') return addressOfMap(dst);
  if (type === 'ctx') return fc.constant([insn('mov64_reg', { dst, src: 6 })]);
  if (type === 'callback') return fc.constant([insn('lddw_func', { dst })]);
  if (/size|any/.test(type)) return fc.oneof(number(dst), copy(dst));
  return fc.oneof(addressOfStack(dst), addressOfStack(dst), addressOfValue(dst), copy(dst));
}

/** A call with its arguments; what it gives is most often compared with 0, and kept. */
function callOf(row: CallRow, call: Insn): fc.Arbitrary<Insn[]> {
  return fc
    .tuple(
      fc.tuple(...row.args.map(({ type }, i) => argument(type, i + 1))),
      fc.boolean(),
      fc.integer({ min: 0, max: 3 }),
      fc.integer({ min: 7, max: 9 }),
    )
    .map(([args, isTested, off, kept]) => [
      ...args.flat(),
      call,
      ...(isTested ? [insn('jeq64_imm', { dst: 0, off })] : []),
      insn('mov64_reg', { dst: kept, src: 0 }),
    ]);
}

const calls: readonly fc.Arbitrary<Insn[]>[] = [
  ...[...HELPERS.rows.values(), ...UNPROVIDED_HELPERS.rows.values()].map((row) =>
    callOf(row, insn('call', { imm: helperByName(row.name)!.id })),
  ),
  ...KFUNC_ROWS.map((row, imm) => callOf(row, insn('call_kfunc', { imm }))),
];

const FREE = OPERATIONS.filter(
  (op) =>
    !isInternal(op) &&
    ![
      'exit',
      'goto',
      'gotol',
      'gotox',
      'callx',
      'cast',
      'pseudo',
      'call_helper',
      'call_kfunc',
      'percpu',
    ].includes(op.form),
);
/** Any instruction: of what touches memory most often the stack. */
const any = fc
  .tuple(fc.constantFrom(...FREE), register, register, fc.boolean(), onStack, small, fc.nat(6))
  .map(([op, dst, src, isStack, at, imm, distance]): Insn[] => {
    const base = isStack && op.size !== 0;
    const isLoad = FORMS[op.form].touches === 'load';
    const all = {
      dst: base && !isLoad ? 10 : dst,
      src: base && isLoad ? 10 : src,
      off: op.size === 0 ? distance : at,
      imm,
      hi: 0,
    };
    const uses: readonly Field[] = FORMS[op.form].uses;
    return [makeInsn(op, Object.fromEntries(uses.map((field) => [field, all[field]])))];
  });

const piece = fc.oneof(
  { weight: 6, arbitrary: any },
  { weight: 3, arbitrary: fc.nat(calls.length - 1).chain((i) => calls[i]!) },
  { weight: 1, arbitrary: register.chain((dst) => fc.oneof(addressOfStack(dst), addressOfValue(dst))) },
);

/** Jumps lead to an instruction of the program, calls and addresses of functions to the one at its end. */
function joined(insns: readonly Insn[], fn: number): readonly Insn[] {
  const slots: number[] = [];
  let end = 0;
  for (const one of insns) {
    slots.push(end);
    end += slotsOf(one);
  }
  const own = slots.slice(0, fn);
  return insns.map((one, i) => {
    const slot = slots[i]!;
    if (one.op.form === 'call_local' || one.op.name === 'lddw_func') {
      return { ...one, imm: slots[fn]! - slot - 1 };
    }
    const target = targetSlot(one, slot);
    if (target === undefined || i >= fn) return one;
    const nearest = own.find((to) => to >= target) ?? own.at(-1)!;
    return { ...one, off: nearest - slot - 1 };
  });
}

const BEGIN = [
  insn('mov64_reg', { dst: 6, src: 1 }),
  insn('call_local'),
  ...[1, 2, 3, 4, 5, 7, 8, 9].map((dst) => insn('mov64_imm', { dst, imm: dst })),
  ...[8, 16, 24].map((n) => insn('stdw', { dst: 10, off: -n })),
];
const END = [insn('mov64_imm', { dst: 0, imm: 0 }), insn('exit')];

/** Programs that begin as a compiler's do and go on as nobody would write them. */
const program = fc.array(piece, { minLength: 1, maxLength: 14 }).map((pieces) => {
  const main = [...BEGIN, ...pieces.flat(), ...END];
  return joined([...main, ...END], main.length);
});

const kinds = [
  { type: PROGRAM_TYPE.tc, attachType: 0, flags: 0 },
  { type: PROGRAM_TYPE.xdp, attachType: 0, flags: 0 },
  { type: PROGRAM_TYPE.kprobe, attachType: 0, flags: 0 },
  { type: PROGRAM_TYPE.rawTracepoint, attachType: 0, flags: 0 },
  { type: PROGRAM_TYPE.syscall, attachType: 0, flags: 16 },
  { type: PROGRAM_TYPE.tracing, attachType: ATTACH_TYPE.fentry, flags: 0, target: FUNCTION },
] as const;

/** Requests to load them, by everybody, to every kernel. */
export const hostileRequest: fc.Arbitrary<VerifyRequest> = fc
  .record({
    insns: program,
    kind: fc.constantFrom(...kinds),
    capabilities: fc.oneof(
      { weight: 8, arbitrary: fc.constant('all' as const) },
      { weight: 1, arbitrary: fc.constantFrom('bpf' as const, 'bpf+perfmon' as const) },
    ),
    series: fc.oneof(
      { weight: 4, arbitrary: fc.constant(seriesOf('7.3')) },
      { weight: 1, arbitrary: fc.constantFrom(...SERIES) },
    ),
    licence: fc.oneof(
      { weight: 9, arbitrary: fc.constant('GPL') },
      { weight: 1, arbitrary: fc.constant('none') },
    ),
  })
  .map(({ insns, ...change }) => requestOf(insns, change));
