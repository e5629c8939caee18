import type { Btf } from './btf.js';

/** Parts of a map's value that the kernel manages, by the structures' names, and pointers to its objects. */
export type SpecialField =
  | { readonly kind: 'managed'; readonly type: string; readonly offset: number }
  | {
      readonly kind: 'pointer';
      /** What `__kptr_untrusted`, `__kptr` and `__percpu_kptr` say of it. */
      readonly tag: 'kptr_untrusted' | 'kptr' | 'percpu_kptr';
      /** The structure it points to. */
      readonly to: string;
      readonly offset: number;
    };

/** Structures inside of map values that the kernel manages. */
const MANAGED: ReadonlySet<string> = new Set(
  `bpf_timer bpf_spin_lock bpf_res_spin_lock bpf_wq bpf_task_work bpf_list_head bpf_list_node bpf_rb_root
   bpf_rb_node bpf_refcount`.split(/\s+/),
);
const POINTER_TAGS = ['kptr_untrusted', 'kptr', 'percpu_kptr'] as const;
/** Structures in structures that are looked through. */
const DEEPEST = 4;
/** Members of structures that are looked at by one reader: types of an object may contain each other many times over. */
const MOST_MEMBERS = 100_000;

/** Finds what the kernel manages in values of types (btf_parse_fields, kernel/bpf/btf.c). */
export class SpecialFields {
  readonly #btf: Btf;
  #members = MOST_MEMBERS;

  constructor(btf: Btf) {
    this.#btf = btf;
  }

  /** In values of one type, ascending by offset. */
  of(valueType: number): readonly SpecialField[] {
    const found: SpecialField[] = [];
    this.#collect(valueType, 0, 0, found);
    return found.sort((a, b) => a.offset - b.offset);
  }

  #collect(id: number, at: number, depth: number, found: SpecialField[]): void {
    const { type } = this.#btf.strip(id);
    if (type.kind === 'ptr') {
      const tagged = this.#btf.get(type.type);
      const tag = POINTER_TAGS.find((t) => tagged.kind === 'type_tag' && tagged.name === t);
      if (tag === undefined) return;
      found.push({ kind: 'pointer', tag, to: this.#btf.strip(type.type).type.name, offset: at });
    } else if (type.kind === 'struct' || type.kind === 'union') {
      if (MANAGED.has(type.name)) found.push({ kind: 'managed', type: type.name, offset: at });
      else if (depth < DEEPEST) {
        for (const m of type.members) {
          this.#members -= 1;
          if (this.#members < 0) return;
          this.#collect(m.type, at + m.bitOffset / 8, depth + 1, found);
        }
      }
    }
  }
}
