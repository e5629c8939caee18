import type { ArgumentType } from '../calls/row.js';
import { PROGRAM_TYPE } from '../kinds.js';
import { U32_MAX } from '../range/words.js';
import type { VerifiedMap } from '../request.js';
import { FLAGS, formatKind, type RegisterKind } from '../state/kind.js';
import type { Call, ObjectField } from './call-facts.js';
import { checkCallMemory, checkCallSize } from './call-memory.js';
import { processConstString } from './const-string.js';
import { makeDynptr, useDynptr } from './dynptr.js';
import { checkFits, fieldToExchange, isOwning } from './kptr.js';
import { constantKey } from './map-key.js';
import { mayAccessPacket } from './packet.js';
import { checkPlainPointer } from './plain-pointer.js';
import { markPrecise } from './precision.js';
import { refuse } from './refused.js';
import { processLock, processTimer } from './special-field.js';
import type { Walk } from './walk.js';

type Accepted = readonly (readonly [RegisterKind, number])[];

const { alloc, localSlice, nonOwning, percpu, rcu, ringbuf, ringbufSlice, trusted } = FLAGS;
const MEMORY: Accepted = [
  ['stack', 0],
  ['packet', 0],
  ['packet_meta', 0],
  ['map_key', 0],
  ['map_value', 0],
  ['mem', 0],
  ['mem', ringbuf],
  ['buf', 0],
  ['btf', trusted],
  ['ctx', 0],
];
const SCALAR: Accepted = [['scalar', 0]];
const BTF: Accepted = [
  ['btf', 0],
  ['btf', trusted],
  ['btf', rcu],
];
const DYNPTR: Accepted = [
  ['stack', 0],
  ['dynptr', 0],
];
const MAP_VALUE: Accepted = [['map_value', 0]];

/** Kinds of pointers that fit an argument (compatible_reg_types); undefined: anything. */
const ACCEPTED: Readonly<Record<ArgumentType, Accepted | undefined>> = {
  any: undefined,
  ctx: [['ctx', 0]],
  map: [['map_ptr', 0]],
  map_key: MEMORY,
  map_value: MEMORY,
  map_value_or_null: MEMORY,
  uninit_map_value: MEMORY,
  mem: MEMORY,
  mem_or_null: MEMORY,
  uninit_mem: MEMORY,
  uninit_mem_or_null: MEMORY,
  out_u64: MEMORY,
  size: SCALAR,
  size_or_zero: SCALAR,
  const_size: SCALAR,
  alloc_size: SCALAR,
  alloc_mem: [['mem', ringbuf]],
  const_str: MAP_VALUE,
  callback: [['func', 0]],
  stack_or_null: [['stack', 0]],
  timer: MAP_VALUE,
  percpu: [
    ['btf', percpu],
    ['btf', percpu | rcu],
    ['btf', percpu | trusted],
  ],
  task_struct: BTF,
  cpumask: BTF,
  bpf_cpumask: BTF,
  irq_flag: [['stack', 0]],
  iter_num: [['stack', 0]],
  res_lock: [
    ['map_value', 0],
    ['btf', alloc],
  ],
  spin_lock: [
    ['map_value', 0],
    ['btf', alloc],
  ],
  seq_file: BTF,
  path: BTF,
  dynptr: DYNPTR,
  uninit_dynptr: DYNPTR,
  uninit_ringbuf_dynptr: DYNPTR,
  ringbuf_dynptr: DYNPTR,
  kptr_field: [
    ['map_value', 0],
    ['btf', alloc],
    ['btf', alloc | nonOwning],
    ['btf', alloc | nonOwning | rcu],
  ],
  kptr_or_null: BTF,
};

const NULLABLE: ReadonlySet<ArgumentType> = new Set<ArgumentType>([
  'map_value_or_null',
  'mem_or_null',
  'uninit_mem_or_null',
  'stack_or_null',
  'kptr_or_null',
]);
/** What calls that give something back (OBJ_RELEASE) give back. */
const RELEASED: ReadonlySet<ArgumentType> = new Set<ArgumentType>([
  'alloc_mem',
  'ringbuf_dynptr',
  'kptr_or_null',
]);
/** The call only reads it: what may be read only fits as well. */
const READ_ONLY: ReadonlySet<ArgumentType> = new Set<ArgumentType>(['mem', 'mem_or_null']);
/** Memory of which the prototype says how much (ARG_PTR_TO_MEM): what a dynptr describes fits as well. */
const SIZED_MEMORY: ReadonlySet<ArgumentType> = new Set<ArgumentType>([
  'mem',
  'mem_or_null',
  'uninit_mem',
  'uninit_mem_or_null',
  'out_u64',
]);
const RAW: ReadonlySet<ArgumentType> = new Set<ArgumentType>([
  'uninit_map_value',
  'uninit_mem',
  'uninit_mem_or_null',
  'out_u64',
]);

function checkKind(walk: Walk, call: Call, number: number, type: ArgumentType): void {
  const accepted = ACCEPTED[type];
  const register = walk.register(number);
  if (accepted === undefined) return;
  let { flags } = register;
  if (SIZED_MEMORY.has(type)) flags &= ~(localSlice | ringbufSlice);
  if (type === 'kptr_or_null') flags &= ~(alloc | percpu);
  if (READ_ONLY.has(type)) flags &= ~FLAGS.readonly;
  if (NULLABLE.has(type)) flags &= ~FLAGS.maybeNull;
  const fits = accepted.some(([kind, wanted]) => kind === register.kind && wanted === flags);
  if (!fits) {
    const expected = accepted.map(([kind, wanted]) => formatKind(kind, wanted)).join(', ');
    refuse('EACCES', `R${number} type=${register.type} expected=${expected}`);
  }
  if (register.kind !== 'btf') return;
  if (accepted === MEMORY && !READ_ONLY.has(type)) {
    const name = call.row.name.replace(/^bpf_/, '');
    refuse('EACCES', `${name}() may write into memory pointed by R${number} type=${register.type}`);
  }
  if (type === 'kptr_or_null') {
    if (register.isNullable) refuse('EACCES', `Possibly NULL pointer passed to helper R${number}`);
    checkFits(walk, fieldOf(call), number);
  } else if (accepted === BTF) {
    const wanted = type;
    const found = register.target.struct?.name ?? '';
    checkPlainPointer(register, number, true);
    if (found !== wanted) refuse('EACCES', `R${number} is of type ${found} but ${wanted} is expected`);
  }
}

const MOVABLE = new Set<RegisterKind>([
  'stack',
  'packet',
  'packet_meta',
  'map_key',
  'map_value',
  'mem',
  'buf',
  'arena',
  'scalar',
]);

/** Where a pointer may be moved from what it points to (check_func_arg_reg_off). */
function checkMove(walk: Walk, number: number, type: ArgumentType, releases: boolean): void {
  const register = walk.register(number);
  // A dynptr is on the stack: it is not what is given back.
  if (releases && register.kind !== 'stack' && register.scalar.constant !== 0n) {
    refuse('EINVAL', `R${number} must have zero offset when passed to release func or trusted arg to kfunc`);
  }
  const isSlice = register.has('localSlice') || register.has('ringbufSlice');
  if (MOVABLE.has(register.kind) && !isSlice) return;
  if (register.kind === 'ctx' && type !== 'ctx' && walk.request.kind.type === PROGRAM_TYPE.syscall) return;
  checkPlainPointer(register, number, register.kind === 'btf');
}

/** One argument: that it is of a kind that fits, and what else the call asks of it (check_func_arg). */
export function checkArgument(walk: Walk, call: Call, index: number): void {
  const argument = call.row.args[index];
  if (argument === undefined) return;
  const { type } = argument;
  const number = index + 1;
  const register = walk.read(number);
  if (type === 'any') {
    if (walk.leaks(register)) refuse('EACCES', `R${number} leaks addr into helper function`);
    return;
  }
  if (register.isPacket && !mayAccessPacket(walk.request, call.row.flags.has('takes_packet'), 'read')) {
    refuse('EACCES', 'helper access to the packet is not allowed');
  }
  const releases = call.row.flags.has('releases') && RELEASED.has(type);
  if (!(register.isNull && NULLABLE.has(type))) {
    checkKind(walk, call, number, type);
    checkMove(walk, number, type, releases);
  }
  const isDynptr = ACCEPTED[type] === DYNPTR;
  if (releases && !isDynptr && !walk.state.isReferenced(register) && !register.isNull) {
    refuse('EINVAL', `release helper ${call.row.name} expects referenced PTR_TO_BTF_ID passed to R${number}`);
  }
  if (releases) call.released = number;
  checkContent(walk, call, number, type);
}

function mapOf(call: Call): VerifiedMap {
  if (call.map === undefined) throw new Error(`${call.row.name} has no map before its key or value`);
  return call.map;
}

function fieldOf(call: Call): ObjectField {
  if (call.field === undefined) throw new Error(`${call.row.name} has no field before its object`);
  return call.field;
}

function unknown(type: never): never {
  throw new Error(`an argument ${String(type)}`);
}

function checkContent(walk: Walk, call: Call, number: number, type: ArgumentType): void {
  const register = walk.register(number);
  const memory = { register: number, zeroSize: false, isRaw: RAW.has(type) } as const;
  switch (type) {
    case 'map': {
      const { map, mapUid } = register.target;
      if (call.map !== undefined && (call.map !== map || call.mapUid !== (mapUid ?? 0))) {
        refuse(
          'EINVAL',
          `timer pointer in R${number - 1} map_uid=${call.mapUid} doesn't match map pointer in R${number} map_uid=${mapUid ?? 0}`,
        );
      }
      call.map = map;
      call.mapUid = mapUid ?? 0;
      return;
    }
    case 'map_key':
      checkCallMemory(walk, { ...memory, size: mapOf(call).keySize }, 'read', call);
      call.key = constantKey(walk, mapOf(call), register);
      return;
    case 'map_value_or_null':
      if (register.isNull) return;
      checkCallMemory(walk, { ...memory, size: mapOf(call).valueSize }, 'read', call);
      return;
    case 'map_value':
      checkCallMemory(walk, { ...memory, size: mapOf(call).valueSize }, 'read', call);
      return;
    case 'uninit_map_value':
      checkCallMemory(walk, { ...memory, size: mapOf(call).valueSize }, 'write', call);
      return;
    case 'out_u64':
      checkCallMemory(walk, { ...memory, size: 8, zeroSize: true }, 'write', call);
      return;
    case 'size':
    case 'size_or_zero': {
      const before = call.row.args[number - 2]?.type;
      const use = before !== undefined && RAW.has(before) ? 'fills' : 'reads';
      checkCallSize(walk, number, { zeroSize: type === 'size_or_zero', use }, call);
      return;
    }
    case 'alloc_size':
      if (!register.scalar.isConstant) refuse('EINVAL', `R${number} is not a const`);
      if (register.scalar.bits.value.unsigned > U32_MAX) {
        refuse('EINVAL', `R${number} allocation size exceeds u32 max`);
      }
      markPrecise(walk, number);
      call.allocated = Number(register.scalar.bits.value.unsigned);
      return;
    case 'const_str':
      processConstString(register, number);
      return;
    case 'callback':
      call.subprogram = register.target.subprogram ?? 0;
      return;
    case 'timer':
      processTimer(register, number);
      call.map = register.map;
      call.mapUid = register.target.mapUid ?? 0;
      return;
    case 'spin_lock':
      processLock(walk, number, { kind: 'lock', takes: call.row.name === 'bpf_spin_lock' });
      return;
    case 'percpu':
      call.percpu = register;
      return;
    case 'any':
    case 'ctx':
    case 'mem':
    case 'mem_or_null':
    case 'uninit_mem':
    case 'uninit_mem_or_null':
    case 'alloc_mem':
    case 'stack_or_null':
    case 'task_struct':
    case 'cpumask':
    case 'bpf_cpumask':
    case 'irq_flag':
    case 'iter_num':
    case 'seq_file':
    case 'path':
      return;
    case 'dynptr':
      call.dynptr = useDynptr(walk, number);
      return;
    case 'ringbuf_dynptr':
      call.dynptr = useDynptr(walk, number, { kind: 'ringbuf', releases: true });
      return;
    case 'uninit_dynptr':
      makeDynptr(walk, number, 'local');
      return;
    case 'uninit_ringbuf_dynptr':
      makeDynptr(walk, number, 'ringbuf');
      return;
    case 'kptr_field': {
      const field = fieldToExchange(register, number);
      if (!isOwning(walk, field)) refuse('EACCES', `off=${field.offset} kptr isn't referenced kptr`);
      call.field = field;
      call.map = register.map;
      return;
    }
    case 'kptr_or_null':
      return;
    case 'const_size':
    case 'res_lock':
      throw new Error(`${call.row.name}, a helper, has an argument of kfuncs`);
    default:
      unknown(type);
  }
}
