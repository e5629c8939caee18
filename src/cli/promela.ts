import type { RunOptions } from '../lab/run.js';
import { promelaModel } from '../promela/model.js';
import type { SceneOptions } from '../replay/scene.js';
import { formatPromela } from '../report/promela.js';
import type { LabAst, ScenarioAst } from '../syntax/lab-ast.js';
import { errorAt } from '../text/diagnostic.js';
import type { CliContext } from './context.js';
import { environmentOf } from './environment.js';
import { UsageError } from './io.js';
import type { ExportOptions } from './promela-options.js';
import { checkWritable, writeOutput } from './write.js';

/** Writes a scenario as a model for SPIN. Throws `InputError` for what cannot be said, and `UsageError`. */
export async function exportModel(
  cx: CliContext,
  lab: LabAst,
  scenario: ScenarioAst,
  runs: readonly RunOptions[],
  options: ExportOptions & Pick<SceneOptions, 'objects' | 'attach' | 'missing' | 'without'>,
): Promise<void> {
  if (cx.json) throw new UsageError(errorAt('B0803', 'a model has no JSON'));
  if (runs.length !== 1) throw new UsageError(errorAt('B0803', 'a model has one guard; name one'));
  const { output, export: _, ...scene } = options;
  if (output !== undefined) checkWritable(output);
  const text = formatPromela(promelaModel(lab, scenario, environmentOf(cx), { ...runs[0], ...scene }));
  if (output === undefined) cx.out(text);
  else await writeOutput(cx, output, text);
}
