import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ROOT } from '../../support/cli.js';

/** A text of the project that inputs are made from. */
export interface Sample {
  readonly name: string;
  readonly text: string;
}

function below(dir: string): string[] {
  return readdirSync(dir)
    .sort()
    .flatMap((name) => {
      const path = join(dir, name);
      return statSync(path).isDirectory() ? below(path) : [path];
    });
}

function samples(dirs: readonly string[], endings: readonly string[]): Sample[] {
  return dirs
    .flatMap((dir) => below(join(ROOT, dir)))
    .filter((path) => endings.some((e) => path.endsWith(e)))
    .map((path) => ({ name: relative(ROOT, path), text: readFileSync(path, 'utf8') }));
}

const DECLARATIONS = samples(['programs', 'test/data'], ['.bpf']);
const isPart = ({ name }: Sample): boolean => /^programs\/(kernel|guards)\//.test(name);

const isRefused = ({ name }: Sample): boolean => name.includes('/refused/');

export const LABS: readonly Sample[] = DECLARATIONS.filter((s) => !isPart(s) && !isRefused(s));
export const REFUSED: readonly Sample[] = DECLARATIONS.filter(isRefused);
export const GUARDS: readonly Sample[] = DECLARATIONS.filter((s) => s.name.includes('/guards/'));
export const KERNEL: readonly Sample[] = DECLARATIONS.filter((s) => s.name.includes('/kernel/'));

/** The bodies of programs and functions as plain programs, and what disassemblers print. */
export const ASSEMBLY: readonly Sample[] = [
  ...samples(['test/data/listings'], ['.s', '.txt']),
  ...DECLARATIONS.flatMap(({ name, text }) =>
    [...text.matchAll(/^(?:program|function) .*\{\n([^{}]*)\}/gm)].map((m, i) => ({
      name: `${name}#${i}`,
      text: m[1]!,
    })),
  ),
];

export const CONFORMANCE_FILES: readonly Sample[] = samples(
  ['test/data/conformance', 'test/data/conformance-flawed'],
  ['.data'],
);
export const STEP_SCRIPTS: readonly Sample[] = samples(['test/data/step'], ['']);
