import { expect, test } from 'vitest';
import { TASK } from '../../src/kernel/layout.js';
import { boot, callFunction } from '../support/kernel.js';

const LAB = 'scenario { }';

test('ftrace lets a context in twice, and gives back what each took', () => {
  const kernel = boot(LAB);
  const bits = (): number =>
    kernel.memory.readU32(kernel.processors[0]!.top.current + TASK.fields.trace_recursion.offset);
  const lock = (): bigint => BigInt.asIntN(64, callFunction(kernel, 'ftrace_test_recursion_trylock', []));
  const unlock = (bit: bigint): void => void callFunction(kernel, 'ftrace_test_recursion_unlock', [bit]);
  const before = kernel.preemptCount(0);
  expect([lock(), lock(), lock(), bits()]).toEqual([1n, 16n, -1n, 17]);
  expect(kernel.preemptCount(0)).toBe(before + 2);
  unlock(16n);
  expect([bits(), lock(), lock()]).toEqual([1, 16n, -1n]);
  unlock(16n);
  unlock(1n);
  expect(bits()).toBe(0);
  expect(kernel.preemptCount(0)).toBe(before);
});

test('perf keeps an event from nesting in itself', () => {
  const kernel = boot(LAB);
  const get = (): bigint => BigInt.asIntN(64, callFunction(kernel, 'perf_swevent_get_recursion_context', []));
  expect([get(), get()]).toEqual([0n, -1n]);
  callFunction(kernel, 'perf_swevent_put_recursion_context', [0n]);
  expect([get(), get()]).toEqual([0n, -1n]);
  const at = kernel.processors[0]!.top.current + TASK.fields.perf_recursion.offset;
  expect([...kernel.memory.u8.slice(at, at + 4)]).toEqual([1, 0, 0, 0]);
});
