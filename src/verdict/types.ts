import { wellKnownFunction, wellKnownTracepoint } from '../kernel/attach/well-known.js';
import type { Kernel } from '../kernel/kernel.js';
import { resolveTarget, type TargetStruct, type TargetType, targetSize } from '../object/core/target.js';
import type { TypeSpace } from '../object/core/type-space.js';
import {
  type CFunction,
  type CMember,
  type CStruct,
  type CType,
  type KernelTypes,
  parseCType,
} from '../verify/c-type.js';

/** What is not known of a prototype is taken for a word: structures are called such. */
const WORD: CType = { kind: 'int', size: 8 };

/** The type that a piece of a prototype begins with, without the name after it. */
const typeOf = (text: string): CType =>
  parseCType(text.replace(/\b(?:const|volatile|__user|__percpu|__rcu)\b/g, ' ').replace(/\s+/g, ' '), WORD) ??
  WORD;

/** `int dfd` without the name; `unsigned long` as it is. */
function parameterOf(text: string): { readonly name: string; readonly type: CType } {
  const [, before = text, name = ''] = /^(.*?[\s*])(\w+)(?:\[\d*\])?$/.exec(text.trim()) ?? [];
  return { name, type: typeOf(before) };
}

/** A prototype of C. */
function functionOf(prototype: string): CFunction | undefined {
  const [, head, parameters] = /^([^(]*)\((.*)\)$/.exec(prototype) ?? [];
  if (head === undefined || parameters === undefined) return undefined;
  const { name, type } = parameterOf(head);
  const all = parameters === '' || parameters === 'void' ? [] : parameters.split(',').map(parameterOf);
  return { name, returns: type, parameters: all };
}

const plain = (name: string, types: readonly string[]): CFunction => ({
  name,
  returns: WORD,
  parameters: types.map((type, i) => ({ name: `arg${i}`, type: typeOf(type) })),
});

/** A type of the emulated kernel as BTF has it; undefined where something in it is not known. */
function cTypeOf(space: TypeSpace, type: TargetType): CType | undefined {
  if (type.kind === 'named') {
    const named = space.get(type.name);
    if (named?.kind === 'struct' || named?.kind === 'union') return { kind: named.kind, name: type.name };
  }
  const known = resolveTarget(space, type);
  switch (known?.kind) {
    case 'int':
      return { kind: 'int', size: known.size };
    case 'enum':
      return { kind: 'enum', size: known.size };
    case 'pointer': {
      const to = known.to === undefined ? undefined : space.get(known.to);
      const isStruct = known.to !== undefined && (to === undefined || to.kind === 'struct');
      return { kind: 'pointer', to: isStruct ? { kind: 'struct', name: known.to! } : { kind: 'void' } };
    }
    case 'array': {
      const of = cTypeOf(space, known.of);
      return of && { kind: 'array', of, count: known.count };
    }
    case 'struct':
    case 'union':
    case 'opaque':
    case undefined:
      return undefined;
    default:
      return known satisfies never;
  }
}

function membersOf(space: TypeSpace, struct: TargetStruct, base = 0): CMember[] {
  return struct.fields.flatMap(({ name, offset, type, bits }): CMember[] => {
    const known = resolveTarget(space, type);
    if (known?.kind === 'struct' || known?.kind === 'union') {
      const inner = membersOf(space, known, base + offset);
      if (name === '') return inner;
    }
    const c = cTypeOf(space, type);
    const size = targetSize(space, type);
    if (c === undefined || size === undefined) return [];
    return [
      { name, bitOffset: (base + offset) * 8 + (bits?.first ?? 0), bits: bits?.width ?? size * 8, type: c },
    ];
  });
}

/** What the emulated kernel's BTF would say: its own types, those that objects brought, and prototypes of functions. */
export function typesOfKernel(kernel: Kernel): KernelTypes {
  const { types } = kernel;
  return {
    struct(name): CStruct | undefined {
      const struct = types.get(name);
      if (struct?.kind !== 'struct' && struct?.kind !== 'union') return undefined;
      return { name, size: struct.size, members: membersOf(types, struct) };
    },
    function(name) {
      const known = wellKnownFunction(name);
      if (known !== undefined) return functionOf(known);
      const traced = kernel.traceable.get(name);
      if (traced === undefined) return undefined;
      return plain(name, traced.params?.map((p) => p.type) ?? new Array<string>(traced.nargs).fill('u64'));
    },
    tracepoint(name) {
      const known = wellKnownTracepoint(name);
      const nargs = kernel.tracepoints.get(name);
      if (known !== undefined) return functionOf(known);
      return nargs === undefined ? undefined : plain(name, new Array<string>(nargs).fill('u64'));
    },
    variable: () => undefined,
  };
}
