import type { Kernel } from '../kernel/kernel.js';
import { guardsOf, parseOrThrow } from '../lab/environment.js';
import { toAddress } from '../machine/memory.js';
import type { GuardAst, LabAst } from '../syntax/lab-ast.js';

/** Where the `active` words of different CPUs lie to each other: lines apart, or side by side in one cache line. */
export type Placement = 'apart' | 'together';

export const PLACEMENTS: readonly Placement[] = ['apart', 'together'];

/** More than a cache line, and than the pair of lines that some processors fetch together. */
const APART = 256;

const DECLARATIONS = parseOnce(() =>
  parseOrThrow({
    name: 'where the active words lie (generated)',
    text: `percpu bench_active : u64\nglobal bench_lines : u64[${(64 * APART) / 8 + APART / 8}]\n`,
  }),
);

/** Takes the place of the per-CPU pointer that a guard is called with. */
const ELSEWHERE = parseOnce(() => {
  const body = `{
        r2 = bench_active ll
        r2 = &(void __percpu *)(r2)
        r1 = *(u64 *)(r2 + 0)
    }`;
  const text = `guard elsewhere {\n    area size 4 align 4\n    enter ${body}\n    exit ${body}\n}\n`;
  return guardsOf(parseOrThrow({ name: 'a guard whose words lie elsewhere (generated)', text }))[0]!;
});

function parseOnce<T>(parse: () => T): () => T {
  let parsed: T | undefined;
  return () => (parsed ??= parse());
}

/**
 * The same guard with its words where `placeWords` puts them. Both placements run the same instructions, one load more
 * than the guard itself, so that what differs is the cache line.
 */
export function withMovedWords(guard: GuardAst): GuardAst {
  const { enter, exit } = ELSEWHERE();
  return {
    ...guard,
    enter: [...(enter ?? []), ...(guard.enter ?? [])],
    exit: [...(exit ?? []), ...(guard.exit ?? [])],
  };
}

export function withMovedLab(lab: LabAst): LabAst {
  return { ...lab, declarations: [...lab.declarations, ...DECLARATIONS().declarations] };
}

/** Gives every CPU its word: a pointer that this CPU's offset leads to it. */
export function placeWords(kernel: Kernel, placement: Placement): void {
  const { memory, percpu } = kernel;
  const lines = Math.ceil(kernel.globals.get('bench_lines')!.at / APART) * APART;
  const stride = placement === 'apart' ? APART : Math.max(4, kernel.guard.size);
  const pointer = kernel.percpuVariables.get('bench_active')!;
  for (let cpu = 0; cpu < kernel.cpus; cpu += 1) {
    const at = lines + cpu * stride;
    memory.writeU64(percpu.at(pointer, cpu), toAddress(at) - percpu.offsetOf(cpu));
  }
}
