import type { SpecialField } from '../../object/special-fields.js';
import { isMapOf } from '../map-types.js';
import { CIRCLE64 } from '../range/arc.js';
import { constant, type Scalar } from '../range/scalar.js';
import { S64_MIN, s32, u64 } from '../range/words.js';
import { MAP_FLAGS, type VerifiedMap } from '../request.js';
import type { Register } from '../state/register.js';
import { MAX_OFFSET } from './limits.js';
import { refuse } from './refused.js';

/** An access through a pointer: the instruction's offset, and whether it may be of no bytes at all. */
export interface RegionAccess {
  /** Number of the register that holds the pointer. */
  readonly register: number;
  readonly offset: number;
  readonly size: number;
  readonly zeroSize: boolean;
  readonly by: 'instruction' | 'helper';
}

function outside(pointer: Register, offset: bigint, size: number, total: number, name: string): string {
  const off = s32(offset);
  switch (pointer.kind) {
    case 'map_key':
      return `invalid access to map key, key_size=${total} off=${off} size=${size}`;
    case 'map_value':
      return `invalid access to map value, value_size=${total} off=${off} size=${size}`;
    case 'packet':
    case 'packet_meta':
    case 'packet_end':
      return `invalid access to packet, off=${off} size=${size}, ${name}(id=${pointer.id},off=${off},r=${total})`;
    case 'ctx':
      return `invalid access to context, ctx_size=${total} off=${off} size=${size}`;
    default:
      return `invalid access to memory, mem_size=${total} off=${off} size=${size}`;
  }
}

/** Whether an access is inside a region, as far as small numbers tell that: nearly every one that is allowed. */
function isInside({ r64 }: Scalar, { offset, size }: RegionAccess, total: number): boolean {
  const min = CIRCLE64.smin(r64);
  const max = CIRCLE64.umax(r64);
  if ((min.high | max.high) !== 0 || min.low < 0 || max.low < 0 || max.low >= MAX_OFFSET) return false;
  return size > 0 && min.low + offset >= 0 && max.low + offset + size <= total;
}

/** Bounds of an offset without the part of it that a kernel keeps apart. */
function apartFrom({ r64 }: Scalar, part: number): { readonly smin: bigint; readonly umax: bigint } {
  const rest = part === 0 ? r64 : CIRCLE64.add(r64, constant(BigInt(-part)).r64);
  return { smin: CIRCLE64.smin(rest).signed, umax: CIRCLE64.umax(rest).unsigned };
}

/** Whether all bytes that an access may touch are inside a region of so many bytes (check_mem_region_access). */
export function checkRegion(pointer: Register, access: RegionAccess, total: number): void {
  const { offset, size, zeroSize } = access;
  if (pointer.delta === 0 && isInside(pointer.scalar, access, total)) return;
  const name = `R${access.register}`;
  const { smin, umax } = apartFrom(pointer.scalar, pointer.delta);
  const off = BigInt(offset) + BigInt(pointer.delta);
  const check = (from: bigint, which: string): void => {
    const hasSize = size > 0 || (size === 0 && zeroSize);
    const start = s32(from);
    if (start >= 0n && hasSize && start + BigInt(size) <= BigInt(total)) return;
    refuse(
      'EACCES',
      outside(pointer, from, size, total, name),
      `${name} ${which} value is outside of the allowed memory range`,
    );
  };
  const first = smin + off;
  if (smin < 0n && (smin === S64_MIN || first !== s32(first) || first < 0n)) {
    refuse(
      'EACCES',
      `${name} min value is negative, either use unsigned index or do a if (index >=0) check.`,
    );
  }
  check(first, 'min');
  if (umax >= BigInt(MAX_OFFSET)) {
    refuse('EACCES', `${name} unbounded memory access, make sure to bounds check any such access`);
  }
  check(umax + off, 'max');
}

/** Bytes that the kernel's own structures in a value take. */
const MANAGED_SIZES: Readonly<Record<string, number>> = {
  bpf_spin_lock: 4,
  bpf_res_spin_lock: 4,
  bpf_timer: 16,
  bpf_wq: 16,
  bpf_list_head: 16,
  bpf_list_node: 24,
  bpf_rb_root: 16,
  bpf_rb_node: 32,
  bpf_refcount: 4,
  bpf_task_work: 16,
};

const sizeOfField = (field: SpecialField): number =>
  field.kind === 'managed' ? (MANAGED_SIZES[field.type] ?? 8) : 8;

/** The kernel's words for pointers in a value (btf_field_type_name). */
const POINTER_NAMES = { kptr_untrusted: 'kptr', kptr: 'kptr', percpu_kptr: 'percpu_kptr' } as const;

/** Bytes that a pointer to an element may reach: of a map of instructions all of its elements. */
const reachableSize = (map: VerifiedMap): number =>
  isMapOf(map, 'insn_array') ? map.maxEntries * 8 : map.valueSize;

/** An access to a map's value: inside it, and not to what the kernel manages there (check_map_access). */
export function checkMapAccess(pointer: Register, access: RegionAccess): void {
  const { map } = pointer;
  checkRegion(pointer, access, reachableSize(map));
  if (map.fields.length === 0) return;
  const { scalar } = pointer;
  const from = scalar.smin + BigInt(access.offset);
  const to = scalar.umax + BigInt(access.offset + access.size);
  for (const field of map.fields) {
    const start = BigInt(field.offset);
    if (from >= start + BigInt(sizeOfField(field)) || start >= to) continue;
    if (field.kind === 'managed') {
      refuse('EACCES', `${field.type} cannot be accessed directly by load/store`);
    }
    const name = POINTER_NAMES[field.tag];
    if (access.by === 'helper') refuse('EACCES', `${name} cannot be accessed indirectly by helper`);
    if (!scalar.isConstant) refuse('EACCES', `${name} access cannot have variable offset`);
    const at = scalar.bits.value.unsigned + BigInt(access.offset);
    if (at !== start) {
      refuse('EACCES', `${name} access misaligned expected=${field.offset} off=${u64(at)}`);
    }
    if (access.size !== 8) refuse('EACCES', `${name} access size must be BPF_DW`);
  }
}

/** Whether programs may only read the values of a map. */
export const isReadOnlyForPrograms = (map: VerifiedMap): boolean =>
  (map.flags & MAP_FLAGS.readOnlyForPrograms) !== 0;

/** Whether programs may access a map's values in this way (check_map_access_type). */
export function checkMapMode(pointer: Register, access: RegionAccess, mode: 'read' | 'write'): void {
  const { map, scalar } = pointer;
  const where = (): string =>
    `value_size=${map.valueSize} off=${scalar.smin + BigInt(access.offset)} size=${access.size}`;
  if (mode === 'write' && isReadOnlyForPrograms(map)) {
    refuse('EACCES', `write into map forbidden, ${where()}`);
  }
  if (mode === 'read' && (map.flags & MAP_FLAGS.writeOnlyForPrograms) !== 0) {
    refuse('EACCES', `read from map forbidden, ${where()}`);
  }
}

/** Programs and user space can change nothing any more: a value that is read is a constant. */
export const isReadOnly = (map: VerifiedMap): boolean => isReadOnlyForPrograms(map) && map.isFrozen;
