import { expect, test } from 'vitest';
import { loadProgram } from '../../../src/machine/load.js';
import { Machine } from '../../../src/machine/machine.js';
import { Memory } from '../../../src/machine/memory.js';
import { startThread } from '../../../src/machine/start.js';
import { STACK_SIZE, THREAD_SIZE, Thread } from '../../../src/machine/thread.js';
import { WasmEngine } from '../../../src/machine/wasm/engine.js';
import { Thrift } from '../../../src/machine/wasm/thrift.js';
import { errorAt } from '../../../src/text/diagnostic.js';
import { assembleText } from '../../support/assemble.js';

test('a unit waits the longer the larger it is, and until what was compiled before it has paid', () => {
  const thrift = new Thrift();
  expect(thrift.wait(1, 1000)).toBeGreaterThan(thrift.wait(2, 10));
  expect(thrift.wait()).toBeLessThanOrEqual(thrift.wait(2));
  const first = thrift.wait(2);
  thrift.passed(first - 1, false);
  expect(thrift.wait(2)).toBe(1);
  thrift.passed(1, false);
  expect(thrift.wait(2)).toBe(0);
  thrift.pay(10);
  const interpreted = thrift.wait(2);
  expect(interpreted).toBe(first);
  // What has been compiled saves something, so that the next one has to wait less.
  thrift.passed(interpreted / 2, true);
  expect(thrift.wait(2)).toBe(0);
});

test('the size of a unit is remembered until code changes', () => {
  const thrift = new Thrift();
  const least = thrift.wait(7);
  const known = thrift.wait(7, 500);
  expect(known).toBeGreaterThan(least);
  expect([thrift.wait(7), thrift.wait(8)]).toEqual([known, least]);
  thrift.forgetSizes();
  expect(thrift.wait(7)).toBe(least);
});

/** A loop of so many rounds of four instructions, in a machine of its own, called twice. */
function loop(rounds: number, make = (machine: Machine) => new WasmEngine(machine, { thrifty: true })) {
  const memory = new Memory(1 << 16);
  const machine = new Machine(memory, { atomics: false, plain: false });
  const block = memory.reserve('thread', 'thread', THREAD_SIZE, { align: 64 })!;
  const stack = memory.reserve('the stack', 'stack', STACK_SIZE, { align: 16 })!;
  const thread = new Thread(memory, 'main', block, stack);
  const { insns } = assembleText(
    `r0 = 1\nr2 = 0\nagain:\nr0 *= 7\nr0 += r2\nr2 += 1\nif r2 < ${rounds} goto again\nexit`,
  );
  const { index } = loadProgram(machine, {
    ...{ name: 'main', kind: 'program', insns },
    resolver: {
      call: () => errorAt('B0601', 'there is nothing'),
      address: () => errorAt('B0208', 'there is nothing'),
    },
  });
  const engine = make(machine);
  const results = [1, 2].map(() => {
    startThread(machine, thread, index);
    return [engine.run(thread, 1e9).kind, thread.getRegister(0), machine.executed];
  });
  const { start, end } = machine.text.functions[index]!;
  const slots = Array.from({ length: end - start }, (_, i) => start + i);
  return { results, compiled: slots.some((slot) => engine.moduleAt(slot) !== undefined) };
}

test.each([
  ['short', 0.05, false],
  ['that ends just before', 0.49, false],
  ['that is long enough the second time', 0.9, true],
])('a run %s', (_, part, isCompiled) => {
  const rounds = Math.floor((new Thrift().wait(0, 7) * part) / 4);
  const { results, compiled } = loop(rounds);
  expect(compiled).toBe(isCompiled);
  const interpreted = loop(rounds, (machine) => new WasmEngine(machine, { patience: 1e12 }));
  expect(interpreted.compiled).toBe(false);
  expect(results).toEqual(interpreted.results);
});
