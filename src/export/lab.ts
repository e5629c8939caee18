import { trampolinePlaces } from '../kernel/attach/kinds.js';
import { programOf } from '../kernel/attach/own-function.js';
import type { Global, Kernel } from '../kernel/kernel.js';
import type { LabAst, Name } from '../syntax/lab-ast.js';
import { KFUNCS } from '../verify/calls/kfuncs.js';
import { codeOf, type ProgramToWrite } from './code.js';
import { declaredByLab, onlyInLab } from './declared.js';
import { isIdentifier, type LeftOut, NOT_AN_IDENTIFIER } from './left-out.js';
import type { MapToWrite } from './maps.js';
import { LICENSE_SYMBOL, writeObject } from './object.js';
import { refuseTarget, sectionOf } from './section.js';

/** An object made of a lab, what is in it, and what of the lab is not. */
export interface ExportedLab {
  /** Undefined where no program is left. */
  readonly bytes: Uint8Array | undefined;
  readonly programs: readonly {
    readonly name: string;
    readonly section: string;
    readonly slots: number;
  }[];
  readonly maps: readonly { readonly name: string; readonly type: string }[];
  readonly variables: readonly string[];
  /** The kernel's functions that are called by name. */
  readonly kfuncs: readonly string[];
  readonly leftOut: readonly LeftOut[];
}

/** Names are symbols of one table, with those of the kernel's functions. */
class Symbols {
  readonly #taken = new Set([LICENSE_SYMBOL, ...KFUNCS.rows.keys()]);
  /** What is not to be taken for something that has no name of its own. */
  readonly #reserved: Set<string>;

  constructor(lab: LabAst) {
    this.#reserved = new Set(lab.declarations.flatMap((d) => ('name' in d ? [d.name.name] : [])));
  }

  /** Why something cannot have its name; takes it otherwise. */
  take({ name }: Name): string | undefined {
    if (!isIdentifier(name)) return NOT_AN_IDENTIFIER;
    if (this.#taken.has(name)) return 'something else in the object has its name';
    this.#taken.add(name);
    return undefined;
  }

  /** Takes a name like that. */
  fresh(name: string): string {
    let found = name;
    for (let n = 2; this.#taken.has(found) || this.#reserved.has(found); n += 1) found = `${name}_${n}`;
    this.#taken.add(found);
    return found;
  }
}

/**
 * Makes an object of the programs of a lab that a real kernel could load, with the lab's maps and variables. `kernel` was
 * booted for the lab, and nothing has run on it.
 */
export function exportLab(lab: LabAst, kernel: Kernel, license: string): ExportedLab {
  const ofLab = declaredByLab(lab);
  const leftOut: LeftOut[] = [];
  const symbols = new Symbols(lab);
  /** Whether it can be exported as far as its name goes. */
  const takes = (what: string, name: Name): boolean => {
    const reason = symbols.take(name);
    if (reason !== undefined) leftOut.push({ what, name: name.name, reason, span: name.span });
    return reason === undefined;
  };
  const maps = lab.declarations.flatMap((d): MapToWrite[] =>
    d.kind === 'map' && takes('map', d.name) ? [{ ast: d, map: kernel.maps.get(d.name.name)! }] : [],
  );
  const globals = lab.declarations.flatMap((d): Global[] =>
    d.kind === 'global' && takes('variable', d.name) ? [kernel.globals.get(d.name.name)!] : [],
  );
  const data = new Set([...maps.map((m) => m.ast.name.name), ...globals.map((g) => g.name)]);
  const names = { data, ofLab, fresh: (name: string) => symbols.fresh(name) };
  const programs = lab.declarations.flatMap((d): ProgramToWrite[] => {
    if (d.kind !== 'program') return [];
    const program = kernel.programs.get(d.name.name)!;
    const { kind, on } = program.attach;
    const target = trampolinePlaces(kind).length > 0 ? programOf(kernel, on) : undefined;
    const code =
      (target !== undefined
        ? `it is attached to \`${on}\`, a ${target.name === on ? 'program' : 'function of a program'}, which has to be loaded before it`
        : refuseTarget(program.attach, ofLab)) ?? codeOf(kernel, program, sectionOf(program.attach), names);
    if (typeof code === 'string')
      leftOut.push({
        what: 'program',
        name: d.name.name,
        reason: code,
        span: d.name.span,
      });
    else if (takes('program', d.name)) return [code];
    return [];
  });
  leftOut.push(...onlyInLab(lab));
  const parts = { programs, maps, globals, memory: kernel.memory.u8, license };
  return {
    bytes: programs.length === 0 ? undefined : writeObject(parts),
    programs: programs.map((p) => ({
      name: p.program.name,
      section: p.section,
      slots: p.slots,
    })),
    maps: maps.map(({ ast }) => ({ name: ast.name.name, type: ast.type.name })),
    variables: globals.map((g) => g.name),
    kfuncs: [...new Set(programs.flatMap((p) => [...p.kfuncs]))],
    leftOut,
  };
}
