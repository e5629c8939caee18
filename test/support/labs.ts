import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseOrThrow } from '../../src/lab/environment.js';
import { scenariosOf } from '../../src/lab/run.js';
import type { LabAst, ScenarioAst } from '../../src/syntax/lab-ast.js';

export interface LabScenario {
  /** The lab's file and the scenario's title or number. */
  readonly name: string;
  readonly lab: LabAst;
  readonly scenario: ScenarioAst;
}

/** All scenarios of the labs in folders, which are named from the root of the repository. */
export function labScenarios(...folders: readonly string[]): LabScenario[] {
  return folders.flatMap((dir) => {
    const folder = new URL(`../../${dir}/`, import.meta.url);
    const files = readdirSync(folder).filter((f) => f.endsWith('.bpf'));
    return files.flatMap((file) => {
      const path = fileURLToPath(new URL(file, folder));
      const lab = parseOrThrow({ name: path, text: readFileSync(path, 'utf8') });
      return scenariosOf(lab).map((scenario, i) => {
        const name = `${file}, ${scenario.title?.name ?? `scenario ${i + 1}`}`;
        return { name, lab, scenario };
      });
    });
  });
}
