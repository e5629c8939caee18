import type {
  DeclarationAst,
  FunctionAst,
  GlobalAst,
  LabAst,
  MapAst,
  Name,
  PercpuAst,
  TracepointAst,
  UserAst,
} from '../../syntax/lab-ast.js';
import { type Diagnostic, errorAt } from '../../text/diagnostic.js';
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
  readonly globals: Owned<GlobalAst>[];
  readonly percpus: Owned<PercpuAst>[];
  readonly functions: Owned<FunctionDeclaration>[];
  readonly tracepoints: Owned<TracepointAst>[];
  readonly users: UserAst[];
  readonly programs: ProgramSource[];
}

/** Names that instructions could not refer to. */
const UNUSABLE = /^([rw]\d+|if|goto|gotol|gotox|may_goto|call|callx|exit|lock|ll|pc)$|\$/i;

/** Refuses names that are taken or that instructions could not say. Tracepoints have a name space of their own. */
class Names {
  readonly #seen = new Map<string, Name | undefined>();
  readonly #diagnostics: Diagnostic[];

  /** `reserved` are the names of the kernel that no file declares. */
  constructor(diagnostics: Diagnostic[], reserved: readonly string[]) {
    this.#diagnostics = diagnostics;
    for (const name of reserved) this.#seen.set(`name ${name}`, undefined);
  }

  /** True if the name is new. Only the lab's mistakes are reported to the user; names of objects can be in quotes. */
  add(name: Name, space: 'tracepoint' | 'guard' | 'name', isLab: boolean, isOfObject = false): boolean {
    if (!isOfObject && UNUSABLE.test(name.name)) {
      this.#diagnostics.push(
        errorAt('B0409', `\`${name.name}\` is a register, a word of the assembler, or has a \`$\``, {
          span: name.span,
          help: 'choose another name',
        }),
      );
    }
    const key = `${space} ${name.name}`;
    if (!this.#seen.has(key)) {
      this.#seen.set(key, name);
      return true;
    }
    const isOwn = this.#seen.get(key)?.span.source === name.span.source;
    const where = isOwn ? '' : ', by the emulated kernel';
    if (isLab) {
      this.#diagnostics.push(
        errorAt('B0402', `\`${name.name}\` is declared already${where}`, {
          span: name.span,
          help: 'choose another name',
        }),
      );
    }
    return false;
  }
}

export function collectDeclarations(
  kernel: readonly KernelFile[],
  lab: LabAst,
  objects: readonly ObjectUnit[],
  reserved: readonly string[],
  diagnostics: Diagnostic[],
): Declared {
  const out: Declared = {
    maps: [],
    globals: [],
    percpus: [],
    functions: [],
    tracepoints: [],
    users: [],
    programs: [],
  };
  const names = new Names(diagnostics, reserved);
  const files = [...kernel.map((file) => [file, 'kernel'] as const), [lab, 'public'] as const];
  for (const [file, visibility] of files) {
    for (const d of file.declarations) {
      if (d.kind === 'scenario' || d.kind === 'object') continue;
      const isLab = visibility === 'public';
      const space = d.kind === 'tracepoint' || d.kind === 'guard' ? d.kind : 'name';
      if (!names.add(d.name, space, isLab) || d.kind === 'guard') continue;
      if (d.kind === 'tracepoint' && !names.add({ ...d.name, name: fireName(d.name.name) }, 'name', isLab))
        continue;
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
        case 'program':
          out.programs.push({
            name: d.name.name,
            attach: d.attach,
            code: { kind: 'lines', lines: d.lines },
            span: d.name.span,
            autoload: true,
          });
          break;
        default:
          d satisfies never;
      }
    }
  }
  for (const unit of objects)
    for (const name of declaredNames(unit, diagnostics)) names.add(name, 'name', true, true);
  return out;
}
