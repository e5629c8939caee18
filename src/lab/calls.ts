import { kindInfo } from '../kernel/attach/kinds.js';
import { REGISTER_ARGUMENTS } from '../kernel/attach/trampoline.js';
import type { Kernel, Program } from '../kernel/kernel.js';
import { ACTION, MAX_ARGUMENTS, TASKLET } from '../kernel/layout.js';
import { type BpfMap, copiedBytes } from '../kernel/map/storage.js';
import { KIND, type Region, toAddress } from '../machine/memory.js';
import { startThread } from '../machine/start.js';
import type { Thread } from '../machine/thread.js';

/** A call of one of the kernel's functions, its arguments laid out in memory. */
export interface Call {
  readonly fn: number;
  readonly args: readonly bigint[];
  /** Offset of the action in memory: the function's address and all arguments. */
  readonly at: number;
}

/** Lays out what a scenario makes the kernel do: arguments, keys and values have to be in memory, like everything. */
export class CallArena {
  readonly #kernel: Kernel;
  readonly #region: Region;
  #next: number;

  constructor(kernel: Kernel, region: Region = kernel.arena) {
    this.#kernel = kernel;
    this.#region = region;
    this.#next = region.start;
  }

  /** Offset of the first byte that is not taken. */
  get used(): number {
    return this.#next;
  }

  #take(size: number): number {
    const at = this.#next;
    this.#next += Math.ceil(size / 8) * 8;
    if (this.#next > this.#region.end + 8)
      throw new Error("the machine's memory is too small for the scenario");
    this.#kernel.memory.unpoison(at, size, KIND.object);
    return at;
  }

  #bytes(bytes: Uint8Array): bigint {
    const at = this.#take(bytes.length);
    this.#kernel.memory.u8.set(bytes, at);
    return toAddress(at);
  }

  #write(at: number, fn: number, args: readonly bigint[]): void {
    const { memory, machine } = this.#kernel;
    memory.writeU64(at + ACTION.fields.fn.offset, machine.text.addressOf(fn));
    for (let i = 0; i < MAX_ARGUMENTS; i += 1)
      memory.writeU64(at + ACTION.fields.args.offset + 8 * i, args[i] ?? 0n);
  }

  call(fn: number, args: readonly bigint[]): Call {
    const at = this.#take(ACTION.size);
    this.#write(at, fn, args);
    return { fn, args: args.map((a) => BigInt.asUintN(64, a)), at };
  }

  named(name: string, args: readonly bigint[]): Call {
    return this.call(this.#kernel.symbols.functionIndex(name), args);
  }

  /** Through the system call, or as a program does it. A lookup by system call copies the value. */
  mapOperation(
    operation: 'lookup' | 'update' | 'delete',
    map: BpfMap,
    key: Uint8Array,
    value: Uint8Array | undefined,
    bySyscall: boolean,
  ): Call {
    const args = [toAddress(map.at), this.#bytes(key)];
    if (value !== undefined) args.push(this.#bytes(value), 0n);
    else if (operation === 'lookup' && bySyscall)
      args.push(this.#bytes(new Uint8Array(copiedBytes(map.definition, this.#kernel.cpus))));
    return this.named(`${bySyscall ? '' : 'bpf_'}map_${operation}_elem`, args);
  }

  /** BPF_PROG_TEST_RUN by the function for the program's kind. */
  testRun(program: Program): Call {
    const { symbols, machine } = this.#kernel;
    const run = symbols.functionIndex(kindInfo(program.attach.kind).testRun!);
    const args = [toAddress(program.at), machine.text.addressOf(run), toAddress(program.retval)];
    return this.named('bpf_prog_test_run', args);
  }

  /** The overflow of a perf event; the program is given 256 zero bytes of registers. */
  overflow(program: Program): Call {
    return this.named('bpf_overflow_handler', [toAddress(program.at), this.#bytes(new Uint8Array(256))]);
  }

  /** An iterator over all loaded programs, or over the tasks of the scenario. */
  iterate(program: Program): Call {
    const { programList, programs, taskList } = this.#kernel;
    const all = { start: programList.start, count: programs.size };
    const { start, count } = program.attach.target === 'task' ? (taskList ?? all) : all;
    const args = [toAddress(program.at), toAddress(start), BigInt(count)];
    return this.named('bpf_iter_run_prog', args);
  }

  /** What raises a softirq that does these calls: offset of a `lab_tasklet` for each CPU, one after the other. */
  tasklets(calls: readonly Call[]): number {
    const { memory, cpus } = this.#kernel;
    const actions = this.list(calls);
    const at = this.#take(TASKLET.size * cpus);
    for (let cpu = 0; cpu < cpus; cpu += 1) {
      memory.writeU64(at + cpu * TASKLET.size + TASKLET.fields.actions.offset, actions);
      memory.writeU64(at + cpu * TASKLET.size + TASKLET.fields.count.offset, BigInt(calls.length));
    }
    return at;
  }

  /** Calls one after the other in memory, as a handler takes them; the address of the first. */
  list(calls: readonly Call[]): bigint {
    const at = this.#take(ACTION.size * calls.length);
    for (const [i, c] of calls.entries()) this.#write(at + ACTION.size * i, c.fn, c.args);
    return toAddress(at);
  }
}

const R11 = 11;

/** Makes a thread that has nothing to do begin a call. Arguments after the fifth are where r11 points. */
export function beginCall(kernel: Kernel, thread: Thread, call: Call): void {
  startThread(kernel.machine, thread, call.fn, call.args.slice(0, REGISTER_ARGUMENTS));
  const rest = call.at + ACTION.fields.args.offset + 8 * REGISTER_ARGUMENTS;
  thread.setRegister(R11, toAddress(rest));
}
