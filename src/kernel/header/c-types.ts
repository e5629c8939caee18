import type {
  TargetEnum,
  TargetField,
  TargetStruct,
  TargetType,
  TargetTypes,
} from '../../object/core/target.js';

/** Types of the emulated kernel as C declares them, each field where the emulator has it. */

const INTEGERS: Readonly<Record<1 | 2 | 4 | 8, readonly [unsigned: string, signed: string]>> = {
  1: ['__u8', 'char'],
  2: ['__u16', '__s16'],
  4: ['__u32', '__s32'],
  8: ['__u64', '__s64'],
};

/** A declaration of something: a type may be on both sides of its name. */
function declare(type: TargetType, name: string, types: TargetTypes, indent: string): string {
  switch (type.kind) {
    case 'int':
      return `${INTEGERS[type.size][type.signed ? 1 : 0]} ${name}`;
    case 'pointer':
      return type.to === undefined ? `void *${name}` : `struct ${type.to} *${name}`;
    case 'array':
      return declare(type.of, `${name}[${type.count}]`, types, indent);
    case 'opaque':
      return `char ${name}[${type.size}]`;
    case 'struct':
    case 'union':
      return `${type.kind} {\n${fieldsOf(type, types, `${indent}\t`)}${indent}}${name === '' ? '' : ` ${name}`}`;
    case 'enum':
      return `${INTEGERS[type.size][type.signed ? 1 : 0]} ${name}`;
    case 'named': {
      const kind = types.get(type.name)?.kind;
      return kind === undefined || kind === 'typedef'
        ? `${type.name} ${name}`
        : `${kind} ${type.name} ${name}`;
    }
    default:
      return type satisfies never;
  }
}

const declareField = ({ name, type, bits }: TargetField, types: TargetTypes, indent: string): string =>
  `${indent}${declare(type, name, types, indent)}${bits === undefined ? '' : ` : ${bits.width}`};\n`;

const fieldsOf = (type: TargetStruct, types: TargetTypes, indent: string): string =>
  type.fields.map((f) => declareField(f, types, indent)).join('');

const enumOf = (name: string, { values }: TargetEnum): string =>
  `enum ${name} {\n${[...values].map(([value, n]) => `\t${value} = ${n},\n`).join('')}};\n`;

/** Names of structures that a type has inside of it, whose declarations come first. */
function inside(type: TargetType): readonly string[] {
  switch (type.kind) {
    case 'named':
      return [type.name];
    case 'array':
      return inside(type.of);
    case 'struct':
    case 'union':
      return type.fields.flatMap((f) => inside(f.type));
    case 'int':
    case 'pointer':
    case 'opaque':
    case 'enum':
      return [];
    default:
      return type satisfies never;
  }
}

/** All types, those first that others have inside. */
export function typesAsC(types: TargetTypes): string {
  const out: string[] = [];
  const done = new Set<string>();
  const write = (name: string): void => {
    const type = types.get(name);
    if (done.has(name) || type === undefined) return;
    done.add(name);
    if (type.kind === 'typedef') {
      out.push(`typedef ${declare(type.to, name.replace(/^typedef /, ''), types, '')};\n`);
      return;
    }
    if (type.kind === 'enum') {
      out.push(enumOf(name, type));
      return;
    }
    for (const other of inside(type)) write(other);
    out.push(`${type.kind} ${name} {\n${fieldsOf(type, types, '\t')}};\n`);
  };
  for (const name of types.keys()) write(name);
  return out.join('\n');
}
