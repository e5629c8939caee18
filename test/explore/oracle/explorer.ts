import { explore } from '../../../src/explore/explore.js';
import { finish } from '../../../src/explore/search.js';
import { Environment, modelNamed, parseOrThrow, type ShippedFiles } from '../../../src/lab/environment.js';
import { InputError } from '../../../src/text/diagnostic.js';
import type { Lab, Summary } from './lab.js';
import { outcomeOf } from './outcome.js';

/** Says what `explore` makes of a lab; undefined where it has more than `most` states. */
export type Explorer = (lab: Lab, reduces: boolean, most: number) => Summary | undefined;

/** The explorer, by its public call. */
export function makeExplorer(files: ShippedFiles): Explorer {
  const environment = new Environment(files);
  return (lab, reduces, most) => {
    const ast = parseOrThrow({ name: 'lab.bpf', text: lab.text });
    const scenario = ast.declarations.find((d) => d.kind === 'scenario')!;
    const limits = {
      maxStates: most,
      maxSeconds: Number.POSITIVE_INFINITY,
      clock: () => 0,
      isInterrupted: () => false,
    };
    const options = {
      model: modelNamed(lab.kernel),
      reduces,
      verdictOnly: true,
      outcomeOf: (kernel: Parameters<typeof outcomeOf>[0]) => outcomeOf(kernel, lab.observed),
    };
    try {
      const found = finish(explore(ast, scenario, environment, options, limits));
      if (found.completeness !== 'complete') return undefined;
      return { refused: false, broken: [...found.broken].sort(), outcomes: found.outcomes };
    } catch (e) {
      if (!(e instanceof InputError) || !e.diagnostics.every((d) => d.code === 'B0411')) throw e;
      return { refused: true, broken: [], outcomes: [] };
    }
  };
}
