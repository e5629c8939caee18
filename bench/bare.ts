import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assemble } from '../src/isa/assemble.js';
import type { EngineFactory } from '../src/machine/bare.js';
import { loadProgram } from '../src/machine/load.js';
import { Machine } from '../src/machine/machine.js';
import { Memory, toAddress } from '../src/machine/memory.js';
import { startThread } from '../src/machine/start.js';
import { STACK_SIZE, THREAD_SIZE, Thread } from '../src/machine/thread.js';
import { parseAssembly } from '../src/syntax/parse-program.js';
import { errorAt } from '../src/text/diagnostic.js';

const DATA = 65536;

/** A machine with one thread, 64 KiB of data (in r1 when the program starts) and one leaf. */
export function prepareBare(text: string, factory: EngineFactory): { machine: Machine; run: () => bigint } {
  const memory = new Memory(1 << 18);
  const machine = new Machine(memory, { atomics: false, plain: false });
  machine.addLeaf({ name: 'helper', run: (c) => c.giveNumber(c.arg32(1) + c.arg32(2)) });
  const block = memory.reserve('thread', 'thread', THREAD_SIZE, { align: 64 })!;
  const stack = memory.reserve('the stack', 'stack', STACK_SIZE, { align: 16 })!;
  const data = memory.reserve('the data', 'memory', DATA, { align: 64 })!;
  memory.unpoison(data.start, DATA);
  for (let i = 0; i < DATA; i += 1) memory.u8[data.start + i] = i * 7 + 3;
  const thread = new Thread(memory, 'main', block, stack);
  const loaded = loadProgram(machine, {
    name: 'main',
    kind: 'program',
    insns: assemble(parseAssembly({ name: 'bench', text }).value ?? []).insns,
    resolver: {
      call: () => ({ kind: 'leaf', index: 0 }),
      address: () => errorAt('B0208', 'nothing has a name here'),
    },
  });
  const engine = factory(machine);
  const args = [toAddress(data.start)];
  const run = (): bigint => {
    startThread(machine, thread, loaded.index, args);
    const stop = engine.run(thread, 1e12);
    if (stop.kind !== 'done') throw new Error(`the program ended with ${stop.kind}`);
    return thread.getRegister(0);
  };
  return { machine, run };
}

/** The programs in C. */
export interface Native {
  /** A program's result, and the least time of its runs in so many milliseconds, in nanoseconds. */
  readonly time: (name: string, ms: number) => readonly [bigint, number];
  readonly remove: () => void;
}

/** The programs in C, compiled; undefined where there is no compiler. */
export function compileNative(): Native | undefined {
  const dir = mkdtempSync(join(tmpdir(), 'tinybpf-bench-'));
  const source = fileURLToPath(new URL('../../bench/native/programs.c', import.meta.url));
  const binary = join(dir, 'programs');
  const built = spawnSync('cc', ['-O2', '-o', binary, source], { encoding: 'utf8' });
  const remove = (): void => rmSync(dir, { recursive: true });
  if (built.status !== 0) {
    remove();
    return undefined;
  }
  const time = (name: string, ms: number): [bigint, number] => {
    const ran = spawnSync(binary, [name, String(ms)], { encoding: 'utf8' });
    const [result, ns] = ran.stdout.split(' ');
    if (ran.status !== 0 || result === undefined) throw new Error(`the C program ${name} failed`);
    return [BigInt(result), Number(ns)];
  };
  return { time, remove };
}
