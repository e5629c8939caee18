import { InputError } from '../text/diagnostic.js';
import { type Btf, type BtfType, readBtf } from './btf.js';
import { readElf } from './elf.js';

/** An architecture by whose registers a program was compiled. */
export type BuiltFor = 'arm64' | 'amd64';

/** Registers that struct pt_regs has on one architecture only; x86's have both names, one in the kernel and one in its headers. */
const REGISTERS: Readonly<Record<string, BuiltFor>> = {
  regs: 'arm64',
  user_regs: 'arm64',
  di: 'amd64',
  rdi: 'amd64',
};

/** Names of functions of system calls, in the names of sections. */
const SYSTEM_CALL = /\/__(arm64|x64|ia32)_sys_/;

function membersOf(btf: Btf, type: BtfType, depth = 0): string[] {
  if (type.kind !== 'struct' && type.kind !== 'union') return [];
  return type.members.flatMap((m) =>
    m.name === '' && depth < 8 ? membersOf(btf, btf.strip(m.type).type, depth + 1) : [m.name],
  );
}

const ofRegisters = (btf: Btf): Set<BuiltFor> =>
  new Set(
    btf.types
      .filter((t) => t.kind === 'struct' && (t.name === 'pt_regs' || t.name === 'user_pt_regs'))
      .flatMap((t) => membersOf(btf, t))
      .flatMap((name) => (Object.hasOwn(REGISTERS, name) ? [REGISTERS[name]!] : [])),
  );

function look(bytes: Uint8Array): BuiltFor | undefined {
  const { sections } = readElf(bytes);
  const section = sections.find((s) => s.name === '.BTF');
  const found = section === undefined ? new Set<BuiltFor>() : ofRegisters(readBtf(section));
  if (found.size === 0)
    for (const { name } of sections) {
      const arch = SYSTEM_CALL.exec(name)?.[1];
      if (arch !== undefined) found.add(arch === 'arm64' ? 'arm64' : 'amd64');
    }
  return found.size === 1 ? [...found][0] : undefined;
}

const known = new WeakMap<Uint8Array, { readonly arch: BuiltFor | undefined }>();

/**
 * The architecture that an object was compiled for, as far as it matters to it: by the struct pt_regs that it has, or by the
 * names of the system calls that it traces. Undefined where nothing or both is said, or the object cannot be read.
 */
export function builtFor(bytes: Uint8Array): BuiltFor | undefined {
  let found = known.get(bytes);
  if (found === undefined) {
    try {
      found = { arch: look(bytes) };
    } catch (e) {
      if (!(e instanceof InputError)) throw e;
      found = { arch: undefined };
    }
    known.set(bytes, found);
  }
  return found.arch;
}
