import type {
  DeclarationAst,
  FunctionAst,
  GlobalAst,
  LabAst,
  MapAst,
  MapSizeAst,
  Name,
  PercpuAst,
  StructAst,
  TracepointAst,
  UserAst,
} from '../../syntax/lab-ast.js';
import { NAME_SPACES, type NameSpace } from '../../syntax/name-space.js';
import { isReserved } from '../../syntax/reserved.js';
import { Findings } from '../../text/findings.js';
import type { Source } from '../../text/source.js';
import { fireName } from '../names.js';
import type { Code } from './code.js';
import { declaredNames, type ObjectUnit } from './objects.js';
import type { ProgramSource } from './programs.js';
import type { Visibility } from './symbols.js';

export type Owned<T> = T & { readonly visibility: Visibility };

/** A function whose code need not be lines any more. */
export type FunctionDeclaration = Omit<FunctionAst, 'lines'> & { readonly code: Code };

/** A file of the emulated kernel. */
export interface KernelFile {
  readonly source: Source;
  readonly declarations: readonly (DeclarationAst | FunctionDeclaration)[];
}

/** Declarations of the kernel's files and of the lab in one list each, with who may use their names. */
export interface Declared {
  readonly maps: Owned<MapAst>[];
  readonly sizes: MapSizeAst[];
  readonly globals: Owned<GlobalAst>[];
  readonly percpus: Owned<PercpuAst>[];
  readonly functions: Owned<FunctionDeclaration>[];
  readonly tracepoints: Owned<TracepointAst>[];
  readonly users: UserAst[];
  readonly structs: StructAst[];
  readonly programs: ProgramSource[];
  /** The name spaces that have a name. */
  readonly spacesOf: (name: string) => readonly NameSpace[];
  /** Takes a name for a function that nobody has declared. */
  readonly take: (name: string) => void;
}

type Space = NameSpace | 'tracepoint' | 'guard';

/** In which name space a declaration puts its name. */
const SPACE_OF = {
  map: 'map',
  global: 'variable',
  percpu: 'variable',
  user: 'variable',
  function: 'function',
  program: 'program',
  tracepoint: 'tracepoint',
  struct: 'variable',
  guard: 'guard',
} as const satisfies Readonly<
  Record<Exclude<DeclarationAst['kind'], 'scenario' | 'object' | 'map_size' | 'struct_type'>, Space>
>;

/** Refuses names that are taken or that instructions could not say. */
class Names {
  readonly #seen: Map<string, Name | undefined>;
  /** Names that nobody can use, so that nothing can be said of those who do. */
  readonly unusable: string[] = [];
  #unsaid = 0;
  readonly #findings: Findings;

  /** `reserved` are the names of the kernel that no file declares. */
  constructor(findings: Findings, reserved: readonly string[], seen?: ReadonlyMap<string, Name | undefined>) {
    this.#findings = findings;
    this.#seen = new Map(seen);
    for (const name of reserved) this.#seen.set(`function ${name}`, undefined);
  }

  /** The same names, to which more come that this one does not have. */
  copy(findings: Findings): Names {
    return new Names(findings, [], this.#seen);
  }

  take(name: string): void {
    this.#seen.set(`function ${name}`, undefined);
  }

  /** The name spaces that have a name, of those that can share one. */
  spacesOf(name: string): NameSpace[] {
    return NAME_SPACES.filter((space) => this.#seen.has(`${space} ${name}`));
  }

  /**
   * The name under which a declaration is known: its own, or one that nobody can write where it may not have its own;
   * undefined where a file of the kernel declares it again. Only the lab's mistakes are reported to the user; names of
   * objects can be in quotes.
   */
  add(name: Name, space: Space, isLab: boolean, isOfObject = false): Name | undefined {
    const isUnusable = isLab && !isOfObject && (name.name.includes('$') || isReserved(name.name));
    if (isUnusable) {
      const why = name.name.includes('$')
        ? 'has a `$`'
        : `is a ${/^[rw]\d/i.test(name.name) ? 'register' : 'word of the assembler'}`;
      this.#findings.error('B0409', `\`${name.name}\` ${why}`, {
        span: name.span,
        help: 'choose another name',
      });
    }
    const key = `${space} ${name.name}`;
    const known = this.#seen.get(key);
    if (!this.#seen.has(key)) {
      this.#seen.set(key, name);
      if (isUnusable) this.unusable.push(name.name);
      return isUnusable ? this.#unsayable(name) : name;
    }
    if (!isLab) return undefined;
    const isOwn =
      known !== undefined && (known.span.source === name.span.source || known.span.source.isGuess);
    const where = isOwn ? '' : ', by the emulated kernel';
    const help = 'choose another name';
    this.#findings.error('B0402', `\`${name.name}\` is declared already${where}`, { span: name.span, help });
    return this.#unsayable(name);
  }

  /** What is declared is looked at all the same. */
  #unsayable({ name, span }: Name): Name {
    this.#unsaid += 1;
    return { name: `${name.replaceAll('$', '.')}$${this.#unsaid}`, span };
  }
}

type Lists = Omit<Declared, 'spacesOf' | 'take'>;

const noLists = (): Lists => ({
  maps: [],
  sizes: [],
  globals: [],
  percpus: [],
  functions: [],
  tracepoints: [],
  users: [],
  structs: [],
  programs: [],
});

/** What a file declares goes into the lists, under names that are free. */
function collect(
  out: Lists,
  names: Names,
  declarations: KernelFile['declarations'],
  visibility: Visibility,
): void {
  for (const read of declarations) {
    if (read.kind === 'map_size') out.sizes.push(read);
    if (
      read.kind === 'scenario' ||
      read.kind === 'object' ||
      read.kind === 'map_size' ||
      read.kind === 'struct_type'
    )
      continue;
    const isLab = visibility === 'public';
    const name = names.add(read.name, SPACE_OF[read.kind], isLab);
    if (name === undefined || read.kind === 'guard') continue;
    const fire = read.kind === 'tracepoint' ? { ...name, name: fireName(name.name) } : undefined;
    if (fire !== undefined && names.add(fire, 'function', isLab) !== fire) continue;
    const d = name === read.name ? read : { ...read, name };
    switch (d.kind) {
      case 'map':
        out.maps.push({ ...d, visibility });
        break;
      case 'global':
        out.globals.push({ ...d, visibility });
        break;
      case 'percpu':
        out.percpus.push({ ...d, visibility });
        break;
      case 'function':
        out.functions.push({
          ...d,
          visibility,
          code: 'code' in d ? d.code : { kind: 'lines', lines: d.lines },
        });
        break;
      case 'tracepoint':
        out.tracepoints.push({ ...d, visibility });
        break;
      case 'user':
        out.users.push(d);
        break;
      case 'struct':
        out.structs.push(d);
        break;
      case 'program':
        out.programs.push({
          name: d.name.name,
          attach: d.attach,
          code: { kind: 'lines', lines: d.lines },
          span: d.name.span,
          autoload: true,
          isOfObject: false,
        });
        break;
      default:
        d satisfies never;
    }
  }
}

/** What the files of a kernel declare, which every boot begins with: it is only read. */
interface OfKernel {
  readonly lists: Lists;
  readonly names: Names;
}

const ofKernels = new WeakMap<readonly KernelFile[], OfKernel>();

function collectKernel(kernel: readonly KernelFile[], reserved: readonly string[]): OfKernel {
  const known = ofKernels.get(kernel);
  if (known !== undefined) return known;
  const made = { lists: noLists(), names: new Names(new Findings(), reserved) };
  for (const { declarations } of kernel) collect(made.lists, made.names, declarations, 'kernel');
  ofKernels.set(kernel, made);
  return made;
}

/** `reserved` are the names of the kernel that no file declares: the same for all machines. */
export function collectDeclarations(
  kernel: readonly KernelFile[],
  lab: LabAst,
  objects: readonly ObjectUnit[],
  reserved: readonly string[],
  findings: Findings,
): Declared {
  const begun = collectKernel(kernel, reserved);
  const names = begun.names.copy(findings);
  const out: Declared = {
    spacesOf: (name) => names.spacesOf(name),
    take: (name) => names.take(name),
    maps: [...begun.lists.maps],
    sizes: [...begun.lists.sizes],
    globals: [...begun.lists.globals],
    percpus: [...begun.lists.percpus],
    functions: [...begun.lists.functions],
    tracepoints: [...begun.lists.tracepoints],
    users: [...begun.lists.users],
    structs: [...begun.lists.structs],
    programs: [...begun.lists.programs],
  };
  collect(out, names, lab.declarations, 'public');
  for (const unit of objects)
    for (const { space, name } of declaredNames(unit, findings)) names.add(name, space, true, true);
  findings.doubt(...names.unusable, ...(lab.unread ?? []));
  // An object that is not known may bring any name.
  if (lab.unread?.includes('object') === true) findings.doubtUnknown();
  return out;
}
