import { fireName } from '../kernel/names.js';
import type { DeclarationAst, LabAst } from '../syntax/lab-ast.js';
import type { LeftOut } from './left-out.js';

/** Why what is declared so has no place in an object; undefined for what has one. */
function reasonFor(
  kind: DeclarationAst['kind'],
): { readonly what: string; readonly reason: string } | undefined {
  switch (kind) {
    case 'program':
    case 'map':
    case 'global':
      return undefined;
    case 'function':
    case 'tracepoint':
      return { what: kind, reason: "it is the lab's own, and a real kernel does not have it" };
    case 'guard':
      return { what: 'guard', reason: 'a kernel brings its own' };
    case 'scenario':
      return { what: 'scenario', reason: 'a real kernel has no scenarios' };
    case 'user':
      return { what: 'user memory', reason: 'it belongs to a process' };
    case 'struct':
      return { what: 'structure', reason: "it is the lab's own, and a real kernel has others" };
    case 'struct_type':
      return { what: 'type', reason: 'a real kernel brings its types' };
    case 'percpu':
      return {
        what: 'per-CPU variable',
        reason: 'it is a variable of the kernel',
      };
    case 'object':
      return { what: 'object', reason: 'it is an object already' };
    case 'map_size':
      return { what: 'size of map', reason: 'it is for a map of an object' };
    default:
      return kind satisfies never;
  }
}

function nameOf(d: DeclarationAst, lab: LabAst): string {
  if (d.kind === 'object') return d.path.name;
  if (d.kind !== 'scenario') return d.name.name;
  const scenarios = lab.declarations.filter((other) => other.kind === 'scenario');
  return d.title?.name ?? String(scenarios.indexOf(d) + 1);
}

/** What of a lab only exists in the laboratory. */
export function onlyInLab(lab: LabAst): LeftOut[] {
  return lab.declarations.flatMap((d) => {
    const found = reasonFor(d.kind);
    const span = d.kind === 'object' ? d.path.span : d.kind === 'scenario' ? d.span : d.name.span;
    return found === undefined ? [] : [{ ...found, name: nameOf(d, lab), span }];
  });
}

/** What a lab itself declares where a kernel would have to have it, by the names programs and code know it by. */
export interface OfLab {
  readonly functions: ReadonlySet<string>;
  readonly tracepoints: ReadonlySet<string>;
  readonly users: ReadonlySet<string>;
}

export function declaredByLab(lab: LabAst): OfLab {
  const names = (kind: 'function' | 'tracepoint' | 'user'): string[] =>
    lab.declarations.flatMap((d) => (d.kind === kind ? [d.name.name] : []));
  const tracepoints = names('tracepoint');
  return {
    functions: new Set([...names('function'), ...tracepoints.map(fireName)]),
    tracepoints: new Set(tracepoints),
    users: new Set(names('user')),
  };
}
