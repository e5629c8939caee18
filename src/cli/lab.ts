import { type Command, Option } from 'commander';
import type { AttachOrder } from '../kernel/attach/attach.js';
import type { ObjectUnit } from '../kernel/boot/objects.js';
import type { MapSize } from '../kernel/map/from-object.js';
import { DEFAULT_MODEL, findModel } from '../kernel/model.js';
import { ATTACH_ORDER_FORM, attachOrderIn } from '../lab/attach-order.js';
import { modelNamed, objectUnit, parseOrThrow } from '../lab/environment.js';
import { orAllMistakes, readLab as readText, type ScenarioCheck } from '../lab/mistakes.js';
import { type RunOptions, scenariosOf } from '../lab/run.js';
import { titled } from '../lab/scenario.js';
import { isElf } from '../object/elf.js';
import type { LabAst, ScenarioAst, SetAst } from '../syntax/lab-ast.js';
import { parseLab } from '../syntax/parse-lab.js';
import { type Prototype, parsePrototype } from '../syntax/prototype.js';
import { errorAt, hasErrors, InputError, ordered } from '../text/diagnostic.js';
import { Findings } from '../text/findings.js';
import { didYouMean } from '../text/nearest.js';
import { formatRange } from '../text/range.js';
import { type ClangOptions, type Compilation, clangOptions } from './clang.js';
import type { CliContext } from './context.js';
import { compiled, environmentOf } from './environment.js';
import { UsageError } from './io.js';
import { type ActionOptions, madeScenario, withoutFrame } from './made-scenario.js';
import { type MachineOptions, runOptionsFor } from './options.js';
import { isC, nameOf, readBytes, refuseNoObject, textOf } from './read.js';

/** What a command that runs or checks is given: a lab, or an object file as if a lab had only that. */
export interface LabInput {
  readonly lab: LabAst;
  readonly objects: readonly ObjectUnit[];
}

export interface LabOptions extends ClangOptions, ActionOptions {
  /** Programs to attach, instead of what the file says. */
  readonly attach?: readonly AttachOrder[];
  /** Whether functions are made because programs are attached to them; of an object file that is run by itself they always are. */
  readonly declareMissing?: boolean;
  /** Functions to declare. */
  readonly function?: readonly Prototype[];
  /** Types that the emulated kernel does not have are missing. */
  readonly strictTypes?: boolean;
  /** Sizes of maps of objects. */
  readonly map?: readonly MapSize[];
  /** Values of variables before anything is loaded. */
  readonly set?: readonly SetAst[];
}

/** What is loaded besides the lab, and what it is attached to. */
export type Loading = Pick<
  RunOptions,
  'objects' | 'attach' | 'missing' | 'strictTypes' | 'sizes' | 'variables'
>;

/** What options say of that. */
export function loadingOf({ objects }: Pick<LabInput, 'objects'>, options: LabOptions): Loading {
  const { attach, declareMissing, function: prototypes = [], strictTypes } = options;
  const { map: sizes, set: variables } = options;
  const declare = objects.length > 0 || declareMissing === true;
  return {
    objects,
    ...(attach && { attach }),
    ...(strictTypes === true && { strictTypes }),
    ...(sizes && { sizes }),
    ...(variables && { variables }),
    ...((declare || prototypes.length > 0) && { missing: { declare, prototypes } }),
  };
}

/** How C is compiled: for the model that is asked for. What a scenario chooses is known only when the file has been read. */
const compilationOf = (cx: CliContext, options: MachineOptions & LabOptions): Compilation => ({
  ...options,
  model: findModel(options.kernel ?? DEFAULT_MODEL) ?? modelNamed(DEFAULT_MODEL),
  say: (text) => cx.stderr.text(text),
});

/** A file that is there. Throws `UsageError`. */
function existing(path: string): string {
  readBytes(path);
  return path;
}

/**
 * Reads a lab or an object file, which is to be run with some options. Throws `InputError` with all that is wrong with it
 * and with the guards that are given as files, and `UsageError`.
 */
export function readLab(
  cx: CliContext,
  path: string,
  options: MachineOptions & LabOptions,
  check?: ScenarioCheck,
): LabInput {
  cx.compilation = compilationOf(cx, options);
  const bytes = isC(path) ? compiled(cx, existing(path)) : readBytes(path, cx.stdin);
  refuseNoObject(path, bytes);
  const findings = new Findings();
  const source = isElf(bytes) ? undefined : textOf(path, bytes);
  const input = findings.attempt((): LabInput => {
    if (source !== undefined) return { lab: parseOrThrow(source, cx.maxErrors), objects: [] };
    return { lab: { declarations: [] }, objects: [objectUnit(nameOf(path), bytes)] };
  });
  if (input !== undefined) return input;
  const ofOptions = new Findings();
  const runs = ofOptions.attempt(() => runOptionsFor(cx, options)) ?? [{}];
  for (const run of runs) {
    if (source === undefined) break;
    const how = {
      ...run,
      ...loadingOf({ objects: [] }, options),
      maxErrors: cx.maxErrors,
      ...(check && { check }),
    };
    findings.attempt(() => readText(source, environmentOf(cx), how));
  }
  throw new InputError(ordered([...findings.diagnostics, ...ofOptions.diagnostics]));
}

/** Does something that needs more than the lab; where that is refused, throws `InputError` with all that is wrong with both. */
export function besides<T>(cx: CliContext, input: LabInput, options: LabOptions, act: () => T): T {
  return orAllMistakes(input.lab, environmentOf(cx), loadingOf(input, options), act);
}

/** How a lab is to be run, once a guard. Throws `InputError` with all that is wrong with the lab, too. */
export function runsOf(cx: CliContext, input: LabInput, options: MachineOptions & LabOptions): RunOptions[] {
  return besides(cx, input, options, () => runOptionsFor(cx, options, input.lab));
}

/**
 * The scenarios to run: what `--do` and `--task` say, else the file's own. An object file without these has one in which nothing
 * happens, so that loading and attaching are seen.
 */
export function scenariosFor(
  cx: CliContext,
  input: LabInput,
  options: LabOptions & { readonly scenario?: string },
): readonly ScenarioAst[] {
  return besides(cx, input, options, () => {
    const isObject = input.objects.length > 0;
    const made = madeScenario(isObject ? { do: [], ...options } : options);
    const said = (['do', 'task', 'may'] as const).find((name) => options[name] !== undefined);
    if (said !== undefined && options.scenario !== undefined)
      throw new UsageError(
        errorAt('B0803', `\`--scenario\` chooses a scenario of the file, and \`--${said}\` says another`, {
          help: 'leave one of them out',
        }),
      );
    return made === undefined ? scenariosOf(input.lab) : [made];
  });
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

function parseOrder(text: string, before: readonly AttachOrder[] | undefined): readonly AttachOrder[] {
  const added = text.split(',').map((part): AttachOrder => {
    const order = attachOrderIn(part, { source: { name: '<--attach>', text: part }, start: 0 });
    if (order !== undefined) return order;
    throw new UsageError(errorAt('B0803', `\`${part}\` is not a program`, { expected: ATTACH_ORDER_FORM }));
  });
  return [...(before ?? []), ...added];
}

function parseFunction(text: string, before: readonly Prototype[] | undefined): readonly Prototype[] {
  const findings = new Findings();
  const prototype = parsePrototype({ name: '<--function>', text }, findings);
  const [first] = findings.diagnostics;
  if (first !== undefined) throw new UsageError(first);
  return [...(before ?? []), ...(prototype === undefined ? [] : [prototype])];
}

function parseSizes(text: string, before: readonly MapSize[] | undefined): readonly MapSize[] {
  const added = text.split(',').map((part): MapSize => {
    const m = /^\s*(?:"([^"]+)"|([^"=]+))=(0x[0-9a-f]+|\d+)\s*$/i.exec(part);
    const map = m?.[1] ?? m?.[2];
    if (map === undefined) {
      const expected = 'NAME=N, where N is its max_entries';
      throw new UsageError(errorAt('B0803', `\`${part}\` is not a size of a map`, { expected }));
    }
    const number = m![3]!;
    const start = part.lastIndexOf(number);
    const source = { name: '<--map>', text: part };
    const span = { source, start, end: start + number.length };
    const at = { source, start: part.indexOf(map), end: part.indexOf(map) + map.length };
    return { map, field: 'max_entries', value: BigInt(number), at, span };
  });
  return [...(before ?? []), ...added];
}

/** `NAME=V` and `NAME[I]=V` are what a scenario says after `set`. */
function parseVariables(text: string, before: readonly SetAst[] | undefined): readonly SetAst[] {
  const added = text.split(',').map((part): SetAst => {
    const source = withoutFrame('<--set>', `scenario {\nset ${part.trim()}\n}`, part.trim());
    const { value, diagnostics } = parseLab(source);
    const [lab] = value.declarations;
    const [setting] = lab?.kind === 'scenario' ? lab.settings : [];
    if (setting?.kind === 'set' && !hasErrors(diagnostics)) return setting;
    const expected = 'NAME=VALUE, or NAME[INDEX]=VALUE';
    throw new UsageError(errorAt('B0803', `\`${part}\` is not a value for a variable`, { expected }));
  });
  return [...(before ?? []), ...added];
}

const setOption = (): Option =>
  new Option(
    '--set <values>',
    'values of variables, constants included, before an object is loaded: NAME=V,NAME[I]=V,…',
  ).argParser(parseVariables);

const mapOption = (): Option =>
  new Option(
    '--map <sizes>',
    "max_entries of an object's maps, as the program that loads it would set them: NAME=N,…",
  ).argParser(parseSizes);

const declareMissingOption = (): Option =>
  new Option(
    '--declare-missing',
    'what programs are attached to and nobody declares becomes a function that returns 0, or a tracepoint (of an object file it does so anyway)',
  );

const strictTypesOption = (): Option =>
  new Option(
    '--strict-types',
    'types that the emulated kernel does not have are missing; otherwise they are as the object has them',
  );

const functionOption = (): Option =>
  new Option(
    '--function <prototype>',
    'declare a function that returns 0, by its prototype in C; can be given several times',
  ).argParser(parseFunction);

function attachOption(): Option {
  return new Option(
    '-a, --attach <programs>',
    'programs to attach, in this order, instead of what the file says: NAME,NAME=COOKIE,…; or only what some are attached to: NAME=KIND/TARGET,…',
  ).argParser(parseOrder);
}

/** The options of every command that loads labs and objects: what is attached to what, and how C and objects are read. */
export const loadingOptions = (): readonly Option[] => [
  attachOption(),
  declareMissingOption(),
  functionOption(),
  ...clangOptions(),
  strictTypesOption(),
  mapOption(),
  setOption(),
];

/** Adds options to a command, where they are to be in its help. */
export const withOptions = (command: Command, options: readonly Option[]): Command =>
  options.reduce((c, option) => c.addOption(option), command);
