import { type AnyInsn, slotsOf } from '../../isa/insn.js';
import { type Diagnostic, errorAt } from '../../text/diagnostic.js';
import type { Btf } from '../btf.js';
import type { CoreRelocation } from '../btf-ext.js';
import type { CodeSection } from '../code.js';
import { malformed } from '../malformed.js';
import { accessPath, describeAccess } from './describe.js';
import { essentialName } from './local.js';
import { patched, poison } from './patch.js';
import type { CoreResolver } from './resolve.js';
import { CORE_KINDS } from './value.js';

/**
 * Gives the instructions of a section what they ask of the target's types. What the target does not have is poisoned;
 * the result says why, by slot, unless the code asks beforehand whether that exists. Throws `InputError`.
 */
export function applyCore(
  code: CodeSection,
  relocations: readonly CoreRelocation[],
  btf: Btf,
  resolver: CoreResolver,
): ReadonlyMap<number, Diagnostic> {
  const poisoned = new Map<number, Diagnostic>();
  const missing = new Map<number, string>();
  const seen = new Set<number>();
  const asked = typesAskedFor(relocations, btf);
  for (const r of relocations) {
    const insn = code.at(r.offset);
    if (insn?.op === undefined || seen.has(r.offset))
      throw malformed(
        'B1007',
        `${r.place}: no instruction, or one with two relocations, begins at ${r.offset}`,
      );
    seen.add(r.offset);
    const slot = r.offset / 8;
    const resolution = resolver.resolve(r);
    const after = resolution && patched(insn, resolution, r.place);
    if (after !== undefined) code.replace(slot, after);
    else {
      const access = describeAccess(btf, r);
      const message =
        resolution === undefined
          ? `the target has no ${access}`
          : `${access} does not fit into its instruction as it is in the target`;
      missing.set(slot, accessPath(btf, r));
      const { name } = btf.get(r.type);
      if (essentialName(name) !== name && asked.has(essentialName(name))) continue;
      poisoned.set(slot, errorAt('B1010', message, { ...(insn.span && { span: insn.span }) }));
    }
  }
  if (missing.size > 0) poisonAll(code, missing);
  return poisoned;
}

/** Types of which code asks whether they, or fields of theirs, exist: what a program does for kernels that differ. */
function typesAskedFor(relocations: readonly CoreRelocation[], btf: Btf): ReadonlySet<string> {
  const asking = relocations.filter((r) => CORE_KINDS[r.kind]?.endsWith('exists') === true);
  return new Set(asking.map((r) => essentialName(btf.get(r.type).name)));
}

/** Both halves of a 64-bit load are poisoned. */
function poisonAll(code: CodeSection, missing: ReadonlyMap<number, string>): void {
  const out: AnyInsn[] = [];
  let slot = 0;
  for (const insn of code.insns) {
    const slots = slotsOf(insn);
    const what = missing.get(slot);
    if (insn.op === undefined || what === undefined) out.push(insn);
    else for (let i = 0; i < slots; i += 1) out.push(poison(insn, what));
    slot += slots;
  }
  code.replaceAll(out);
}
