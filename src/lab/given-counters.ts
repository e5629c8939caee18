import { evaluateConstant } from '../isa/lower/context.js';
import { GUARD_AREA } from '../kernel/boot/context.js';
import type { Kernel, Program } from '../kernel/kernel.js';
import type { ScenarioAst } from '../syntax/lab-ast.js';
import type { Findings } from '../text/findings.js';
import { didYouMean } from '../text/nearest.js';
import { formatRange } from '../text/range.js';
import { cpuNumber } from './cpu-number.js';

/** Instances that are inside at the start. */
export interface GivenCounter {
  readonly program: Program;
  readonly cpu: number;
  readonly value: bigint;
  readonly isRunning: boolean;
}

/** What a scenario's `given` lines say. */
export function givenCounters(kernel: Kernel, scenario: ScenarioAst, findings: Findings): GivenCounter[] {
  const none = new Map<string, bigint>();
  return scenario.claims.flatMap((c): GivenCounter[] => {
    if (c.kind !== 'given') return [];
    const program = kernel.programs.get(c.counter.name.replace(/\.active$/, ''));
    if (program === undefined || !c.counter.name.endsWith('.active')) {
      const what = `\`${c.counter.name}\` is not an \`active\` area`;
      const names = [...kernel.programs.keys()].map((p) => `${p}.active`);
      const help = didYouMean(c.counter.name, names);
      findings.error('B0407', what, { span: c.counter.span, expected: 'PROGRAM.active', help });
      return [];
    }
    const at = evaluateConstant(c.cpu, none, findings);
    const value = evaluateConstant(c.value, none, findings);
    if (at === undefined || value === undefined) return [];
    const cpu = cpuNumber(kernel, at, c.cpu.span, findings) ?? 0;
    if ((value < 0n || value >= 1n << BigInt(8 * kernel.guard.size)) && !findings.doubts(GUARD_AREA))
      findings.error('B0406', `${value} does not fit into ${kernel.guard.size} bytes`, {
        span: c.value.span,
        expected: formatRange(0, (1n << BigInt(8 * kernel.guard.size)) - 1n),
      });
    return [{ program, cpu, value, isRunning: c.isRunning }];
  });
}

/** Puts the machine into the state a scenario starts from. */
export function setCounters(kernel: Kernel, given: readonly GivenCounter[]): void {
  for (const { program, cpu, value } of given) {
    const at = kernel.percpu.at(program.active, cpu);
    for (let i = 0; i < kernel.guard.size; i += 1)
      kernel.memory.u8[at + i] = Number((value >> BigInt(8 * i)) & 0xffn);
  }
}
