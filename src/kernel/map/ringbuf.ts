import type { LeafCall } from '../../machine/leaf.js';
import { type Described, KIND } from '../../machine/memory.js';
import { type BpfMap, round8 } from './storage.js';
import { type MapTable, refuse } from './table.js';
import type { MapTypeInfo } from './types.js';

/**
 * A record in the ring (kernel/bpf/ringbuf.c, struct bpf_ringbuf_hdr):
 *
 *     0  length   bit 31 while the record is being written, bit 30 if it was discarded
 *     4  page     distance to the ring's structure in pages in the kernel; 0 here
 *     8  data     padded to 8 bytes
 *
 * Headers and padding are always poisoned, data from the moment it is submitted or discarded. The consumer is whoever
 * looks at the machine when the run is over, so nothing is consumed while it lasts, and the ring can get full.
 */
const HEADER = 8;
const BUSY = 0x8000_0000;
const DISCARD = 0x4000_0000;
/** RINGBUF_MAX_RECORD_SZ */
const LARGEST_RECORD = Math.floor(0xffff_ffff / 4);

const isRing = (t: MapTypeInfo): boolean => t.family === 'ring';

const ringArgument = (call: LeafCall, maps: MapTable): BpfMap => maps.argument(call, 1, isRing);

/** Offset of a new record's data; 0 where there is no room (__bpf_ringbuf_reserve). */
function reserveRecord(map: BpfMap, size: number): number {
  const { memory, definition } = map;
  if (size > LARGEST_RECORD) return 0;
  const length = round8(size + HEADER);
  const producer = map.get('producer');
  // The ring never gets quite full: producer and consumer at the same place mean that it is empty.
  if (producer + length > definition.maxEntries - 1) return 0;
  const header = map.elements + producer;
  memory.writeU32(header, (size | BUSY) >>> 0);
  memory.writeU32(header + 4, 0);
  map.set('producer', producer + length);
  const data = header + HEADER;
  memory.unpoison(data, size, KIND.object);
  return data;
}

function commitRecord(map: BpfMap, data: number, discard: boolean): void {
  const { memory } = map;
  const header = data - HEADER;
  const size = (memory.readU32(header) ^ BUSY) >>> 0;
  memory.writeU32(header, (size | (discard ? DISCARD : 0)) >>> 0);
  memory.poisonRange(data, size, KIND.freed);
}

/** The ring whose busy record's data is at an address. */
function recordOwner(call: LeafCall, maps: MapTable): { map: BpfMap; data: number } {
  const { memory } = call.machine;
  const data = call.offset(1);
  for (const map of maps.rings) {
    if (data === undefined) break;
    const header = data - HEADER;
    const isInside = header >= map.elements && header < map.elements + map.get('producer');
    // Between the ring's beginning and the producer, only headers are redzones.
    if (!isInside || header % 8 !== 0 || memory.kinds[header >> 3] !== KIND.redzone) continue;
    if ((memory.readU32(header) & BUSY) !== 0) return { map, data };
    // A record that has been submitted: touching it is a use after free.
    call.pointer(1, 1, 'write');
  }
  call.pointer(1, 1, 'write');
  return refuse(data ?? 0, 'argument 1 is not a record of a ring buffer');
}

/** ringbuf_reserve(map, size): address of the record's data, or 0. */
export function ringbufReserve(call: LeafCall, maps: MapTable): void {
  const data = reserveRecord(ringArgument(call, maps), call.size(2));
  if (data === 0) call.giveNumber(0);
  else call.giveAddress(data);
}

/** ringbuf_fill(data, from, size): copies to a record that is being written. */
export function ringbufFill(call: LeafCall, maps: MapTable): number {
  const { map, data } = recordOwner(call, maps);
  const size = call.size(3);
  const from = call.pointer(2, size);
  map.memory.u8.copyWithin(data, from, from + size);
  return 0;
}

/** bpf_ringbuf_submit(data, flags) and bpf_ringbuf_discard(data, flags). */
export function bpfRingbufCommit(call: LeafCall, maps: MapTable, discard: boolean): void {
  const { map, data } = recordOwner(call, maps);
  commitRecord(map, data, discard);
  call.giveNumber(0);
}

/** bpf_ringbuf_query(map, flags): bytes not consumed, size of the ring, positions of consumer and producer; else 0. */
export function bpfRingbufQuery(call: LeafCall, maps: MapTable): void {
  const map = ringArgument(call, maps);
  const producer = map.get('producer');
  const answers = [producer, map.definition.maxEntries, 0, producer];
  call.giveNumber(answers[Number(BigInt.asUintN(32, call.arg(2)))] ?? 0);
}

/** A record as it lies in the ring, `at` being the offset of its data in memory. */
interface Placed {
  readonly at: number;
  readonly size: number;
  readonly state: 'busy' | 'discarded' | 'submitted';
}

function* placedRecords(map: BpfMap): Generator<Placed> {
  const end = map.elements + map.get('producer');
  for (let header = map.elements; header < end; ) {
    const word = map.memory.readU32(header);
    const size = (word & ~(BUSY | DISCARD)) >>> 0;
    const state = (word & BUSY) !== 0 ? 'busy' : (word & DISCARD) !== 0 ? 'discarded' : 'submitted';
    yield { at: header + HEADER, size, state };
    header += round8(HEADER + size);
  }
}

/** What lies at an offset in a ring buffer's memory, for fault reports. */
export function describeRecord(map: BpfMap, offset: number): Described | undefined {
  const at = map.head + offset;
  let i = 0;
  for (const record of placedRecords(map)) {
    const start = record.at - map.head;
    if (at >= record.at - HEADER && at < record.at + round8(record.size))
      return { name: `record ${i} of ring buffer ${map.definition.name}`, start, end: start + record.size };
    i += 1;
  }
  return undefined;
}

/** What a consumer finds: the records up to the first that is still being written, without those discarded. */
export interface RingContent {
  /** The first of them, as many as were asked for. */
  readonly records: readonly Uint8Array[];
  /** How many more there are. */
  readonly more: number;
  /** True if a record that is still being written keeps the consumer from those after it. */
  readonly blocked: boolean;
}

export function readRing(map: BpfMap, most: number): RingContent {
  const records: Uint8Array[] = [];
  let more = 0;
  for (const { at, size, state } of placedRecords(map)) {
    if (state === 'busy') return { records, more, blocked: true };
    if (state !== 'submitted') continue;
    if (records.length < most) records.push(map.memory.u8.slice(at, at + size));
    else more += 1;
  }
  return { records, more, blocked: false };
}
