import { existsSync, realpathSync } from 'node:fs';
import { totalmem } from 'node:os';
import { basename, join } from 'node:path';
import { getHeapStatistics } from 'node:v8';
import { InvalidArgumentError, Option } from 'commander';
import { modelNamed } from '../lab/environment.js';
import { mistakesOf, readGuard } from '../lab/mistakes.js';
import { DEFAULT_MAX_INSNS, type RunOptions } from '../lab/run.js';
import { DEFAULT_ENGINE, ENGINES } from '../machine/engines.js';
import type { GuardAst, LabAst } from '../syntax/lab-ast.js';
import { errorAt } from '../text/diagnostic.js';
import { Findings, MOST_ERRORS } from '../text/findings.js';
import { now } from './clock.js';
import type { CliContext } from './context.js';
import { environmentOf } from './environment.js';
import { chosenGuards, type GuardOptions } from './guards.js';
import { UsageError } from './io.js';
import { PROGRAMS } from './programs.js';
import { readText } from './read.js';

/** Reads a whole number of an option. */
export function wholeNumber(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text.replaceAll('_', ''));
    if (/^[\d_]+$/.test(text) && Number.isSafeInteger(value) && value >= low && value <= high) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${low} to ${high}.`);
  };
}

/** Options of the commands that boot a machine. */
export interface MachineOptions {
  readonly guard?: readonly string[];
  readonly kernel?: string;
  readonly stats: boolean;
  readonly maxInsns: number;
  readonly maxSeconds?: number;
  readonly maxMemory?: number;
  readonly strictAlignment?: boolean;
  readonly engine?: string;
  readonly maxErrors?: number;
}

export const collect = (text: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  ...text.split(',').map((name) => name.trim()),
];

export function guardOption(): Option {
  return new Option(
    '-g, --guard <name|file>',
    'recursion guard: a name (`tinybpf list guards`), a path, or `all`; several run one after the other',
  ).argParser(collect);
}

/** How several guards were asked for before. */
export function formerGuardsOption(): Option {
  return new Option('--guards <names>').argParser(collect).hideHelp();
}

export function kernelOption(): Option {
  return new Option('-k, --kernel <model>', 'kernel model (`tinybpf list kernels`)');
}

export function maxInsnsOption(): Option {
  return new Option('--max-insns <n>', 'most instructions to execute')
    .argParser(wholeNumber(1, 1e15))
    .default(DEFAULT_MAX_INSNS);
}

export function maxSecondsOption(): Option {
  return new Option(
    '--max-seconds <n>',
    'seconds that a run may take at most; no limit unless this is given',
  ).argParser(wholeNumber(1, 1e9));
}

const MIB = 1 << 20;
/** What node's heap has room for, in MiB. */
const heapLimit = (): number => Math.floor(getHeapStatistics().heap_size_limit / MIB);
const DEFAULT_MAX_MEMORY = 1024;
/** What of the heap is free for what a command keeps, if nothing is said. */
const FREE_HEAP = 0.75;

/** A number of MiB that node can give. Throws `UsageError` for more. */
function mebibytes(text: string): number {
  const value = wholeNumber(1, 1e9)(text);
  if (value <= heapLimit()) return value;
  throw new UsageError(
    errorAt('B0803', `--max-memory ${value} is more than node's heap has room for`, {
      expected: `1 to ${heapLimit()}`,
      help: `NODE_OPTIONS=--max-old-space-size=${value} makes the heap larger`,
    }),
  );
}

export function maxMemoryOption(): Option {
  return new Option(
    '--max-memory <mib>',
    `most MiB for the emulated machine and for what is kept of a run (default: ${DEFAULT_MAX_MEMORY}, or three quarters of node's heap if that is less)`,
  ).argParser(mebibytes);
}

/** Bytes that `--max-memory` allows. */
const maxBytes = ({ maxMemory }: { readonly maxMemory?: number }): number =>
  (maxMemory ?? Math.min(DEFAULT_MAX_MEMORY, Math.floor(FREE_HEAP * heapLimit()))) * MIB;

export function maxErrorsOption(): Option {
  return new Option('--max-errors <n>', 'most errors of an input to look for and to show')
    .argParser(wholeNumber(1, 1e9))
    .default(MOST_ERRORS);
}

/** What of the host's memory the tables of a search may take, which lie outside of node's heap, if nothing is said. */
const MOST_OF_HOST = 0.75;

/** Bytes that the process may use: those of the host, or fewer where it is confined. */
function hostMemory(): number {
  const confined = process.constrainedMemory();
  return confined > 0 ? Math.min(confined, totalmem()) : totalmem();
}

/** `--max-memory` of a search: node's heap is not a bound for it. */
export function searchMemoryOption(): Option {
  return new Option(
    '--max-memory <mib>',
    'MiB that the tables of a search may take at most (default: three quarters of what the host has)',
  ).argParser(wholeNumber(1, 1e9));
}

/** Bytes that `--max-memory` allows the tables of a search. */
export const searchBytes = ({ maxMemory }: { readonly maxMemory?: number }): number =>
  maxMemory === undefined ? MOST_OF_HOST * hostMemory() : maxMemory * MIB;

export function engineOption(): Option {
  return new Option(
    '--engine <name>',
    'what runs the code; `auto` interprets what is short or observed and compiles the rest',
  )
    .choices(Object.keys(ENGINES))
    .default(DEFAULT_ENGINE);
}

export function noStatsOption(): Option {
  return new Option('--no-stats', 'do not count runs and their time; misses are counted always');
}

export function strictAlignmentOption(): Option {
  return new Option('--strict-alignment', 'misaligned plain accesses fault too');
}

/** Whether a guard is named by its file. */
export const isPath = (guard: string): boolean => /[/\\]|\.bpf$/.test(guard);

/** The file that was named is the shipped guard of that name, and not a copy. */
function isShipped(path: string): boolean {
  const shipped = join(PROGRAMS, 'guards', basename(path));
  return existsSync(shipped) && realpathSync(shipped) === realpathSync(path);
}

/**
 * The guards that are named by their files, each once. Throws `InputError` with all that is wrong with any of them, and with
 * names that are not there, where it is known what a lab declares; and `UsageError`.
 */
export function guardFiles(
  cx: CliContext,
  names: readonly string[],
  lab?: LabAst,
): ReadonlyMap<string, GuardAst> {
  if (names.includes(''))
    throw new UsageError(
      errorAt('B0603', 'an empty guard name', {
        expected: 'a name (`tinybpf list guards`), a path, or `all`',
      }),
    );
  const paths = [...new Set(names)].filter(isPath);
  const environment = environmentOf(cx);
  const findings = new Findings();
  const guards = new Map<string, GuardAst>();
  for (const path of paths) {
    const guard = findings.attempt(() =>
      readGuard(readText(path, cx.stdin), environment, {
        isShipped: isShipped(path),
        maxErrors: cx.maxErrors,
      }),
    );
    if (guard !== undefined) guards.set(path, guard);
  }
  const files = [...guards.values()];
  if (lab !== undefined)
    for (const name of names)
      if (!isPath(name)) findings.attempt(() => environment.guard(name, lab, undefined, files));
  if (findings.errors > 0)
    findings.addAll(mistakesOf(lab ?? { declarations: [] }, environment, { guardFiles: files }));
  findings.orThrow();
  return guards;
}

/** Turns options into what the lab runner takes, once a guard; without `--guard` once with the lab's own choice. `all` means the guards of `lab`, too. */
export function runOptionsFor(
  cx: CliContext,
  options: MachineOptions & GuardOptions,
  lab?: LabAst,
): RunOptions[] {
  const common: RunOptions = {
    ...(options.kernel !== undefined && { model: modelNamed(options.kernel) }),
    ...(options.stats ? {} : { stats: false }),
    ...(options.strictAlignment === true && { strictAlignment: true }),
    engine: ENGINES[options.engine ?? DEFAULT_ENGINE]!,
    maxInsns: options.maxInsns,
    limits: {
      maxBytes: maxBytes(options),
      ...(options.maxSeconds !== undefined && {
        maxSeconds: options.maxSeconds,
        clock: now,
      }),
    },
  };
  const guards = chosenGuards(cx, options, lab);
  if (guards === undefined) return [common];
  const files = guardFiles(cx, guards, lab);
  const shared = { ...common, guardFiles: [...files.values()] };
  return guards.map((name) => {
    const guard = files.get(name);
    return guard === undefined ? { ...shared, guardName: name } : { ...shared, guard };
  });
}

/** For commands that look at one machine. */
export function oneRunOption(cx: CliContext, options: MachineOptions): RunOptions {
  const all = runOptionsFor(cx, options);
  if (all.length > 1) throw new UsageError(errorAt('B0803', 'only one guard at a time here'));
  return all[0]!;
}

export function scheduleOption(): Option {
  return new Option(
    '-s, --schedule <file>',
    'carry out a schedule, such as `tinybpf explore --schedules` writes',
  );
}
