// cspell:dictionaries cpp
// cspell:ignore noclone noinline nsec
import { OPERATIONS } from '../src/isa/table.js';
import type { Kernel } from '../src/kernel/kernel.js';
import { KERNEL_HIGH } from '../src/machine/memory.js';
import { RECORD } from '../src/machine/stack.js';
import { TEXT_HIGH } from '../src/machine/text.js';
import { BLOCK } from '../src/machine/thread.js';
import { WORDS_PER_SLOT } from '../src/machine/word.js';

/** How calls are compiled: as the C compiler likes, or each as a call. */
export type Calls = 'free' | 'kept';

interface Slot {
  readonly op: (typeof OPERATIONS)[number];
  readonly dst: string;
  readonly src: string;
  readonly off: number;
  readonly imm: number;
  readonly hi: number;
  readonly slot: number;
}

const CONDITIONS: Readonly<Record<string, string>> = {
  '==': '==',
  '!=': '!=',
  '>': '>',
  '>=': '>=',
  '<': '<',
  '<=': '<=',
};
const PLAIN = ['+=', '-=', '*=', '&=', '|=', '^='];

/**
 * Translates a driver and all that it reaches to C, instruction by instruction: what memory the emulated kernel loads and
 * stores, C loads and stores too (volatile), and its atomic instructions are the processor's. There is no shadow and no
 * budget. Only what the benchmark's cases contain is known; the rest is an error.
 */
export class CWriter {
  readonly #kernel: Kernel;
  readonly #calls: Calls;
  readonly #pending: number[] = [];
  readonly #seen = new Set<number>();
  readonly #bodies: string[] = [];

  constructor(kernel: Kernel, calls: Calls) {
    this.#kernel = kernel;
    this.#calls = calls;
  }

  /** The whole program; it reads the machine's memory from a file, triggers, and prints nanoseconds of processor time and the count. */
  write(driver: string): string {
    const { kernel, seen } = { kernel: this.#kernel, seen: this.#seen };
    const { machine, symbols, memory, tasks } = kernel;
    const entry = machine.text.entries[symbols.functionIndex(driver) * 2]!;
    this.#reach(entry);
    for (const { fn } of kernel.programs.values()) this.#reach(machine.text.entries[fn * 2]!);
    for (let slot = this.#pending.pop(); slot !== undefined; slot = this.#pending.pop()) this.#function(slot);
    const attributes = this.#calls === 'kept' ? 'static __attribute__((noinline, noclone))' : 'static';
    const args = 'u64 r1, u64 r2, u64 r3, u64 r4, u64 r5, u64 r10';
    const sp = tasks[0]!.thread.sp - RECORD;
    return `#define _POSIX_C_SOURCE 199309L
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
typedef uint64_t u64; typedef uint32_t u32; typedef uint16_t u16; typedef uint8_t u8;
static u8 mem[${memory.limit}] __attribute__((aligned(65536)));
#define AT(type, a) ((volatile type *)(mem + (u32)(a)))
#define M(type, a) (*AT(type, a))
#define PERCPU M(u64, ${tasks[0]!.thread.at + BLOCK.percpu})
#define BASE ${constant(0, KERNEL_HIGH)}
#define TEXT ${constant(0, TEXT_HIGH)}
typedef u64 (*function)(${args});
${[...seen].map((s) => `${attributes} u64 f${s}(${args});`).join('\n')}
static const function table[${machine.text.slots}] = { ${[...seen].map((s) => `[${s}] = f${s}`).join(', ')} };
${this.#bodies.map((b) => `${attributes} ${b}`).join('\n')}
static double now(void) { struct timespec t; clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); return t.tv_sec * 1e9 + t.tv_nsec; }
int main(int argc, char **argv)
{
	u64 n = 0, all = 0;
	FILE *image = fopen(argv[1], "rb");
	if (!image || fread(mem, 1, sizeof mem, image) != sizeof mem) return 1;
	double start = now(), limit = atof(argv[2]) * 1e6, spent = 0;
	/* The first tenth is for caches and what the processor predicts. */
	for (; spent < limit; spent = now() - start, all += 4000) {
		if (n == 0 && spent > limit / 10) start = now(), limit -= spent, n = all;
		f${entry}(4000, 0, 0, 0, 0, BASE + ${sp});
	}
	printf("%g %llu %llu\\n", spent / (all - n), (unsigned long long)all, (unsigned long long)M(u64, ${kernel.globals.get('hits')!.at}));
	return 0;
}
`;
  }

  #reach(slot: number): string {
    if (!this.#seen.has(slot)) {
      this.#seen.add(slot);
      this.#pending.push(slot);
    }
    return `f${slot}`;
  }

  #slot(slot: number): Slot {
    const { code } = this.#kernel.machine.text;
    const at = slot * WORDS_PER_SLOT;
    const word = code[at]!;
    const register = (shift: number): string => `r${((word >> shift) & 0xff) >> 1}`;
    return {
      ...{ op: OPERATIONS[word & 0xff]!, dst: register(8), src: register(16), slot },
      ...{ off: code[at + 1]!, imm: code[at + 2]!, hi: code[at + 3]! },
    };
  }

  #function(start: number): void {
    const { text } = this.#kernel.machine;
    const fn = text.functionStartingAt(start);
    if (fn === undefined) throw new Error(`no function begins at ${start}`);
    const lines: string[] = [];
    for (let slot = fn.start; slot < fn.end; slot += 1) {
      if (text.at(slot) === undefined) continue;
      lines.push(`L${slot}: ${this.#statement(this.#slot(slot), fn.frameSize)};`);
    }
    this.#bodies.push(
      `u64 f${start}(u64 r1, u64 r2, u64 r3, u64 r4, u64 r5, u64 r10) { /* ${fn.name} */\n\tu64 r0 = 0, r6 = 0, r7 = 0, r8 = 0, r9 = 0;\n\t${lines.join('\n\t')}\n}`,
    );
  }

  #leaf(index: number): string {
    const leaf = this.#kernel.machine.leaves[index]!;
    const { at } = this.#kernel.tasks[0]!.thread;
    switch (leaf.inline) {
      case 'current':
        return `r0 = BASE | M(u32, ${at + BLOCK.current})`;
      case 'cpu':
        return `r0 = M(u32, ${at + BLOCK.cpu})`;
      default:
        // What statistics would call; they are off.
        return 'abort()';
    }
  }

  #statement(it: Slot, frame: number): string {
    const { op, dst, src, off, imm } = it;
    const call = (what: string): string => `r0 = ${what}(r1, r2, r3, r4, r5, r10 - ${frame + RECORD})`;
    const type = `u${op.size * 8}`;
    const goTo = `goto L${it.slot + 1 + off}`;
    const value = op.form.endsWith('_imm') ? `(u64)INT64_C(${imm})` : src;
    switch (op.form) {
      case 'mov_imm':
      case 'mov_reg':
        return `${dst} = ${narrow(op.width, value)}`;
      case 'alu_imm':
      case 'alu_reg':
        return `${dst} = ${arithmetic(op.text, op.width, dst, value)}`;
      case 'neg':
        return `${dst} = ${narrow(op.width, `-${dst}`)}`;
      case 'percpu':
        return `${dst} = ${src} + PERCPU`;
      case 'wide':
        return `${dst} = ${constant(imm, it.hi)}`;
      case 'goto':
        return goTo;
      case 'jump_imm':
      case 'jump_reg':
        return `if (${condition(op.text, op.width, dst, value)}) ${goTo}`;
      case 'call_local':
        return call(this.#reach(this.#kernel.machine.text.entries[imm * 2]!));
      case 'call_helper':
        return this.#leaf(imm);
      case 'callx':
        return call(`table[(${dst} - TEXT) >> 3]`);
      case 'exit':
        return 'return r0';
      case 'load':
        return `${dst} = M(${type}, ${src} + ${off})`;
      case 'store_imm':
        return `M(${type}, ${dst} + ${off}) = ${imm}`;
      case 'store_reg':
        return `M(${type}, ${dst} + ${off}) = ${src}`;
      case 'lock':
        return `__atomic_fetch_add(AT(${type}, ${dst} + ${off}), ${src}, __ATOMIC_SEQ_CST)`;
      case 'fetch':
        return `${src} = __atomic_fetch_add(AT(${type}, ${dst} + ${off}), ${src}, __ATOMIC_SEQ_CST)`;
      case 'this_cpu':
        return `M(${type}, ${dst} + PERCPU + ${off}) += ${src}`;
      case 'this_cpu_fetch':
        return `{ u64 at = ${dst} + PERCPU + ${off}; ${type} old = M(${type}, at); M(${type}, at) = old + ${src}; ${src} = old; }`;
      default:
        throw new Error(`${op.name} has no C here`);
    }
  }
}

function constant(low: number, high: number): string {
  return `UINT64_C(${(BigInt(high >>> 0) << 32n) | BigInt(low >>> 0)})`;
}

const narrow = (width: 32 | 64, value: string): string => (width === 64 ? value : `(u32)(${value})`);

function arithmetic(text: string, width: 32 | 64, dst: string, value: string): string {
  if (PLAIN.includes(text)) return narrow(width, `${dst} ${text.slice(0, -1)} ${value}`);
  const by = `(${value} & ${width - 1})`;
  if (text === '<<=') return narrow(width, `${dst} << ${by}`);
  if (text === '>>=') return `${narrow(width, dst)} >> ${by}`;
  throw new Error(`${text} has no C here`);
}

function condition(text: string, width: 32 | 64, dst: string, value: string): string {
  const operator = CONDITIONS[text];
  if (operator !== undefined) return `${narrow(width, dst)} ${operator} ${narrow(width, value)}`;
  const signed = CONDITIONS[text.replace(/^s/, '')];
  if (signed === undefined) throw new Error(`${text} has no C here`);
  const cast = `(int${width}_t)`;
  return `${cast}${dst} ${signed} ${cast}${value}`;
}
