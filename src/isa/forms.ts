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
 * What an instruction touches besides registers, as seen by somebody who looks at memory: `load` at the address in src,
 * `store` and `update` (reads and writes, in one step) at that in dst, `percpu_update` at this CPU's copy of it.
 * `leaf`: whatever the called function of the kernel touches. `return`: the frame that ends. `nothing` includes what
 * opens a frame, whose memory nobody has yet, and what always faults or is replaced before it can run.
 */
export type Touches = 'nothing' | 'load' | 'store' | 'update' | 'percpu_update' | 'leaf' | 'return';

/**
 * Where control goes afterwards: to the `next` instruction; by `off` or by `imm` from there; by off or on (`branch`);
 * anywhere in the function (`indirect`); into another function, and then on (`call`); out of the function (`return`).
 * `fault`: nowhere, since the machine can only refuse the instruction; a program that has one is taken to go on after
 * it.
 */
export type Flow = 'next' | 'off' | 'imm' | 'branch' | 'indirect' | 'call' | 'return' | 'fault';

/** What an instruction hands on to somebody who may keep it: nothing, its source (to memory), or r1 to r5 (to a callee). */
type HandsOn = 'nothing' | 'src' | 'arguments';

export interface FormInfo {
  /** Fields that carry operands. All others must be zero, except one that selects the operation. */
  readonly uses: readonly Field[];
  readonly reads: readonly RegisterUse[];
  readonly writes: readonly RegisterUse[];
  readonly touches: Touches;
  readonly flow: Flow;
  readonly handsOn: HandsOn;
}

const ARGUMENTS = [1, 2, 3, 4, 5] as const;
/** A call leaves r1 to r5 clobbered. */
const CLOBBERED = [0, ...ARGUMENTS] as const;

/** Works on registers only: dst becomes something. */
function computes(uses: readonly Field[], reads: readonly RegisterUse[], flow: Flow = 'next'): FormInfo {
  return { uses, reads, writes: ['dst'], touches: 'nothing', flow, handsOn: 'nothing' };
}

function jumps(uses: readonly Field[], reads: readonly RegisterUse[], flow: Flow): FormInfo {
  return { uses, reads, writes: [], touches: 'nothing', flow, handsOn: 'nothing' };
}

function calls(field: 'imm' | 'dst', touches: Touches, flow: Flow): FormInfo {
  const reads = field === 'dst' ? (['dst', ...ARGUMENTS] as const) : ARGUMENTS;
  return { uses: [field], reads, writes: CLOBBERED, touches, flow, handsOn: 'arguments' };
}

/** Reads a packet that no program here is given. */
function packet(uses: readonly Field[], reads: readonly RegisterUse[]): FormInfo {
  return { uses, reads, writes: CLOBBERED, touches: 'nothing', flow: 'fault', handsOn: 'nothing' };
}

function accesses(
  touches: Exclude<Touches, 'nothing' | 'leaf' | 'return'>,
  uses: readonly Field[],
  reads: readonly RegisterUse[],
  writes: readonly RegisterUse[],
  handsOn: HandsOn,
): FormInfo {
  return { uses, reads, writes, touches, flow: 'next', handsOn };
}

const EXIT: FormInfo = {
  uses: [],
  reads: [0],
  writes: [],
  touches: 'return',
  flow: 'return',
  handsOn: 'nothing',
};

const IN_MEMORY = ['dst', 'src', 'off'] as const;

/**
 * The shapes instructions come in. What there is to know of an instruction without carrying it out is said here, for
 * each.
 */
export const FORMS = {
  mov_imm: computes(['dst', 'imm'], []),
  mov_reg: computes(['dst', 'src'], ['src']),
  alu_imm: computes(['dst', 'imm'], ['dst']),
  alu_reg: computes(['dst', 'src'], ['dst', 'src']),
  neg: computes(['dst'], ['dst']),
  extend: computes(['dst', 'src'], ['src']),
  swap: computes(['dst'], ['dst']),
  cast: computes(['dst', 'src', 'imm'], ['src']),
  percpu: computes(['dst', 'src'], ['src']),
  wide: computes(['dst', 'imm', 'hi'], []),
  pseudo: computes(['dst', 'imm', 'hi'], [], 'fault'),
  goto: jumps(['off'], [], 'off'),
  gotol: jumps(['imm'], [], 'imm'),
  gotox: jumps(['dst'], ['dst'], 'indirect'),
  may_goto: jumps(['off'], [], 'branch'),
  jump_imm: jumps(['dst', 'imm', 'off'], ['dst'], 'branch'),
  jump_reg: jumps(['dst', 'src', 'off'], ['dst', 'src'], 'branch'),
  call_helper: calls('imm', 'leaf', 'call'),
  call_local: calls('imm', 'nothing', 'call'),
  call_kfunc: calls('imm', 'nothing', 'fault'),
  callx: calls('dst', 'nothing', 'call'),
  exit: EXIT,
  load: accesses('load', IN_MEMORY, ['src'], ['dst'], 'nothing'),
  store_imm: accesses('store', ['dst', 'off', 'imm'], ['dst'], [], 'nothing'),
  store_reg: accesses('store', IN_MEMORY, ['dst', 'src'], [], 'src'),
  packet_abs: packet(['imm'], []),
  packet_ind: packet(['src', 'imm'], ['src']),
  lock: accesses('update', IN_MEMORY, ['dst', 'src'], [], 'src'),
  fetch: accesses('update', IN_MEMORY, ['dst', 'src'], ['src'], 'src'),
  xchg: accesses('update', IN_MEMORY, ['dst', 'src'], ['src'], 'src'),
  cmpxchg: accesses('update', IN_MEMORY, ['dst', 'src', 0], [0], 'src'),
  acquire: accesses('load', IN_MEMORY, ['src'], ['dst'], 'nothing'),
  release: accesses('store', IN_MEMORY, ['dst', 'src'], [], 'src'),
  this_cpu: accesses('percpu_update', IN_MEMORY, ['dst', 'src'], [], 'src'),
  this_cpu_fetch: accesses('percpu_update', IN_MEMORY, ['dst', 'src'], ['src'], 'src'),
} as const satisfies Readonly<Record<string, FormInfo>>;

export type Form = keyof typeof FORMS;

/** Slots of 8 bytes an instruction of this form takes. */
export const slotsOfForm = (form: Form): 1 | 2 => (FORMS[form].uses.includes('hi') ? 2 : 1);

/** Whether it calls, of whatever kind the callee is. */
export const isCall = (form: Form): boolean => FORMS[form].handsOn === 'arguments';
