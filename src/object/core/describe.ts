import { type Btf, isModifier } from '../btf.js';
import type { CoreRelocation } from '../btf-ext.js';
import { accessNumbers } from './local.js';
import { CORE_KINDS } from './value.js';

const nameOr = (name: string, index: number): string => (name === '' ? `<anon ${index}>` : name);

const WORDS = { typedef: 'typedef', struct: 'struct', union: 'union', enum: 'enum', enum64: 'enum' } as const;

/** ` struct prog`, as llvm-objdump names a type. */
function typeName(btf: Btf, id: number): string {
  let text = '';
  let at = id;
  let type = btf.get(at);
  for (let i = 0; i < 32 && isModifier(type) && type.kind !== 'typedef'; i += 1) {
    text += type.kind === 'type_tag' ? ` type_tag("${type.name}")` : ` ${type.kind}`;
    at = type.type;
    type = btf.get(at);
  }
  if (at === 0) return `${text} void`;
  const kind = type.kind in WORDS ? ` ${WORDS[type.kind as keyof typeof WORDS]}` : '';
  const fwd = type.kind === 'fwd' ? ` fwd ${type.isUnion ? 'union' : 'struct'}` : '';
  return `${text}${kind}${fwd} ${nameOr(type.name, at)}`;
}

/** `struct prog::inner.deep[2] (0:6:0:2)`: what a relocation accesses, as llvm-objdump says it. */
export function describeAccess(btf: Btf, r: CoreRelocation): string {
  const name = typeName(btf, r.type).slice(1);
  const kind = CORE_KINDS[r.kind];
  if (kind?.includes('type')) return name;
  const numbers = accessNumbers(r);
  if (kind?.startsWith('enumval')) {
    const { type } = btf.strip(r.type);
    const value = type.kind === 'enum' || type.kind === 'enum64' ? type.values[numbers[0]!] : undefined;
    return value === undefined ? name : `${name}::${nameOr(value.name, numbers[0]!)} = ${value.value}`;
  }
  let path = numbers[0] === 0 ? '' : `[${numbers[0]}]`;
  let id = r.type;
  for (const n of numbers.slice(1)) {
    const { type } = btf.strip(id);
    if (type.kind === 'array') {
      path += `[${n}]`;
      id = type.of;
    } else {
      const member = type.kind === 'struct' || type.kind === 'union' ? type.members[n] : undefined;
      if (member === undefined) break;
      path += `${path === '' ? '' : '.'}${nameOr(member.name, n)}`;
      id = member.type;
    }
  }
  return `${name}::${path} (${r.access})`;
}

/** `task_struct.thread_info.preempt.count`: the same as one writes it in C. */
export function accessPath(btf: Btf, r: CoreRelocation): string {
  const described = describeAccess(btf, r);
  const m = /^(?:struct|union|typedef) (.+?)::(.*) \([\d:]+\)$/.exec(described);
  if (m === null) return described;
  const [, name, path = ''] = m;
  const named = path.replace(/<anon \d+>\.?/g, '').replace(/\.$/, '');
  return named === '' || named.startsWith('[') ? `${name}${named}` : `${name}.${named}`;
}

/** `CO-RE <byte_off> [2] struct prog::aux (0:5)`. */
export function describeCore(btf: Btf, r: CoreRelocation): string {
  return `CO-RE <${CORE_KINDS[r.kind] ?? 'unknown'}> [${r.type}] ${describeAccess(btf, r)}`;
}
