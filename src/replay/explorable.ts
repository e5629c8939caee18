import type { PlannedAction } from '../lab/planned.js';
import type { ActionAst, ScenarioAst } from '../syntax/lab-ast.js';
import type { Span } from '../text/source.js';

const ONLY_RUN = 'it belongs in `run`; `--scenario` explores another scenario';

/** Why an action cannot be explored; undefined for one that can. */
export const REFUSED: Readonly<Record<PlannedAction['kind'], string | undefined>> = {
  call: undefined,
  join: undefined,
  set: undefined,
  provide: undefined,
  sleep: 'the clock stands still; every order is tried anyway; `--scenario` explores another scenario',
  attach: ONLY_RUN,
  detach: ONLY_RUN,
  migrate: ONLY_RUN,
};

/** What a scenario has that only a run can do. */
interface OnlyForRuns {
  readonly what: string;
  readonly help: string;
  readonly span: Span;
}

/** A scenario that is left out where the others of its lab are explored, and why. */
export interface NotExplored extends OnlyForRuns {
  readonly scenario: ScenarioAst;
}

const isRefused = (kind: ActionAst['kind']): kind is ActionAst['kind'] & keyof typeof REFUSED =>
  kind in REFUSED && REFUSED[kind as keyof typeof REFUSED] !== undefined;

/** What says when something comes in between; undefined where nothing does. */
export function chosenMoment({ events: [event] }: ScenarioAst): OnlyForRuns | undefined {
  return (
    event && {
      what: 'exploration chooses by itself when something comes in between',
      help: 'write `may nmi x 1 { … }` for an interrupt; tasks are switched anyway; `--scenario` explores another scenario',
      span: event.span,
    }
  );
}

/** The first of what keeps a scenario from being explored; undefined where nothing does. */
function onlyForRuns(scenario: ScenarioAst): OnlyForRuns | undefined {
  const moment = chosenMoment(scenario);
  if (moment !== undefined) return moment;
  for (const { kind, span } of scenario.tasks.flatMap((t) => t.actions))
    if (isRefused(kind)) return { what: `\`${kind}\` cannot be explored`, help: REFUSED[kind]!, span };
  return undefined;
}

/**
 * Which scenarios of a lab are explored, and which are left out because they are for runs. One that expects something of
 * exploration is not left out, so that whoever wrote it hears of it; nor are all.
 */
export function explorable(all: readonly ScenarioAst[]): {
  readonly explored: readonly ScenarioAst[];
  readonly leftOut: readonly NotExplored[];
} {
  const leftOut = all.flatMap((scenario): NotExplored[] => {
    const reason = scenario.claims.some((c) => c.kind === 'verdict') ? undefined : onlyForRuns(scenario);
    return reason === undefined ? [] : [{ ...reason, scenario }];
  });
  if (leftOut.length === all.length) return { explored: all, leftOut: [] };
  return { explored: all.filter((s) => leftOut.every((l) => l.scenario !== s)), leftOut };
}
