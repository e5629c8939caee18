import { isMapOf } from '../map-types.js';
import { s64 } from '../range/words.js';
import { FLAGS } from '../state/kind.js';
import { ANY, NONE, pointer, type Register } from '../state/register.js';
import type { Call } from './call-facts.js';
import { kernelTypeOf } from './kptr.js';
import { NotJudged } from './refused.js';
import type { Walk } from './walk.js';

const object = (struct: string, flags: number, id = 0): Register =>
  pointer('btf', { flags, id, target: { struct: { name: struct, from: 'kernel' } } });

function lookedUp(walk: Walk, call: Call): Register {
  const map = call.map;
  if (map === undefined) throw new Error(`${call.row.name} gives a value of no map`);
  const isThere =
    call.row.name === 'bpf_map_lookup_elem' &&
    call.key !== undefined &&
    s64(call.key) >= 0n &&
    call.key < BigInt(map.maxEntries);
  const flags = isThere ? 0 : FLAGS.maybeNull;
  const hasLock = map.fields.some((f) => f.kind === 'managed' && /spin_lock$/.test(f.type));
  const id = flags !== 0 || hasLock ? walk.newId() : 0;
  if (isMapOf(map, 'array_of_maps', 'hash_of_maps')) {
    const { inner } = map;
    if (inner === undefined) throw new NotJudged('a map of unknown maps');
    const hasTimer = inner.fields.some((f) => f.kind === 'managed');
    return pointer('map_ptr', { flags, id, target: { map: inner, mapUid: hasTimer ? id : 0 } });
  }
  if (isMapOf(map, 'xskmap')) return pointer('xdp_sock', { flags, id });
  if (isMapOf(map, 'sockmap', 'sockhash')) return pointer('sock', { flags, id });
  return pointer('map_value', { flags, id, target: { map, mapUid: call.mapUid } });
}

/** A processor's copy of what the argument points to. */
function copyOfProcessor(walk: Walk, { percpu }: Call, isNullable: boolean): Register {
  const { struct, size } = percpu?.target ?? {};
  const flags = isNullable ? FLAGS.maybeNull : 0;
  const id = isNullable ? walk.newId() : 0;
  if (size !== undefined) return pointer('mem', { flags: flags | FLAGS.readonly, id, target: { size } });
  return pointer('btf', { flags, id, target: struct === undefined ? {} : { struct } });
}

/** Memory that a dynptr describes, as many bytes of it as were asked for: it is lost with the dynptr. */
function partOfDynptr(walk: Walk, { dynptr, allocated }: Call, flags: number): Register {
  const parent = dynptr?.id ?? 0;
  return pointer('mem', {
    flags: flags | FLAGS.maybeNull,
    id: walk.newId(),
    parent,
    target: { size: allocated },
  });
}

/** What holds of a part of a dynptr that a kfunc gives (get_dynptr_type_flag). */
function sliceFlag({ dynptr, row }: Call): number {
  if (dynptr === undefined) throw new Error(`${row.name} gives a part of no dynptr`);
  const { kind } = dynptr;
  switch (kind) {
    case 'local':
      return FLAGS.localSlice;
    case 'ringbuf':
      return FLAGS.ringbufSlice;
    case 'skb':
    case 'xdp':
    case 'skb_meta':
    case 'file':
      throw new NotJudged(`a part of a dynptr of kind ${kind}`);
    default:
      return kind satisfies never;
  }
}

function exchanged(walk: Walk, { field, row }: Call): string {
  if (field === undefined) throw new Error(`${row.name} exchanges nothing`);
  return kernelTypeOf(walk, field);
}

/** Bytes of the number that an iterator over numbers gives the address of. */
const INT = 4;
/** Bytes of the cookie that a session keeps from entry to return. */
const LONG = 8;

/** What a call of a helper or a kfunc leaves in r0. */
export function resultOf(walk: Walk, call: Call): Register {
  const { returns, name } = call.row;
  const orNull = FLAGS.maybeNull;
  switch (returns) {
    case 'int':
    case 'bool':
      return ANY;
    case 'void':
      return NONE;
    case 'map_value_or_null':
      return lookedUp(walk, call);
    case 'alloc_mem_or_null': {
      const target = { size: call.allocated };
      return pointer('mem', { flags: FLAGS.ringbuf | orNull, id: walk.newId(), target });
    }
    case 'mem':
      return pointer('mem', { target: { size: LONG } });
    case 'mem_or_null':
      return pointer('mem', { flags: FLAGS.readonly | orNull, id: walk.newId(), target: { size: INT } });
    case 'task_struct':
    case 'bpf_cpumask':
    case 'pt_regs':
      return object(returns, FLAGS.trusted);
    case 'task_struct_or_null':
      return object('task_struct', FLAGS.trusted | orNull, walk.newId());
    case 'bpf_cpumask_or_null':
      return object('bpf_cpumask', FLAGS.trusted | orNull, walk.newId());
    case 'percpu_mem':
      return copyOfProcessor(walk, call, false);
    case 'percpu_mem_or_null':
      return copyOfProcessor(walk, call, true);
    case 'dynptr_mem_or_null':
      return partOfDynptr(walk, call, 0);
    case 'dynptr_slice_or_null':
      return partOfDynptr(walk, call, sliceFlag(call));
    case 'dynptr_rdonly_slice_or_null':
      return partOfDynptr(walk, call, sliceFlag(call) | FLAGS.readonly);
    case 'kptr_or_null':
      return object(exchanged(walk, call), orNull, walk.newId());
    case 'btf_object':
      throw new NotJudged(`what ${name} gives`);
    default:
      return returns satisfies never;
  }
}
