import { Option } from 'commander';
import { type BootOptions, bootScenario } from '../lab/boot.js';
import type { LabAst, ScenarioAst } from '../syntax/lab-ast.js';
import type { Diagnostic } from '../text/diagnostic.js';
import { Findings } from '../text/findings.js';
import type { Judged, Linux } from '../verdict/judge.js';
import type { CliContext } from './context.js';
import { environmentOf } from './environment.js';

export interface VerdictOptions {
  /** Whether what Linux refuses is refused (`--verify`), or Linux is not asked (`--no-verify`); undefined: it is only said. */
  readonly verify?: boolean;
  readonly logLevel?: (typeof LOG_LEVELS)[number];
}

const LOG_LEVELS = ['1', '2'] as const;

export const verifyOptions = (): readonly Option[] => [
  new Option('--verify', 'refuse programs that Linux would not load'),
  new Option('--no-verify', 'do not ask whether Linux would load the programs'),
];

export const logLevelOption = (): Option =>
  new Option('--log-level <n>', "print the log of Linux's verifier, as it would write it").choices([
    ...LOG_LEVELS,
  ]);

/** Linux, where it is to be asked: what answers is loaded only then. `say` is told of each refusal as soon as it is known. */
export async function linuxFor(
  { verify, logLevel }: VerdictOptions,
  say?: (diagnostic: Diagnostic) => void,
): Promise<Linux | 'nobody'> {
  if (verify === false) return 'nobody';
  const { Linux } = await import('../verdict/judge.js');
  return new Linux({
    refuses: verify === true,
    ...(logLevel !== undefined && { level: logLevel === '1' ? 1 : 2 }),
    ...(say && { say }),
  });
}

/** Whether a scenario wants what Linux would not load to be refused. */
export const saysVerify = ({ settings }: ScenarioAst): boolean =>
  settings.some((s) => s.kind === 'verify' && s.on);

/**
 * Boots all that is to be run where something may be refused, so that then nothing is run. Throws `InputError` with all that is wrong
 * with any of it.
 */
export function refuseFirst(
  cx: CliContext,
  lab: LabAst,
  scenarios: readonly ScenarioAst[],
  boots: readonly BootOptions[],
): void {
  const isRefused = ({ judge }: BootOptions, scenario: ScenarioAst): boolean =>
    judge !== undefined && judge !== 'nobody' && (judge.refuses || saysVerify(scenario));
  const findings = new Findings();
  for (const boot of boots)
    for (const scenario of scenarios)
      if (isRefused(boot, scenario))
        findings.attempt(() => bootScenario(lab, scenario, environmentOf(cx), boot));
  findings.orThrow();
}

/** The logs, each after the name of its program. */
export const logLines = (judged: readonly Judged[]): readonly string[] =>
  judged.flatMap(({ program, release, verdict, log }) => {
    const says = `${program}, Linux ${release}:`;
    return verdict.kind === 'not judged' ? [`${says} not judged, ${verdict.why}`] : [says, ...log];
  });

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
