import type { RawSlot } from '../../isa/decode.js';
import { kindOf, PROGRAM_TYPE } from '../kinds.js';
import { isMapOf, type LinuxMapType, mapTypeOf } from '../map-types.js';
import { isSleepable, type Refusal, type VerifiedMap, type VerifyRequest } from '../request.js';
import { isBefore } from '../series.js';

/** What the `src` of a 64-bit load says that its number is (BPF_PSEUDO_*). */
const PSEUDO = {
  number: 0,
  map: 1,
  mapValue: 2,
  variable: 3,
  function: 4,
  mapIndex: 5,
  mapValueIndex: 6,
} as const;

/** Maps that programs that may sleep can use, and since when (check_map_prog_compatibility). */
const SLEEPABLE_MAPS: Partial<Readonly<Record<LinuxMapType, string>>> = {
  hash: '5.10',
  array: '5.10',
  percpu_hash: '5.10',
  percpu_array: '5.10',
  lru_hash: '5.10',
  lru_percpu_hash: '5.10',
  lpm_trie: '5.10',
  array_of_maps: '5.10',
  hash_of_maps: '5.10',
  ringbuf: '5.10',
  inode_storage: '5.10',
  task_storage: '5.10',
  sk_storage: '5.10',
  user_ringbuf: '5.10',
  queue: '6.6',
  stack: '6.6',
  cgrp_storage: '6.2',
  arena: '6.9',
  insn_array: '6.19',
  prog_array: '7.0',
};

const refused = (errno: string, message: string): Refusal => ({ errno, message });

const hasManaged = (map: VerifiedMap, ...types: readonly string[]): boolean =>
  map.fields.some((f) => f.kind === 'managed' && types.includes(f.type));

/** Why a program of that kind may not use a map (check_map_prog_compatibility, kernel/bpf/verifier.c). */
function refuseMap(request: VerifyRequest, map: VerifiedMap): Refusal | undefined {
  const { release } = request.series;
  const isTracing = kindOf(request)?.isTracing === true;
  if (isTracing && hasManaged(map, 'bpf_list_head', 'bpf_rb_root'))
    return refused('EINVAL', 'tracing progs cannot use bpf_{list_head,rb_root} yet');
  if (hasManaged(map, 'bpf_spin_lock', 'bpf_res_spin_lock') && request.kind.type === PROGRAM_TYPE.socket)
    return refused('EINVAL', 'socket filter progs cannot use bpf_spin_lock yet');
  if (isTracing && hasManaged(map, 'bpf_spin_lock'))
    return refused('EINVAL', 'tracing progs cannot use bpf_spin_lock yet');
  if (isTracing && isBefore(release, '7.0')) {
    for (const type of ['bpf_timer', 'bpf_wq'])
      if (hasManaged(map, type)) return refused('EINVAL', `tracing progs cannot use ${type} yet`);
  }
  const since = SLEEPABLE_MAPS[mapTypeOf(map)];
  if (isSleepable(request) && (since === undefined || isBefore(release, since))) {
    const maps = isBefore(release, '6.6')
      ? 'array, hash, and ringbuf maps'
      : 'array, hash, ringbuf and local storage maps';
    return refused('EINVAL', `Sleepable programs can only use ${maps}`);
  }
  return undefined;
}

/** Why an address in a map's value cannot be loaded (array_map_direct_value_addr, kernel/bpf/arraymap.c). */
function refuseValue(map: VerifiedMap, offset: number): Refusal | undefined {
  if (!isMapOf(map, 'array', 'arena'))
    return refused('EINVAL', 'no direct value access support for this map type');
  const message = `invalid access to map value pointer, value_size=${map.valueSize} off=${offset}`;
  if (map.maxEntries !== 1) return refused('ENOTSUPP', message);
  return offset >= map.valueSize ? refused('EINVAL', message) : undefined;
}

/** Whether what follows a 64-bit load is its second half. */
export const refuseHalf = (second: RawSlot | undefined): Refusal | undefined =>
  second === undefined || second.opcode !== 0 || second.dst !== 0 || second.src !== 0 || second.off !== 0
    ? refused('EINVAL', 'invalid bpf_ld_imm64 insn')
    : undefined;

/** Why a 64-bit load is refused; undefined if it is not (check_and_resolve_insns, kernel/bpf/verifier.c). */
export function refuseWide(
  request: VerifyRequest,
  first: RawSlot,
  second: RawSlot | undefined,
): Refusal | undefined {
  const half = refuseHalf(second);
  if (half !== undefined || second === undefined) return half;
  if (request.series.checksFieldsFirst && first.off !== 0)
    return refused('EINVAL', 'BPF_LD_IMM64 uses reserved fields');
  switch (first.src) {
    case PSEUDO.number:
    case PSEUDO.function:
      return undefined;
    case PSEUDO.variable:
      return request.variables[first.imm] === undefined
        ? refused('ENOENT', `ldimm64 insn specifies invalid btf_id ${first.imm}.`)
        : undefined;
    case PSEUDO.map:
    case PSEUDO.mapIndex:
      if (second.imm !== 0) return refused('EINVAL', 'unrecognized bpf_ld_imm64 insn');
      break;
    case PSEUDO.mapValue:
    case PSEUDO.mapValueIndex:
      break;
    default:
      return refused('EINVAL', 'unrecognized bpf_ld_imm64 insn');
  }
  const map = request.maps[first.imm];
  if (map === undefined) return refused('EBADF', `fd ${first.imm} is not pointing to valid bpf_map`);
  const isValue = first.src === PSEUDO.mapValue || first.src === PSEUDO.mapValueIndex;
  return refuseMap(request, map) ?? (isValue ? refuseValue(map, second.imm >>> 0) : undefined);
}
