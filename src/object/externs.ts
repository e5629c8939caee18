import type { Btf } from './btf.js';
import type { ObjectExtern } from './object.js';
import { BINDING, type ElfSymbol } from './symbols.js';

/** The names BTF declares in a section of externs. */
function declared(btf: Btf | undefined, section: string): Map<string, 'var' | 'func'> {
  const out = new Map<string, 'var' | 'func'>();
  for (const v of btf?.datasec(section)?.variables ?? []) {
    const type = btf!.get(v.type);
    if (type.kind === 'var' || type.kind === 'func') out.set(type.name, type.kind);
  }
  return out;
}

/** Undefined symbols, and what BTF says they are (`__ksym` and `__kconfig` put them into sections of these names). */
export function readExterns(symbols: readonly ElfSymbol[], btf: Btf | undefined): ObjectExtern[] {
  const ksyms = declared(btf, '.ksyms');
  const kconfig = declared(btf, '.kconfig');
  const kindOf = (name: string): ObjectExtern['kind'] => {
    const ksym = ksyms.get(name);
    if (ksym !== undefined) return ksym === 'func' ? 'kfunc' : 'ksym';
    return kconfig.has(name) ? 'kconfig' : 'undeclared';
  };
  return symbols
    .filter((s) => s.isUndefined && s.name !== '')
    .map((s) => ({ name: s.name, kind: kindOf(s.name), weak: s.binding === BINDING.weak }));
}
