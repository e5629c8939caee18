import type { LeafCall, TimedCall } from '../machine/leaf.js';
import { fromAddress, KIND, type Memory, type Region, toAddress } from '../machine/memory.js';
import { EBUSY, EDEADLK, EINVAL, ENOMEM } from './errno.js';
import { TIMER } from './layout.js';
import { type BpfMap, KEY } from './map/storage.js';
import { type MapTable, refuse } from './map/table.js';
import type { MapTypeInfo } from './map/types.js';

/** Timers a machine has room for, and bytes of each: its structure and a copy of the element's key after it. */
const MAX_TIMERS = 256;
const KEY_BYTES = 64;
const STRIDE = TIMER.size + KEY_BYTES;
export const TIMERS_BYTES = MAX_TIMERS * STRIDE;

const hasTimers = (t: MapTypeInfo): boolean => t.timers;
const STATE = { free: 0, initialised: 1, queued: 2 } as const;
/** `struct bpf_timer` in a map's value: its first word is the address of the kernel's timer. */
const BPF_TIMER_SIZE = 16;
/** What bpf_timer_init takes as clock (linux/time.h); flags of bpf_timer_start (linux/bpf.h). */
const CLOCKS: readonly bigint[] = [0n, 1n, 7n];
const BPF_F_TIMER_ABS = 1n;
const BPF_F_TIMER_CPU_PIN = 2n;

/** One kernel timer in memory. */
class Timer {
  readonly memory: Memory;
  readonly at: number;

  constructor(memory: Memory, at: number) {
    this.memory = memory;
    this.at = at;
  }

  get(field: keyof typeof TIMER.fields): bigint {
    const { offset, size } = TIMER.fields[field];
    return size === 8 ? this.memory.readU64(this.at + offset) : BigInt(this.memory.readU32(this.at + offset));
  }

  set(field: keyof typeof TIMER.fields, value: bigint): void {
    const { offset, size } = TIMER.fields[field];
    if (size === 8) this.memory.writeU64(this.at + offset, value);
    else this.memory.writeU32(this.at + offset, Number(value));
  }
}

function* timersOf(memory: Memory, timers: Region): Generator<Timer> {
  for (let i = 0; i < MAX_TIMERS; i += 1) yield new Timer(memory, timers.start + i * STRIDE);
}

/** Makes the keys of timers readable: callbacks get pointers to them. */
export function initialiseTimers(memory: Memory, timers: Region): void {
  for (const timer of timersOf(memory, timers))
    memory.unpoison(timer.at + TIMER.size, KEY_BYTES, KIND.object);
}

/**
 * The kernel's timer behind the bpf_timer in argument 1; undefined if it has not been initialised. The kernel's verifier
 * lets no program write over what a bpf_timer holds; here the next use of it is a fault.
 */
function timerArgument(call: LeafCall, timers: Region): Timer | undefined {
  const { memory } = call.machine;
  const opaque = call.pointer(1, BPF_TIMER_SIZE);
  const address = memory.readU64(opaque);
  if (address === 0n) return undefined;
  const at = fromAddress(address) ?? 0;
  if (at < timers.start || at >= timers.end || (at - timers.start) % STRIDE !== 0)
    refuse(opaque, 'a bpf_timer was written over');
  return new Timer(memory, at);
}

/** timer_init(timer, map, clock): 0, -EBUSY if it is initialised, -EINVAL, -ENOMEM. */
export function timerInit(call: LeafCall, timers: Region, maps: MapTable): number {
  const { memory } = call.machine;
  const opaque = call.pointer(1, BPF_TIMER_SIZE, 'write');
  const map = maps.argument(call, 2, hasTimers);
  if (!CLOCKS.includes(call.arg(3))) return EINVAL;
  if (memory.readU64(opaque) !== 0n) return EBUSY;
  const { keySize } = map.definition;
  if (keySize > KEY_BYTES) return EINVAL;
  const index = elementOf(map, opaque);
  for (const timer of timersOf(memory, timers)) {
    if (timer.get('state') !== BigInt(STATE.free)) continue;
    timer.set('state', BigInt(STATE.initialised));
    timer.set('callback', 0n);
    timer.set('map', toAddress(map.at));
    timer.set('value', toAddress(map.slot(map.element(index))));
    timer.set('key', toAddress(timer.at + TIMER.size));
    memory.writeU64(opaque, toAddress(timer.at));
    copyKey(map, index, timer.at + TIMER.size);
    return 0;
  }
  return ENOMEM;
}

/** The element in whose value an offset of memory lies. */
function elementOf(map: BpfMap, at: number): number {
  const index = Math.floor((at - map.elements) / map.layout.stride);
  const { name, maxEntries } = map.definition;
  if (index >= 0 && index < maxEntries && at >= map.slot(map.element(index))) return index;
  return refuse(at, `argument 1 is not in a value of map ${name}`);
}

/** The key of an element: an array's index, or the bytes before a hash's value. */
function copyKey(map: BpfMap, index: number, to: number): void {
  const { memory, definition, info } = map;
  if (info.family === 'array') memory.writeU32(to, index);
  else {
    const key = map.element(index) + KEY;
    memory.u8.copyWithin(to, key, key + definition.keySize);
  }
}

/** timer_set_callback(timer, callback): 0 or -EINVAL. */
export function timerSetCallback(call: LeafCall, timers: Region): number {
  const timer = timerArgument(call, timers);
  if (timer === undefined) return EINVAL;
  timer.set('callback', call.arg(2));
  return 0;
}

/** timer_start(timer, nsecs, flags): queues it on this CPU; 0 or -EINVAL. */
export function timerStart(call: TimedCall, timers: Region): number {
  const timer = timerArgument(call, timers);
  const flags = call.arg(3);
  if (timer === undefined || timer.get('callback') === 0n || flags > (BPF_F_TIMER_ABS | BPF_F_TIMER_CPU_PIN))
    return EINVAL;
  const from = (flags & BPF_F_TIMER_ABS) !== 0n ? 0n : BigInt(call.machine.now);
  timer.set('expires', from + call.arg(2));
  timer.set('cpu', BigInt(call.cpu));
  timer.set('state', BigInt(STATE.queued));
  return 0;
}

/**
 * timer_cancel(timer): 1 if it was queued, else 0; it has no callback from then on. -EDEADLK from its own callback,
 * -EINVAL if it is not initialised. It does not wait for a callback that runs on another CPU.
 */
export function timerCancel(call: LeafCall, timers: Region): number {
  const timer = timerArgument(call, timers);
  if (timer === undefined) return EINVAL;
  if (timer.get('running') === BigInt(call.cpu + 1)) return EDEADLK;
  const wasQueued = timer.get('state') === BigInt(STATE.queued);
  timer.set('state', BigInt(STATE.initialised));
  timer.set('callback', 0n);
  return wasQueued ? 1 : 0;
}

const { offset: STATE_AT } = TIMER.fields.state;
const { offset: CPU_AT } = TIMER.fields.cpu;
const { offset: RUNNING_AT } = TIMER.fields.running;

/** The timer of a CPU that expires first; undefined if none is queued there. */
function queued(memory: Memory, timers: Region, cpu: number): Timer | undefined {
  let first: Timer | undefined;
  for (let at = timers.start; at < timers.start + TIMERS_BYTES; at += STRIDE) {
    if (memory.readU32(at + STATE_AT) !== STATE.queued || memory.readU32(at + CPU_AT) !== cpu) continue;
    const timer = new Timer(memory, at);
    if (first === undefined || timer.get('expires') < first.get('expires')) first = timer;
  }
  return first;
}

/**
 * hrtimer_expire(out): the callback of the one before, if there was one, is over. Takes the first expired timer of this
 * CPU off the queue; map, key and value go to `out`.
 */
export function hrtimerExpire(call: TimedCall, timers: Region): void {
  const { memory } = call.machine;
  const out = call.pointer(1, 24, 'write');
  for (let at = timers.start; at < timers.start + TIMERS_BYTES; at += STRIDE)
    if (memory.readU32(at + RUNNING_AT) === call.cpu + 1) memory.writeU32(at + RUNNING_AT, 0);
  const timer = queued(memory, timers, call.cpu);
  if (timer === undefined || timer.get('expires') > BigInt(call.machine.now)) {
    call.giveNumber(0);
    return;
  }
  timer.set('state', BigInt(STATE.initialised));
  timer.set('running', BigInt(call.cpu + 1));
  memory.writeU64(out, timer.get('map'));
  memory.writeU64(out + 8, timer.get('key'));
  memory.writeU64(out + 16, timer.get('value'));
  call.give(timer.get('callback'));
}

/** When the next timer of a CPU expires, in nanoseconds of the simulated clock; undefined if none is queued. */
export function nextExpiry(memory: Memory, timers: Region, cpu: number): number | undefined {
  const timer = queued(memory, timers, cpu);
  return timer === undefined ? undefined : Number(timer.get('expires'));
}
