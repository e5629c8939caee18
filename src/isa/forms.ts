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

export interface FormInfo {
  /** Fields that carry operands. All others must be zero, except one that selects the operation. */
  readonly uses: readonly Field[];
  readonly reads: readonly RegisterUse[];
  readonly writes: readonly RegisterUse[];
  readonly memory: 'none' | 'load' | 'store' | 'atomic';
}

const ARGUMENTS = [1, 2, 3, 4, 5] as const;
/** A call leaves r1 to r5 clobbered. */
const CLOBBERED = [0, ...ARGUMENTS] as const;

function form(
  uses: readonly Field[],
  reads: readonly RegisterUse[],
  writes: readonly RegisterUse[],
  memory: FormInfo['memory'] = 'none',
): FormInfo {
  return { uses, reads, writes, memory };
}

/** The shapes instructions come in: which fields they use, what they read and write. */
export const FORMS = {
  mov_imm: form(['dst', 'imm'], [], ['dst']),
  mov_reg: form(['dst', 'src'], ['src'], ['dst']),
  alu_imm: form(['dst', 'imm'], ['dst'], ['dst']),
  alu_reg: form(['dst', 'src'], ['dst', 'src'], ['dst']),
  neg: form(['dst'], ['dst'], ['dst']),
  extend: form(['dst', 'src'], ['src'], ['dst']),
  swap: form(['dst'], ['dst'], ['dst']),
  cast: form(['dst', 'src', 'imm'], ['src'], ['dst']),
  percpu: form(['dst', 'src'], ['src'], ['dst']),
  wide: form(['dst', 'imm', 'hi'], [], ['dst']),
  pseudo: form(['dst', 'imm', 'hi'], [], ['dst']),
  goto: form(['off'], [], []),
  gotol: form(['imm'], [], []),
  gotox: form(['dst'], ['dst'], []),
  may_goto: form(['off'], [], []),
  jump_imm: form(['dst', 'imm', 'off'], ['dst'], []),
  jump_reg: form(['dst', 'src', 'off'], ['dst', 'src'], []),
  call_helper: form(['imm'], ARGUMENTS, CLOBBERED),
  call_local: form(['imm'], ARGUMENTS, CLOBBERED),
  call_kfunc: form(['imm'], ARGUMENTS, CLOBBERED),
  callx: form(['dst'], ['dst', ...ARGUMENTS], CLOBBERED),
  exit: form([], [0], []),
  load: form(['dst', 'src', 'off'], ['src'], ['dst'], 'load'),
  store_imm: form(['dst', 'off', 'imm'], ['dst'], [], 'store'),
  store_reg: form(['dst', 'src', 'off'], ['dst', 'src'], [], 'store'),
  packet_abs: form(['imm'], [], CLOBBERED, 'load'),
  packet_ind: form(['src', 'imm'], ['src'], CLOBBERED, 'load'),
  lock: form(['dst', 'src', 'off'], ['dst', 'src'], [], 'atomic'),
  fetch: form(['dst', 'src', 'off'], ['dst', 'src'], ['src'], 'atomic'),
  xchg: form(['dst', 'src', 'off'], ['dst', 'src'], ['src'], 'atomic'),
  cmpxchg: form(['dst', 'src', 'off'], ['dst', 'src', 0], [0], 'atomic'),
  acquire: form(['dst', 'src', 'off'], ['src'], ['dst'], 'atomic'),
  release: form(['dst', 'src', 'off'], ['dst', 'src'], [], 'atomic'),
  this_cpu: form(['dst', 'src', 'off'], ['dst', 'src'], [], 'atomic'),
  this_cpu_fetch: form(['dst', 'src', 'off'], ['dst', 'src'], ['src'], 'atomic'),
} as const satisfies Record<string, FormInfo>;

export type Form = keyof typeof FORMS;
