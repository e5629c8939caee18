import type { Btf } from '../object/btf.js';
import { KERNEL_FIELDS } from '../object/map-shape.js';
import type { SpecialField } from './request.js';

const POINTER_TAGS = ['kptr_untrusted', 'kptr', 'percpu_kptr'] as const;
/** Structures in structures that are looked through. */
const DEEPEST = 4;

function collect(btf: Btf, id: number, at: number, depth: number, found: SpecialField[]): void {
  const { type } = btf.strip(id);
  switch (type.kind) {
    case 'struct':
    case 'union':
      if (KERNEL_FIELDS.has(type.name)) found.push({ kind: 'managed', type: type.name, offset: at });
      else if (depth < DEEPEST)
        for (const m of type.members) collect(btf, m.type, at + m.bitOffset / 8, depth + 1, found);
      break;
    case 'ptr': {
      const tagged = btf.get(type.type);
      const tag = POINTER_TAGS.find((t) => tagged.kind === 'type_tag' && tagged.name === t);
      if (tag !== undefined)
        found.push({ kind: 'pointer', tag, to: btf.strip(type.type).type.name, offset: at });
      break;
    }
    default:
  }
}

/** What the kernel manages in values of a type (btf_parse_fields, kernel/bpf/btf.c), ascending by offset. */
export function specialFields(btf: Btf, valueType: number): readonly SpecialField[] {
  const found: SpecialField[] = [];
  collect(btf, valueType, 0, 0, found);
  return found.sort((a, b) => a.offset - b.offset);
}
