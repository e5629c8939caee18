import type { Btf, BtfType } from './btf.js';
import type { KconfigType, ObjectExtern } from './object.js';
import { BINDING, type ElfSymbol } from './symbols.js';

type Declared = BtfType & { readonly kind: 'var' | 'func' };

/** What BTF declares in a section of externs. */
function declared(btf: Btf | undefined, section: string): Map<string, Declared> {
  const out = new Map<string, Declared>();
  for (const v of btf?.datasec(section)?.variables ?? []) {
    const type = btf!.get(v.type);
    if (type.kind === 'var' || type.kind === 'func') out.set(type.name, type);
  }
  return out;
}

/** How a variable takes an option of the configuration, by its type (libbpf's find_kcfg_type); undefined where it cannot. */
function kconfigType(btf: Btf, { type: id }: Declared): KconfigType | undefined {
  const { type } = btf.strip(id);
  const size = btf.sizeOf(id);
  if (size === undefined || size === 0) return undefined;
  switch (type.kind) {
    case 'int':
      if (type.name === '_Bool') return { size, as: 'bool' };
      return { size, as: size === 1 ? 'letter' : 'number' };
    case 'enum':
      return { size, as: type.name === 'libbpf_tristate' ? 'tristate' : 'number' };
    case 'array':
      return { size, as: 'text' };
    default:
      return undefined;
  }
}

/** Undefined symbols, and what BTF says they are (`__ksym` and `__kconfig` put them into sections of these names). */
export function readExterns(symbols: readonly ElfSymbol[], btf: Btf | undefined): ObjectExtern[] {
  const ksyms = declared(btf, '.ksyms');
  const kconfig = declared(btf, '.kconfig');
  const kindOf = (name: string): ObjectExtern['kind'] => {
    const ksym = ksyms.get(name);
    if (ksym !== undefined) return ksym.kind === 'func' ? 'kfunc' : 'ksym';
    return kconfig.has(name) ? 'kconfig' : 'undeclared';
  };
  return symbols
    .filter((s) => s.isUndefined && s.name !== '')
    .map((s) => {
      const variable = kconfig.get(s.name);
      const option = btf && variable && kconfigType(btf, variable);
      const weak = s.binding === BINDING.weak;
      return { name: s.name, kind: kindOf(s.name), weak, ...(option && { option }) };
    });
}
