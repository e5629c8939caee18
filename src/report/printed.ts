import type { ScenarioResult } from '../lab/run.js';
import { marks, type Palette, plain, render } from '../text/paint.js';
import * as summary from './summary.js';

/**
 * A report as it may be printed. Those of the other files leave names and titles as they are in the files they come
 * from, which could steer a terminal; the command line makes all it prints safe in one place, but whoever is given a
 * text cannot.
 */
export const printed = (format: (palette: Palette) => string, palette: Palette = plain): string =>
  render(format(marks), palette);

export const formatScenario = (result: ScenarioResult, options: summary.SummaryOptions): string =>
  printed((palette) => summary.formatScenario(result, { ...options, palette }), options.palette);
