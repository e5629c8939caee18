import type { LeafCall } from '../../machine/leaf.js';
import { E2BIG, EINVAL, ENOENT, ENOSPC, EOPNOTSUPP } from '../errno.js';
import { type BpfMap, PERF, round8 } from './storage.js';
import type { MapTable } from './table.js';
import type { MapTypeInfo } from './types.js';

/**
 * The buffers of a perf event array. User space opens a software event on each CPU, maps a buffer of pages for it, and
 * puts it into the array under the number of the CPU, as perf_buffer__new of libbpf does; here that has been done before
 * the run. Nobody reads while the run lasts, so a buffer can get full, and then records are lost and counted.
 *
 *     0   producer   where the next record goes
 *     4   lost       records for which there was no room
 *     8   told       how many of those a PERF_RECORD_LOST in the buffer has told of
 *     16  records    each: its bytes, then 4 bytes with how many it takes in the ring, then its data
 *
 * A record takes as many bytes of the ring as in the kernel (perf_prepare_sample in kernel/events/core.c): a header of 8
 * bytes, the size of 4, the data, padded to 8.
 */
const { head: HEAD, ring: RING } = PERF;
const LOST = 4;
const TOLD = 8;
const HEADER = 8;
/** PERF_RECORD_LOST: a header, an id, a count. */
const LOST_RECORD = 24;
/** BPF_F_INDEX_MASK, of which all bits together are BPF_F_CURRENT_CPU. */
const BPF_F_CURRENT_CPU = 0xffff_ffff;

const isPerf = (t: MapTypeInfo): boolean => t.family === 'perf';

/** Puts a record into a CPU's buffer: 0 or -ENOSPC (perf_output_begin in kernel/events/ring_buffer.c). */
function writeRecord(map: BpfMap, cpu: number, from: number, size: number): number {
  const { memory } = map;
  const buffer = map.element(cpu);
  const producer = memory.readU32(buffer);
  const lost = memory.readU32(buffer + LOST);
  const isUntold = lost !== memory.readU32(buffer + TOLD);
  const length = HEADER + round8(4 + size) + (isUntold ? LOST_RECORD : 0);
  // Producer and consumer at the same place mean that it is empty (CIRC_SPACE).
  if (producer + length > RING - 1) {
    memory.writeU32(buffer + LOST, lost + 1);
    return ENOSPC;
  }
  memory.writeU32(buffer + TOLD, lost);
  const record = buffer + HEAD + producer;
  memory.writeU32(record, size);
  memory.writeU32(record + 4, length);
  memory.u8.copyWithin(record + HEADER, from, from + size);
  memory.writeU32(buffer, producer + length);
  return 0;
}

/**
 * perf_output(map, flags, data, size): writes a record for the event at an index, -E2BIG or -ENOENT without one, -EINVAL
 * for other flags, -EOPNOTSUPP for the event of another CPU (__bpf_perf_event_output in kernel/trace/bpf_trace.c).
 */
export function perfOutput(call: LeafCall, maps: MapTable): number {
  const map = maps.argument(call, 1, isPerf);
  const flags = call.arg(2);
  const size = call.arg32(4);
  const from = call.pointer(3, size);
  if (flags > BigInt(BPF_F_CURRENT_CPU)) return EINVAL;
  const index = Number(flags) === BPF_F_CURRENT_CPU ? call.cpu : Number(flags);
  if (index >= map.definition.maxEntries) return E2BIG;
  if (index >= map.definition.buffers) return ENOENT;
  return index === call.cpu ? writeRecord(map, index, from, size) : EOPNOTSUPP;
}

/** What user space finds in the buffer of a CPU. */
export interface PerfContent {
  /** The first records, as many as were asked for, each without its padding. */
  readonly records: readonly Uint8Array[];
  /** How many more there are. */
  readonly more: number;
  /** How many were lost. */
  readonly lost: number;
}

export function readPerf(map: BpfMap, cpu: number, most: number): PerfContent {
  const { memory } = map;
  if (cpu >= map.definition.buffers) return { records: [], more: 0, lost: 0 };
  const buffer = map.element(cpu);
  const end = buffer + HEAD + memory.readU32(buffer);
  const records: Uint8Array[] = [];
  let more = 0;
  for (let record = buffer + HEAD; record < end; record += memory.readU32(record + 4)) {
    const data = record + HEADER;
    if (records.length >= most) more += 1;
    else records.push(memory.u8.slice(data, data + memory.readU32(record)));
  }
  return { records, more, lost: memory.readU32(buffer + LOST) };
}
