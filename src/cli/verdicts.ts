import { Option } from 'commander';
import type { Kernel } from '../kernel/kernel.js';
import type { Diagnostic } from '../text/diagnostic.js';
import type { Judged } from '../verdict/judge.js';

export interface VerdictOptions {
  /** Whether what Linux refuses is refused (`--verify`), or Linux is not asked (`--no-verify`); undefined: it is only said. */
  readonly verify?: boolean;
  readonly logLevel?: (typeof LOG_LEVELS)[number];
}

const LOG_LEVELS = ['1', '2'] as const;

/** What has been said already of the same instruction: that nothing has written what it reads. */
const SAID: ReadonlySet<string> = new Set(['B0511', 'B0512']);

/** The diagnostics of refusals, but for instructions of which the same has been said. */
function refusals(judged: readonly Judged[], found: readonly Diagnostic[]): readonly Diagnostic[] {
  const said = found.filter((d) => SAID.has(d.code));
  return judged.flatMap(({ diagnostic }) => {
    if (diagnostic === undefined) return [];
    const isSaid = said.some(
      (d) => d.span?.source === diagnostic.span?.source && d.span?.start === diagnostic.span?.start,
    );
    return isSaid ? [] : [diagnostic];
  });
}

export const verdictOptions = (): readonly Option[] => [
  new Option('--verify', 'refuse programs that Linux would not load'),
  new Option('--no-verify', 'do not ask whether Linux would load the programs'),
  new Option('--log-level <n>', "print the log of Linux's verifier, as it would write it").choices([
    ...LOG_LEVELS,
  ]),
];

/** Asks of the programs of machines that are booted whether Linux would load them; of each only once. */
export class Verdicts {
  readonly judged: Judged[] = [];
  readonly #seen = new Set<string>();
  readonly #judge: (kernel: Kernel) => readonly Judged[];

  private constructor(judge: (kernel: Kernel) => readonly Judged[]) {
    this.#judge = judge;
  }

  /** Undefined where nobody wants to know: what answers is loaded only where it is asked. */
  static async askedFor({ verify, logLevel }: VerdictOptions): Promise<Verdicts | undefined> {
    if (verify === false) return undefined;
    const { judgePrograms } = await import('../verdict/judge.js');
    const level = logLevel === undefined ? undefined : logLevel === '1' ? 1 : 2;
    return new Verdicts((kernel) => judgePrograms(kernel, level));
  }

  ask(kernel: Kernel): readonly Judged[] {
    const { name } = kernel.model;
    const fresh = this.#judge(kernel).filter((j) => {
      const at = kernel.programs.get(j.program)?.attach;
      const key = JSON.stringify([name, j.program, at, j.verdict, kernel.cpus]);
      if (this.#seen.has(key)) return false;
      this.#seen.add(key);
      return true;
    });
    this.judged.push(...fresh);
    return fresh;
  }

  /** What is said of programs that Linux refuses, as errors where that was asked for. */
  diagnostics({ verify }: VerdictOptions, found: readonly Diagnostic[]): readonly Diagnostic[] {
    const severity = verify === true ? 'error' : 'warning';
    return refusals(this.judged, found).map((d) => ({ ...d, severity }));
  }

  /** The logs, each after the name of its program. */
  lines(): readonly string[] {
    return this.judged.flatMap(({ program, release, verdict, log }) => {
      const says = `${program}, Linux ${release}:`;
      return verdict.kind === 'not judged' ? [`${says} not judged, ${verdict.why}`] : [says, ...log];
    });
  }
}

/** The member `verdicts` of a document: one for each program and kernel. */
export function verdictToJson({ program, release, verdict, log }: Judged): object {
  const of = { program, release, verdict: verdict.kind };
  if (verdict.kind === 'not judged') return { ...of, why: verdict.why };
  const { processed, totalStates, stackDepth } = verdict.statistics;
  const took = { processed, states: totalStates, stack: stackDepth, log };
  if (verdict.kind === 'accepted') return { ...of, ...took };
  const { errno, message } = verdict.refusal;
  return { ...of, errno, message, ...took };
}
