import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Environment, formatScenario, parseLabFile, runScenario, scenariosOf } from '../../src/index.js';
import { shippedFiles } from '../../src/node.js';
import { ROOT } from './cli.js';

const environment = new Environment(shippedFiles());

/** What `tinybpf run` prints for a lab that is shipped, without starting a process for it. */
export function printedRuns(path: string): string {
  const lab = parseLabFile({ name: path, text: readFileSync(join(ROOT, path), 'utf8') });
  const texts = scenariosOf(lab).map((scenario) =>
    formatScenario(runScenario(lab, scenario, environment), { timeline: false }),
  );
  return `${texts.join('\n\n')}\n`;
}
