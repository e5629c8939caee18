import { readFileSync } from 'node:fs';
import { shippedFiles } from '../src/cli/shipped.js';
import { assemble } from '../src/isa/assemble.js';
import type { AnyInsn } from '../src/isa/insn.js';
import { bootScenario } from '../src/lab/boot.js';
import { Environment, objectUnit } from '../src/lab/environment.js';
import type { EngineFactory } from '../src/machine/bare.js';
import type { Engine } from '../src/machine/engine.js';
import { loadProgram } from '../src/machine/load.js';
import { Machine } from '../src/machine/machine.js';
import { KIND, Memory, toAddress } from '../src/machine/memory.js';
import { startThread } from '../src/machine/start.js';
import { STACK_SIZE, THREAD_SIZE, Thread } from '../src/machine/thread.js';
import type { BpfObject } from '../src/object/object.js';
import { parseAssembly } from '../src/syntax/parse-program.js';
import { errorAt } from '../src/text/diagnostic.js';
import type { BenchProgram, Version } from './programs.js';

const DATA = 65536;

/** A program on a machine, ready to be run again and again. */
export interface Prepared {
  readonly machine: Machine;
  /** Its function's index in the machine's text. */
  readonly fn: number;
  /** Runs it once. Throws if it does not return. */
  readonly run: () => bigint;
}

function runner(machine: Machine, engine: Engine, thread: Thread, fn: number, args: readonly bigint[]) {
  return (): bigint => {
    startThread(machine, thread, fn, args);
    const stop = engine.run(thread, 1e12);
    if (stop.kind !== 'done') throw new Error(`the program ended with ${stop.kind}`);
    return BigInt.asUintN(64, thread.getRegister(0));
  };
}

interface Code {
  readonly insns: readonly AnyInsn[];
  readonly labels?: ReadonlyMap<string, number>;
  readonly data?: BpfObject['data'];
}

/** A machine with one thread, 64 KiB of data (in r1 when the program starts) and one leaf. */
function prepareOnBare({ insns, labels, data: sections = [] }: Code, factory: EngineFactory): Prepared {
  const memory = new Memory(1 << 18);
  const machine = new Machine(memory, { atomics: false, plain: false });
  machine.addLeaf({ name: 'helper', direct: 'returns', run: (c) => c.arg32(1) + c.arg32(2) });
  const block = memory.reserve('thread', 'thread', THREAD_SIZE, { align: 64 })!;
  const stack = memory.reserve('the stack', 'stack', STACK_SIZE, { align: 16 })!;
  const data = memory.reserve('the data', 'global', DATA, { align: 64 })!;
  memory.unpoison(data.start, DATA);
  for (let i = 0; i < DATA; i += 1) memory.u8[data.start + i] = i * 7 + 3;
  const places = new Map(
    sections.map(({ name, size, bytes }) => {
      const { start } = memory.reserve(name, 'global', size, { align: 64 })!;
      memory.unpoison(start, size);
      memory.u8.set(bytes, start);
      return [name, start];
    }),
  );
  const thread = new Thread(memory, 'main', block, stack);
  const { index } = loadProgram(machine, {
    name: 'main',
    kind: 'program',
    insns,
    ...(labels && { labels }),
    resolver: {
      call: () => ({ kind: 'leaf', index: 0 }),
      address: ({ ref }) => {
        const start = places.get(ref?.name ?? '');
        if (start === undefined) return errorAt('B0208', 'nothing has that name here');
        return { kind: 'address', address: toAddress(start) + (ref?.addend ?? 0n) };
      },
    },
  });
  return {
    machine,
    fn: index,
    run: runner(machine, factory(machine), thread, index, [toAddress(data.start)]),
  };
}

/** The same for a program that is text. */
export function prepareText(text: string, factory: EngineFactory): Prepared {
  const { insns } = assemble(parseAssembly({ name: 'bench', text }).value ?? []);
  return prepareOnBare({ insns }, factory);
}

/** The same for instructions. */
export const prepareInsns = (insns: readonly AnyInsn[], factory: EngineFactory): Prepared =>
  prepareOnBare({ insns }, factory);

const environment = new Environment(shippedFiles());

/** A program of an object on the emulated kernel. Its rings are emptied after every run, as if somebody read them. */
function prepareOnKernel(name: string, bytes: Uint8Array, factory: EngineFactory): Prepared {
  const { kernel } = bootScenario({ declarations: [] }, undefined, environment, {
    objects: [objectUnit(name, bytes)],
    engine: factory,
    stats: false,
  });
  const { machine, memory, engine } = kernel;
  const { fn } = kernel.programs.get(name)!;
  const once = runner(machine, engine, kernel.tasks[0]!.thread, fn, [0n]);
  const rings = [...kernel.maps.values()].filter((map) => map.info.family === 'ring');
  const run = (): bigint => {
    const result = once();
    for (const map of rings) {
      memory.poisonRange(map.elements, map.get('producer'), KIND.redzone);
      map.set('producer', 0);
    }
    return result;
  };
  return { machine, fn, run };
}

/** Where the programs' sources and objects are, seen from the bundle. */
export const FOLDER = new URL('../../bench/c/', import.meta.url);

/** What clang made of a program. */
export const recorded = ({ name }: BenchProgram, version: Version): Uint8Array =>
  readFileSync(new URL(`${name}.${version}.o`, FOLDER));

/** A program as clang has made it. */
export function prepareProgram(
  { name, kernel }: BenchProgram,
  bytes: Uint8Array,
  factory: EngineFactory,
): Prepared {
  if (kernel === true) return prepareOnKernel(name, bytes, factory);
  const { object } = objectUnit(name, bytes);
  return prepareOnBare({ ...object.programs[0]!, data: object.data }, factory);
}
