import { expect, test } from 'vitest';
import { runBare } from '../../../src/machine/bare.js';
import { Interpreter } from '../../../src/machine/interpreter.js';
import { BLOCKED, type Leaf } from '../../../src/machine/leaf.js';
import { loadProgram } from '../../../src/machine/load.js';
import { Machine } from '../../../src/machine/machine.js';
import { Memory } from '../../../src/machine/memory.js';
import { startThread } from '../../../src/machine/start.js';
import { STACK_SIZE, THREAD_SIZE, Thread } from '../../../src/machine/thread.js';
import { Trap } from '../../../src/machine/trap.js';
import { WasmEngine } from '../../../src/machine/wasm/engine.js';
import { errorAt } from '../../../src/text/diagnostic.js';
import { assembleText } from '../../support/assemble.js';

const ENGINES = {
  interpreter: (machine: Machine) => new Interpreter(machine),
  wasm: (machine: Machine) => new WasmEngine(machine, { eager: true }),
} as const;

/** Calls a leaf once in a function that a program calls, with numbers in registers that calls keep. */
const CALLER = `
  r6 = 60
  call inner
  r0 += r6
  exit
inner:
  r7 = 7
  r1 = 5
  call 1
  r0 += r7
  exit`;

function run(leaf: Leaf, engine: keyof typeof ENGINES) {
  const memory = new Memory(1 << 16);
  const machine = new Machine(memory, { atomics: false, plain: false });
  const index = machine.addLeaf(leaf);
  const block = memory.reserve('thread', 'thread', THREAD_SIZE, { align: 64 })!;
  const stack = memory.reserve('the stack', 'stack', STACK_SIZE, { align: 16 })!;
  const thread = new Thread(memory, 'main', block, stack);
  const { insns } = assembleText(CALLER);
  const main = loadProgram(machine, {
    ...{ name: 'main', kind: 'program', insns },
    resolver: {
      call: () => ({ kind: 'leaf', index }),
      address: () => errorAt('B0208', 'nothing has a name here'),
    },
  });
  startThread(machine, thread, main.index);
  const stop = ENGINES[engine](machine).run(thread, 1000);
  const kept = thread.getRegister(7);
  return { stop, r0: thread.getRegister(0), kept, executed: machine.executed };
}

const both = (leaf: Leaf) => {
  const [first, second] = [run(leaf, 'interpreter'), run(leaf, 'wasm')];
  expect(second).toEqual(first);
  return second;
};

test('what a leaf returns is its result, as a number with a sign', () => {
  expect(both({ name: 'down', direct: 'returns', run: (c) => -c.arg32(1) }).r0).toBe(62n);
  expect(both({ name: 'large', direct: 'returns', run: () => 0xffff_ffff }).r0).toBe(66n);
});

test('a leaf that gives nothing gives 0', () => {
  expect(both({ name: 'silent', direct: 'gives', run: () => undefined }).r0).toBe(67n);
});

test.each(['gives', 'returns'] as const)('a trap in a leaf that %s is a fault at the call', (direct) => {
  const { stop, kept } = both({
    ...{ name: 'refuse', direct },
    run: () => {
      throw new Trap('bad_argument', 16n, 0, 'call', 'it is not liked');
    },
  });
  expect(stop).toMatchObject({ kind: 'fault', fault: { kind: 'bad_argument' } });
  expect(kept).toBe(7n);
});

test.each(['interpreter', 'wasm'] as const)('a bug in a leaf goes through the %s', (engine) => {
  const broken: Leaf = {
    ...{ name: 'broken', direct: 'gives' },
    run: () => {
      throw new RangeError('a bug');
    },
  };
  // A trap that was a fault before is not taken for what is thrown now.
  expect(runBare(assembleText('r0 = *(u64 *)(r0 + 0)\nexit').insns, new Uint8Array()).kind).toBe('fault');
  expect(() => run(broken, engine)).toThrow(new RangeError('a bug'));
});

test('a leaf that stops must not be called directly', () => {
  const leaf: Leaf = { name: 'waits', direct: 'gives', run: () => BLOCKED };
  expect(() => run(leaf, 'interpreter')).toThrow('waits stops');
});
