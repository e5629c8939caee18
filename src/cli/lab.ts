import { Option } from 'commander';
import type { AttachOrder } from '../kernel/attach/attach.js';
import type { ObjectUnit } from '../kernel/boot/objects.js';
import { objectUnit, parseOrThrow } from '../lab/environment.js';
import { scenariosOf } from '../lab/run.js';
import { titled } from '../lab/scenario.js';
import { isElf } from '../object/elf.js';
import type { LabAst, ScenarioAst } from '../syntax/lab-ast.js';
import { errorAt } from '../text/diagnostic.js';
import { didYouMean } from '../text/nearest.js';
import { formatRange } from '../text/range.js';
import { UsageError } from './io.js';
import { nameOf, readBytes, textOf } from './read.js';

/** What a command that runs or checks is given: a lab, or an object file as if a lab had only that. */
export interface LabInput {
  readonly lab: LabAst;
  readonly objects: readonly ObjectUnit[];
}

export interface LabOptions {
  /** Actions in the scenario language, instead of the file's scenarios. */
  readonly do?: readonly string[];
  /** Programs to attach, instead of what the file says. */
  readonly attach?: readonly AttachOrder[];
}

/** Reads a lab or an object file. Throws `InputError` and `UsageError`. */
export function readLab(path: string, maxErrors: number): LabInput {
  const bytes = readBytes(path);
  if (!isElf(bytes)) return { lab: parseOrThrow(textOf(path, bytes), maxErrors), objects: [] };
  return { lab: { declarations: [] }, objects: [objectUnit(nameOf(path), bytes)] };
}

/**
 * The scenarios to run: what `--do` says, else the file's own. An object file without `--do` has one in which nothing
 * happens, so that loading and attaching are seen.
 */
export function scenariosFor({ lab, objects }: LabInput, options: LabOptions): readonly ScenarioAst[] {
  const { do: actions } = options;
  if (actions === undefined && objects.length === 0) return scenariosOf(lab);
  const text = `scenario "from the command line" {\n    cpu 0 {\n${(actions ?? []).join('\n')}\n    }\n}`;
  return scenariosOf(parseOrThrow({ name: '<--do>', text }));
}

/** A scenario by its number from 1, or by its title; the first without either. */
export function chosenScenario(all: readonly ScenarioAst[], wanted: string | undefined): ScenarioAst {
  if (wanted === undefined) return all[0]!;
  const found = all.find((_, i) => String(i + 1) === wanted) ?? titled(all, wanted);
  if (found !== undefined) return found;
  const titles = all.flatMap((s) => (s.title === undefined ? [] : [s.title.name]));
  const help = didYouMean(wanted, titles);
  const expected = `${formatRange(1, all.length)}, or a title`;
  throw new UsageError(errorAt('B0803', `there is no scenario \`${wanted}\``, { expected, help }));
}

const collect = (text: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  text,
];

export function doOption(): Option {
  return new Option(
    '-d, --do <actions>',
    'what task 0 does, in the language of scenarios, instead of the scenarios of the file; can be given several times',
  ).argParser(collect);
}

function parseOrder(text: string, before: readonly AttachOrder[] | undefined): readonly AttachOrder[] {
  const added = text.split(',').map((part): AttachOrder => {
    const m = /^(?:"([^"]+)"|([^"=]+))(?:=(0x[0-9a-f]+|\d+))?$/i.exec(part.trim());
    const name = m?.[1] ?? m?.[2];
    if (name === undefined || BigInt(m?.[3] ?? 0) >= 1n << 64n) {
      throw new UsageError(
        errorAt('B0803', `\`${part}\` is not a program`, {
          expected: 'NAME, or NAME=COOKIE of at most 64 bits',
        }),
      );
    }
    return { name: { name, span: undefined }, cookie: BigInt(m?.[3] ?? 0) };
  });
  return [...(before ?? []), ...added];
}

export function attachOption(): Option {
  return new Option(
    '-a, --attach <programs>',
    'programs to attach, in this order, instead of what the file says: NAME,NAME=COOKIE,…',
  ).argParser(parseOrder);
}
