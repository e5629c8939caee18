import type { SpecialField } from '../../object/special-fields.js';
import { isMapOf } from '../map-types.js';
import { signExtended, truncated, widthOf } from '../range/resize.js';
import { constant } from '../range/scalar.js';
import { formatBits } from '../range/tnum.js';
import { ANY, type Register, scalarRegister } from '../state/register.js';
import type { Access } from './access.js';
import { checkAlignment } from './alignment.js';
import { checkBuffer, checkPacket } from './bounds.js';
import { accessBtf, accessMapStruct, loadMapPointer } from './btf.js';
import type { ObjectField } from './call-facts.js';
import { accessContext } from './context.js';
import { checkFits, isOwning } from './kptr.js';
import { mayAccessPacket } from './packet.js';
import { refuse } from './refused.js';
import { checkMapAccess, checkMapMode, checkRegion, isReadOnly } from './region.js';
import { accessStack } from './stack.js';
import type { Walk } from './walk.js';

type Handler = (walk: Walk, pointer: Register, access: Access) => void;

/** What was loaded, of which nothing is known. */
function load(walk: Walk, access: Access, register: Register = ANY): void {
  if (access.mode === 'read' && access.value !== undefined) walk.set(access.value, register);
}

/** Programs of those who may not see addresses must not store them where others read. */
function checkLeak(walk: Walk, access: Access, where: string): void {
  const { value, mode } = access;
  if (mode === 'write' && value !== undefined && walk.leaks(walk.register(value))) {
    refuse('EACCES', `R${value} leaks addr into ${where}`);
  }
}

const region = (access: Access): Parameters<typeof checkRegion>[1] => ({
  register: access.register,
  offset: access.offset,
  size: access.size,
  zeroSize: false,
  by: 'instruction',
});

const invalid: Handler = (_, pointer, { register }) =>
  refuse('EACCES', `R${register} invalid mem access '${pointer.type}'`);

const mapKey: Handler = (walk, pointer, access) => {
  if (access.mode === 'write') refuse('EACCES', `write to change key R${access.register} not allowed`);
  checkRegion(pointer, region(access), pointer.map.keySize);
  load(walk, access);
};

/** What is read of a value that nobody changes, of a map whose values are at one address (map_direct_value_addr). */
function readConstant(pointer: Register, access: Access): bigint | undefined {
  const { map, scalar } = pointer;
  if (!isReadOnly(map) || !scalar.isConstant || !isMapOf(map, 'array')) return undefined;
  const at = Number(scalar.bits.value.signed) + access.offset;
  let word = 0n;
  for (let i = access.size - 1; i >= 0; i--) word = (word << 8n) | BigInt(map.content?.[at + i] ?? 0);
  return access.signed ? BigInt.asIntN(8 * access.size, word) : word;
}

/** The pointer to an object that lies where an access goes to. */
function fieldAt({ map, scalar }: Register, { offset }: Access): SpecialField | undefined {
  if (map.fields.length === 0 || !scalar.isConstant) return undefined;
  const at = Number(scalar.bits.value.unsigned) + offset;
  return map.fields.find((f) => f.kind === 'pointer' && f.offset === at);
}

const mapValue: Handler = (walk, pointer, access) => {
  if (pointer.isNullable) return invalid(walk, pointer, access);
  checkLeak(walk, access, 'map');
  const { map } = pointer;
  const inRegion = region(access);
  checkMapMode(pointer, inRegion, access.mode);
  checkMapAccess(pointer, inRegion);
  const field = fieldAt(pointer, access);
  if (field?.kind === 'pointer') {
    accessMapPointer(walk, field, access);
    return;
  }
  if (access.mode === 'write' || access.value === undefined) return;
  if (isMapOf(map, 'insn_array')) {
    if (access.size !== 8) refuse('EACCES', `Invalid read of ${access.size} bytes from insn_array`);
    walk.set(access.value, pointer.with({ kind: 'insn' }));
    return;
  }
  const word = readConstant(pointer, access);
  load(walk, access, word === undefined ? ANY : scalarRegister(constant(word)));
};

/** A pointer to an object of the kernel that lies in a map (check_map_kptr_access). */
function accessMapPointer(walk: Walk, field: ObjectField, access: Access): void {
  if (access.mode === 'write' && isOwning(walk, field)) {
    refuse('EACCES', 'store to referenced kptr disallowed');
  }
  if (access.mode === 'read' && access.value !== undefined) {
    loadMapPointer(walk, field, access.value);
  } else if (access.mode === 'write' && access.value !== undefined) {
    if (!walk.register(access.value).isNull) checkFits(walk, field, access.value);
  } else if (access.mode === 'write' && access.immediate !== undefined && access.immediate !== 0) {
    refuse('EACCES', `BPF_ST imm must be 0 when storing to kptr at off=${field.offset}`);
  }
}

const memory: Handler = (walk, pointer, access) => {
  if (pointer.isNullable) return invalid(walk, pointer, access);
  const isReadonly = pointer.has('readonly');
  if (access.mode === 'write' && isReadonly) {
    refuse('EACCES', `R${access.register} cannot write into ${pointer.type}`);
  }
  checkLeak(walk, access, 'mem');
  const isProbed = isReadonly && pointer.has('untrusted');
  if (!isProbed) checkRegion(pointer, region(access), pointer.target.size ?? 0);
  load(walk, access);
};

const packet: Handler = (walk, pointer, access) => {
  if (access.mode === 'write' && !mayAccessPacket(walk.request, undefined, 'write')) {
    refuse('EACCES', 'cannot write into packet');
  }
  checkLeak(walk, access, 'packet');
  checkPacket(pointer, region(access));
  load(walk, access);
};

/** Bytes of `struct bpf_flow_keys`. */
const FLOW_KEYS_SIZE = 56n;

const flowKeys: Handler = (walk, pointer, access) => {
  checkLeak(walk, access, 'flow keys');
  const { scalar } = pointer;
  if (!scalar.isConstant) {
    const bits = formatBits(scalar.bits);
    refuse(
      'EACCES',
      `R${access.register} invalid variable offset to flow keys: off=${access.offset}, var_off=${bits}`,
    );
  }
  const at = scalar.bits.value.signed + BigInt(access.offset);
  if (at < 0n || at + BigInt(access.size) > FLOW_KEYS_SIZE) {
    refuse('EACCES', `invalid access to flow keys off=${at} size=${access.size}`);
  }
  load(walk, access);
};

const buffer: Handler = (walk, pointer, access) => {
  if (pointer.isNullable) return invalid(walk, pointer, access);
  const isReadonly = pointer.has('readonly');
  if (access.mode === 'write' && isReadonly) {
    refuse('EACCES', `R${access.register} cannot write into ${pointer.type}`);
  }
  checkBuffer(pointer, access, isReadonly ? 'rdonly' : 'rdwr');
  load(walk, access);
};

const handlers: Readonly<Record<Register['kind'], Handler>> = {
  none: invalid,
  scalar: invalid,
  ctx: (walk, pointer, access) => {
    checkLeak(walk, access, 'ctx');
    accessContext(walk, pointer, access);
  },
  map_ptr: (walk, pointer, access) =>
    pointer.isNullable ? invalid(walk, pointer, access) : accessMapStruct(walk, pointer, access),
  map_value: mapValue,
  map_key: mapKey,
  stack: accessStack,
  packet,
  packet_meta: packet,
  packet_end: invalid,
  flow_keys: flowKeys,
  sock: invalid,
  sock_common: invalid,
  tcp_sock: invalid,
  xdp_sock: invalid,
  tp_buffer: (walk, pointer, access) => {
    checkBuffer(pointer, access, 'tracepoint');
    load(walk, access);
  },
  btf: (walk, pointer, access) =>
    pointer.isNullable ? invalid(walk, pointer, access) : accessBtf(walk, pointer, access),
  mem: memory,
  buf: buffer,
  arena: (walk, _, access) => load(walk, access),
  func: invalid,
  dynptr: invalid,
  insn: invalid,
};

/** A load or a store through a pointer (check_mem_access). */
export function accessMemory(walk: Walk, access: Access): void {
  const pointer = walk.register(access.register);
  const { size, value } = access;
  checkAlignment(pointer, access.offset, size, walk.isStrict || (access.strict ?? false));
  handlers[pointer.kind](walk, pointer, access);
  if (size === 8 || value === undefined || access.mode !== 'read') return;
  const loaded = walk.register(value);
  if (!loaded.isScalar) return;
  if (!access.signed) {
    const { scalars, slot } = walk;
    const { scalar } = loaded;
    const low =
      scalars.of(slot, scalar, scalar) ?? scalars.keep(slot, scalar, scalar, truncated(scalar, size));
    walk.set(value, loaded.withScalar(low));
    return;
  }
  const isEqual = widthOf(loaded.scalar) < 8 * size;
  const extended = loaded.withScalar(signExtended(loaded.scalar, size));
  walk.set(value, isEqual ? extended : extended.alone());
}
