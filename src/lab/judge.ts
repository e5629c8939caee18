import type { Kernel } from '../kernel/kernel.js';
import type { ScenarioAst, SettingAst } from '../syntax/lab-ast.js';
import type { UNWRITTEN_CODES } from '../text/codes-unwritten.js';
import { type Diagnostic, warningAt } from '../text/diagnostic.js';
import type { Findings } from '../text/findings.js';

/** Says of the programs of a booted machine whether Linux would load them. */
export interface Judge {
  /** A warning for each program that Linux would refuse. */
  readonly ask: (kernel: Kernel, scenario: ScenarioAst | undefined) => readonly Diagnostic[];
  /** Whether such a program is refused here as well, whatever the scenario says. */
  readonly refuses: boolean;
  /** Notes on the programs that it was asked of and could not judge. */
  readonly notJudged: readonly Diagnostic[];
  /** Is told of programs that run although Linux would refuse them. */
  readonly warn: (warnings: readonly Diagnostic[]) => void;
}

/** Who is asked: undefined where nobody is there who could answer, `nobody` where it is not to be asked, whatever the scenario says. */
export type Asked = Judge | 'nobody' | undefined;

const SAID: ReadonlySet<string> = new Set<keyof typeof UNWRITTEN_CODES>(['B0511', 'B0512']);

const isAtSame = ({ span: a }: Diagnostic, { span: b }: Diagnostic): boolean =>
  a?.source === b?.source && a?.start === b?.start;

/** Whether it is said of an instruction anyway that nothing has written what it reads. */
const isSaid = (refusal: Diagnostic, found: readonly Diagnostic[]): boolean =>
  found.some((d) => SAID.has(d.code) && isAtSame(d, refusal));

/** Whether nothing is said of what Linux would refuse: nobody is asked, or the scenario wants to hear nothing. */
export const isSilent = (
  setting: (SettingAst & { readonly kind: 'verify' }) | undefined,
  judge: Asked,
): boolean => judge === 'nobody' || (setting?.on === false && judge?.refuses !== true);

/** Asks whether Linux would load the programs, where that is to be known. `setting` is what the scenario says of it. */
export function askLinux(
  kernel: Kernel,
  scenario: ScenarioAst | undefined,
  setting: (SettingAst & { readonly kind: 'verify' }) | undefined,
  judge: Asked,
  findings: Findings,
): void {
  if (judge === 'nobody' || isSilent(setting, judge)) return;
  if (judge === undefined) {
    if (setting?.on === true)
      kernel.warnings.push(
        warningAt('B0420', '`verify on`, and Linux’s verifier is not here', {
          span: setting.span,
          help: '`tinybpf run` has it',
        }),
      );
    return;
  }
  const refuses = judge.refuses || setting?.on === true;
  const refusals = judge.ask(kernel, scenario);
  if (refuses) {
    findings.withdraw((d) => SAID.has(d.code) && refusals.some((r) => isAtSame(d, r)));
    findings.addAll(refusals.map((d): Diagnostic => ({ ...d, severity: 'error' })));
    return;
  }
  judge.warn(refusals);
  const fresh = refusals.filter((d) => !isSaid(d, kernel.warnings));
  findings.addAll(fresh);
  kernel.warnings.push(...fresh);
}
