import type { LeafCall, Outcome, SlotArray } from '../../machine/leaf.js';
import type { Visibility } from '../boot/symbols.js';
import type { LeafEffect } from '../leaf-effect.js';
import {
  arraySlot,
  arraySlotForUpdate,
  arrayValue,
  copyMapValue,
  percpuArrayFetch,
  percpuArrayStore,
  slotArrays,
} from './array.js';
import { bpfCurrentTaskUnderCgroup } from './cgroup-array.js';
import { htabBucket, htabElement, htabFind, htabLruFind, htabUnlink } from './hash.js';
import { listPop, listPush, mapList } from './lists.js';
import { mapLock } from './lock.js';
import { trieFind, trieInsert, trieRemove } from './lpm-trie.js';
import { lruAddPending, lruFree, lruOldest, lruStore, lruTakeFree } from './lru.js';
import { innerFetch, innerMap } from './maps-of-maps.js';
import { htabPercpuFetch } from './percpu-hash.js';
import { perfOutput } from './perf-buffer.js';
import { bpfTailCall, fdArrayFetch, fdArrayRemove, fdArrayStore } from './prog-array.js';
import { queuePeek, queuePop, queuePush } from './queue.js';
import { bpfRingbufCommit, bpfRingbufQuery, ringbufFill, ringbufReserve } from './ringbuf.js';
import { stackCopy, stackFetch, stackFind, stackRemove, stackStore } from './stack-trace.js';
import type { MapTable } from './table.js';
import { storageCreate, storageFind, storageLock, storageRemove, storageTask } from './task-storage.js';
import { htabInsert, htabLink } from './update.js';
import { htabBuckets, htabFirst, htabNext, htabValue } from './walk.js';

export interface MapLeaf {
  readonly name: string;
  readonly visibility: Visibility;
  readonly effect: LeafEffect;
  readonly run: (call: LeafCall, maps: MapTable) => Outcome;
  readonly direct?: 'gives' | 'returns';
  readonly seesFrames?: true;
  /** Called while the lock is held that it needs, or only to find that. */
  readonly underLock?: true;
  readonly inPlaceOf?: string;
  readonly arrays?: (maps: MapTable) => readonly SlotArray[];
}

/** A leaf that gives its result itself. */
const gives = (
  name: string,
  run: (call: LeafCall, maps: MapTable) => void,
  visibility: Visibility = 'kernel',
): MapLeaf => ({ name, visibility, effect: 'memory', run, direct: 'gives' });

/** A leaf that returns a number of at most 32 bits. */
const returns = (
  name: string,
  run: (call: LeafCall, maps: MapTable) => number,
  visibility: Visibility = 'kernel',
): MapLeaf => ({ name, visibility, effect: 'memory', run, direct: 'returns' });

/** What programs have in place of a call of a helper (do_misc_fixups, kernel/bpf/verifier.c). */
const inPlace = (leaf: MapLeaf): MapLeaf => ({ ...leaf, inPlaceOf: 'bpf_map_lookup_elem' });

const locked = (leaf: MapLeaf): MapLeaf => ({ ...leaf, underLock: true });

/**
 * The part of maps that is TypeScript: taking things out of tables and putting them in. programs/kernel/map.bpf calls
 * them.
 */
export const MAP_LEAVES: readonly MapLeaf[] = [
  gives('copy_map_value', copyMapValue),
  gives('htab_find', htabFind),
  locked(gives('htab_bucket', htabBucket)),
  gives('htab_lru_find', htabLruFind),
  locked(returns('htab_insert', htabInsert)),
  returns('htab_percpu_fetch', htabPercpuFetch),
  locked(returns('htab_link', htabLink)),
  locked(gives('htab_element', htabElement)),
  locked(gives('map_list', mapList)),
  locked(gives('list_pop', listPop)),
  locked(returns('list_push', listPush)),
  locked(gives('lru_take_free', lruTakeFree)),
  locked(gives('lru_oldest', lruOldest)),
  locked(returns('lru_add_pending', lruAddPending)),
  locked(returns('lru_free', lruFree)),
  locked(returns('lru_store', lruStore)),
  locked(returns('htab_unlink', htabUnlink)),
  returns('htab_buckets', htabBuckets),
  gives('htab_first', htabFirst),
  gives('htab_next', htabNext),
  gives('htab_value', htabValue),
  { ...gives('array_slot', arraySlot), arrays: slotArrays('pointers') },
  inPlace({ ...gives('array_map_gen_lookup', arrayValue), arrays: slotArrays('cpu_values') }),
  inPlace({ ...gives('percpu_array_map_gen_lookup', arrayValue), arrays: slotArrays('cpu_values') }),
  inPlace(gives('array_of_map_gen_lookup', innerMap)),
  gives('array_slot_for_update', arraySlotForUpdate),
  returns('percpu_array_store', percpuArrayStore),
  returns('percpu_array_fetch', percpuArrayFetch),
  returns('fd_array_store', fdArrayStore),
  returns('fd_array_remove', fdArrayRemove),
  returns('fd_array_fetch', fdArrayFetch),
  gives('inner_map', innerMap),
  returns('inner_fetch', innerFetch),
  gives('storage_find', storageFind),
  locked(gives('storage_lock', storageLock)),
  locked(gives('storage_create', storageCreate)),
  locked(returns('storage_remove', storageRemove)),
  gives('storage_task', storageTask),
  gives('trie_find', trieFind),
  locked(returns('trie_insert', trieInsert)),
  locked(returns('trie_remove', trieRemove)),
  returns('perf_output', perfOutput),
  { ...gives('stack_find', (call, maps) => call.give(stackFind(call, maps))), seesFrames: true },
  { ...gives('stack_store', stackStore), seesFrames: true },
  { ...returns('stack_copy', stackCopy), seesFrames: true },
  returns('stack_fetch', stackFetch),
  gives('stack_remove', (call, maps) => call.give(stackRemove(call, maps))),
  locked(gives('map_lock', mapLock)),
  locked(returns('queue_push', queuePush)),
  locked(returns('queue_pop', queuePop)),
  locked(returns('queue_peek', queuePeek)),
  returns('bpf_current_task_under_cgroup', bpfCurrentTaskUnderCgroup, 'public'),
  { name: 'bpf_tail_call', visibility: 'public', effect: 'memory', run: bpfTailCall, seesFrames: true },
  locked(gives('ringbuf_reserve', ringbufReserve)),
  returns('ringbuf_fill', ringbufFill),
  gives('bpf_ringbuf_submit', (call, maps) => bpfRingbufCommit(call, maps, false), 'public'),
  gives('bpf_ringbuf_discard', (call, maps) => bpfRingbufCommit(call, maps, true), 'public'),
  gives('bpf_ringbuf_query', bpfRingbufQuery, 'public'),
];
