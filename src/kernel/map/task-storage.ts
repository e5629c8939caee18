import type { LeafCall } from '../../machine/leaf.js';
import { fromAddress } from '../../machine/memory.js';
import { ENOENT } from '../errno.js';
import { TASK } from '../layout.js';
import type { BpfMap } from './storage.js';
import { type MapTable, refuse } from './table.js';
import type { MapTypeInfo } from './types.js';

/**
 * Storage of tasks (kernel/bpf/bpf_task_storage.c): a value that belongs to a task, for as many tasks as there are. An
 * element begins with the offset of its task's structure, 0 while it is free. What keeps calls from nesting in each other is
 * BPF, in programs/kernel/map.bpf.
 */
const isStorage = (t: MapTypeInfo): boolean => t.family === 'tasks';

/** Offsets of the elements in use. */
export function* storedElements(map: BpfMap): Generator<number> {
  for (let i = 0; i < map.definition.buffers; i += 1) {
    const element = map.element(i);
    if (map.memory.readU32(element) !== 0) yield element;
  }
}

function elementOf(map: BpfMap, task: number): number {
  for (const element of storedElements(map)) if (map.memory.readU32(element) === task) return element;
  return 0;
}

/** The process id of the task that an element belongs to. */
export const ownerOf = (map: BpfMap, element: number): number =>
  map.memory.readU32(map.memory.readU32(element) + TASK.fields.pid.offset);

/** The element of the task with a process id; 0 where it has none. */
export function elementOfPid(map: BpfMap, pid: number): number {
  for (const element of storedElements(map)) if (ownerOf(map, element) === pid) return element;
  return 0;
}

/**
 * Offset of the task whose address is in argument 2; 0, as for a null pointer, where there is nothing: a number that a scenario
 * hands over in place of a task, which Linux's functions never do. What is something else Linux's verifier refuses.
 */
function taskArgument(call: LeafCall, map: BpfMap, maps: MapTable): number {
  const address = call.arg(2);
  if (fromAddress(address) === undefined) {
    maps.madeUpTasks.add(address);
    return 0;
  }
  const at = call.pointer(2, TASK.size);
  const region = map.memory.regionAt(at);
  if (region?.start === at && region.name.startsWith('task_struct of ')) return at;
  return refuse(at, 'argument 2 is not the address of a task');
}

function give(call: LeafCall, map: BpfMap, element: number): void {
  if (element === 0) call.giveNumber(0);
  else call.giveAddress(map.slot(element));
}

/** storage_find(map, task): address of the value, or 0. */
export function storageFind(call: LeafCall, maps: MapTable): void {
  const map = maps.argument(call, 1, isStorage);
  const task = taskArgument(call, map, maps);
  give(call, map, task === 0 ? 0 : elementOf(map, task));
}

/** storage_lock(map, task): address of the word of the lock that a task's storage has, or 0 where there is nothing. */
export function storageLock(call: LeafCall, maps: MapTable): void {
  const task = taskArgument(call, maps.argument(call, 1, isStorage), maps);
  if (task === 0) call.giveNumber(0);
  else call.giveAddress(task + TASK.fields.storage_lock.offset);
}

/** storage_create(map, task, value): address of the new value, which is `value`, or zero where that is 0. */
export function storageCreate(call: LeafCall, maps: MapTable): void {
  const map = maps.argument(call, 1, isStorage);
  const { memory, definition } = map;
  const task = taskArgument(call, map, maps);
  if (task === 0) {
    give(call, map, 0);
    return;
  }
  const from = call.arg(3) === 0n ? 0 : call.pointer(3, definition.valueSize);
  let element = elementOf(map, task);
  for (let i = 0; element === 0 && i < definition.buffers; i += 1)
    if (memory.readU32(map.element(i)) === 0) element = map.element(i);
  if (element !== 0) {
    memory.writeU32(element, task);
    map.openValues(element);
    const to = map.slot(element);
    if (from === 0) memory.u8.fill(0, to, to + definition.valueSize);
    else memory.u8.copyWithin(to, from, from + definition.valueSize);
  }
  give(call, map, element);
}

/** storage_remove(map, task): 0 or -ENOENT. */
export function storageRemove(call: LeafCall, maps: MapTable): number {
  const map = maps.argument(call, 1, isStorage);
  const element = elementOf(map, taskArgument(call, map, maps));
  if (element === 0) return ENOENT;
  map.memory.writeU32(element, 0);
  map.closeValues(element);
  return 0;
}

/** storage_task(map, key): address of the task whose process id is the key, as a pidfd would have it, or 0. */
export function storageTask(call: LeafCall, maps: MapTable): void {
  const map = maps.argument(call, 1, isStorage);
  const pid = map.memory.readU32(call.pointer(2, 4));
  const task = maps.tasks.find((at) => map.memory.readU32(at + TASK.fields.pid.offset) === pid);
  if (task === undefined) call.giveNumber(0);
  else call.giveAddress(task);
}
