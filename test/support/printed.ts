import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { explore, verdictsOf } from '../../src/explore/explore.js';
import { finish } from '../../src/explore/search.js';
import { formatScenario, parseLabFile, runScenario, scenariosOf } from '../../src/index.js';
import { modelNamed } from '../../src/lab/environment.js';
import { parseSchedule } from '../../src/replay/parse.js';
import { replay, scheduledScenario } from '../../src/replay/replay.js';
import { formatExplored, judgedVerdicts } from '../../src/report/explorations.js';
import type { LabAst } from '../../src/syntax/lab-ast.js';
import { ROOT } from './cli.js';
import { environment } from './environment.js';
import { SLOWNESS } from './page-clocks.js';

/** What the command line prints for labs that are shipped, without starting a process for it. */

const labAt = (path: string): LabAst =>
  parseLabFile({ name: path, text: readFileSync(join(ROOT, path), 'utf8') });

/** `tinybpf run` */
export function printedRuns(path: string): string {
  const lab = labAt(path);
  // Observed: by which way a program was kept out is told by events.
  const texts = scenariosOf(lab).map((scenario) =>
    formatScenario(runScenario(lab, scenario, environment, { observe: true }), { timeline: false }),
  );
  return `${texts.join('\n\n')}\n`;
}

/** `tinybpf run --timeline --schedule` */
export function printedReplay(path: string, text: string): string {
  const lab = labAt(path);
  const schedule = parseSchedule({ name: 'the schedule', text });
  const options = { guardName: schedule.guard!, model: modelNamed(schedule.kernel!) };
  const result = replay(lab, scheduledScenario(lab, schedule), environment, schedule, options);
  return `${formatScenario(result, { timeline: true })}\n`;
}

const LIMITS = {
  maxStates: 1e6,
  maxSeconds: 60,
  clock: () => performance.now() / SLOWNESS,
  isInterrupted: () => false,
} as const;

/** `tinybpf explore --guards` */
export function printedExploration(path: string, guards: 'all' | readonly string[]): string {
  const lab = labAt(path);
  const names = guards === 'all' ? environment.guardNamesFor(lab) : guards;
  const explored = scenariosOf(lab).flatMap((scenario) =>
    names.map((guardName) => {
      const found = finish(explore(lab, scenario, environment, { guardName }, LIMITS));
      const judged = judgedVerdicts(verdictsOf(scenario), found, { isOwn: false, without: [] });
      return { scenario, found, judged };
    }),
  );
  return `${formatExplored(explored, names.length > 1)}\n`;
}
