/**
 * An instruction as it lies in memory (RFC 9669 section 3), little endian:
 *
 *     byte 0   1         2    3    4    5    6    7
 *     +--------+----+----+----+----+----+----+----+----+
 *     | opcode |src |dst |   off   |        imm        |
 *     +--------+----+----+----+----+----+----+----+----+
 *              |7..4 3..0|
 *
 * A 64-bit immediate load is followed by a second slot whose imm holds the upper half and whose other fields are 0.
 */
export type Field = 'dst' | 'src' | 'off' | 'imm' | 'hi';

/** What an instruction does to a register: by field, or by number where the encoding fixes it. */
export type RegisterUse = 'dst' | 'src' | 0 | 1 | 2 | 3 | 4 | 5;

/**
 * What an instruction touches besides registers, as somebody sees it who looks at memory: `load` at the address in src,
 * `store` and `update` (reads and writes, in one step) at that in dst, `percpu_update` at this CPU's copy of it. `leaf`:
 * whatever the called function of the kernel touches. `return`: the frame that ends. `nothing` includes what opens a
 * frame, whose memory nobody has yet, and what always faults or is replaced before it can run.
 */
export type Touches = 'nothing' | 'load' | 'store' | 'update' | 'percpu_update' | 'leaf' | 'return';

export interface FormInfo {
  /** Fields that carry operands. All others must be zero, except one that selects the operation. */
  readonly uses: readonly Field[];
  readonly reads: readonly RegisterUse[];
  readonly writes: readonly RegisterUse[];
  readonly touches: Touches;
}

const ARGUMENTS = [1, 2, 3, 4, 5] as const;
/** A call leaves r1 to r5 clobbered. */
const CLOBBERED = [0, ...ARGUMENTS] as const;

function form(
  uses: readonly Field[],
  reads: readonly RegisterUse[],
  writes: readonly RegisterUse[],
  touches: Touches,
): FormInfo {
  return { uses, reads, writes, touches };
}

/** The shapes instructions come in: which fields they use, what they read and write, what of memory they touch. */
export const FORMS = {
  mov_imm: form(['dst', 'imm'], [], ['dst'], 'nothing'),
  mov_reg: form(['dst', 'src'], ['src'], ['dst'], 'nothing'),
  alu_imm: form(['dst', 'imm'], ['dst'], ['dst'], 'nothing'),
  alu_reg: form(['dst', 'src'], ['dst', 'src'], ['dst'], 'nothing'),
  neg: form(['dst'], ['dst'], ['dst'], 'nothing'),
  extend: form(['dst', 'src'], ['src'], ['dst'], 'nothing'),
  swap: form(['dst'], ['dst'], ['dst'], 'nothing'),
  cast: form(['dst', 'src', 'imm'], ['src'], ['dst'], 'nothing'),
  percpu: form(['dst', 'src'], ['src'], ['dst'], 'nothing'),
  wide: form(['dst', 'imm', 'hi'], [], ['dst'], 'nothing'),
  pseudo: form(['dst', 'imm', 'hi'], [], ['dst'], 'nothing'),
  goto: form(['off'], [], [], 'nothing'),
  gotol: form(['imm'], [], [], 'nothing'),
  gotox: form(['dst'], ['dst'], [], 'nothing'),
  may_goto: form(['off'], [], [], 'nothing'),
  jump_imm: form(['dst', 'imm', 'off'], ['dst'], [], 'nothing'),
  jump_reg: form(['dst', 'src', 'off'], ['dst', 'src'], [], 'nothing'),
  call_helper: form(['imm'], ARGUMENTS, CLOBBERED, 'leaf'),
  call_local: form(['imm'], ARGUMENTS, CLOBBERED, 'nothing'),
  call_kfunc: form(['imm'], ARGUMENTS, CLOBBERED, 'nothing'),
  callx: form(['dst'], ['dst', ...ARGUMENTS], CLOBBERED, 'nothing'),
  exit: form([], [0], [], 'return'),
  load: form(['dst', 'src', 'off'], ['src'], ['dst'], 'load'),
  store_imm: form(['dst', 'off', 'imm'], ['dst'], [], 'store'),
  store_reg: form(['dst', 'src', 'off'], ['dst', 'src'], [], 'store'),
  packet_abs: form(['imm'], [], CLOBBERED, 'nothing'),
  packet_ind: form(['src', 'imm'], ['src'], CLOBBERED, 'nothing'),
  lock: form(['dst', 'src', 'off'], ['dst', 'src'], [], 'update'),
  fetch: form(['dst', 'src', 'off'], ['dst', 'src'], ['src'], 'update'),
  xchg: form(['dst', 'src', 'off'], ['dst', 'src'], ['src'], 'update'),
  cmpxchg: form(['dst', 'src', 'off'], ['dst', 'src', 0], [0], 'update'),
  acquire: form(['dst', 'src', 'off'], ['src'], ['dst'], 'load'),
  release: form(['dst', 'src', 'off'], ['dst', 'src'], [], 'store'),
  this_cpu: form(['dst', 'src', 'off'], ['dst', 'src'], [], 'percpu_update'),
  this_cpu_fetch: form(['dst', 'src', 'off'], ['dst', 'src'], ['src'], 'percpu_update'),
} as const satisfies Record<string, FormInfo>;

export type Form = keyof typeof FORMS;
