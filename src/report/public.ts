import type { Counterexample, Exploration } from '../explore/explore.js';
import type { LabEvent } from '../lab/events.js';
import type { Fault } from '../machine/fault.js';
import type { PercpuRun } from '../percpu/run.js';
import type { Palette } from '../text/paint.js';
import * as explorations from './explorations.js';
import * as explored from './explore.js';
import * as fault from './fault.js';
import * as percpu from './percpu.js';
import { printed } from './printed.js';
import * as timeline from './timeline.js';

/** Reports as they may be printed: see `printed`. */
export { formatScenario } from './printed.js';

export const formatTimeline = (events: readonly LabEvent[], palette?: Palette): string =>
  printed((p) => timeline.formatTimeline(events, p), palette);

export const formatFault = (what: Fault, palette?: Palette): string =>
  printed((p) => fault.formatFault(what, p), palette);

export const formatExploration = (e: Exploration, palette?: Palette): string =>
  printed((p) => explored.formatExploration(e, p), palette);

export const formatCounterexample = (e: Exploration, c: Counterexample, palette?: Palette): string =>
  printed((p) => explored.formatCounterexample(e, c, p), palette);

export const formatExplored = (
  all: readonly explorations.Explored[],
  isTable: boolean,
  palette?: Palette,
): string => printed((p) => explorations.formatExplored(all, isTable, p), palette);

export const formatPercpuRun = (run: PercpuRun, palette?: Palette): string =>
  printed((p) => percpu.formatPercpuRun(run, p), palette);
