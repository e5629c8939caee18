import {
  resolveTarget,
  type TargetField,
  type TargetStruct,
  type TargetType,
  targetSize,
} from '../../object/core/target.js';
import type { TypeSpace } from '../../object/core/type-space.js';
import type { LabAst, MemberAst, MemberTypeAst } from '../../syntax/lab-ast.js';
import type { Findings } from '../../text/findings.js';
import { didYouMean } from '../../text/nearest.js';

/** Bytes a multiple of which a type lies at. */
function alignOf(types: TypeSpace, type: TargetType): number {
  const known = resolveTarget(types, type);
  switch (known?.kind) {
    case 'struct':
    case 'union':
      return Math.max(1, ...known.fields.map((f) => alignOf(types, f.type)));
    case 'array':
      return alignOf(types, known.of);
    case 'pointer':
      return 8;
    case 'int':
    case 'enum':
      return known.size;
    default:
      return 1;
  }
}

/** Lays types out as C does on a machine of 64 bits. */
class Layout {
  readonly #types: TypeSpace;
  readonly #findings: Findings;

  constructor(types: TypeSpace, findings: Findings) {
    this.#types = types;
    this.#findings = findings;
  }

  #base(type: MemberTypeAst): TargetType {
    switch (type.kind) {
      case 'int':
        return type;
      case 'pointer':
        return { kind: 'pointer' };
      case 'enum':
        return { kind: 'enum', name: type.name, size: 4, signed: false, values: new Map() };
      case 'inline':
        return this.struct(type.what, type.members);
      case 'struct':
      case 'union': {
        const { name, span } = type.name;
        const known = this.#types.get(name);
        if (known?.kind === type.kind) return known;
        this.#findings.error('B0407', `there is no ${type.kind} \`${name}\` whose size is known here`, {
          span,
          help:
            didYouMean(name, this.#types.structs) ??
            'declare it before this one, or make this a pointer to it',
        });
        return { kind: 'opaque', size: 0 };
      }
      default:
        return type satisfies never;
    }
  }

  struct(kind: 'struct' | 'union', members: readonly MemberAst[]): TargetStruct {
    const fields: TargetField[] = [];
    let bit = 0;
    let size = 0;
    let align = 1;
    for (const { name, type, counts, bits } of members) {
      const base = this.#base(type);
      const of = [...counts]
        .reverse()
        .reduce<TargetType>((t, count) => ({ kind: 'array', of: t, count }), base);
      const own = alignOf(this.#types, of);
      const bytes = targetSize(this.#types, of) ?? 0;
      align = Math.max(align, own);
      if (kind === 'union') bit = 0;
      if (bits === 0) bit = Math.ceil(bit / (8 * own)) * 8 * own;
      // A bit field does not reach over the end of what a load of its type reads.
      else if (Math.floor(bit / (8 * bytes)) !== Math.floor((bit + bits - 1) / (8 * bytes)))
        bit = Math.ceil(bit / (8 * bytes)) * 8 * bytes;
      fields.push({
        name,
        offset: Math.floor(bit / 8),
        type: of,
        ...(bits > 0 && { bits: { first: bit % 8, width: bits } }),
      });
      bit += bits === 0 ? 8 * bytes : bits;
      size = Math.max(size, Math.ceil(bit / 8));
    }
    return { kind, size: Math.ceil(size / align) * align, fields };
  }
}

/** Declares the types of a lab, which objects then find as if they were the kernel's. */
export function declareTypes(lab: LabAst, types: TypeSpace, findings: Findings): void {
  const layout = new Layout(types, findings);
  for (const d of lab.declarations) {
    if (d.kind !== 'struct_type') continue;
    const { name, span } = d.name;
    if (types.declare(name, layout.struct('struct', d.members))) continue;
    findings.error('B0402', `\`struct ${name}\` is declared already`, {
      span,
      help: `an instance is written \`struct ${name} NAME { … }\``,
    });
  }
}
