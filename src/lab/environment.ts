import { withRewrites } from '../isa/rewrite.js';
import type { AttachOrder } from '../kernel/attach/attach.js';
import type { EmulatedKernel } from '../kernel/boot/boot.js';
import { type BuiltImage, builtGuardFile, builtKernelFile } from '../kernel/boot/built.js';
import { CodeCache } from '../kernel/boot/code-cache.js';
import type { KernelFile } from '../kernel/boot/declared.js';
import type { ObjectUnit } from '../kernel/boot/objects.js';
import { typesOf } from '../kernel/boot/types.js';
import type { Kernel, Program } from '../kernel/kernel.js';
import { DEFAULT_MODEL, findModel, type KernelModel, MODELS } from '../kernel/model.js';
import type { TypeSpace } from '../object/core/type-space.js';
import { readObject } from '../object/read.js';
import type { GuardAst, LabAst, ObjectAst, ScenarioAst } from '../syntax/lab-ast.js';
import { parseLab } from '../syntax/parse-lab.js';
import { type Diagnostic, errorAt, InputError, throwIfErrors } from '../text/diagnostic.js';
import type { Findings } from '../text/findings.js';
import { didYouMean } from '../text/nearest.js';
import type { Source, Span } from '../text/source.js';
import { nameGuards } from './guards.js';
import { chosenPrograms } from './object-programs.js';

/** The files that come with the program: the emulated kernel's and the guards, by name without `.bpf`. */
export interface ShippedFiles {
  readonly kernel: ReadonlyMap<string, Source>;
  readonly guards: ReadonlyMap<string, Source>;
  /** What was made of these files when this was built; what has changed since is parsed. */
  readonly built?: BuiltImage;
  /** Absent where there are no files to read. */
  readonly readObject?: ReadObject;
  /** What is said of labs that can be run and are hardly what was meant; absent where there is no room for it. */
  readonly advice?: Advice;
}

const KERNEL_FILES = [
  'ftrace',
  'context',
  'softirq',
  'irq',
  'kfuncs',
  'timer',
  'trampoline',
  'uprobe',
  'trace',
  'perf',
  'map',
  'dynptr',
  'helpers',
  'syscall',
  'test_run',
  'rqspinlock',
] as const;

/** Reads a file that a lab names; `from` is the name of the lab's own file. Throws `InputError`. */
type ReadObject = (path: string, from: string) => { readonly name: string; readonly bytes: Uint8Array };

/** Says what is doubtful of a scenario, of which all is as it has to be and which has been booted. */
export type Doubts = (booted: {
  readonly kernel: Kernel;
  readonly stats: boolean;
  readonly lab: LabAst;
  readonly scenario: ScenarioAst | undefined;
  /** Programs that are attached in place of all. */
  readonly attach?: readonly AttachOrder[];
}) => readonly Diagnostic[];

/** What to say so that a program runs: in a scenario, or, where a scenario of ours is empty, on the command line. */
export type ToRun = (kernel: Kernel, program: Program, isOwn: boolean) => string;

export interface Advice {
  readonly doubts: Doubts;
  readonly toRun: ToRun;
}

/** An object file that a lab names. */
export interface ObjectFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly span: Span;
  readonly declaration: ObjectAst;
}

/** Parses a file of declarations. Throws `InputError` with the first `maxErrors` of what is wrong with it. */
export function parseOrThrow(source: Source, maxErrors?: number): LabAst {
  const { value, diagnostics } = parseLab(source, maxErrors);
  throwIfErrors(withRewrites(diagnostics));
  return value;
}

/**
 * An object file to load, for the types of a machine, or of the default one, where it only matters whether it can be read.
 * Throws `InputError` with all that is wrong with it.
 */
export function objectUnit(name: string, bytes: Uint8Array, types?: TypeSpace): ObjectUnit {
  const target = types ?? typesOf(modelNamed(DEFAULT_MODEL));
  return { object: readObject(name, bytes, target), bytes, prefix: '' };
}

/** Object files that were read before it was known for which machine. */
export function unitsFor(units: readonly ObjectUnit[], types: TypeSpace): ObjectUnit[] {
  return units.map((unit) =>
    unit.bytes === undefined ? unit : { ...unit, object: readObject(unit.object.name, unit.bytes, types) },
  );
}

/** What labs are run in: the shipped files, parsed when they are first needed. */
export class Environment {
  readonly #files: ShippedFiles;
  readonly #parsed = new Map<string, KernelFile>();
  /** The files of a kernel by its architecture: the same list for every boot, which knows by it what they declare. */
  readonly #kernels = new Map<KernelModel['arch'], readonly KernelFile[]>();
  readonly #guards = new Map<string, GuardAst>();
  readonly #cache = new CodeCache();

  /** Most errors that are looked for in one program; MOST_ERRORS where nothing is said. */
  readonly maxErrors: number | undefined;

  constructor(files: ShippedFiles, maxErrors?: number) {
    this.#files = files;
    this.maxErrors = maxErrors;
  }

  #kernelFile(name: string): KernelFile {
    const known = this.#parsed.get(name);
    if (known !== undefined) return known;
    const source = this.#files.kernel.get(name);
    if (source === undefined) throw new Error(`the installation lacks kernel/${name}.bpf`);
    const { built } = this.#files;
    const file = (built && builtKernelFile(built, name, source)) ?? {
      source,
      declarations: parseOrThrow(source).declarations,
    };
    this.#parsed.set(name, file);
    return file;
  }

  get advice(): Advice | undefined {
    return this.#files.advice;
  }

  /** The emulated kernel for a model. */
  kernelFor(model: KernelModel): EmulatedKernel {
    const known = this.#kernels.get(model.arch);
    const files = known ?? [`arch-${model.arch}`, ...KERNEL_FILES].map((name) => this.#kernelFile(name));
    this.#kernels.set(model.arch, files);
    return { files, cache: this.#cache, maxErrors: this.maxErrors };
  }

  /** The object files that a lab names, as they are. */
  objectFilesOf(lab: LabAst, findings: Findings): ObjectFile[] {
    return lab.declarations.flatMap((d) => {
      if (d.kind !== 'object') return [];
      const { name, span } = d.path;
      if (this.#files.readObject === undefined) {
        findings.error('B0801', `object files cannot be read here: ${name}`, { span });
        findings.doubtUnknown();
        return [];
      }
      const file = readAt(this.#files.readObject, name, span, findings);
      if (file === undefined) findings.doubtUnknown();
      return file === undefined ? [] : [{ ...file, span, declaration: d }];
    });
  }

  /** The same to load, which may bring types to the machine's. */
  unitsOf(files: readonly ObjectFile[], types: TypeSpace, findings: Findings): ObjectUnit[] {
    return files.flatMap(({ name, bytes, span, declaration }) => {
      const unit = findings.attempt(() => objectUnit(name, bytes, types));
      if (unit === undefined) findings.doubtUnknown();
      return unit === undefined ? [] : [{ ...chosenPrograms(unit, declaration, findings), span }];
    });
  }

  get guardNames(): readonly string[] {
    return [...this.#files.guards.keys()].sort();
  }

  /** The shipped guards, and those that a lab declares. */
  guardNamesFor(lab: LabAst): readonly string[] {
    return [...new Set([...this.guardNames, ...guardsOf(lab).map((g) => g.name.name)])];
  }

  guardSource(name: string): Source | undefined {
    return this.#files.guards.get(name);
  }

  #shippedGuard(name: string, source: Source): GuardAst {
    const known = this.#guards.get(name);
    if (known !== undefined) return known;
    const { built } = this.#files;
    const file = (built && builtGuardFile(built, name, source)) ?? parseOrThrow(source);
    const guard = onlyGuard(source, file);
    this.#guards.set(name, guard);
    return guard;
  }

  /** Guards of files under the names by which they are known beside a lab. */
  nameGuards(lab: LabAst, files: readonly GuardAst[]): readonly GuardAst[] {
    const own = guardsOf(lab).map((g) => g.name.name);
    return nameGuards(files, this.guardNames, own);
  }

  /** A shipped guard, one that the lab declares, or one of `files`. Throws `InputError`. */
  guard(name: string, lab: LabAst, at?: Span, files: readonly GuardAst[] = []): GuardAst {
    const named = [...guardsOf(lab), ...this.nameGuards(lab, files)];
    const found = named.find((g) => g.name.name === name);
    if (found !== undefined) return found;
    const source = this.#files.guards.get(name);
    if (source !== undefined) return this.#shippedGuard(name, source);
    const names = [...new Set([...named.map((g) => g.name.name), ...this.guardNames])];
    throw new InputError(
      errorAt('B0603', `there is no guard \`${name}\``, {
        span: at,
        expected: names.join(', '),
        help: didYouMean(name, names),
        notes: [`the guard of a file is there when it is given: \`--guard ./${name}.bpf\``],
      }),
    );
  }
}

/** Reads what a lab names; what is wrong with it is told at the place that names it. */
function readAt(
  read: ReadObject,
  path: string,
  span: Span,
  findings: Findings,
): ReturnType<ReadObject> | undefined {
  try {
    return read(path, span.source.name);
  } catch (e) {
    if (!(e instanceof InputError)) throw e;
    findings.addAll(e.diagnostics.map((d) => ({ ...d, span: d.span ?? span })));
    return undefined;
  }
}

/** The guards that a lab declares, in its order. */
export function guardsOf(lab: LabAst): GuardAst[] {
  return lab.declarations.filter((d) => d.kind === 'guard');
}

export function onlyGuard(source: Source, file: LabAst): GuardAst {
  const guards = guardsOf(file);
  const [first, second] = guards;
  if (first !== undefined && second === undefined) return first;
  throw new InputError(
    errorAt('B0404', `${source.name} declares ${guards.length} guards`, {
      span: second?.name.span ?? { source, start: 0, end: 0 },
      expected: 'one',
      help: 'write `guard NAME { area size 4 align 4 … enter { … } exit { … } }`',
    }),
  );
}

/**
 * The one guard that a file declares, which was given by itself. Under which name it is known is decided where it is used
 * (`Environment.nameGuards`). `isShipped`: the file is one of those that come with the program. Throws `InputError`.
 */
export function guardOfFile(source: Source, isShipped = false, maxErrors?: number): GuardAst {
  const guard = onlyGuard(source, parseOrThrow(source, maxErrors));
  return { ...guard, file: { path: source.name, declared: guard.name.name, isShipped } };
}

export function modelNamed(name: string, at?: Span): KernelModel {
  const model = findModel(name);
  if (model !== undefined) return model;
  const names = MODELS.map((m) => m.name);
  const near = names.filter((n) => n.includes(name));
  throw new InputError(
    errorAt('B0604', `there is no kernel model \`${name}\``, {
      span: at,
      expected: (near[0] ? near : names).join(', '),
      help: didYouMean(name, names),
    }),
  );
}
