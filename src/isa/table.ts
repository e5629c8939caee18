import type { Form } from './forms.js';
import type { Compute, Condition, IsaVersion, Operation, Select } from './operation.js';
import * as a32 from './semantics/alu32.js';
import * as a64 from './semantics/alu64.js';
import * as cmp from './semantics/compare.js';
import * as swap from './semantics/swap.js';
import * as wasm from './semantics/wasm.js';

/** Instruction classes (low three bits of the opcode) and the bits beside them; RFC 9669 section 3. */
const LD = 0x00;
const LDX = 0x01;
const ST = 0x02;
const STX = 0x03;
const ALU = 0x04;
const JMP = 0x05;
const JMP32 = 0x06;
const ALU64 = 0x07;
const REG = 0x08;
const MODE_ABS = 0x20;
const MODE_IND = 0x40;
const MODE_MEM = 0x60;
const MODE_SX = 0x80;
const MODE_ATOMIC = 0xc0;

const SIZES = [
  { size: 4, bits: 0x00, letter: 'w' },
  { size: 2, bits: 0x08, letter: 'h' },
  { size: 1, bits: 0x10, letter: 'b' },
  { size: 8, bits: 0x18, letter: 'dw' },
] as const;

type Row = Omit<Operation, 'id'>;

interface Extra {
  readonly select?: Select;
  readonly kernelText?: string;
  readonly mnemonic?: string;
  readonly width?: 32 | 64;
  readonly size?: Operation['size'];
  readonly signed?: boolean;
  readonly isa?: IsaVersion;
  readonly compute?: Compute;
  readonly condition?: Condition;
  readonly wasm?: string;
  readonly rmw?: NonNullable<Operation['rmw']>;
}

function row(name: string, form: Form, opcode: number, text: string, extra: Extra = {}): Row {
  return {
    name,
    form,
    opcode,
    text,
    kernelText: text,
    mnemonic: name,
    width: 64,
    size: 0,
    signed: false,
    isa: 'v1',
    ...extra,
  };
}

/** What an operation means: on 64 and on 32 bits to the interpreter, and to WebAssembly. */
type Meaning<T> = readonly [on64: T, on32: T, wasm: string];

/** One arithmetic operation: four rows, for 64 and 32 bits, immediate and register. */
function alu(
  name: string,
  text: string,
  code: number,
  [run64, run32, meaning]: Meaning<Compute>,
  off?: 1,
): Row[] {
  const told: Extra = off === undefined ? {} : { select: { field: 'off', value: off }, isa: 'v4' };
  const extra: Extra = { ...told, wasm: meaning };
  const kind = text === '=' ? 'mov' : 'alu';
  const of = (width: 32 | 64, compute: Compute): Row[] => {
    const mnemonic = width === 64 ? name : `${name}32`;
    const base = code | (width === 64 ? ALU64 : ALU);
    return [
      row(`${name}${width}_imm`, `${kind}_imm`, base, text, { ...extra, width, compute, mnemonic }),
      row(`${name}${width}_reg`, `${kind}_reg`, base | REG, text, { ...extra, width, compute, mnemonic }),
    ];
  };
  return [...of(64, run64), ...of(32, run32)];
}

function neg(width: 32 | 64, compute: Compute): Row {
  const mnemonic = width === 64 ? 'neg' : 'neg32';
  const extra: Extra = { width, compute, mnemonic, wasm: wasm.neg };
  return row(`neg${width}`, 'neg', 0x80 | (width === 64 ? ALU64 : ALU), '-', extra);
}

function extend(from: 8 | 16 | 32, width: 32 | 64, compute: Compute, meaning: string): Row {
  const name = `movsx${from}${width}`;
  const opcode = 0xb0 | REG | (width === 64 ? ALU64 : ALU);
  return row(name, 'extend', opcode, `s${from}`, {
    select: { field: 'off', value: from },
    width,
    compute,
    wasm: meaning,
    isa: 'v4',
  });
}

/** Byte order: `le` and `be` are in the 32-bit class for all widths, `bswap` in the 64-bit class. */
function swaps(
  name: 'le' | 'be' | 'bswap',
  opcode: number,
  runs: readonly [Compute, Compute, Compute],
  meanings: readonly [string, string, string],
): Row[] {
  const isa = name === 'bswap' ? 'v4' : 'v1';
  return ([16, 32, 64] as const).map((bits, i) =>
    row(`${name}${bits}`, 'swap', opcode, `${name}${bits}`, {
      select: { field: 'imm', value: bits },
      compute: runs[i]!,
      wasm: meanings[i]!,
      isa,
    }),
  );
}

/** One comparison: four rows, for 64 and 32 bits, immediate and register. */
function jump(
  name: string,
  text: string,
  code: number,
  isa: IsaVersion,
  [test64, test32, meaning]: Meaning<Condition>,
): Row[] {
  const of = (width: 32 | 64, condition: Condition): Row[] => {
    const mnemonic = width === 64 ? name : `${name}32`;
    const base = code | (width === 64 ? JMP : JMP32);
    const extra: Extra = { width, condition, mnemonic, wasm: meaning, isa: width === 64 ? isa : 'v3' };
    return [
      row(`${name}${width}_imm`, 'jump_imm', base, text, extra),
      row(`${name}${width}_reg`, 'jump_reg', base | REG, text, extra),
    ];
  };
  return [...of(64, test64), ...of(32, test32)];
}

function memory(): Row[] {
  const rows: Row[] = [];
  for (const { size, bits, letter } of SIZES) {
    const width = size === 8 ? 64 : 32;
    const text = `u${size * 8}`;
    rows.push(row(`ldx${letter}`, 'load', LDX | MODE_MEM | bits, text, { size, width }));
    if (size !== 8) {
      const signed: Extra = { size, signed: true, isa: 'v4' };
      rows.push(row(`ldxs${letter}`, 'load', LDX | MODE_SX | bits, `s${size * 8}`, signed));
    }
    rows.push(row(`st${letter}`, 'store_imm', ST | MODE_MEM | bits, text, { size }));
    rows.push(row(`stx${letter}`, 'store_reg', STX | MODE_MEM | bits, text, { size, width }));
    if (size !== 8) {
      rows.push(row(`ldabs${letter}`, 'packet_abs', LD | MODE_ABS | bits, text, { size }));
      rows.push(row(`ldind${letter}`, 'packet_ind', LD | MODE_IND | bits, text, { size }));
    }
  }
  return rows;
}

/**
 * Codes that the kernel uses for no atomic operation: here they are `this_cpu` adds, which only kernel code and guards
 * may use.
 */
const THIS_CPU = 0x200;
const FETCH = 0x01;

function atomics(width: 32 | 64): Row[] {
  const opcode = STX | MODE_ATOMIC | (width === 64 ? 0x18 : 0x00);
  const size = width === 64 ? 8 : 4;
  const suffix = width === 64 ? '' : '32';
  const kernel = width === 64 ? 'atomic64' : 'atomic';
  const at = (imm: number): Extra => ({ select: { field: 'imm', value: imm }, width, size });
  const operations: readonly (readonly [
    'add' | 'or' | 'and' | 'xor',
    string,
    number,
    Compute,
    string,
    IsaVersion,
  ])[] = [
    ['add', '+=', 0x00, width === 64 ? a64.add64 : a32.add32, wasm.add, 'v1'],
    ['or', '|=', 0x40, width === 64 ? a64.or64 : a32.or32, wasm.or, 'v3'],
    ['and', '&=', 0x50, width === 64 ? a64.and64 : a32.and32, wasm.and, 'v3'],
    ['xor', '^=', 0xa0, width === 64 ? a64.xor64 : a32.xor32, wasm.xor, 'v3'],
  ];
  const mov = width === 64 ? a64.mov64 : a32.mov32;
  const add = width === 64 ? a64.add64 : a32.add32;
  const rows = operations.flatMap(([name, text, imm, compute, meaning, isa]) => [
    row(`lock_${name}${width}`, 'lock', opcode, text, {
      ...at(imm),
      compute,
      wasm: meaning,
      rmw: name,
      isa,
      mnemonic: `lock ${name}${suffix}`,
    }),
    row(`lock_fetch_${name}${width}`, 'fetch', opcode, `atomic_fetch_${name}`, {
      ...at(imm | FETCH),
      compute,
      wasm: meaning,
      rmw: name,
      isa: 'v3',
      kernelText: `${kernel}_fetch_${name}`,
      mnemonic: `lock fetch ${name}${suffix}`,
    }),
  ]);
  rows.push(
    row(`lock_xchg${width}`, 'xchg', opcode, width === 64 ? 'xchg_64' : 'xchg32_32', {
      ...at(0xe0 | FETCH),
      compute: mov,
      wasm: wasm.mov,
      rmw: 'xchg',
      isa: 'v3',
      kernelText: `${kernel}_xchg`,
      mnemonic: `lock xchg${suffix}`,
    }),
    row(`lock_cmpxchg${width}`, 'cmpxchg', opcode, width === 64 ? 'cmpxchg_64' : 'cmpxchg32_32', {
      ...at(0xf0 | FETCH),
      rmw: 'cmpxchg',
      isa: 'v3',
      kernelText: `${kernel}_cmpxchg`,
      mnemonic: `lock cmpxchg${suffix}`,
    }),
    row(`this_cpu_add${width}`, 'this_cpu', opcode, '+=', {
      ...at(THIS_CPU),
      compute: add,
      wasm: wasm.add,
      rmw: 'add',
      isa: 'internal',
      mnemonic: `this_cpu add${suffix}`,
    }),
    row(`this_cpu_fetch_add${width}`, 'this_cpu_fetch', opcode, 'this_cpu_fetch_add', {
      ...at(THIS_CPU | FETCH),
      compute: add,
      wasm: wasm.add,
      rmw: 'add',
      isa: 'internal',
      mnemonic: `this_cpu fetch add${suffix}`,
    }),
  );
  return rows;
}

function ordered(): Row[] {
  return SIZES.flatMap(({ size, bits, letter }) => {
    const opcode = STX | MODE_ATOMIC | bits;
    const extra: Extra = { size, width: size === 8 ? 64 : 32, isa: 'v4' };
    const text = `u${size * 8}`;
    return [
      row(`load_acquire_${letter}`, 'acquire', opcode, text, {
        ...extra,
        select: { field: 'imm', value: 0x100 },
      }),
      row(`store_release_${letter}`, 'release', opcode, text, {
        ...extra,
        select: { field: 'imm', value: 0x110 },
      }),
    ];
  });
}

/** `ld_pseudo` loads: src says what the two immediates mean (linux/bpf.h, BPF_PSEUDO_*). */
function wideLoads(): Row[] {
  const opcode = LD | 0x18;
  const kinds = ['map_fd', 'map_value', 'btf_id', 'func', 'map_idx', 'map_idx_value'];
  return [
    row('lddw', 'wide', opcode, 'll', { select: { field: 'src', value: 0 } }),
    ...kinds.map((kind, i) =>
      row(`lddw_${kind}`, 'pseudo', opcode, 'ld_pseudo', {
        select: { field: 'src', value: i + 1 },
        isa: 'linux',
      }),
    ),
  ];
}

const ROWS: readonly Row[] = [
  ...alu('mov', '=', 0xb0, [a64.mov64, a32.mov32, wasm.mov]),
  ...alu('add', '+=', 0x00, [a64.add64, a32.add32, wasm.add]),
  ...alu('sub', '-=', 0x10, [a64.sub64, a32.sub32, wasm.sub]),
  ...alu('mul', '*=', 0x20, [a64.mul64, a32.mul32, wasm.mul]),
  ...alu('div', '/=', 0x30, [a64.div64, a32.div32, wasm.div]),
  ...alu('sdiv', 's/=', 0x30, [a64.sdiv64, a32.sdiv32, wasm.sdiv], 1),
  ...alu('mod', '%=', 0x90, [a64.mod64, a32.mod32, wasm.mod]),
  ...alu('smod', 's%=', 0x90, [a64.smod64, a32.smod32, wasm.smod], 1),
  ...alu('or', '|=', 0x40, [a64.or64, a32.or32, wasm.or]),
  ...alu('and', '&=', 0x50, [a64.and64, a32.and32, wasm.and]),
  ...alu('xor', '^=', 0xa0, [a64.xor64, a32.xor32, wasm.xor]),
  ...alu('lsh', '<<=', 0x60, [a64.lsh64, a32.lsh32, wasm.lsh]),
  ...alu('rsh', '>>=', 0x70, [a64.rsh64, a32.rsh32, wasm.rsh]),
  ...alu('arsh', 's>>=', 0xc0, [a64.arsh64, a32.arsh32, wasm.arsh]),
  neg(64, a64.neg64),
  neg(32, a32.neg32),
  extend(8, 64, a64.movsx8to64, wasm.movsx8),
  extend(16, 64, a64.movsx16to64, wasm.movsx16),
  extend(32, 64, a64.movsx32to64, wasm.movsx32),
  extend(8, 32, a32.movsx8to32, wasm.movsx8),
  extend(16, 32, a32.movsx16to32, wasm.movsx16),
  ...swaps(
    'le',
    0xd0 | ALU,
    [swap.keep16, swap.keep32, swap.keep64],
    [wasm.keep16, wasm.keep32, wasm.keep64],
  ),
  ...swaps(
    'be',
    0xd0 | REG | ALU,
    [swap.swap16, swap.swap32, swap.swap64],
    [wasm.swap16, wasm.swap32, wasm.swap64],
  ),
  ...swaps(
    'bswap',
    0xd0 | ALU64,
    [swap.swap16, swap.swap32, swap.swap64],
    [wasm.swap16, wasm.swap32, wasm.swap64],
  ),
  row('addr_space_cast', 'cast', 0xb0 | REG | ALU64, 'addr_space_cast', {
    select: { field: 'off', value: 1 },
    compute: a64.castAddressSpace,
    wasm: wasm.mov,
    isa: 'linux',
  }),
  row('mov_percpu', 'percpu', 0xb0 | REG | ALU64, '&(void __percpu *)', {
    select: { field: 'off', value: -1 },
    isa: 'internal',
  }),
  ...wideLoads(),
  row('ja', 'goto', 0x00 | JMP, 'goto'),
  row('ja32', 'gotol', 0x00 | JMP32, 'gotol', { isa: 'v4' }),
  row('gotox', 'gotox', 0x00 | REG | JMP, 'gotox', { isa: 'linux' }),
  row('may_goto', 'may_goto', 0xe0 | JMP, 'may_goto', { isa: 'linux' }),
  ...jump('jeq', '==', 0x10, 'v1', [cmp.eq64, cmp.eq32, wasm.eq]),
  ...jump('jne', '!=', 0x50, 'v1', [cmp.ne64, cmp.ne32, wasm.ne]),
  ...jump('jgt', '>', 0x20, 'v1', [cmp.gt64, cmp.gt32, wasm.gt]),
  ...jump('jge', '>=', 0x30, 'v1', [cmp.ge64, cmp.ge32, wasm.ge]),
  ...jump('jlt', '<', 0xa0, 'v2', [cmp.lt64, cmp.lt32, wasm.lt]),
  ...jump('jle', '<=', 0xb0, 'v2', [cmp.le64, cmp.le32, wasm.le]),
  ...jump('jsgt', 's>', 0x60, 'v1', [cmp.sgt64, cmp.sgt32, wasm.sgt]),
  ...jump('jsge', 's>=', 0x70, 'v1', [cmp.sge64, cmp.sge32, wasm.sge]),
  ...jump('jslt', 's<', 0xc0, 'v2', [cmp.slt64, cmp.slt32, wasm.slt]),
  ...jump('jsle', 's<=', 0xd0, 'v2', [cmp.sle64, cmp.sle32, wasm.sle]),
  ...jump('jset', '&', 0x40, 'v1', [cmp.set64, cmp.set32, wasm.set]),
  row('call', 'call_helper', 0x80 | JMP, 'call', { select: { field: 'src', value: 0 } }),
  row('call_local', 'call_local', 0x80 | JMP, 'call', {
    select: { field: 'src', value: 1 },
    mnemonic: 'call local',
  }),
  row('call_kfunc', 'call_kfunc', 0x80 | JMP, 'call', {
    select: { field: 'src', value: 2 },
    mnemonic: 'call runtime',
    isa: 'linux',
  }),
  row('callx', 'callx', 0x80 | REG | JMP, 'callx', { isa: 'v4' }),
  row('exit', 'exit', 0x90 | JMP, 'exit'),
  ...memory(),
  ...atomics(64),
  ...atomics(32),
  ...ordered(),
];

/** THE instruction table. */
export const OPERATIONS: readonly Operation[] = ROWS.map((r, id) => ({ ...r, id }));

const byName = new Map(OPERATIONS.map((op) => [op.name, op]));

/** The operation of that name; the name must be one of the table's. */
export function operation(name: string): Operation {
  const op = byName.get(name);
  if (op === undefined) throw new Error(`no operation ${name}`);
  return op;
}

const byOpcode: readonly (readonly Operation[])[] = Array.from({ length: 256 }, (_, opcode) =>
  OPERATIONS.filter((op) => op.opcode === opcode).sort(
    (a, b) => Number(b.select !== undefined) - Number(a.select !== undefined),
  ),
);

/** All operations that share an opcode byte, those with a sub-opcode first; empty for a byte that is not an opcode. */
export function operationsOf(opcode: number): readonly Operation[] {
  return byOpcode[opcode & 0xff] ?? [];
}

const byText = new Map<string, Operation>();
for (const op of OPERATIONS) byText.set(`${op.form} ${op.text} ${op.width} ${op.size}`, op);

/** The operation with this form and spelling, or undefined where there is none. */
export function findOperation(form: Form, text: string, width: 32 | 64, size: number): Operation | undefined {
  return byText.get(`${form} ${text} ${width} ${size}`);
}
